"""The two forms an image takes here, and the one way between them.

At rest an image is ``(H, W, C)`` uint8 in 0..255, as files and eyes want it. In a network it is ``(C, H, W)`` float32
in [-1, 1], the range of the generator's tanh. Level ``v`` is ``v / 127.5 - 1``; the way back rounds to the nearest
level, so that uint8 -> float -> uint8 gives every level back.
"""
import numpy as np


def to_float(images):
    """What a network reads.

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
    # order='C' makes astype transpose and convert in one pass; the default keeps the channels-last memory.
    floats = images.transpose(0, 3, 1, 2).astype(np.float32, order='C')
    floats *= np.float32(1 / 127.5)
    floats -= 1
    return floats


def to_uint8(images):
    """What a file or a person reads.

    Parameters
    ----------
    images : numpy.ndarray or NDArray
        ``(N, C, H, W)`` floats in [-1, 1]; what lies outside is clipped. An NDArray is brought to the host, which
        waits for it.

    Returns
    -------
    numpy.ndarray
        ``(N, H, W, C)`` uint8, contiguous.

    Raises
    ------
    ValueError
        If the array is not four-dimensional floating point, or holds NaN or Inf: the index of the first such image is
        named.
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
    """``'(60000, 28, 28) uint8'``, for error messages; the type's name where there is no shape."""
    if not hasattr(images, 'shape') or not hasattr(images, 'dtype'):
        return type(images).__name__
    return f'{tuple(images.shape)} {np.dtype(images.dtype).name}'
