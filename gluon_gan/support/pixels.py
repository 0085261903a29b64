"""The two pixel formats of this package, and the conversion between them.

In data sets and files, an image is ``(H, W, C)`` uint8 in 0..255. In networks, it is ``(C, H, W)`` float32 in [-1, 1],
the range of the generator's tanh. Level ``v`` becomes ``v / 127.5 - 1``. The inverse rounds to the nearest level, so
that uint8 -> float -> uint8 is the identity.
"""
import numpy as np


def to_float(images):
    """Convert images to the format of the networks.

    Parameters
    ----------
    images : numpy.ndarray
        ``(N, H, W, C)`` uint8, 0..255.

    Returns
    -------
    numpy.ndarray
        ``(N, C, H, W)`` float32 in [-1, 1], contiguous.

    Raises
    ------
    ValueError
        If the array is not four-dimensional uint8.
    """
    if getattr(images, 'dtype', None) != np.uint8 or images.ndim != 4:
        raise ValueError(f'images must be (N, H, W, C) uint8, not {describe(images)}')
    # order='C' makes astype transpose and convert in one pass; the default would keep the channels-last layout.
    floats = images.transpose(0, 3, 1, 2).astype(np.float32, order='C')
    floats *= np.float32(1 / 127.5)
    floats -= 1
    return floats


def to_uint8(images):
    """Convert images to the format of files and data sets.

    Parameters
    ----------
    images : numpy.ndarray or NDArray
        ``(N, C, H, W)`` floats in [-1, 1]; values outside are clipped. An NDArray is copied to the host, which waits
        for its computation.

    Returns
    -------
    numpy.ndarray
        ``(N, H, W, C)`` uint8, contiguous.

    Raises
    ------
    ValueError
        If the array is not four-dimensional floating point, or contains NaN or Inf. The message gives the index of the
        first image that does.
    """
    images = images.asnumpy() if hasattr(images, 'asnumpy') else np.asarray(images)
    if not np.issubdtype(images.dtype, np.floating) or images.ndim != 4:
        raise ValueError(f'images must be (N, C, H, W) floats in [-1, 1], not {describe(images)}')
    finite = np.isfinite(images).all(axis=(1, 2, 3))
    if not finite.all():
        first = int(np.argmin(finite))
        raise ValueError(f'image {first} of {len(images)} holds NaN or Inf: the network that made it has diverged')
    levels = np.rint((images.astype(np.float32) + 1) * np.float32(127.5)).clip(0, 255)
    return np.ascontiguousarray(levels.transpose(0, 2, 3, 1).astype(np.uint8))


def describe(images):
    """Shape and dtype for error messages, ``'(60000, 28, 28) uint8'``; the name of the type if it is not an array."""
    if not hasattr(images, 'shape') or not hasattr(images, 'dtype'):
        return type(images).__name__
    return f'{tuple(images.shape)} {np.dtype(images.dtype).name}'
