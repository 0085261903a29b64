r"""Distances to the nearest image, and a test for memorisation of the training images.

Radford, Metz and Chintala 2015, arXiv 1511.06434: their training log records the mean distance from 10,000 real
validation images to the nearest of 1,000, 10,000 and 100,000 generated ones.

The test for memorisation compares the distances of generated images to the training images with those of held-out
real images (Meehan, Chaudhuri and Dasgupta 2020, arXiv 2004.05675, section 3). If d(x) is the distance of x to its
nearest training image,

    auc = P( d(fake) < d(held out) ) + P( d(fake) = d(held out) ) / 2

which is the Mann-Whitney U statistic divided by the number of pairs.
"""
from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from ._neighbours import nearest
from ._rows import features, pair, same_width

# Features of equal images can differ in their last digits, because a network's sums depend on the size of the batch on
# some processors. Features this near are those of equal images; the unit is the deviation of the training features.
ROUNDING = 1e-5


class Nearest(NamedTuple):
    """``distances`` ``(N,)`` float64 to the nearest reference, and its row ``indices`` ``(N,)`` int."""
    distances: np.ndarray
    indices: np.ndarray


def nearest_distances(queries, references):
    """Compute the Euclidean distance from each query to its nearest reference. It is exactly 0 for equal rows.

    From real to generated images (the paper's log), a low mean means that every real image has a generated one like
    it. From generated to real images, a low mean means that every generated image looks like a real one, which also
    holds for a generator that always produces the same image. Both decrease as references are added.

    Parameters
    ----------
    queries, references : array_like
        Features or flattened pixels, ``(N, d)`` and ``(M, d)``; at least 1 row each.

    Returns
    -------
    Nearest

    Raises
    ------
    ValueError
        If the features are invalid, or d differs.
    """
    distances, indices = nearest(*pair(queries, references, ('queries', 'references'), least=1))
    return Nearest(distances[:, 0], indices[:, 0])


class Memorisation(NamedTuple):
    """Fractions of the generated images, 0 to 1. The comments give the expected value for unseen real images."""
    copies: float               # equal to a training image up to rounding, see ROUNDING (usually 0)
    below_percentile: float     # closer to the training images than the closest 1 % of held-out images (0.01)
    below_median: float         # closer than the median held-out image (0.5)
    auc: float                  # probability that a generated image is closer than a held-out one (0.5; 1 if all are)


def memorisation(fake, training, held_out):
    """Test whether generated images are suspiciously close to the training images.

    Copies raise all four numbers; a few copies among good images show in the first two only. An ``auc`` well below
    0.5 means that the generated images are further from the data than real images are: they are unrealistic, not
    original.

    A distance cannot distinguish memorisation from blur. A smooth image, or the most common kind of image repeated,
    is close to many training images and also raises ``below_median`` and ``auc``. Inspect the pairs, whose indices
    :func:`nearest_distances` returns. A copy shifted by one pixel is far away in pixel space; use features (Theis et
    al. 2016, arXiv 1511.01844).

    Parameters
    ----------
    fake, training, held_out : array_like
        Features or flattened pixels ``(N, d)``. ``training`` is what the generator was trained on. ``held_out`` are
        real images from the same source that it was not trained on; if they include copies of training images, the
        test cannot detect memorisation.

    Returns
    -------
    Memorisation

    Raises
    ------
    ValueError
        If the features are invalid, or d differs.
    """
    fake, training = pair(fake, training, ('fake', 'training'))
    held_out = features('held_out', held_out)
    same_width(held_out.shape[1], training.shape[1], ('held_out', 'training'))
    ours, theirs = nearest(fake, training)[0][:, 0], nearest(held_out, training)[0][:, 0]
    auc = roc_auc_score(np.repeat([0, 1], [len(ours), len(theirs)]), np.concatenate([ours, theirs]))
    rounding = ROUNDING * np.sqrt(training.var(axis=0).sum())
    return Memorisation(*(float(value) for value in (
        np.mean(ours <= rounding), np.mean(ours < np.percentile(theirs, 1)), np.mean(ours < np.median(theirs)), auc)))
