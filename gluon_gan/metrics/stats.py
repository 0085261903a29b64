r"""Mean and covariance of a stream of features.

Chan, Golub and LeVeque 1983, "Algorithms for Computing the Sample Variance", American Statistician 37. For two sets
of n and m rows, with means a and b and scatter matrices S and T,

    mean = a + (b - a) m / (n + m)        scatter = S + T + (b - a)(b - a)' n m / (n + m)

The covariance is scatter / (count - 1), unbiased, as in :func:`numpy.cov` and in implementations of the FID. Sums of
squares, the alternative for streams, lose all digits where the mean is large compared with the standard deviation.
"""
import numpy as np

from ._rows import blocks, features, same_width

BLOCK = 4096        # rows converted to float64 at once


class FeatureStats:
    """Count, mean and covariance of rows that arrive in batches.

    Batches and their order affect the result only by rounding. ``a + b`` combines the rows of both.

    Parameters
    ----------
    rows : array_like, optional
        First rows, as for :meth:`update`.

    Attributes
    ----------
    count : int
        Number of rows so far.
    mean : numpy.ndarray or None
        ``(d,)`` float64; None before the first row.
    """

    def __init__(self, rows=None):
        self.count, self.mean, self._scatter = 0, None, None
        if rows is not None:
            self.update(rows)

    def update(self, rows):
        """Add rows. The working memory is that of a few thousand rows.

        Parameters
        ----------
        rows : array_like
            ``(N, d)`` of any float or integer dtype, N at least 1.

        Returns
        -------
        FeatureStats
            This object.

        Raises
        ------
        ValueError
            If the rows are invalid, contain NaN or Inf (then none is added), or d differs from before.
        """
        rows = features('features', rows, least=1)
        self._check_width(rows.shape[1])
        for block in blocks(len(rows), BLOCK):
            mean = rows[block].mean(axis=0)
            centred = rows[block] - mean
            self._add(len(centred), mean, centred.T @ centred)
        return self

    def merge(self, other):
        """Add the rows of another :class:`FeatureStats`, and return this object.

        Raises
        ------
        ValueError
            If d differs.
        """
        if other.count:
            self._check_width(len(other.mean))
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
            If there are fewer than two rows.
        """
        if self.count < 2:
            raise ValueError(f'a covariance requires at least 2 rows, not {self.count}')
        return self._scatter / (self.count - 1)

    def __repr__(self):
        return f'FeatureStats({self.count} rows of {0 if self.mean is None else len(self.mean)} features)'

    def _check_width(self, width):
        if self.count:
            same_width(len(self.mean), width, ('the earlier part', 'the new part'))

    def _add(self, count, mean, scatter):
        if not self.count:
            self.count, self.mean, self._scatter = count, mean.copy(), scatter.copy()
            return
        total, step = self.count + count, mean - self.mean
        self._scatter = self._scatter + scatter + np.outer(step, step * (self.count * count / total))
        self.mean = self.mean + step * (count / total)
        self.count = total
