r"""Two-sample test with a nearest-neighbour classifier.

Classifier two-sample tests are due to Lopez-Paz and Oquab 2017, arXiv 1610.06545. Xu et al. 2018, arXiv 1806.07755,
section 2, use the leave-one-out form with 1-NN to evaluate GANs: each sample is assigned the label, real or fake, of
its nearest neighbour among all others, and

    accuracy = fraction of samples that are assigned their own label
"""
from typing import NamedTuple

import numpy as np

from ._neighbours import nearest
from ._rows import pair


class TwoSample(NamedTuple):
    """Accuracies over all samples, over the real and over the fake ones; 0 to 1, 0.5 is best.

    ``overall`` is the mean of the other two, in which a high and a low one can cancel out.
    """
    overall: float
    real: float
    fake: float


def two_sample_accuracy(real, fake):
    """Compute the leave-one-out accuracy of 1-NN between real and fake, over all samples and for each set.

    ======== ======== ==================================================================================================
    real     fake     interpretation
    ======== ======== ==================================================================================================
    near .5  near .5  the sets cannot be distinguished, which is the goal
    near 1   near 1   the sets are far apart
    low      low      each real image has a generated one closer than any real one, and vice versa: copies
    low      high     mode collapse: fake samples crowd together in the midst of real ones
    high     low      too wide or noisy: fake samples are further from each other than from the real ones between them
    ======== ======== ==================================================================================================

    A nearest neighbour depends on small differences, so the accuracy can be high for images that look the same to
    people: use features rather than pixels. A tie between a real and a fake neighbour counts as one half.

    Parameters
    ----------
    real, fake : array_like
        Features ``(N, d)`` each. The counts must be equal, or chance would not be 0.5.

    Returns
    -------
    TwoSample

    Raises
    ------
    ValueError
        If the features are invalid, or d or N differ.
    """
    real, fake = pair(real, fake)
    if len(real) != len(fake):
        count = min(len(real), len(fake))
        raise ValueError(f'real has {len(real)} rows and fake has {len(fake)}: use {count} of each, '
                         'or chance would not be 0.5')
    accuracies = [_accuracy(real, fake), _accuracy(fake, real)]
    return TwoSample(float(np.mean(accuracies)), *accuracies)


def _accuracy(own, other):
    """Fraction of ``own`` whose nearest neighbour belongs to ``own``."""
    same, cross = nearest(own)[0], nearest(own, other)[0]
    return float(np.mean(same < cross) + np.mean(same == cross) / 2)
