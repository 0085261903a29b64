r"""Can a nearest-neighbour classifier tell generated from real?

Lopez-Paz and Oquab 2017, arXiv 1610.06545 (classifier two-sample tests); as a measure of GANs, leave-one-out with 1-NN, Xu et
al. 2018, arXiv 1806.07755, section 2: each sample is given the label of the nearest of all the others, and

    accuracy = share of samples that get their own label
"""
from typing import NamedTuple

import numpy as np

from ._neighbours import nearest
from ._rows import pair


class TwoSample(NamedTuple):
    """All 0 to 1; 0.5 is best. ``overall`` is the mean of the other two, and hides a high one behind a low one."""
    overall: float
    real: float
    fake: float


def two_sample_accuracy(real, fake):
    """Leave-one-out accuracy of 1-NN between real and fake, over all and apart.

    ======== ======== ==========================================================================================
    real     fake
    ======== ======== ==========================================================================================
    near .5  near .5  they cannot be told apart: good
    near 1   near 1   far apart
    low      low      each real picture has a generated one nearer than any real one, and the other way round: copied
    low      high     collapsed: fake crowd together in the midst of real ones
    high     low      too wide or noisy: fake are further from each other than from the real ones between them
    ======== ======== ==========================================================================================

    As a nearest neighbour is decided by little, it is high for pictures that look the same to people: take features, not pixels.
    A tie between a real and a fake neighbour counts one half.

    Parameters
    ----------
    real, fake : array_like
        Features ``(N, d)`` each: equal counts, or 0.5 would not be chance.

    Raises
    ------
    ValueError
        If these are no features, or d or N differ.
    """
    real, fake = pair(real, fake)
    if len(real) != len(fake):
        count = min(len(real), len(fake))
        raise ValueError(f'real has {len(real)} rows and fake {len(fake)}: take {count} of each, or chance would not be 0.5')
    right = [_right(real, fake), _right(fake, real)]
    return TwoSample(float(np.mean(right)), *right)


def _right(own, other):
    """Share of ``own`` whose nearest is of its own kind."""
    same, cross = nearest(own)[0], nearest(own, other)[0]
    return float(np.mean(same < cross) + np.mean(same == cross) / 2)
