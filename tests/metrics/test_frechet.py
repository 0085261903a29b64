"""The Fréchet distance against closed formulas and SciPy's matrix square root."""
import numpy as np
import pytest
from scipy.linalg import sqrtm

from gluon_gan.metrics import FeatureStats, frechet_distance


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    mix = rng.standard_normal((12, 12))
    return rng.standard_normal((400, 12)) @ mix, 0.7 * rng.standard_normal((300, 12)) @ mix.T + 0.2


def by_scipy(real, fake):
    first, second = (np.cov(rows, rowvar=False) for rows in (real, fake))
    root = sqrtm(first @ second).real
    return np.square(real.mean(axis=0) - fake.mean(axis=0)).sum() + np.trace(first + second - 2 * root)


def test_examples_computed_by_hand():
    one = np.array([[-1.0], [1.0]])                          # mean 0, variance 2
    assert frechet_distance(one, one + 3) == pytest.approx(9)
    assert frechet_distance(one, 2 * one) == pytest.approx(2 + 8 - 2 * np.sqrt(2 * 8))
    square = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])
    assert frechet_distance(square, square * [1, 3]) == pytest.approx(4 / 3 * (3 - 1) ** 2)


def test_scipy_agrees(sets):
    assert frechet_distance(*sets) == pytest.approx(by_scipy(*sets), rel=1e-10)
    assert frechet_distance(*sets) == pytest.approx(frechet_distance(*sets[::-1]), rel=1e-12)


def test_the_distance_of_a_set_from_itself_is_zero(sets):
    scale = np.trace(np.cov(sets[0], rowvar=False))
    for rows in (sets[0], sets[0] + 1000, sets[0][:, [0, 0, 0, 1, 1]]):       # the last has a singular covariance
        assert 0 <= frechet_distance(rows, rows[::-1]) < 1e-9 * scale


def test_statistics_give_the_same_distance_as_rows(sets):
    real, fake = sets
    parts = FeatureStats(fake[:77]) + FeatureStats(fake[77:])
    assert frechet_distance(FeatureStats(real), parts) == pytest.approx(frechet_distance(real, fake), rel=1e-12)


def test_too_few_rows_are_rejected_unless_allowed(sets):
    real, fake = sets
    message = '^fake has 12 rows for 12 features, so its covariance is singular: use more than 12 rows'
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, fake[:12])
    assert frechet_distance(real, fake[:13]) > 0
    few = frechet_distance(real, fake[:5], allow_few=True)
    assert few == pytest.approx(by_scipy(real, fake[:5]), rel=1e-5)    # SciPy's root of a singular matrix is inexact
    with pytest.raises(ValueError, match='real has 1 rows'):
        frechet_distance(FeatureStats(real[:1]), fake, allow_few=True)


def test_invalid_features_are_rejected(sets):
    real, fake = sets
    message = 'real has 12 features per row and fake has 11: compute both with the same extractor'
    with pytest.raises(ValueError, match=message):
        frechet_distance(real, fake[:, :11])
    fake[4, 2] = np.inf
    with pytest.raises(ValueError, match=r'^fake\[4\] contains inf'):
        frechet_distance(real, fake)
