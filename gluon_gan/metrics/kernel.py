r"""Kernel distance (KID): squared maximum mean discrepancy with a polynomial kernel, unbiased, with its standard error.

Binkowski et al. 2018, arXiv 1801.01401, section 4; the estimator is Gretton et al. 2012 (JMLR 13), lemma 6. Of features x_i
(m real) and y_j (n fake) of d numbers, with k(x, y) = (x.y / d + 1)^3:

    MMD^2 = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j)

Standard error. Hoeffding's decomposition splits k(x, x') into a mean, a part of x, a part of x' and a remainder a(x, x') of mean
zero in each, and the same for k(y, y') with remainder b and k(x, y) with c. All parts are uncorrelated, hence

    Var = 4/m Var g(x) + 4/n Var h(y)                                              first order
        + 2/(m(m-1)) E a^2 + 2/(n(n-1)) E b^2 + 4/(mn) E c^2                       second order

where g(x) = E k(x, X') - E k(x, Y), and h(y) likewise. Where both distributions are equal the first order vanishes and the
second is all there is, so neither may be left out. E a^2, E b^2, E c^2 are what an analysis of variance leaves of each kernel
matrix. The first order is estimated from row means, which add twice the second to it; so much the delete-one jackknife has too.

Twice the second order more is added on purpose. Between equal and clearly apart a value that is too low brings a first order
that is too low, and bars of the exact variance miss the truth in up to 24 of 100 draws (where one direction has all the variance);
these in at most 9. The price: of equal distributions the bar is twice as wide as need be. Of clearly different ones it is exact.

What others print as `KID +- std` is another thing: mean and standard deviation of 100 overlapping subsets of 1,000
(:func:`kernel_distance_subsets`). That deviation describes a single subset of 1,000. It does not fall as pictures are added;
divided by the root of 100 it would be too small, as subsets share rows.
"""
from typing import NamedTuple

import numpy as np

from ..checks import whole_number
from ._rows import blocks, pair

BLOCK = 512         # rows and columns of a kernel matrix at once: 2 MB, which fits a core's cache


class KernelDistance(NamedTuple):
    """``value +- 1.96 error`` holds the true MMD^2 in at least 90 of 100 draws. Less is better; it may fall below 0."""
    value: float
    error: float


class KernelSubsets(NamedTuple):
    """Mean over the subsets, and their standard deviation: no error of the mean."""
    mean: float
    std: float


def kernel_distance(real, fake):
    """KID of all rows, with the standard error of a new draw of both sets.

    Unbiased: different counts may be compared, and equal distributions give 0 on average. The truth is at least 0 and has no
    upper end; a negative value says no more than "not told apart" (or that both hold the same rows, which is no draw). It is
    in units of the extractor. It sees the first three moments, so what the Fréchet distance sees, and skewness. It does not
    see memorisation.

    Parameters
    ----------
    real, fake : array_like
        Features ``(m, d)`` and ``(n, d)``, at least 4 rows each.

    Raises
    ------
    ValueError
        If these are no features, d differs, or there are fewer rows.
    """
    real, fake = pair(real, fake, least=4)
    # What all kernels have in common cancels in the value and in every part of the variance, but for rounding: take it off first.
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
    """KID as others print it: mean and standard deviation over subsets, drawn without replacement each, that overlap one another.

    ``seed`` draws the subsets with NumPy's legacy generator, whose stream never changes, in torch-fidelity's order: the same
    features give its numbers.

    Parameters
    ----------
    real, fake : array_like
        Features ``(m, d)`` and ``(n, d)``.
    subsets, size : int
        How many subsets of how many rows each; size at least 4, at most m and n.
    seed : int

    Raises
    ------
    ValueError
        If these are no features, d differs, or a number will not do.
    """
    real, fake = pair(real, fake)
    subsets, size = whole_number('subsets', subsets), whole_number('size', size, least=4)
    if size > min(len(real), len(fake)):
        raise ValueError(f'subsets of size={size} need as many rows, and there are {len(real)} real and {len(fake)} fake')
    generator, values = np.random.RandomState(seed), []
    for _ in range(subsets):
        x, y = (rows[generator.choice(len(rows), size, replace=False)] for rows in (real, fake))
        values.append(_Within(x).mean + _Within(y).mean - 2 * _Across(x, y).mean)
    return KernelSubsets(float(np.mean(values)), float(np.std(values)))


class _Sums:
    """Sums over a kernel matrix, made block by block: of rows, of columns, and of squares."""

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
    """k(x, x') over all pairs of different rows: mean, row means, and the remainder's mean square."""

    def __init__(self, rows, common=0.0):
        m, sums = len(rows), _Sums(rows, rows, common, diagonal=False)
        total = sums.rows.sum()
        self.mean, self.row_means = total / (m * (m - 1)), sums.rows / (m - 1)
        # Each pair stands twice in the matrix; m mains effects and one mean are fitted to m (m - 1) / 2 pairs.
        left = sums.squares / 2 - np.square(sums.rows).sum() / (m - 2) + total ** 2 / (2 * (m - 1) * (m - 2))
        self.remainder = max(0.0, left / (m * (m - 3) / 2))


class _Across:
    """k(x, y) over all pairs: mean, means of rows and columns, and the remainder's mean square."""

    def __init__(self, first, second, common=0.0):
        m, n = len(first), len(second)
        sums = _Sums(first, second, common, diagonal=True)
        self.row_means, self.column_means = sums.rows / n, sums.columns / m
        self.mean = sums.rows.sum() / (m * n)
        left = sums.squares - n * np.square(self.row_means).sum() - m * np.square(self.column_means).sum() + m * n * self.mean ** 2
        self.remainder = max(0.0, left / ((m - 1) * (n - 1)))


def _kernel(x, y):
    matrix = x @ (y.T / x.shape[1])
    matrix += 1
    cube = matrix * matrix
    cube *= matrix
    return cube
