"""Nearest neighbours and balls: exact for every block size."""
import numpy as np
import pytest

from gluon_gan.metrics import _neighbours
from gluon_gan.metrics._neighbours import balls, nearest, radii


def by_differences(first, second):
    return np.sqrt(np.square(first[:, None] - second[None]).sum(axis=-1))


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return rng.standard_normal((60, 4)) + 50, rng.standard_normal((45, 4)) + 50


def test_nearest_agrees_with_all_distances(sets):
    queries, references = sets
    every = by_differences(queries, references)
    distances, indices = nearest(queries, references, k=3)
    np.testing.assert_allclose(distances, np.sort(every, axis=1)[:, :3], rtol=1e-14)
    np.testing.assert_array_equal(indices, np.argsort(every, axis=1)[:, :3])
    own = by_differences(queries, queries)
    np.testing.assert_allclose(radii(queries, 5), np.sort(own, axis=1)[:, 5], rtol=1e-14)


def test_equal_rows_are_exactly_zero_apart():
    rows = np.random.default_rng(0).standard_normal((200, 64)) * 1e-3 + 1e4     # in matrix products: about 1e-3 apart
    distances, indices = nearest(rows[::-1].copy(), rows)
    assert (distances == 0).all() and indices[:, 0].tolist() == list(range(200))[::-1]
    assert (nearest(rows)[0] > 0).all()
    assert (nearest(np.concatenate([rows, rows]))[0] == 0).all()    # an equal row is a neighbour; the row itself is not


def test_k_may_equal_the_number_of_candidates():
    rows = np.array([[0.0], [1], [3]])
    assert nearest(rows, k=2)[0].tolist() == [[1, 3], [1, 2], [2, 3]]
    assert nearest(rows, rows, k=3)[0].tolist() == [[0, 1, 3], [0, 1, 2], [0, 2, 3]]


def test_balls_agree_with_all_distances(sets, monkeypatch):
    points, centres = sets
    radius = radii(centres, 4)
    inside = by_differences(points, centres) <= radius
    for block in (1024, 7):
        monkeypatch.setattr(_neighbours, 'BLOCK', block)
        per_point, per_ball = balls(points, centres, radius)
        np.testing.assert_array_equal(per_point, inside.sum(axis=1))
        np.testing.assert_array_equal(per_ball, inside.sum(axis=0))


def test_balls_are_closed_despite_rounding(sets, monkeypatch):
    rows = sets[0] * 1e3
    radius = radii(rows, 3)
    monkeypatch.setattr(_neighbours, 'PAIRED', 16)
    _, per_ball = balls(rows, rows, radius)
    assert (per_ball == 4).all()                    # the centre and three neighbours, one of them on the boundary
    _, per_ball = balls(rows, rows, radius * (1 - 1e-13))
    assert (per_ball == 3).all()
    assert balls(rows, rows, 0 * radius)[0].tolist() == [1] * len(rows)
