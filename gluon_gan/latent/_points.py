"""Points of the latent space, checked at the door."""
import reprlib
import textwrap

import numpy as np


def point(name, z):
    """``z`` as ``(nz,)`` float32; one row ``(1, nz)`` will do."""
    z = array(name, z)
    z = z[0] if z.ndim == 2 and len(z) == 1 else z
    if z.ndim != 1 or not len(z):
        raise ValueError(f'{name} must be one z (nz,), not an array {z.shape}')
    return z


def rows(name, z, least=1):
    """``z`` as ``(N, nz)`` float32, N at least ``least``."""
    z = array(name, z)
    if z.ndim != 2 or len(z) < least or not z.shape[1]:
        raise ValueError(f'{name} must be an array of at least {least} rows, one a point, not {z.shape}')
    return z


def some(name, z):
    """``z`` as ``(N, nz)`` float32, where a single one ``(nz,)`` will do."""
    z = array(name, z)
    return rows(name, z[None] if z.ndim == 1 else z)


def steps(name, values):
    """``values`` as ``(K,)`` float64, K at least 1."""
    values = np.atleast_1d(array(name, values, np.float64))
    if values.ndim != 1 or not len(values):
        raise ValueError(f'{name} must be at least one number, not an array {values.shape}')
    return values


def array(name, values, dtype=np.float32):
    """Finite numbers as a new array; ValueError for anything else."""
    values = values.asnumpy() if hasattr(values, 'asnumpy') else values
    try:
        values = np.array(values, dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(f'{name} must be numbers, not {textwrap.shorten(reprlib.repr(values), 80)}') from error
    if not np.isfinite(values).all():
        raise ValueError(f'{name} holds NaN or Inf')
    return values


def same_nz(a, b):
    """Refuse two z of different spaces."""
    if a.shape != b.shape:
        raise ValueError(f'both z must have as many dimensions, not {len(a)} and {len(b)}')
