"""The Inception-style score, by hand."""
import numpy as np
import pytest
from gluon_gan.metrics import inception_score


def test_its_ends():
    sure = np.eye(4)[np.arange(40) % 4]
    assert inception_score(sure, splits=10) == (pytest.approx(4), pytest.approx(0))
    assert inception_score(np.full((40, 4), 0.25)).value == pytest.approx(1)
    assert inception_score(sure[::4], splits=1).value == pytest.approx(1)              # one class alone


def test_by_hand():
    p = np.array([[0.8, 0.2], [0.4, 0.6]])
    mean = p.mean(axis=0)
    score = np.exp((p * np.log(p / mean)).sum() / 2)
    assert inception_score(p, splits=1) == (pytest.approx(score), 0)
    halves = np.concatenate([p, np.eye(2)])
    assert inception_score(halves, splits=2) == (pytest.approx((score + 2) / 2), pytest.approx((2 - score) / 2))


def test_smaller_parts_score_less():
    rows = np.random.default_rng(0).dirichlet(np.full(10, 0.2), 1000).astype(np.float32)
    assert inception_score(rows, splits=100).value < inception_score(rows, splits=1).value
    mixed = inception_score(rows[np.random.default_rng(1).permutation(1000)], splits=1).value
    assert mixed == pytest.approx(inception_score(rows, splits=1).value)


def test_refusals():
    with pytest.raises(ValueError, match=r'probabilities\[1\] is not from 0 to 1 with sum 1, but has -1 and sum 1: pass softmax'):
        inception_score([[0.5, 0.5], [2, -1]], splits=1)
    with pytest.raises(ValueError, match=r'probabilities\[0\] .* sum 0.9'):
        inception_score([[0.5, 0.4]], splits=1)
    with pytest.raises(ValueError, match='splits=10 parts need at least as many rows, not 2'):
        inception_score(np.eye(2))
    with pytest.raises(ValueError, match=r'probabilities\[1\] holds nan'):
        inception_score([[1, 0], [np.nan, 1]], splits=1)
