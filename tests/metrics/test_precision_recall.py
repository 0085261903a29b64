"""Precision and recall of points on a line, computed by hand."""
import numpy as np
import pytest

from gluon_gan.metrics import precision_recall

REAL = np.array([[0.0], [1], [2], [10]])         # k=1: balls of radius 1, 1, 1, 8


def test_examples_computed_by_hand():
    fake = np.array([[2.5], [3.0], [-5], [-9]])  # radius .5, .5, 4, 4
    assert precision_recall(REAL, fake, k=1) == (2 / 4, 1 / 4)
    assert precision_recall(REAL, [[3.0], [3.2]], k=1) == (1, 0)
    assert precision_recall(REAL, [[19.0], [30]], k=1) == (0, 1 / 4)       # both balls have radius 11; 19's contains 10
    assert precision_recall([[8.0], *REAL], [[19.0], [30]], k=1).recall == 2 / 5          # and 8 on its boundary


def test_a_set_against_itself():
    assert precision_recall(REAL, REAL[::-1]) == (1, 1)
    rows = np.random.default_rng(0).standard_normal((500, 8))
    assert precision_recall(rows, rows) == (1, 1)
    assert precision_recall(rows, rows + 100) == (0, 0)


def test_too_few_rows_are_rejected():
    with pytest.raises(ValueError, match='k=3 neighbours require more than 3 rows, and fake has 3'):
        precision_recall(REAL, REAL[:3])
