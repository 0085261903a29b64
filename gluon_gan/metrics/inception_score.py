r"""Inception score of class probabilities.

Salimans et al. 2016, arXiv 1606.03498, section 4. With a classifier's p(y|x) for the samples x, and its mean p(y)
over them:

    score = exp( mean_x KL( p(y|x) || p(y) ) )

Papers report the mean and the standard deviation over 10 splits of 5,000 samples. The size of a split matters: the
score decreases for smaller splits, because p(y) adapts to the samples it is estimated from. The name "Inception
Score" is reserved for Inception v3 with ImageNet's classes.
"""
from typing import NamedTuple

import numpy as np

from ..support.checks import whole_number
from ._rows import blocks, features


class InceptionScore(NamedTuple):
    """Result of :func:`inception_score`.

    Attributes
    ----------
    value : float
        Mean of the scores of all splits, 1 to K; higher is better.
    std : float
        Standard deviation of the scores, which is not a standard error of the mean.
    """
    value: float
    std: float


def inception_score(probabilities, splits=10):
    """Measure whether every sample clearly belongs to one class, and whether all classes occur.

    The score is 1 if all samples have the same probabilities, and K if every sample is assigned to one of K classes
    with certainty and the classes are equally frequent.

    It does not use real images. It is insensitive to noise that the classifier ignores, to the loss of all variety
    within a class, and to memorisation. It penalises a correct generator of data with unbalanced classes (Barratt and
    Sharma 2018, arXiv 1801.01973).

    Parameters
    ----------
    probabilities : array_like
        ``(N, K)``; the values of a row lie in 0 to 1 and sum to 1. Not logits.
    splits : int
        Number of splits, 1 to N, taken in the order of the rows. Shuffle rows that are sorted by class.

    Returns
    -------
    InceptionScore

    Raises
    ------
    ValueError
        If a row is not a probability distribution, or there are fewer rows than splits.
    """
    rows = features('probabilities', probabilities, least=1)
    splits = whole_number('splits', splits)
    if splits > len(rows):
        raise ValueError(f'splits={splits} requires at least as many rows, not {len(rows)}')
    wrong = np.flatnonzero((rows.min(axis=1) < 0) | (abs(rows.sum(axis=1) - 1) > 1e-3))
    if len(wrong):
        row = rows[wrong[0]]
        raise ValueError(f'probabilities[{wrong[0]}] must lie in 0 to 1 and sum to 1, but its minimum is {row.min():g} '
                         f'and its sum {row.sum():g}: pass softmax(logits)')
    bounds = [index * len(rows) // splits for index in range(splits + 1)]
    scores = [_score(rows[start:stop]) for start, stop in zip(bounds, bounds[1:])]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))


def _score(rows):
    # KL = sum p log p - sum p log q. A class with probability 0 for all samples contributes nothing to either sum.
    own = sum(_negative_entropy(rows[block]) for block in blocks(len(rows), 4096)) / len(rows)
    return np.exp(own - _negative_entropy(rows.mean(axis=0)))


def _negative_entropy(p):
    """Negative entropy: the sum of p log p, where 0 log 0 is 0."""
    return float((p * np.log(p, where=p > 0, out=np.zeros_like(p))).sum())
