"""Nearest neighbours and balls around points: exact where it matters, in bounded memory.

Matrix products are the fast way to compute many distances: |x|^2 + |y|^2 - 2 x.y. But rounding puts equal rows about
1e-8 |x| apart, and decides which of two equal distances is the shorter. Products therefore only select candidates.
Every distance that is returned, or that decides a tie, is computed from differences. Such a distance is exactly 0
between equal rows, is symmetric, and depends neither on the order of the rows nor on the size of the blocks.
"""
import numpy as np
from sklearn.neighbors import NearestNeighbors

from ._rows import blocks

BLOCK = 1024            # rows and columns of a block of distances: 8 MB
PAIRED = 2 ** 20        # numbers in a block of differences: 8 MB


def nearest(queries, references=None, k=1):
    """Find the k nearest references of each query.

    Parameters
    ----------
    queries, references : numpy.ndarray
        ``(N, d)`` and ``(M, d)`` float64, M at least k. Without references, each query is compared with the other
        queries, and N must be at least k + 1.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        Euclidean distances, ascending, and indices of the references; both ``(N, k)``, float64 and int.
    """
    others = queries if references is None else references
    available = len(others) - (references is None)
    centre = others.mean(axis=0)                # subtracted, because rounding errors grow with the norms of the rows
    search = NearestNeighbors(n_neighbors=min(k + 1, available), algorithm='brute').fit(others - centre)
    candidates = search.kneighbors(None if references is None else queries - centre, return_distance=False)
    rows = np.repeat(np.arange(len(queries)), candidates.shape[1])
    squares = _paired(queries, rows, others, candidates.ravel()).reshape(candidates.shape)
    order = np.argsort(squares, axis=1, kind='stable')[:, :k]
    return np.sqrt(np.take_along_axis(squares, order, 1)), np.take_along_axis(candidates, order, 1)


def radii(features, k):
    """Distance ``(N,)`` from each row to its k-th nearest neighbour among the other rows."""
    return nearest(features, k=k)[0][:, -1]


def balls(points, centres, radius):
    """Count which points lie in which closed balls, per point and per ball.

    Parameters
    ----------
    points, centres : numpy.ndarray
        ``(N, d)`` and ``(M, d)`` float64.
    radius : numpy.ndarray
        ``(M,)`` distances as :func:`nearest` returns them.

    Returns
    -------
    numpy.ndarray, numpy.ndarray
        ``(N,)``, the number of balls that contain each point, and ``(M,)``, the number of points in each ball.
    """
    middle = centres.mean(axis=0)
    left, right = points - middle, centres - middle
    norms = [np.einsum('nd,nd->n', part, part) for part in (left, right)]
    # A single product computes |x|^2 + |y|^2 - 2 x.y - radius^2, whose sign separates inside from outside unless it is
    # within the rounding error.
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
    """Squared distances ``(P,)`` between ``first[rows]`` and ``second[columns]``, computed from differences."""
    squares = np.empty(len(rows))
    for block in blocks(len(rows), max(1, PAIRED // first.shape[1])):
        difference = first[rows[block]] - second[columns[block]]
        squares[block] = np.einsum('nd,nd->n', difference, difference)
    return squares
