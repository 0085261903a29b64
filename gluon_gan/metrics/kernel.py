r"""Kernel distance (KID): squared maximum mean discrepancy with a polynomial kernel, unbiased, with its standard error.

Binkowski et al. 2018, arXiv 1801.01401, section 4; the estimator is that of Gretton et al. 2012 (JMLR 13), lemma 6.
For features x_i (m real) and y_j (n fake) of dimension d, and the kernel k(x, y) = (x.y / d + 1)^3:

    MMD^2 = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j)

Standard error. Hoeffding's decomposition splits k(x, x') into a mean, a term in x, a term in x' and a remainder
a(x, x') whose mean over either argument is zero. It splits k(y, y') likewise with remainder b, and k(x, y) with
remainder c. All terms are uncorrelated, hence

    Var = 4/m Var g(x) + 4/n Var h(y)                                              first order
        + 2/(m(m-1)) E a^2 + 2/(n(n-1)) E b^2 + 4/(mn) E c^2                       second order

where g(x) = E k(x, X') - E k(x, Y), and h(y) likewise. If the two distributions are equal, the first order vanishes
and only the second remains, so neither may be omitted. E a^2, E b^2 and E c^2 are the residual mean squares of an
analysis of variance of each kernel matrix. The first order is estimated from row means, which adds twice the second
order to it; the delete-one jackknife has the same bias.

Another two times the second order is added deliberately. Between equal and clearly different distributions, a value
that is too low coincides with an estimate of the first order that is too low, and intervals from the exact variance
miss the true value in up to 24 of 100 simulations (the worst case has all variance in one direction). The intervals
used here miss it in at most 9. The price is that for equal distributions the interval is twice as wide as necessary.
For clearly different distributions it is exact.

What is usually printed as `KID +- std` is something else: mean and standard deviation over 100 overlapping subsets of
1,000 (:func:`kernel_distance_subsets`). That standard deviation describes a single subset of 1,000. It does not
decrease as images are added, and divided by the square root of 100 it would be too small, because the subsets share
rows.
"""
from typing import NamedTuple

import numpy as np

from ..support.checks import whole_number
from ._rows import blocks, pair

BLOCK = 512         # rows and columns of a block of the kernel matrix: 2 MB, which fits into a core's cache


class KernelDistance(NamedTuple):
    """Estimate of MMD^2, lower is better, possibly below 0; and its standard error.

    The interval ``value +- 1.96 error`` contains the true value in at least 90 of 100 repetitions.
    """
    value: float
    error: float


class KernelSubsets(NamedTuple):
    """Mean over the subsets, and their standard deviation, which is not an error of the mean."""
    mean: float
    std: float


def kernel_distance(real, fake):
    """Estimate the KID from all rows, with its standard error over repeated sampling of both sets.

    The estimate is unbiased: different counts may be compared, and equal distributions give 0 on average. The true
    value is at least 0 and has no upper bound. A negative estimate only means that the sets could not be
    distinguished (or that they share rows, and so are not independent samples). The unit depends on the extractor.

    The KID depends on the first three moments: it responds to what the Fréchet distance responds to, and to skewness.
    It does not detect memorisation.

    Parameters
    ----------
    real, fake : array_like
        Features ``(m, d)`` and ``(n, d)``, at least 4 rows each.

    Returns
    -------
    KernelDistance

    Raises
    ------
    ValueError
        If the features are invalid, d differs, or there are fewer than 4 rows.
    """
    real, fake = pair(real, fake, least=4)
    # A constant part of all kernel values cancels in the value and the variance. It is subtracted to limit rounding.
    common = _kernel(real.mean(axis=0, keepdims=True), fake.mean(axis=0, keepdims=True)).item()
    within = [_Within(part, common) for part in (real, fake)]
    across = _Across(real, fake, common)
    first = sum(4 / len(rows) * np.var(part.row_means - row_means, ddof=1) for part, rows, row_means in
                zip(within, (real, fake), (across.row_means, across.column_means)))
    m, n = len(real), len(fake)
    second = sum(2 * part.remainder / (len(rows) * (len(rows) - 1)) for part, rows in zip(within, (real, fake)))
    second += 4 * across.remainder / (m * n)
    value = within[0].mean + within[1].mean - 2 * across.mean
    return KernelDistance(float(value), float(np.sqrt(first + 2 * second)))


