"""KID: the estimate against its definition, and its standard error in simulations with a known true value."""
import numpy as np
import pytest

from gluon_gan.metrics import kernel, kernel_distance, kernel_distance_subsets


def moments(mean, covariance):
    """First three moments of a Gaussian."""
    products = np.einsum('ij,k->ijk', covariance, mean)
    third = np.einsum('i,j,k->ijk', mean, mean, mean) + products
    third += products.transpose(0, 2, 1) + products.transpose(2, 0, 1)
    return mean, covariance + np.outer(mean, mean), third


def true_mmd2(first, second):
    """The exact value for two Gaussians.

    (x.y / d + 1)^3 is 1 + 3 x.y / d + 3 (x.y)^2 / d^2 + (x.y)^3 / d^3,
    and the mean of (x.y)^p is a product of p-th moments.
    """
    d = len(first[0])
    return sum(weight * np.square(one - other).sum() for weight, one, other in
               zip((3 / d, 3 / d ** 2, 1 / d ** 3), moments(*first), moments(*second)))


def by_definition(x, y):
    def k(a, b):
        return (a @ b / len(a) + 1) ** 3
    same = [np.mean([k(rows[i], rows[j]) for i in range(len(rows)) for j in range(len(rows)) if i != j])
            for rows in (x, y)]
    return sum(same) - 2 * np.mean([k(a, b) for a in x for b in y])


def test_the_estimate_agrees_with_its_definition(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((9, 3)) + 1, 2 * rng.standard_normal((7, 3))
    first = kernel_distance(x, y)
    assert first.value == pytest.approx(by_definition(x, y), rel=1e-12)
    monkeypatch.setattr(kernel, 'BLOCK', 4)
    np.testing.assert_allclose(kernel_distance(x, y), first, rtol=1e-12)
    np.testing.assert_allclose(kernel_distance(x[::-1], y[[3, 1, 2, 0, 6, 5, 4]]), first, rtol=1e-12)
    np.testing.assert_allclose(kernel_distance(y, x), first, rtol=1e-12)


def simulate(first, second, m, n, repeats=100):
    true_value, results = true_mmd2(first, second), []
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        roots = [np.linalg.cholesky(covariance) for _, covariance in (first, second)]
        results.append(kernel_distance(rng.standard_normal((m, len(first[0]))) @ roots[0].T + first[0],
                                       rng.standard_normal((n, len(first[0]))) @ roots[1].T + second[0]))
    return true_value, np.array(results)


MIX = np.random.default_rng(5).standard_normal((8, 8)) / 3
MEAN, COVARIANCE = np.linspace(-1, 1, 8), MIX @ MIX.T + 0.2 * np.eye(8)
ONE = np.diag([9.0] + [0.01] * 7)                               # nearly all of the variance in one direction


@pytest.mark.parametrize('first, second, m, n', [
    ((MEAN, COVARIANCE), (MEAN, COVARIANCE), 200, 200),
    ((MEAN, COVARIANCE), (MEAN, COVARIANCE), 100, 300),
    ((MEAN, COVARIANCE), (MEAN + 0.1, COVARIANCE), 200, 200),
    ((MEAN, COVARIANCE), (MEAN, 0.7 * COVARIANCE), 300, 150),
    ((MEAN, COVARIANCE), (MEAN + 1, COVARIANCE), 200, 200),
    ((0 * MEAN, ONE), (0 * MEAN, ONE), 200, 200),
    ((MEAN, ONE), (MEAN + np.eye(8)[0] * 0.5, ONE), 200, 200),  # where bars from the exact variance are too narrow
    ((MEAN[:1], np.eye(1)), (MEAN[:1], 0.8 * np.eye(1)), 200, 200),
], ids=['equal', 'equal, other counts', 'near', 'shrunk', 'far', 'equal in one direction', 'near in one direction',
        'one feature'])
def test_the_error_bar_covers_the_true_value(first, second, m, n):
    true_value, results = simulate(first, second, m, n)
    values, errors = results.T
    assert np.mean(abs(values - true_value) <= 1.96 * errors) >= 0.90
    assert abs(values.mean() - true_value) < 3 * values.std() / np.sqrt(len(values))    # unbiased
    assert 0.8 < np.sqrt(np.square(errors).mean()) / values.std() < 2.6            # and the bars are not too wide


def test_the_bar_of_clearly_different_sets_is_exact():
    _, results = simulate((MEAN, COVARIANCE), (MEAN + 2, COVARIANCE), 200, 200, repeats=300)
    values, errors = results.T
    assert np.sqrt(np.square(errors).mean()) == pytest.approx(values.std(), rel=0.15)


def test_the_error_falls_with_the_count():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((4000, 4)), rng.standard_normal((4000, 4)) + 1
    assert kernel_distance(x, y).error == pytest.approx(kernel_distance(x[:1000], y[:1000]).error / 2, rel=0.1)


def test_a_large_common_offset_costs_no_precision():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((300, 4)), rng.standard_normal((300, 4)) + 0.5
    far = [np.column_stack([rows, np.full(300, 100.0)]) for rows in (x, y)]     # kernel values near 8e9
    value, error = kernel_distance(*far)
    exact = [rows.astype(np.longdouble) for rows in far]

    def k(a, b):
        return (a @ b.T / 5 + 1) ** 3
    within = [(k(rows, rows).sum() - np.trace(k(rows, rows))) / (300 * 299) for rows in exact]
    assert value == pytest.approx(float(sum(within) - 2 * k(*exact).mean()), rel=1e-9)
    assert 0 < error < value


def test_subsets_depend_on_the_seed():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((30, 3)), rng.standard_normal((20, 3)) + 1
    all_rows = kernel_distance_subsets(x[:20], y, subsets=3, size=20)
    assert all_rows.mean == pytest.approx(kernel_distance(x[:20], y).value) and all_rows.std < 1e-12
    first, again, other = (kernel_distance_subsets(x, y, subsets=5, size=10, seed=seed) for seed in (1, 1, 2))
    assert first == again != other and first.std > 0
    message = 'subsets of size=1000 require as many rows, and there are 30 real and 20 fake'
    with pytest.raises(ValueError, match=message):
        kernel_distance_subsets(x, y)


def test_too_few_rows_are_rejected():
    with pytest.raises(ValueError, match='real must have at least 4 rows'):
        kernel_distance(np.ones((3, 2)), np.ones((5, 2)))
    with pytest.raises(ValueError, match='size must be an int of at least 4, not 2'):
        kernel_distance_subsets(np.ones((8, 2)), np.ones((8, 2)), size=2)
