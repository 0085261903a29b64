"""Any folder of images as a data set."""
from pathlib import Path, PurePosixPath

import numpy as np

from ..support.checks import whole_number
from .archives import Container
from .cache import MAX_BAD_SHARE, decoded
from .image_array import ImageArray


def folder(path, size=64, max_bad_share=MAX_BAD_SHARE):
    """Load the images in a folder, a zip or a tar: the largest central square of each.

    They are decoded once and cached (:mod:`gluon_gan.data.cache`).

    Parameters
    ----------
    path : path
    size : int
        Pixels a side.
    max_bad_share : float
        The fraction of files that may be truncated or no images at all. These are left out, and a message says so.

    Returns
    -------
    ImageArray
        ``(N, size, size, 3)`` uint8, sorted by file name; the images of a tar keep its order. If every image lies in a
        subfolder and there are several, they are classes: `.classes` are their names and `.labels` their indices.

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    ValueError
        If it contains no images, or too many unusable ones.
    """
    size = whole_number('size', size)
    container = Container(path)
    images, names = decoded(container, size, Path(path).name or 'folder', max_bad_share=max_bad_share)
    parents = [PurePosixPath(name).parent.name for name in names]
    classes = sorted(set(parents)) if len(set(parents)) > 1 and '' not in parents else []
    labels = np.array([classes.index(parent) for parent in parents]) if classes else None
    return ImageArray(images, f'{Path(path).name} ({len(images):,} pictures)', False, labels, classes=classes)
