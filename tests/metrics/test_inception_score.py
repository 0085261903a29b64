"""The Inception score against values computed by hand."""
import numpy as np
import pytest

from gluon_gan.metrics import inception_score


def test_minimum_and_maximum():
    certain = np.eye(4)[np.arange(40) % 4]
    assert inception_score(certain, splits=10) == (pytest.approx(4), pytest.approx(0))
    assert inception_score(np.full((40, 4), 0.25)).value == pytest.approx(1)
    assert inception_score(certain[::4], splits=1).value == pytest.approx(1)              # a single class


def test_examples_computed_by_hand():
    p = np.array([[0.8, 0.2], [0.4, 0.6]])
    mean = p.mean(axis=0)
    score = np.exp((p * np.log(p / mean)).sum() / 2)
    assert inception_score(p, splits=1) == (pytest.approx(score), 0)
    halves = np.concatenate([p, np.eye(2)])
    assert inception_score(halves, splits=2) == (pytest.approx((score + 2) / 2), pytest.approx((2 - score) / 2))


def test_smaller_splits_have_lower_scores():
    rows = np.random.default_rng(0).dirichlet(np.full(10, 0.2), 1000).astype(np.float32)
    assert inception_score(rows, splits=100).value < inception_score(rows, splits=1).value
    mixed = inception_score(rows[np.random.default_rng(1).permutation(1000)], splits=1).value
    assert mixed == pytest.approx(inception_score(rows, splits=1).value)


def test_invalid_probabilities_are_rejected():
    message = r'probabilities\[1\] must lie in 0 to 1 and sum to 1, but its minimum is -1 and its sum 1: pass softmax'
    with pytest.raises(ValueError, match=message):
        inception_score([[0.5, 0.5], [2, -1]], splits=1)
    with pytest.raises(ValueError, match=r'probabilities\[0\] .* its sum 0.9'):
        inception_score([[0.5, 0.4]], splits=1)
    with pytest.raises(ValueError, match='splits=10 requires at least as many rows, not 2'):
        inception_score(np.eye(2))
    with pytest.raises(ValueError, match=r'probabilities\[1\] contains nan'):
        inception_score([[1, 0], [np.nan, 1]], splits=1)
