"""Streaming mean and covariance against NumPy's for all rows at once."""
import numpy as np
import pytest

from gluon_gan.metrics import FeatureStats, stats


@pytest.fixture
def rows():
    return np.random.default_rng(0).standard_normal((301, 5)) * np.arange(1, 6) + 100


def same(first, second):
    assert first.count == second.count
    np.testing.assert_allclose(first.mean, second.mean, rtol=1e-13)
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-10, atol=1e-12)


def test_an_example_computed_by_hand():
    some = FeatureStats([[1, 2], [3, 6]])
    assert some.count == 2 and some.mean.tolist() == [2, 4] and some.covariance.tolist() == [[2, 4], [4, 8]]
    assert repr(some) == 'FeatureStats(2 rows of 2 features)'


def test_numpy_agrees(rows):
    some = FeatureStats(rows)
    np.testing.assert_allclose(some.mean, rows.mean(axis=0), rtol=1e-13)
    np.testing.assert_allclose(some.covariance, np.cov(rows, rowvar=False), rtol=1e-10)


def test_order_and_batch_size_do_not_matter(rows, monkeypatch):
    whole = FeatureStats(rows)
    for size in (1, 7, 300):
        parts = FeatureStats()
        for start in range(0, len(rows), size):
            parts.update(rows[start:start + size])
        same(parts, whole)
    same(FeatureStats(rows[np.random.default_rng(1).permutation(len(rows))]), whole)
    monkeypatch.setattr(stats, 'BLOCK', 13)
    same(FeatureStats(rows), whole)


def test_merging_equals_adding_all_rows(rows):
    first, second = FeatureStats(rows[:100]), FeatureStats(rows[100:])
    both = first + second
    same(both, FeatureStats(rows))
    same(first, FeatureStats(rows[:100]))                       # neither is changed
    same(FeatureStats() + first, first)
    assert first.merge(second) is first
    same(first, both)
    assert FeatureStats().merge(FeatureStats()).count == 0
    with pytest.raises(TypeError):
        first + rows


def test_a_large_mean_costs_no_precision():
    rows = np.random.default_rng(0).standard_normal((5000, 3))
    far = FeatureStats()
    for start in range(0, 5000, 50):
        far.update(rows[start:start + 50] + 1e7)                # lost in a sum of squares: 16 digits of 5e17
    np.testing.assert_allclose(far.covariance, np.cov(rows, rowvar=False), atol=1e-8)


def test_float32_and_bytes_are_summed_in_float64():
    rows = np.random.default_rng(0).integers(0, 256, (400, 3), dtype=np.uint8)
    same(FeatureStats(rows), FeatureStats(rows.astype(np.float64)))
    assert FeatureStats(rows.astype(np.float32)).covariance.dtype == np.float64


def test_invalid_rows_are_rejected(rows):
    some = FeatureStats(rows)
    bad = rows.copy()
    bad[17, 3] = np.nan
    with pytest.raises(ValueError, match=r'^features\[17\] contains nan \(column 3\)'):
        some.update(bad)
    assert some.count == 301
    with pytest.raises(ValueError, match='the earlier part has 5 features per row and the new part has 4'):
        some.update(rows[:, :4])
    with pytest.raises(ValueError, match='the earlier part has 5'):
        some.merge(FeatureStats(np.ones((2, 6))))
    with pytest.raises(ValueError, match='at least 2 rows, not 1'):
        _ = FeatureStats(rows[:1]).covariance
