"""Validation of feature arrays, and blocks of rows."""
import numpy as np

from ..support.checks import whole_number


def features(name, array, least=2):
    """Validate an array of features, and convert it to C-ordered float64. It is copied only if it has to be.

    Parameters
    ----------
    name : str
        What error messages call the array.
    array : array_like
        ``(N, d)`` of any float or integer dtype.
    least : int
        Minimum N.

    Returns
    -------
    numpy.ndarray
        ``(N, d)`` float64.

    Raises
    ------
    ValueError
        If the array has another shape or dtype, too few rows or no columns, or contains NaN or Inf. The message names
        the first row that does.
    """
    if hasattr(array, 'asnumpy'):
        raise ValueError(f'{name} must be a NumPy array, not {type(array).__name__}: pass {name}.asnumpy()')
    array = np.asarray(array)
    if array.ndim != 2 or array.dtype.kind not in 'fiu':
        raise ValueError(f'{name} must be numbers (N, d), one row per image, not {array.dtype} {array.shape}')
    if len(array) < least or not array.shape[1]:
        raise ValueError(f'{name} must have at least {least} rows and 1 column, not {array.shape}')
    array = np.ascontiguousarray(array, dtype=np.float64)
    finite = np.isfinite(array)
    if not finite.all():
        row, column = np.argwhere(~finite)[0]
        raise ValueError(f'{name}[{row}] contains {array[row, column]} (column {column}): '
                         'remove that row, or fix what produced it')
    return array


def pair(first, second, names=('real', 'fake'), least=2):
    """Validate two arrays by :func:`features`, and require the same number of columns."""
    first, second = (features(name, array, least) for name, array in zip(names, (first, second)))
    same_width(first.shape[1], second.shape[1], names)
    return first, second


def same_width(first, second, names=('real', 'fake')):
    """Raise ValueError if two numbers of features differ."""
    if first != second:
        raise ValueError(f'{names[0]} has {first} features per row and {names[1]} has {second}: '
                         'compute both with the same extractor')


def neighbours(k, **arrays):
    """Validate ``k`` as an int smaller than the number of rows of every array."""
    k = whole_number('k', k)
    for name, array in arrays.items():
        if len(array) <= k:
            raise ValueError(f'k={k} neighbours require more than {k} rows, and {name} has {len(array)}')
    return k


def blocks(count, size):
    """Slices of at most ``size`` that cover ``range(count)``."""
    return [slice(start, min(start + size, count)) for start in range(0, count, size)]
