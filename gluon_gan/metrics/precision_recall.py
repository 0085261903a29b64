r"""Precision and recall of a generator, estimated from balls around the samples.

Kynkäänniemi et al. 2019, arXiv 1904.06991, section 2. The manifold of a set is estimated as the union of closed balls
around its samples, each with the distance to the k-th nearest neighbour in the set as its radius (k = 3 in the paper,
eq. 1).

    precision = fraction of fake in real's manifold        recall = fraction of real in fake's manifold
"""
from typing import NamedTuple

import numpy as np

from ._neighbours import balls, radii
from ._rows import neighbours, pair


class PrecisionRecall(NamedTuple):
    """Both 0 to 1, higher is better."""
    precision: float
    recall: float


def precision_recall(real, fake, k=3):
    """Measure whether generated samples are realistic (precision), and whether real samples are covered (recall).

    Both increase with k and with the number of samples, so compare only equal ones. Two equal distributions do not
    reach 1; real against other real samples of the same counts shows the attainable values. Missing modes lower
    recall, and unrealistic images lower precision.

    A single outlier in either set has a huge ball, which inflates the score
    (:func:`~gluon_gan.metrics.density_coverage` avoids this for outliers among the real samples). Neither number
    depends on frequencies within the manifold, and copies of the training images score perfectly.

    Parameters
    ----------
    real, fake : array_like
        Features ``(N, d)`` and ``(M, d)``, more than k rows each.
    k : int
        Number of the neighbour that defines a ball's radius.

    Returns
    -------
    PrecisionRecall

    Raises
    ------
    ValueError
        If the features are invalid, d differs, or k is not an int from 1 to N - 1 and M - 1.
    """
    real, fake = pair(real, fake)
    k = neighbours(k, real=real, fake=fake)
    in_real, _ = balls(fake, real, radii(real, k))
    in_fake, _ = balls(real, fake, radii(fake, k))
    return PrecisionRecall(float(np.mean(in_real > 0)), float(np.mean(in_fake > 0)))
