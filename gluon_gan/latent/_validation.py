"""Validation of latent vectors and other numeric arguments."""
import numpy as np

from ..support.checks import shown


def single_z(name, z):
    """``z`` as ``(nz,)`` float32; a single row ``(1, nz)`` is accepted too."""
    z = finite_array(name, z)
    z = z[0] if z.ndim == 2 and len(z) == 1 else z
    if z.ndim != 1 or not len(z):
        raise ValueError(f'{name} must be a single z of shape (nz,), not an array of shape {z.shape}')
    return z


def rows(name, values, least=1):
    """``values`` as ``(N, d)`` float32 with N at least ``least`` and d at least 1."""
    values = finite_array(name, values)
    if values.ndim != 2 or len(values) < least or not values.shape[1]:
        raise ValueError(f'{name} must be a 2-D array with at least {least} rows, not an array of shape {values.shape}')
    return values


def one_or_more_z(name, z):
    """``z`` as ``(N, nz)`` float32; a single z ``(nz,)`` becomes ``(1, nz)``."""
    z = finite_array(name, z)
    return rows(name, z[None] if z.ndim == 1 else z)


def list_of_numbers(name, values):
    """``values`` as ``(K,)`` float64, K at least 1."""
    values = np.atleast_1d(finite_array(name, values, np.float64))
    if values.ndim != 1 or not len(values):
        raise ValueError(f'{name} must be at least one number, not an array of shape {values.shape}')
    return values


def finite_array(name, values, dtype=np.float32):
    """A copy of ``values`` as an array; raises ValueError unless all of them are finite numbers."""
    values = values.asnumpy() if hasattr(values, 'asnumpy') else values
    try:
        if getattr(values, 'dtype', np.dtype(dtype)).kind not in 'biufO':
            raise TypeError('NumPy would drop the imaginary part, or read the text')
        values = np.array(values, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f'{name} must be numbers, not {shown(values)}') from error
    if not np.isfinite(values).all():
        raise ValueError(f'{name} contains NaN or Inf')
    return values


def check_same_nz(a, b):
    """Raise ValueError if the vectors ``a`` and ``b`` have different dimensions."""
    if a.shape != b.shape:
        raise ValueError(f'both z must have the same number of dimensions, not {len(a)} and {len(b)}')
