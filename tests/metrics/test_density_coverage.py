"""Density and coverage of points on a line, computed by hand, and of Gaussian samples."""
import numpy as np
import pytest

from gluon_gan.metrics import density_coverage

REAL = np.array([[0.0], [1], [2], [10]])         # k=1: balls of radius 1, 1, 1, 8


def test_examples_computed_by_hand():
    # 1.5 lies in the balls around 1 and 2; 2 in those around 1, 2 and 10; 30 in none.
    assert density_coverage(REAL, [[1.5], [2], [30]], k=1) == (5 / 3, 3 / 4)
    assert density_coverage(REAL, [[40.0]] * 2, k=1) == (0, 0)
    assert density_coverage(REAL, [[0.0]] * 2, k=1) == (2, 2 / 4)


def test_a_set_against_itself():
    rows = np.random.default_rng(0).standard_normal((500, 8))
    assert density_coverage(rows, rows) == (pytest.approx(6 / 5), 1)


def test_equal_distributions_have_the_expected_values_of_the_paper():
    rng = np.random.default_rng(0)
    scores = [density_coverage(rng.standard_normal((300, 3)), rng.standard_normal((200, 3))) for _ in range(30)]
    expected = 1 - np.prod([(300 - i) / (500 - i) for i in range(1, 6)])
    assert np.mean(scores, axis=0) == pytest.approx([1, expected], abs=0.02)


def test_too_few_rows_are_rejected():
    with pytest.raises(ValueError, match='k=5 neighbours require more than 5 rows, and real has 4'):
        density_coverage(REAL, REAL)
