r"""Distances to the nearest picture, and whether a generator has learned its training pictures by heart.

Radford, Metz and Chintala 2015, arXiv 1511.06434: their training log holds the mean distance of 10,000 real pictures of a
validation set to the nearest of 1,000, 10,000 and 100,000 generated ones. Whether generated pictures lie nearer to the
training pictures than unseen real ones do is the test of Meehan, Chaudhuri and Dasgupta 2020, arXiv 2004.05675, section 3:
with d(x) the distance of x to its nearest training picture,

    auc = P( d(fake) < d(held out) ) + P( d(fake) = d(held out) ) / 2

which is Mann and Whitney's U, divided by the number of pairs.
"""
from typing import NamedTuple

import numpy as np
from sklearn.metrics import roc_auc_score

from ._neighbours import nearest
from ._rows import features, pair, same_width


class Nearest(NamedTuple):
    """``distances`` ``(N,)`` float64 and ``indices`` ``(N,)`` int: which row of the references it is."""
    distances: np.ndarray
    indices: np.ndarray


def nearest_distances(queries, references):
    """Euclidean distance of each query to its nearest reference; exactly 0 for an equal row.

    Of real pictures to generated ones (the paper's log), the mean is less where every real picture has a like. Of generated
    to real ones it is less where every generated picture looks like a real one: one picture over and over does as well. Both
    shrink as references are added.

    Parameters
    ----------
    queries, references : array_like
        Features or flattened pixels, ``(N, d)`` and ``(M, d)``; at least 1 row each.

    Raises
    ------
    ValueError
        If these are no features or d differs.
    """
    distances, indices = nearest(*pair(queries, references, ('queries', 'references'), least=1))
    return Nearest(distances[:, 0], indices[:, 0])


class Memorisation(NamedTuple):
    """Shares of the generated pictures, 0 to 1; in brackets what unseen real pictures would have."""
    copies: float               # equal a training picture, to the last bit (as a rule 0)
    below_percentile: float     # nearer to training than the nearest 1 % of held-out pictures (0.01)
    below_median: float         # nearer than the median of held-out pictures (0.5)
    auc: float                  # chance that a generated one is nearer than a held-out one (0.5; 1: all of them are)


def memorisation(fake, training, held_out):
    """Whether generated pictures are suspiciously near to the training pictures.

    Copies raise all four; a few copies among good pictures show in the first two alone. ``auc`` well below 0.5 says that they
    are further from the data than real pictures are: broken, not original.

    A distance cannot tell memory from blur: a smooth picture, or the commonest kind of picture over and over, is near to many
    training pictures, and raises ``below_median`` and ``auc`` too. Look at the pairs (:func:`nearest_distances` says which). A
    copy shifted by a pixel is far in pixels: take features (Theis et al. 2016, arXiv 1511.01844).

    Parameters
    ----------
    fake, training, held_out : array_like
        Features or flattened pixels ``(N, d)``. ``training`` is what the generator saw, ``held_out`` real pictures of the
        same source that it did not see; with copies of training pictures among those the test is blind.

    Raises
    ------
    ValueError
        If these are no features or d differs.
    """
    fake, training = pair(fake, training, ('fake', 'training'))
    held_out = features('held_out', held_out)
    same_width(held_out.shape[1], training.shape[1], ('held_out', 'training'))
    ours, theirs = nearest(fake, training)[0][:, 0], nearest(held_out, training)[0][:, 0]
    auc = roc_auc_score(np.repeat([0, 1], [len(ours), len(theirs)]), np.concatenate([ours, theirs]))
    return Memorisation(*(float(value) for value in (
        np.mean(ours == 0), np.mean(ours < np.percentile(theirs, 1)), np.mean(ours < np.median(theirs)), auc)))
