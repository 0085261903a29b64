"""Any folder of pictures as a data set."""
from pathlib import Path, PurePosixPath

import numpy as np

from ..checks import whole_number
from .cache import MOST_BAD, decoded
from .containers import Container
from .images import ImageArray


def folder(path, size=64, most_bad=MOST_BAD):
    """The pictures in a folder, a zip or a tar: the largest square in the middle of each.

    Decoded once and kept (:mod:`gluon_gan.data.cache`).

    Parameters
    ----------
    path : path
    size : int
        Pixels a side.
    most_bad : float
        The share of files that may be cut off or no pictures at all; they are named and left out.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8, in the order of the files' names. Where every picture lies in a folder of its class, `.labels`
        are these folders' numbers and ``.classes`` their names.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If it holds no pictures, or too many bad ones.
    """
    size = whole_number('size', size)
    container = Container(path)
    images, names = decoded(container, size, Path(path).name or 'folder', most_bad=most_bad)
    parents = [PurePosixPath(name).parent.name for name in names]
    classes = sorted(set(parents)) if len(set(parents)) > 1 and '' not in parents else []
    labels = np.array([classes.index(parent) for parent in parents]) if classes else None
    return ImageArray(images, f'{Path(path).name} ({len(images):,} pictures)', False, labels, classes=classes)
