"""CelebA: 202,599 faces of celebrities with 40 attributes (Liu, Luo, Wang, Tang 2015), or synthetic faces."""
import csv
import logging
import re

import numpy as np
from PIL import Image

from ...support.checks import one_of
from ...support.layouts import child, files_below, locate, unread
from ...support.locate import root
from .. import image_files
from ..archives import Container
from ..cache import decoded
from ..idx import corrupt
from ..image_array import ImageArray
from ..synthetic_sets import render_faces

SPLITS = {'train': (0,), 'valid': (1,), 'test': (2,), 'all': (0, 1, 2)}
# Ranges of synthetic faces: the index of the first, and one past the last
STAND_IN = {'train': (0, 4000), 'valid': (4000, 4500), 'test': (4500, 5000), 'all': (0, 5000)}
COUNT = 202_599
ALIASES = ('celeba-dataset',)                 # other names of the folder
PARTS = ('Img', 'Anno', 'Eval')              # the folders of the original
UNREAD = '^(?!.*(hq|mask|dialog|spoof)).*celeba'      # names that seem to belong to CelebA, simplified
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
        ``list_attr_celeba.txt`` or ``.csv`` beside the images. The stand-in consists of synthetic faces with exact
        attributes.

    Raises
    ------
    ValueError, CorruptFile
        If there is no such split or crop, no image of the split is available, or a list does not match the images.
    FileNotFoundError
        With ``download=True``, if the images are missing.
    """
    for name, value, known in (('split', split, SPLITS), ('crop', str(crop), CROPS)):
        one_of(name, value, known)
    source = available()
    if source is None:
        place, other = root() / 'celeba', unread(UNREAD, is_read)
        also = other and f', and these files are not read: {other}'
        if download:
            raise FileNotFoundError(f'no img_align_celeba.zip and no folder img_align_celeba in {place}{also}: '
                                    f'{HOW_TO_GET}')
        if other:
            log.warning('celeba: synthetic faces stand in, and these files are not read: %s; datasets/celeba.md '
                        'describes the files that are', other)
        first, last = STAND_IN[split]
        name = f'celeba stand-in: {last - first:,} synthetic faces'
        return render_faces(last - first, size, start=first, name=name, stand_in=True)
    images, names = decoded(Container(source), size, f'celeba-{crop}', str(crop), CROPS[str(crop)])
    names = [name.rsplit('/', 1)[-1] for name in names]
    attributes, columns = _attributes(_list(source, 'list_attr_celeba'), names)
    part = _rows(_list(source, 'list_eval_partition'), names, split)
    count = f'{len(names):,} of {COUNT:,} faces' if len(names) < COUNT else f'{COUNT:,} faces'
    images = ImageArray(images, f'celeba {split} ({count}, crop {crop})', False, None, attributes, columns)
    return images if split == 'all' else images[part]


def available():
    """The path of the folder or the zip of images in the data root; None if there is neither."""
    return locate(find, 'celeba', *ALIASES)


def find(folder):
    """The path of the folder or the zip of images in a folder or in its ``Img``; None if there is neither."""
    for place in filter(None, (folder, child(folder, PARTS[0]))):
        images = child(place, 'img_align_celeba')
        if images and images.is_dir() and any(path.suffix.lower() in image_files.SUFFIXES
                                              for path in files_below(images, depth=1)):
            return images
        archive = child(place, 'img_align_celeba.zip')
        if archive and archive.is_file():
            return archive
    return None


def is_read(path):
    """Whether a path is one of the lists of CelebA, by its name."""
    return bool(re.fullmatch(r'list_(attr|landmarks_align|landmarks|bbox|eval)_?(celeba|partition)?\.(txt|csv)|'
                             r'identity_celeba\.txt', path.name.lower()))


def missing_lists(source):
    """The names of the lists that are not beside the images."""
    return [path.name for path in (_list(source, stem) for stem in ('list_attr_celeba', 'list_eval_partition'))
            if not path.is_file()]


def _list(source, stem):
    """The path of a list: beside the images, or in one of the original's folders; the .txt before Kaggle's .csv."""
    base = source.parent.parent if source.parent.name.lower() == PARTS[0].lower() else source.parent
    for place in filter(None, (base, *(child(base, part) for part in PARTS))):
        if path := child(place, f'{stem}.txt', f'{stem}.csv'):
            return path
    return base / f'{stem}.txt'


def _table(path):
    """Yield the rows of a list as lists of strings, without the header of a .csv and the count of a .txt."""
    with open(path, newline='') as file:
        if path.suffix.lower() == '.csv':
            yield from filter(None, csv.reader(file))
        else:
            yield from filter(None, map(str.split, file))


def _attributes(path, names):
    """Read the attributes: ``(N, 40)`` bool and the names of the columns, or (None, ()) without the list."""
    if not path.is_file():
        log.warning('celeba: there is no %s beside the images, so they have no attributes', path.name)
        return None, ()
    missing = {name: row for row, name in enumerate(names)}
    lines = _table(path)
    if path.suffix.lower() == '.csv':
        columns = next(lines, [''])[1:]          # image_id, and the names
    else:
        next(lines, None)                        # the number of images
        columns = next(lines, [])
    table = np.zeros((len(names), len(columns)), bool)
    for name, *values in lines:
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
    parts = dict(line for line in _table(path) if len(line) == 2)
    missing = next((name for name in names if parts.get(name) not in ('0', '1', '2')), None)
    if missing is not None:
        raise corrupt(path, f'does not give 0, 1 or 2 for {missing}', REMEDY)
    rows = np.flatnonzero([int(parts[name]) in SPLITS[split] for name in names])
    if not len(rows):
        raise ValueError(f'none of the {len(names):,} available faces belongs to split={split!r}')
    return slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] + 1 == len(rows) else rows
