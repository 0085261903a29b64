"""Invalid input to the measures, and the one-line messages it raises."""
import numpy as np
import pytest

from gluon_gan import metrics
from gluon_gan.metrics._rows import features, neighbours

GOOD = np.random.default_rng(0).standard_normal((30, 3))
MEASURES = {
    'frechet_distance': metrics.frechet_distance,
    'kernel_distance': metrics.kernel_distance,
    'kernel_distance_subsets': lambda real, fake: metrics.kernel_distance_subsets(real, fake, 3, 10),
    'precision_recall': metrics.precision_recall,
    'density_coverage': metrics.density_coverage,
    'two_sample_accuracy': metrics.two_sample_accuracy,
}


@pytest.mark.parametrize('measure', MEASURES.values(), ids=MEASURES)
def test_measures_reject_invalid_features(measure):
    for value in (np.nan, np.inf):
        bad = GOOD.copy()
        bad[23, 1] = value
        with pytest.raises(ValueError, match=rf'^fake\[23\] contains {value} \(column 1\): remove that row'):
            measure(GOOD, bad)
        with pytest.raises(ValueError, match=r'^real\[23\]'):
            measure(bad.astype(np.float32), GOOD)
    with pytest.raises(ValueError, match='real has 3 features per row and fake has 2'):
        measure(GOOD, GOOD[:, :2])
    with pytest.raises(ValueError, match=r'fake must be numbers \(N, d\), one row per image, not float64 \(30, 1, 3\)'):
        measure(GOOD, GOOD[:, None])
    with pytest.raises(ValueError, match='real must have at least . rows'):
        measure(GOOD[:1], GOOD)


@pytest.mark.parametrize('measure', MEASURES.values(), ids=MEASURES)
def test_measures_do_not_depend_on_order_or_dtype(measure):
    rng = np.random.default_rng(1)
    real, fake = rng.integers(0, 200, (40, 3)) / 8, rng.integers(0, 200, (40, 3)) / 8           # exact in float32 too
    originals = real.copy(), fake.copy()
    first = measure(real, fake)
    assert (real == originals[0]).all() and (fake == originals[1]).all()
    if measure is not MEASURES['kernel_distance_subsets']:
        np.testing.assert_allclose(measure(real[rng.permutation(40)], fake[rng.permutation(40)]), first, rtol=1e-10)
    np.testing.assert_allclose(measure(real.astype(np.float32), np.asfortranarray(fake)), first, rtol=1e-12)


def test_features_must_be_an_array_of_numbers():
    for bad in (np.array([['a'], ['b']]), np.array([[True], [False]]), np.ones((2, 2), complex), [1.0, 2.0]):
        with pytest.raises(ValueError, match='x must be numbers'):
            features('x', bad)
    with pytest.raises(ValueError, match=r'x must have at least 2 rows and 1 column, not \(5, 0\)'):
        features('x', np.ones((5, 0)))

    class NDArray:
        asnumpy = None
    with pytest.raises(ValueError, match=r'x must be a NumPy array, not NDArray: pass x\.asnumpy\(\)'):
        features('x', NDArray())
    assert features('x', GOOD) is GOOD


def test_k_must_be_smaller_than_the_number_of_rows():
    assert neighbours(29, real=GOOD) == 29
    with pytest.raises(ValueError, match='k=30 neighbours require more than 30 rows, and fake has 30'):
        neighbours(30, fake=GOOD)
    for bad in (0, 2.0, True):
        with pytest.raises(ValueError, match='k must be an int of at least 1'):
            neighbours(bad, real=GOOD)
