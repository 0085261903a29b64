r"""A test for reproduced training images that tolerates shifts, mirroring, contrast and lost detail.

A GAN of few images may generate a training image from another distance, or without its details. Neither its pixels
nor the features of a random network are near those of the training image then. The layout of its colours is: for a
generated image x and a training image y, both reduced to 20 x 20 pixels,

    r(x, y) = max over s of  corr( x[2:18, 2:18], shift(y, s)[2:18, 2:18] )

with Pearson's correlation over pixels and channels, and shifts s of up to 2 pixels (a tenth of the side) in each
direction, of y and of its mirror image. A correlation does not depend on brightness and contrast.

The perceptual hash of :mod:`gluon_gan.curation.duplicates` does not serve here. It finds another copy of the same file.
Ten images of a quilt GAN that reproduce a photograph differ from it in 18 to 22 of 64 bits, and many that do not differ
in as few as 12.

A high correlation is no proof. Two plain images with the same border have one too, and so have two photographs of the
same object. Compare with held-out images, and look at the pairs.
"""
from typing import NamedTuple

import cv2
import numpy as np

from ..support.pixels import describe

SIDE, MARGIN = 20, 2     # pixels of the reduced images, and the largest shift
BATCH = 256              # generated images that are compared at once


class Reproduction(NamedTuple):
    """The training image that correlates most with each of N images.

    ``correlations`` ``(N,)`` float64; ``indices`` ``(N,)`` int of training images; ``mirrored`` ``(N,)`` bool.
    """
    correlations: np.ndarray
    indices: np.ndarray
    mirrored: np.ndarray


def reproduction(images, training):
    """Find the training image that each image is most like.

    Parameters
    ----------
    images, training : numpy.ndarray
        ``(N, C, H, W)`` and ``(M, C, H, W)``, float, with the same C. H and W are at least 20 and may differ between
        the two.

    Returns
    -------
    Reproduction
        An image of a single colour has a correlation of 0.

    Raises
    ------
    ValueError
        If an array has another form, or is empty.
    """
    for name, array in (('images', images), ('training', training)):
        if not isinstance(array, np.ndarray) or array.ndim != 4 or array.dtype.kind != 'f' or not len(array) \
                or min(array.shape[2:]) < SIDE:
            raise ValueError(f'{name} must be a float array (N, C, H, W) of at least one image and {SIDE} pixels, not '
                             f'{describe(array)}')
    if images.shape[1] != training.shape[1]:
        raise ValueError(f'images have {images.shape[1]} channels and training images {training.shape[1]}: '
                         'the number must be the same in both')
    references = _reduced(training)
    references = np.concatenate([references, references[:, :, ::-1]])
    shifts = range(2 * MARGIN + 1)
    shifted = [_standardised(_window(references, top, left)) for top in shifts for left in shifts]
    found = []
    for start in range(0, len(images), BATCH):
        rows = _standardised(_window(_reduced(images[start:start + BATCH]), MARGIN, MARGIN))
        best = np.max([rows @ each.T for each in shifted], axis=0)
        found.append((best.max(axis=1), best.argmax(axis=1)))
    correlations, indices = map(np.concatenate, zip(*found))
    return Reproduction(correlations, indices % len(training), indices >= len(training))


def _reduced(images):
    """Images ``(N, C, H, W)`` as ``(N, SIDE, SIDE, C)`` float64, by means over areas."""
    rows = [cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            for image in np.ascontiguousarray(images.transpose(0, 2, 3, 1), np.float64)]
    return np.stack(rows).reshape(len(images), SIDE, SIDE, -1)        # OpenCV drops the axis of a single channel


def _window(images, top, left):
    side = SIDE - 2 * MARGIN
    return images[:, top:top + side, left:left + side].reshape(len(images), -1)


def _standardised(rows):
    """Rows with a mean of 0 and a length of 1; zeros for constant rows."""
    rows = rows - rows.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 1e-9)
