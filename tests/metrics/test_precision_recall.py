"""Precision and recall on a line, by hand."""
import numpy as np
import pytest
from gluon_gan.metrics import precision_recall

REAL = np.array([[0.0], [1], [2], [10]])         # k=1: balls of radius 1, 1, 1, 8


def test_by_hand():
    fake = np.array([[2.5], [3.0], [-5], [-9]])  # radius .5, .5, 4, 4
    assert precision_recall(REAL, fake, k=1) == (2 / 4, 1 / 4)
    assert precision_recall(REAL, [[3.0], [3.2]], k=1) == (1, 0)
    assert precision_recall(REAL, [[19.0], [30]], k=1) == (0, 1 / 4)          # both have a ball of radius 11: 19's holds 10
    assert precision_recall([[8.0], *REAL], [[19.0], [30]], k=1).recall == 2 / 5            # and 8 on its edge


def test_against_itself():
    assert precision_recall(REAL, REAL[::-1]) == (1, 1)
    rows = np.random.default_rng(0).standard_normal((500, 8))
    assert precision_recall(rows, rows) == (1, 1)
    assert precision_recall(rows, rows + 100) == (0, 0)


def test_too_few():
    with pytest.raises(ValueError, match='k=3 neighbours need more than 3 rows, and fake has 3'):
        precision_recall(REAL, REAL[:3])
