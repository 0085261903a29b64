"""Nearest neighbours and balls around them, exact where it counts, in bounded memory.

Products of matrices are the quick way to many distances, |x|^2 + |y|^2 - 2 x.y, but equal rows come out some 1e-8 |x| apart, and
which of two equal distances is the shorter is left to rounding. So products only choose the candidates; whatever is returned
or decides a tie was computed from the differences. A distance is then exactly 0 for equal rows, the same from both ends, and does
not depend on the order of the rows or on the size of the blocks.
"""
import numpy as np
from sklearn.neighbors import NearestNeighbors

from ._rows import blocks

BLOCK = 1024            # rows and columns of distances at once: 8 MB
PAIRED = 2 ** 20        # numbers at once where distances are computed from differences: 8 MB


def nearest(queries, references=None, k=1):
    """Euclidean distances to the k nearest references, ascending, and which they are.

    Parameters
    ----------
    queries, references : numpy.ndarray
        ``(N, d)`` and ``(M, d)`` float64, M at least k. Without references: of the other queries, N at least k + 1.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Both ``(N, k)``, float64 and int.
    """
    others = queries if references is None else references
    available = len(others) - (references is None)
    centre = others.mean(axis=0)                # rounding is relative to what is squared: take off what all have in common
    search = NearestNeighbors(n_neighbors=min(k + 1, available), algorithm='brute').fit(others - centre)
    which = search.kneighbors(None if references is None else queries - centre, return_distance=False)
    rows = np.repeat(np.arange(len(queries)), which.shape[1])
    squares = _paired(queries, rows, others, which.ravel()).reshape(which.shape)
    order = np.argsort(squares, axis=1, kind='stable')[:, :k]
    return np.sqrt(np.take_along_axis(squares, order, 1)), np.take_along_axis(which, order, 1)


def radii(features, k):
    """Distance ``(N,)`` of each row to the k-th nearest of the others."""
    return nearest(features, k=k)[0][:, -1]


def balls(points, centres, radius):
    """Which points lie in which closed balls, counted both ways.

    Parameters
    ----------
    points, centres : numpy.ndarray
        ``(N, d)`` and ``(M, d)`` float64.
    radius : numpy.ndarray
        ``(M,)`` distances as :func:`nearest` returns them.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        ``(N,)`` how many balls hold each point, and ``(M,)`` how many points each ball holds.
    """
    middle = centres.mean(axis=0)
    left, right = points - middle, centres - middle
    norms = [np.einsum('nd,nd->n', part, part) for part in (left, right)]
    # One product makes |x|^2 + |y|^2 - 2 x.y - radius^2, which says inside or outside but within its rounding.
    left = np.column_stack([left, norms[0], np.ones(len(left))])
    right = np.column_stack([-2 * right, np.ones(len(right)), norms[1] - radius ** 2])
    rounding = 4 * np.finfo(np.float64).eps * (left.shape[1] + 8) * (norms[0].max() + norms[1].max())
    per_point, per_ball = np.zeros(len(points), int), np.zeros(len(centres), int)
    for rows in blocks(len(points), BLOCK):
        for columns in blocks(len(centres), BLOCK):
            beyond = left[rows] @ right[columns].T
            inside = beyond <= rounding
            doubtful = np.flatnonzero(inside & (beyond >= -rounding))
            if len(doubtful):
                row, column = np.unravel_index(doubtful, inside.shape)
                row, column = row + rows.start, column + columns.start
                inside.flat[doubtful] = np.sqrt(_paired(points, row, centres, column)) <= radius[column]
            per_point[rows] += np.count_nonzero(inside, axis=1)
            per_ball[columns] += np.count_nonzero(inside, axis=0)
    return per_point, per_ball


def _paired(first, rows, second, columns):
    """Squared distances ``(P,)`` between ``first[rows]`` and ``second[columns]``, from their differences."""
    squares = np.empty(len(rows))
    for block in blocks(len(rows), max(1, PAIRED // first.shape[1])):
        difference = first[rows[block]] - second[columns[block]]
        squares[block] = np.einsum('nd,nd->n', difference, difference)
    return squares
