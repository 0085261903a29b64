"""Measures of generated quilts that rest on the known blocks of synthetic quilts: which blocks, and how straight.

Blocks: :class:`~gluon_gan.metrics.QuiltPatternClassifier` recognises the block of each image. A block counts as found
if it is recognised in at least 1 % of the images.

Straightness: seams are straight, and most of them meet at multiples of 45 degrees, whatever the rotation of the quilt.
Let theta be the orientation of the edge at a pixel and w its strength, from the structure tensor summed over the
colours (Di Zenzo 1986, A note on the gradient of a multi-image). The straightness of an image is the mean resultant
length of 8 theta (Mardia and Jupp 2000, Directional Statistics, section 2.3):

    straightness = | sum w exp(8 i theta) | / sum w

It is 1 if all edges are parallel or meet at multiples of 45 degrees, and near 0 if all orientations occur equally.
Blur and noise hardly change it. The factor 4 in place of 8 was not chosen, because diagonal edges would then cancel
horizontal and vertical ones.

========================================= ===== ========= ============
Images                                    found certainty straightness
========================================= ===== ========= ============
2,000 synthetic test quilts (baseline)       16      0.94         0.40
500 of them, displaced by waves of 0.7 px    16      0.92         0.15
500 of them, displaced by waves of 1.5 px    16      0.82         0.16
500 of them, blurred                         16      0.91         0.39
500 images of blurred noise                   2      0.69         0.04
========================================= ===== ========= ============

The straightness distinguishes straight seams from crooked ones, and does not grade the crooked ones. It depends on the
block, because other angles, curves and prints lower it: from 0.18 for flying geese, whose seams have other slopes, to
0.70 for a rail fence. Compare it only between generators that find the same blocks. The certainty has no meaning for
images that are not quilts, because the classifier knows nothing else. If a block is left out of the test quilts, others
are mistaken for it in at most 0.8 % of the images (hourglass), so blocks that are rare but found need a second look.
"""
from typing import NamedTuple

import numpy as np

from ..support.pixels import describe
from ..synthetic import BLOCKS
from .base import describe_shape
from .extractors import stream
from .quilt_classifier import SIZE, QuiltPatternClassifier

LEAST_SHARE = 0.01                            # of the images, for a block that counts as found
BINOMIAL = np.float32([1, 4, 6, 4, 1]) / 16   # a blur with a standard deviation of one pixel


class QuiltMeasures(NamedTuple):
    """Result of :func:`quilt_measures`.

    Attributes
    ----------
    shares : numpy.ndarray
        ``(16,)`` float64, the share of the images in which each block is recognised, in the order of
        :data:`gluon_gan.synthetic.BLOCKS`; they sum to 1.
    found : int
        Number of blocks with a share of at least 1 %, 1 to 16; higher is better. Measure at least 1,000 images: of
        fewer than 100, a single misclassified image suffices for a block.
    certainty : float
        Mean of the largest probability, 1/16 to 1; higher is better. It is lower for images that show no clear block.
    straightness : float
        Mean of :func:`straightness`, 0 to 1; higher is better.
    """
    shares: np.ndarray
    found: int
    certainty: float
    straightness: float


def quilt_measures(images, classifier=None):
    """Measure which blocks quilts show, how clearly, and how straight their seams are.

    Parameters
    ----------
    images : ImageArray, numpy.ndarray, NDArray or iterable
        Colour images of 64 px as for :func:`gluon_gan.metrics.stream`: ``(N, 64, 64, 3)`` uint8, or ``(N, 3, 64, 64)``
        in [-1, 1], or an iterable of batches of the latter.
    classifier : QuiltPatternClassifier, optional
        By default the one that ships with the package. Pass one that you keep if you measure often.

    Returns
    -------
    QuiltMeasures

    Raises
    ------
    ValueError
        If there are no images, or they have another shape, dtype or range.
    """
    if not hasattr(images, '__len__') and not hasattr(images, '__iter__'):
        raise ValueError(f'images must be (N, {SIZE}, {SIZE}, 3) uint8, or (N, 3, {SIZE}, {SIZE}) in [-1, 1], '
                         f'not {describe(images)}')
    classifier = classifier or QuiltPatternClassifier()

    def measured(batch):
        if batch.shape[1:] != (3, SIZE, SIZE):
            raise ValueError(f'quilt_measures takes colour images of {SIZE}x{SIZE}, not images with '
                             f'{describe_shape(batch)}: resize or convert them')
        return np.column_stack([classifier.probabilities(batch), straightness(batch.asnumpy())])
    rows = np.concatenate(list(stream(measured, images))).astype(np.float64)
    probabilities = rows[:, :len(BLOCKS)]
    shares = np.bincount(probabilities.argmax(axis=1), minlength=len(BLOCKS)) / len(rows)
    return QuiltMeasures(shares, int((shares >= LEAST_SHARE).sum()), float(probabilities.max(axis=1).mean()),
                         float(rows[:, -1].mean()))


def straightness(images):
    """Measure how well the edges of each image agree in their orientation modulo 45 degrees; see the module.

    Parameters
    ----------
    images : numpy.ndarray
        ``(N, C, H, W)`` floats of any range, at least 8 pixels a side.

    Returns
    -------
    numpy.ndarray
        ``(N,)`` float32, 0 to 1; 0 for an image without edges.

    Raises
    ------
    ValueError
        If the array has another shape or dtype.
    """
    if getattr(images, 'dtype', np.dtype(object)).kind != 'f' or images.ndim != 4 or min(images.shape[2:]) < 8:
        raise ValueError(f'images must be (N, C, H, W) floats of at least 8 pixels a side, not {describe(images)}')
    smooth = _blurred(images.astype(np.float32))
    dx = smooth[:, :, 1:-1, 2:] - smooth[:, :, 1:-1, :-2]
    dy = smooth[:, :, 2:, 1:-1] - smooth[:, :, :-2, 1:-1]
    # The structure tensor: its anisotropic part has the length w and the angle 2 theta.
    edges = _blurred((dx * dx - dy * dy).sum(axis=1)) + 2j * _blurred((dx * dy).sum(axis=1))
    strength = np.abs(edges)
    direction = edges / np.maximum(strength, 1e-12)
    resultant = np.abs((strength * direction ** 4).sum(axis=(1, 2)))
    return (resultant / np.maximum(strength.sum(axis=(1, 2)), 1e-6)).astype(np.float32)


def _blurred(planes):
    """Arrays ``(..., H, W)`` without their outermost two pixels, blurred by a binomial filter."""
    rows = sum(weight * planes[..., start:planes.shape[-2] - 4 + start, :] for start, weight in enumerate(BINOMIAL))
    return sum(weight * rows[..., start:planes.shape[-1] - 4 + start] for start, weight in enumerate(BINOMIAL))
