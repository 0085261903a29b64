r"""Density and coverage of a generator, estimated from balls around the real samples only.

Naeem et al. 2020, arXiv 2002.09797, section 3. Let B_i be the ball around the i-th real sample whose radius is the
distance to its k-th nearest real neighbour (the paper uses k = 5), with N real and M fake samples:

    density = 1 / (k M) sum_j sum_i [fake_j in B_i]        coverage = 1 / N sum_i [some fake_j in B_i]

The balls are closed. In the authors' package `prdc` they are open, which differs only where two distances are equal.
"""
from typing import NamedTuple

import numpy as np

from ._neighbours import balls, radii
from ._rows import neighbours, pair


class DensityCoverage(NamedTuple):
    """Density, at least 0, about 1 for equal distributions and possibly above; coverage, 0 to 1, higher is better."""
    density: float
    coverage: float


def density_coverage(real, fake, k=5):
    """Compute density and coverage.

    Density measures whether generated samples lie where real samples are dense. Coverage is the fraction of real
    samples with a generated one nearby.

    For equal distributions the expected density is 1, and the expected coverage is 1 - (N-1)...(N-k) /
    ((M+N-1)...(M+N-k)), which is 0.97 for k = 5 and N = M. Outliers have little influence. Missing modes lower
    coverage, and unrealistic images lower density. A generator that covers only the densest modes has a density above
    1, which is not a merit.

    Neither number reveals wrong frequencies beyond that. Copies of the training images score perfectly. If both sets
    are the same, coverage is 1 and density (k + 1) / k, because each ball contains its own centre.

    Parameters
    ----------
    real, fake : array_like
        Features ``(N, d)``, with more than k rows, and ``(M, d)``.
    k : int
        Number of the neighbour that defines a ball's radius.

    Returns
    -------
    DensityCoverage

    Raises
    ------
    ValueError
        If the features are invalid, d differs, or k is not an int from 1 to N - 1.
    """
    real, fake = pair(real, fake)
    k = neighbours(k, real=real)
    per_fake, per_real = balls(fake, real, radii(real, k))
    return DensityCoverage(float(per_fake.mean() / k), float(np.mean(per_real > 0)))
