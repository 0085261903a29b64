r"""Inception-style score of class probabilities.

Salimans et al. 2016, arXiv 1606.03498, section 4, of a classifier's p(y|x) over the samples x and its mean p(y):

    score = exp( mean_x KL( p(y|x) || p(y) ) )

Mean and standard deviation over 10 parts of 5,000 samples are what papers print. The part's size matters: p(y) of fewer samples
follows them, and the score sinks. Only with Inception v3 on ImageNet's classes is it "the" Inception Score.
"""
from typing import NamedTuple

import numpy as np

from ..checks import whole_number
from ._rows import blocks, features


class InceptionScore(NamedTuple):
    """Mean of the parts' scores, 1 to K, more is better; and their standard deviation, which is no error bar of the mean."""
    value: float
    spread: float


def inception_score(probabilities, splits=10):
    """Whether each sample is clearly of one class, and all classes occur.

    1: every sample has the same probabilities; K: every sample is surely of one class and the K classes are equally frequent.
    It knows no real pictures: it does not see noise that the classifier ignores, the loss of all variety within a class, or
    memorisation, and it punishes a right generator of data whose classes are not balanced (Barratt and Sharma 2018, arXiv
    1801.01973).

    Parameters
    ----------
    probabilities : array_like
        ``(N, K)``, each row from 0 to 1 with sum 1, not logits.
    splits : int
        Into how many parts, in the order of the rows; 1 to N. Shuffle rows that are sorted by class.

    Raises
    ------
    ValueError
        If these are no probabilities or there are fewer rows than parts.
    """
    rows = features('probabilities', probabilities, least=1)
    splits = whole_number('splits', splits)
    if splits > len(rows):
        raise ValueError(f'splits={splits} parts need at least as many rows, not {len(rows)}')
    wrong = np.flatnonzero((rows.min(axis=1) < 0) | (abs(rows.sum(axis=1) - 1) > 1e-3))
    if len(wrong):
        raise ValueError(f'probabilities[{wrong[0]}] is not from 0 to 1 with sum 1, but has {rows[wrong[0]].min():g} and sum '
                         f'{rows[wrong[0]].sum():g}: pass softmax(logits)')
    bounds = [index * len(rows) // splits for index in range(splits + 1)]
    scores = [_score(rows[start:stop]) for start, stop in zip(bounds, bounds[1:])]
    return InceptionScore(float(np.mean(scores)), float(np.std(scores)))


def _score(rows):
    # KL = sum p log p - sum p log q; a class that no sample has any share in adds nothing to either.
    own = sum(_entropy(rows[block]) for block in blocks(len(rows), 4096)) / len(rows)
    return np.exp(own - _entropy(rows.mean(axis=0)))


def _entropy(p):
    """Sum of p log p, where 0 log 0 is 0."""
    return float((p * np.log(p, where=p > 0, out=np.zeros_like(p))).sum())