def kernel_distance_subsets(real, fake, subsets=100, size=1000, seed=2020):
    """Estimate the KID as it is usually reported: mean and standard deviation over random subsets.

    Each subset is sampled without replacement; different subsets overlap. Sampling uses NumPy's legacy generator,
    whose stream is guaranteed not to change, in torch-fidelity's order, so equal features give torch-fidelity's
    numbers.

    Parameters
    ----------
    real, fake : array_like
        Features ``(m, d)`` and ``(n, d)``.
    subsets : int
        Number of subsets.
    size : int
        Rows per subset, at least 4 and at most m and n.
    seed : int
        Seed of the subsets.

    Returns
    -------
    KernelSubsets

    Raises
    ------
    ValueError
        If the features are invalid, d differs, or a number is out of range.
    """
    real, fake = pair(real, fake)
    subsets, size = whole_number('subsets', subsets), whole_number('size', size, least=4)
    if size > min(len(real), len(fake)):
        raise ValueError(f'subsets of size={size} require as many rows, and there are {len(real)} real and '
                         f'{len(fake)} fake')
    generator, values = np.random.RandomState(whole_number('seed', seed, 0, 2 ** 32 - 1)), []
    for _ in range(subsets):
        x, y = (rows[generator.choice(len(rows), size, replace=False)] for rows in (real, fake))
        values.append(_Within(x).mean + _Within(y).mean - 2 * _Across(x, y).mean)
    return KernelSubsets(float(np.mean(values)), float(np.std(values)))


class _Sums:
    """Sums over a kernel matrix, computed block by block: of each row, of each column, and of all squares."""

    def __init__(self, first, second, common, diagonal):
        self.rows, self.columns, self.squares = np.zeros(len(first)), np.zeros(len(second)), 0.0
        for rows in blocks(len(first), BLOCK):
            for columns in blocks(len(second), BLOCK):
                matrix = _kernel(first[rows], second[columns])
                matrix -= common
                if rows == columns and not diagonal:
                    np.fill_diagonal(matrix, 0)
                self.rows[rows] += matrix.sum(axis=1)
                self.columns[columns] += matrix.sum(axis=0)
                self.squares += np.vdot(matrix, matrix)


class _Within:
    """Statistics of k(x, x') over all pairs of different rows: mean, row means, and mean square of the remainder."""

    def __init__(self, rows, common=0.0):
        m, sums = len(rows), _Sums(rows, rows, common, diagonal=False)
        total = sums.rows.sum()
        self.mean, self.row_means = total / (m * (m - 1)), sums.rows / (m - 1)
        # Each pair occurs twice in the matrix. A mean and m main effects are fitted to m (m - 1) / 2 pairs.
        residual = sums.squares / 2 - np.square(sums.rows).sum() / (m - 2) + total ** 2 / (2 * (m - 1) * (m - 2))
        self.remainder = max(0.0, residual / (m * (m - 3) / 2))


class _Across:
    """Statistics of k(x, y) over all pairs: mean, row and column means, and mean square of the remainder."""

    def __init__(self, first, second, common=0.0):
        m, n = len(first), len(second)
        sums = _Sums(first, second, common, diagonal=True)
        self.row_means, self.column_means = sums.rows / n, sums.columns / m
        self.mean = sums.rows.sum() / (m * n)
        residual = (sums.squares - n * np.square(self.row_means).sum() - m * np.square(self.column_means).sum()
                    + m * n * self.mean ** 2)
        self.remainder = max(0.0, residual / ((m - 1) * (n - 1)))


def _kernel(x, y):
    """Kernel matrix ``(m, n)``."""
    matrix = x @ (y.T / x.shape[1])
    matrix += 1
    cube = matrix * matrix
    cube *= matrix
    return cube
