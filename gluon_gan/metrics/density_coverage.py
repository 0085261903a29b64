r"""Density and coverage of a generator, from balls around the real samples alone.

Naeem et al. 2020, arXiv 2002.09797, section 3: B_i is the ball around the real sample i that reaches to the k-th nearest
other real one (k = 5 there), N real and M fake.

    density = 1 / (k M) sum_j sum_i [fake_j in B_i]        coverage = 1 / N sum_i [some fake_j in B_i]

Balls are closed. The authors' package `prdc` has them open, which differs only where two distances are equal.
"""
from typing import NamedTuple

import numpy as np

from ._neighbours import balls, radii
from ._rows import neighbours, pair


class DensityCoverage(NamedTuple):
    """Density is 0 and up, about 1 where the distributions are equal, and may be more; coverage 0 to 1, more is better."""
    density: float
    coverage: float


def density_coverage(real, fake, k=5):
    """How much of what is generated lies where real pictures are dense, and how many real pictures have a generated one near.

    Of equal distributions density is 1 on average, and coverage 1 - (N-1)...(N-k) / ((M+N-1)...(M+N-k)): 0.97 at k = 5 and
    N = M. Outliers hardly count. Dropped modes lower coverage, broken pictures density; a generator that keeps to the densest
    modes has a density above 1, which is no praise.

    Neither sees wrong frequencies beyond that. Copies of the training pictures are perfect; real against itself has coverage 1
    and density (k + 1) / k, as each ball holds its own centre.

    Parameters
    ----------
    real, fake : array_like
        Features ``(N, d)``, more than k rows, and ``(M, d)``.
    k : int
        The neighbour a ball reaches to.

    Raises
    ------
    ValueError
        If these are no features, d differs, or k is no int from 1 to N - 1.
    """
    real, fake = pair(real, fake)
    k = neighbours(k, real=real)
    per_fake, per_real = balls(fake, real, radii(real, k))
    return DensityCoverage(float(per_fake.mean() / k), float(np.mean(per_real > 0)))
