r"""Mean and covariance of a stream of features.

Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample Variance", American Statistician 37: of two sets of n and m
rows, with means a and b and scatter matrices S and T,

    mean = a + (b - a) m / (n + m)        scatter = S + T + (b - a)(b - a)' n m / (n + m)

and the covariance is scatter / (count - 1), unbiased, as :func:`numpy.cov` and every FID have it. Sums of squares, the
other way to stream, lose all digits where the mean is large beside the spread.
"""
import numpy as np

from ._rows import blocks, features, same_width

BLOCK = 4096        # rows in float64 at once


class FeatureStats:
    """Count, mean and covariance of rows that come in any batches, in any order: equal but for rounding.

    ``FeatureStats(features)`` is one with these rows; ``a + b`` has the rows of both.

    Attributes
    ----------
    count : int
        Rows so far.
    mean : numpy.ndarray or None
        ``(d,)`` float64; None before the first row.
    """

    def __init__(self, rows=None):
        self.count, self.mean, self._scatter = 0, None, None
        if rows is not None:
            self.update(rows)

    def update(self, rows):
        """Add rows ``(N, d)``, N at least 1, of any dtype; memory is that of a few thousand rows. Returns itself.

        Raises
        ------
        ValueError
            If these are no such rows, one of them holds NaN or Inf (then none is added), or d is another than before.
        """
        rows = features('features', rows, least=1)
        self._same(rows.shape[1])
        for block in blocks(len(rows), BLOCK):
            mean = rows[block].mean(axis=0)
            centred = rows[block] - mean
            self._add(len(centred), mean, centred.T @ centred)
        return self

    def merge(self, other):
        """Add the rows that another has seen. Returns itself.

        Raises
        ------
        ValueError
            If d differs.
        """
        if other.count:
            self._same(len(other.mean))
            self._add(other.count, other.mean, other._scatter)
        return self

    def __add__(self, other):
        if not isinstance(other, FeatureStats):
            return NotImplemented
        return FeatureStats().merge(self).merge(other)

    @property
    def covariance(self):
        """``(d, d)`` float64, unbiased.

        Raises
        ------
        ValueError
            With fewer than two rows.
        """
        if self.count < 2:
            raise ValueError(f'a covariance needs at least 2 rows, not {self.count}')
        return self._scatter / (self.count - 1)

    def __repr__(self):
        return f'FeatureStats({self.count} rows of {0 if self.mean is None else len(self.mean)} features)'

    def _same(self, width):
        if self.count:
            same_width(len(self.mean), width, ('what came before', 'the new part'))

    def _add(self, count, mean, scatter):
        if not self.count:
            self.count, self.mean, self._scatter = count, mean.copy(), scatter.copy()
            return
        total, step = self.count + count, mean - self.mean
        self._scatter = self._scatter + scatter + np.outer(step, step * (self.count * count / total))
        self.mean = self.mean + step * (count / total)
        self.count = total
