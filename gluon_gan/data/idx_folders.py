"""Any folder of IDX files as a data set: images and labels in the format of MNIST, such as those of EMNIST."""
import os
import re
from pathlib import Path

import numpy as np

from ..support.checks import one_of, path_or_name, whole_number
from .idx import corrupt, read_idx
from .image_array import ImageArray
from .image_files import scan

IMAGES = re.compile(r'(.*?)(train|t10k|test)([-_.]?)images([-_.]?)idx3([-_.]?ubyte)(\.gz)?', re.IGNORECASE)
SPLITS = {'train': ('train',), 'test': ('t10k', 'test')}
REMEDY = 'get it again'
PADDED = 28, 32              # images of 28 x 28 pixels get a black edge of two pixels where 32 x 32 are needed


def holds_idx(path):
    """Whether a folder holds IDX files of images, itself or in its folder ``raw``, and no image files."""
    return Path(path).is_dir() and bool(_pairs(Path(path))) and not scan(path)[0]


def idx_folder(path, split='train', size=None):
    """Load the images and labels of the IDX files in a folder.

    The files are called like those of MNIST: ``train-images-idx3-ubyte`` and ``train-labels-idx1-ubyte`` for training,
    ``t10k-...`` or ``test-...`` for the test, with any text in front, gzipped or not.

    Parameters
    ----------
    path : path
    split : str
        'train' or 'test'.
    size : int, optional
        Pixels a side: that of the images, which is the default, or 32 for images of 28 pixels with a black edge.

    Returns
    -------
    ImageArray
        ``(N, size, size, 1)`` uint8, with labels if there is a file of them.

    Raises
    ------
    ValueError, CorruptFile
        If the images have another size, the content of a file is not what its name promises, or the folder holds
        several sets.
    FileNotFoundError
        If there are no images of the split.
    """
    path = Path(path_or_name('path', path))
    one_of('split', split, SPLITS)
    found = [pair for name, pair in _pairs(path).items() if name[1] in SPLITS[split]]
    if not found:
        raise FileNotFoundError(f'there are no IDX files of the images of split={split!r} in {path}')
    if len(found) > 1:
        names = ' and '.join(str(images.relative_to(path)) for images, _ in found[:2])
        raise ValueError(f'{path} holds several sets, {names}: put each into a folder')
    (images_path, labels_path), = found
    images = read_idx(images_path, 3, REMEDY)
    labels = None if labels_path is None else read_idx(labels_path, 1, REMEDY).astype(np.int64)
    if not len(images) or images.shape[1] != images.shape[2]:
        raise corrupt(images_path, f'holds {" x ".join(map(str, images.shape))} bytes, not square images', REMEDY)
    if labels is not None and len(labels) != len(images):
        raise corrupt(labels_path, f'holds {len(labels):,} labels for {len(images):,} images', REMEDY)
    side = images.shape[1]
    if size is not None and whole_number('size', size) != side:
        if (side, size) != PADDED:
            sizes = f'{side}, or 32 with a black edge' if side == PADDED[0] else str(side)
            raise ValueError(f'size={size}: the images in {path} have {side} x {side} pixels; the size can be {sizes}')
        edge = (size - side) // 2
        images = np.pad(images, ((0, 0), (edge, edge), (edge, edge)))
    return ImageArray(images, f'{path.name} {split} ({len(images):,} pictures, IDX)', False, labels)


def _pairs(folder):
    """{(text in front, split): (path of the images, path of the labels or None)}; gzipped files are preferred."""
    found = {}
    for place in (folder, folder / 'raw', folder / 'MNIST' / 'raw'):
        matches = filter(None, map(IMAGES.fullmatch, os.listdir(place) if place.is_dir() else ()))
        for match in sorted(matches, key=lambda match: (not match[5], match[0])):
            path = place / match[0]
            if path.is_file():
                front, split, *between, end, _ = match.groups()
                stem = f'{front}{split}{between[0]}labels{between[1]}idx1{end}'
                labels = next((place / name for name in (stem + '.gz', stem) if (place / name).is_file()), None)
                found.setdefault((front, split.lower()), (path, labels))
    return found
