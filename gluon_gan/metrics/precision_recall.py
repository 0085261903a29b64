r"""Precision and recall of a generator, from balls around the samples.

Kynkäänniemi et al. 2019, arXiv 1904.06991, section 2: a set's manifold is the union of the balls around its samples that reach
to the k-th nearest of the others (k = 3 there), closed (eq. 1).

    precision = share of fake in real's manifold        recall = share of real in fake's manifold
"""
from typing import NamedTuple

import numpy as np

from ._neighbours import balls, radii
from ._rows import neighbours, pair


class PrecisionRecall(NamedTuple):
    """Both 0 to 1, more is better."""
    precision: float
    recall: float


def precision_recall(real, fake, k=3):
    """Whether what is generated looks real (precision), and whether what is real is generated (recall).

    Both rise with k and with the number of samples: compare only equal ones. Two equal distributions do not reach 1 each; real
    against other real of the same counts says what they reach. Dropped modes lower recall, broken pictures precision.

    A single outlier in either set has a huge ball that forgives much (:func:`~gluon_gan.metrics.density_coverage` mends that
    for the real ones). Neither sees whether frequencies are right within the manifold, and copies of the training pictures
    are perfect.

    Parameters
    ----------
    real, fake : array_like
        Features ``(N, d)`` and ``(M, d)``, more than k rows each.
    k : int
        The neighbour a ball reaches to.

    Raises
    ------
    ValueError
        If these are no features, d differs, or k is no int from 1 to N - 1 and M - 1.
    """
    real, fake = pair(real, fake)
    k = neighbours(k, real=real, fake=fake)
    in_real, _ = balls(fake, real, radii(real, k))
    in_fake, _ = balls(real, fake, radii(fake, k))
    return PrecisionRecall(float(np.mean(in_real > 0)), float(np.mean(in_fake > 0)))
