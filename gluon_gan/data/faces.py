"""CelebA: 202,599 faces of celebrities with 40 attributes (Liu, Luo, Wang, Tang 2015), or synthetic faces."""
import logging

import numpy as np
from PIL import Image

from ..support.locate import root
from . import image_files
from .archives import Container
from .cache import decoded
from .idx import corrupt
from .image_array import ImageArray
from .synthetic_sets import render_faces

SPLITS = {'train': (0,), 'valid': (1,), 'test': (2,), 'all': (0, 1, 2)}
# Ranges of synthetic faces: the index of the first, and one past the last
STAND_IN = {'train': (0, 4000), 'valid': (4000, 4500), 'test': (4500, 5000), 'all': (0, 5000)}
COUNT = 202_599
HOW_TO_GET = ('this package does not download CelebA, since its terms must be accepted first '
              '(mmlab.ie.cuhk.edu.hk/projects/CelebA.html); datasets/celeba.md describes how to get it')
REMEDY = 'get the file again, as datasets/celeba.md describes'

log = logging.getLogger('gluon_gan')


def _centre(side):
    def cut(image, size):
        if min(image.size) < side:
            raise image_files.UnusableImage(f'is {image.width} x {image.height} pixels, too small for {side} x {side}')
        return image_files.square(image, size, side, Image.Resampling.BILINEAR)
    return cut


def _shrunk(image, size):
    scale = size / min(image.size)
    small = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BILINEAR)
    return image_files.square(small, size)


CROPS = {   # what is cut out of the 178 x 218 pixels, by name
    '108': _centre(108),           # the face only, as in carpedm20/DCGAN-tensorflow and the first DCGANs after it
    '178': _centre(178),           # hair and background as well, as in kwotsin/mimicry
    'tutorial': _shrunk,           # resize the shorter side to `size`, then crop the centre: PyTorch's DCGAN tutorial
}


def celeba(split='train', size=64, crop='108', download=None):
    """CelebA: aligned faces with their attributes.

    Parameters
    ----------
    split : str
        'train' (162,770), 'valid' (19,867) or 'test' (19,962), as ``list_eval_partition.txt`` defines them, or 'all'.
    size : int
        Pixels a side.
    crop : str
        A key of :data:`CROPS`. Distances between sets of images, such as FID, are not comparable across crops.
    download : bool, optional
        CelebA is not downloaded (see datasets/celeba.md). If it is missing, True raises an error; otherwise the
        stand-in is returned.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8. `.attributes` is ``(N, 40)`` bool with `.attribute_names`, or None without
        ``list_attr_celeba.txt`` beside the images. The stand-in consists of synthetic faces with exact attributes.

    Raises
    ------
    ValueError, CorruptFile
        If there is no such split or crop, no image of the split is available, or a list does not match the images.
    FileNotFoundError
        With ``download=True``, if the images are missing.
    """
    for name, value, known in (('split', split, SPLITS), ('crop', str(crop), CROPS)):
        if value not in known:
            raise ValueError(f'{name}={value!r} must be one of {", ".join(map(repr, known))}')
    place = root() / 'celeba'
    source = find(place)
    if source is None:
        if download:
            raise FileNotFoundError(f'no img_align_celeba.zip and no folder img_align_celeba in {place}: {HOW_TO_GET}')
        first, last = STAND_IN[split]
        name = f'celeba stand-in: {last - first:,} synthetic faces'
        return render_faces(last - first, size, start=first, name=name, stand_in=True)
    images, names = decoded(Container(source), size, f'celeba-{crop}', str(crop), CROPS[str(crop)])
    names = [name.rsplit('/', 1)[-1] for name in names]
    attributes, columns = _attributes(place / 'list_attr_celeba.txt', names)
    part = _rows(place / 'list_eval_partition.txt', names, split)
    count = f'{len(names):,} of {COUNT:,} faces' if len(names) < COUNT else f'{COUNT:,} faces'
    images = ImageArray(images, f'celeba {split} ({count}, crop {crop})', False, None, attributes, columns)
    return images if split == 'all' else images[part]


def find(folder):
    """The path of the folder or the zip of images; None if there is neither."""
    paths = folder / 'img_align_celeba', folder / 'img_align_celeba.zip'
    return next((path for path in paths if path.exists()), None)


def _attributes(path, names):
    """Read the attributes: ``(N, 40)`` bool and the names of the columns, or (None, ()) without the list."""
    if not path.is_file():
        log.warning('celeba: there is no %s beside the images, so they have no attributes', path.name)
        return None, ()
    missing = {name: row for row, name in enumerate(names)}
    with open(path) as file:
        file.readline()
        columns = file.readline().split()
        table = np.zeros((len(names), len(columns)), bool)
        for name, *values in filter(None, map(str.split, file)):
            row = missing.pop(name, None)
            if row is not None:
                if len(values) != len(columns) or values.count('1') + values.count('-1') != len(columns):
                    raise corrupt(path, f'does not give 1 or -1 for each attribute of {name}', REMEDY)
                table[row] = [value == '1' for value in values]
    if missing:
        raise corrupt(path, f'has no row for {next(iter(missing))}', REMEDY)
    return table, columns


def _rows(path, names, split):
    """The rows of the images of a split, as a slice if they are contiguous, since a slice copies nothing."""
    if split == 'all':
        return slice(None)
    if not path.is_file():
        raise ValueError(f"split={split!r} needs {path}, which is missing: put it there, or use split='all'")
    with open(path) as file:
        parts = dict(line for line in map(str.split, file) if len(line) == 2)
    missing = next((name for name in names if parts.get(name) not in ('0', '1', '2')), None)
    if missing is not None:
        raise corrupt(path, f'does not give 0, 1 or 2 for {missing}', REMEDY)
    rows = np.flatnonzero([int(parts[name]) in SPLITS[split] for name in names])
    if not len(rows):
        raise ValueError(f'none of the {len(names):,} available faces belongs to split={split!r}')
    return slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] + 1 == len(rows) else rows
