"""Rows of features: checked at the door, and taken in blocks."""
import numpy as np

from ..checks import whole_number


def features(name, array, least=2):
    """``array`` as ``(N, d)`` float64, C order; no copy where it is that already.

    Parameters
    ----------
    name : str
        How the caller knows it.
    array : array_like
        ``(N, d)`` of any float or whole-number dtype.
    least : int
        The smallest N that will do.

    Raises
    ------
    ValueError
        If it is no such array, has fewer rows or no column, or holds NaN or Inf: the message names the first such row.
    """
    if hasattr(array, 'asnumpy'):
        raise ValueError(f'{name} must be a NumPy array, not {type(array).__name__}: pass {name}.asnumpy()')
    array = np.asarray(array)
    if array.ndim != 2 or array.dtype.kind not in 'fiu':
        raise ValueError(f'{name} must be numbers (N, d), a row for each picture, not {array.dtype} {array.shape}')
    if len(array) < least or not array.shape[1]:
        raise ValueError(f'{name} must have at least {least} rows and 1 column, not {array.shape}')
    array = np.ascontiguousarray(array, dtype=np.float64)
    finite = np.isfinite(array)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise ValueError(f'{name}[{row}] holds {array[row, column]} (column {column}): leave that row out, or mend what made it')
    return array


def pair(first, second, names=('real', 'fake'), least=2):
    """Two arrays as :func:`features` gives them, of the same d."""
    first, second = (features(name, array, least) for name, array in zip(names, (first, second)))
    same_width(first.shape[1], second.shape[1], names)
    return first, second


def same_width(first, second, names=('real', 'fake')):
    """Refuse two numbers of features that differ."""
    if first != second:
        raise ValueError(f'{names[0]} has {first} features a row and {names[1]} {second}: take both from the same extractor')


def neighbours(k, **arrays):
    """``k`` as an int that leaves every array more rows than neighbours."""
    k = whole_number('k', k)
    for name, array in arrays.items():
        if len(array) <= k:
            raise ValueError(f'k={k} neighbours need more than {k} rows, and {name} has {len(array)}')
    return k


def blocks(count, size):
    """Slices of at most ``size`` that cover ``range(count)``."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
