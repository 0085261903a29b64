"""CelebA: 202,599 faces of celebrities with 40 attributes (Liu, Luo, Wang, Tang 2015), or faces that this package draws."""
import logging

import numpy as np
from PIL import Image

from . import drawn, pictures
from .cache import decoded
from .containers import Container
from .idx import corrupt
from .images import ImageArray
from .locate import root

SPLITS = {'train': (0,), 'valid': (1,), 'test': (2,), 'all': (0, 1, 2)}
STAND_IN = {'train': (0, 4000), 'valid': (4000, 4500), 'test': (4500, 5000), 'all': (0, 5000)}      # first and last of the drawn faces
DRAWN = {'train': (0, 10_000), 'test': (10_000, 12_000), 'all': (0, 12_000)}
COUNT = 202_599
HOW = ('CelebA is given out for research after its terms (mmlab.ie.cuhk.edu.hk/projects/CelebA.html) are accepted, so this package does not '
       'download it; datasets/celeba.md tells how')

log = logging.getLogger('gluon_gan')


def _centre(side):
    def cut(image, size):
        if min(image.size) < side:
            raise pictures.BadPicture(f'is {image.width} x {image.height} pixels, too small to cut {side} x {side} out')
        return pictures.square(image, size, side, Image.Resampling.BILINEAR)
    return cut


def _shrunk(image, size):
    scale = size / min(image.size)
    small = image.resize((int(image.width * scale), int(image.height * scale)), Image.Resampling.BILINEAR)
    return pictures.square(small, size)


CROPS = {   # name: (what is cut out of the 178 x 218 pixels, from where)
    '108': _centre(108),           # carpedm20/DCGAN-tensorflow and the first DCGANs after it: the face alone
    '178': _centre(178),           # kwotsin/mimicry: hair and background as well
    'tutorial': _shrunk,           # PyTorch's DCGAN tutorial: shorter side to `size`, then the middle
}


def celeba(split='train', size=64, crop='108', download=None):
    """Aligned faces with their attributes.

    Parameters
    ----------
    split : str
        'train' (162,770), 'valid' (19,867), 'test' (19,962) as ``list_eval_partition.txt`` has them, or 'all'.
    size : int
        Pixels a side.
    crop : str
        A key of :data:`CROPS`. Distances between sets of pictures (FID and the like) of different crops do not compare.
    download : bool, optional
        There is nothing to download (see datasets/celeba.md): True wants the real set or an error, anything else takes the
        stand-in where it is missing.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8. `.attributes` is ``(N, 40)`` bool with `.attribute_names`, where ``list_attr_celeba.txt`` lies
        beside the pictures. The stand-in is faces drawn by this package, which have exact attributes.

    Raises
    ------
    ValueError
        For another split or crop, or a split of which no picture is there.
    CorruptFile
        If a list does not fit the pictures.
    FileNotFoundError
        With ``download=True``, where the pictures are missing.
    """
    for name, value, known in (('split', split, SPLITS), ('crop', str(crop), CROPS)):
        if value not in known:
            raise ValueError(f'{name}={value!r} must be one of {", ".join(map(repr, known))}')
    place = root() / 'celeba'
    source = find(place)
    if source is None:
        if download:
            raise FileNotFoundError(f'no img_align_celeba.zip and no folder img_align_celeba in {place}: {HOW}')
        first, last = STAND_IN[split]
        return drawn.faces(last - first, size, start=first)
    images, names = decoded(Container(source), size, f'celeba-{crop}', str(crop), CROPS[str(crop)])
    names = [name.rsplit('/', 1)[-1] for name in names]
    attributes, columns = _attributes(place / 'list_attr_celeba.txt', names)
    part = _rows(place / 'list_eval_partition.txt', names, split)
    count = f'{len(names):,} of {COUNT:,} faces' if len(names) < COUNT else f'{COUNT:,} faces'
    whole = ImageArray(images, f'celeba {split} ({count}, crop {crop})', False, attributes=attributes, attribute_names=columns)
    return whole if split == 'all' else whole[part]


def drawn_faces(split='train', size=64):
    """Faces drawn by this package, whether CelebA is here or not: for what needs attributes that are exact.

    Parameters
    ----------
    split : str
        'train' (10,000), 'test' (2,000) or 'all'.
    size : int
        Pixels a side, 16 to 512. A thousand faces of 64 px take about a second; nothing is kept on disk.

    Returns
    -------
    ImageArray
        As of :func:`gluon_gan.data.drawn.faces`.

    Raises
    ------
    ValueError
        For another split or size.
    """
    if split not in DRAWN:
        raise ValueError(f'split={split!r} must be one of {", ".join(map(repr, DRAWN))}')
    first, last = DRAWN[split]
    made = drawn.faces(last - first, size, start=first)
    name = f'drawn_faces {split} ({len(made):,} faces drawn by gluon_gan)'        # asked for by name, they stand in for nothing
    return ImageArray(made.images, name, False, None, made.attributes, made.attribute_names, made.parameters)


def find(folder):
    """The pictures' zip or folder, or None."""
    return next((path for path in (folder / 'img_align_celeba', folder / 'img_align_celeba.zip') if path.exists()), None)


def _attributes(path, names):
    """(``(N, 40)`` bool, names of the columns) of the pictures, or (None, ()) without the list."""
    if not path.is_file():
        log.warning('celeba: no %s beside the pictures, so they have no attributes', path.name)
        return None, ()
    place = {name: row for row, name in enumerate(names)}
    with open(path) as file:
        file.readline()
        columns = file.readline().split()
        table = np.zeros((len(names), len(columns)), bool)
        for name, *values in filter(None, map(str.split, file)):
            row = place.pop(name, None)
            if row is not None:
                if len(values) != len(columns) or values.count('1') + values.count('-1') != len(columns):
                    raise corrupt(path, f'has no 1 or -1 for each attribute for {name}')
                table[row] = [value == '1' for value in values]
    if place:
        raise corrupt(path, f'has no row for {next(iter(place))}')
    return table, columns


def _rows(path, names, split):
    """Which of the pictures belong to the split: a slice where they follow one another, since that copies nothing."""
    if split == 'all':
        return slice(None)
    if not path.is_file():
        raise ValueError(f"split={split!r} needs {path}, which is not there: put it there, or take split='all'")
    with open(path) as file:
        parts = dict(line for line in map(str.split, file) if len(line) == 2)
    missing = next((name for name in names if parts.get(name) not in ('0', '1', '2')), None)
    if missing is not None:
        raise corrupt(path, f'has no 0, 1 or 2 for {missing}')
    rows = np.flatnonzero([int(parts[name]) in SPLITS[split] for name in names])
    if not len(rows):
        raise ValueError(f'none of the {len(names):,} faces here is of split={split!r}')
    return slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] + 1 == len(rows) else rows
