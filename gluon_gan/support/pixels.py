"""The two pixel formats of this package, and the conversion between them.

In data sets and files, an image is ``(H, W, C)`` uint8 in 0..255. In networks, it is ``(C, H, W)`` float32 in [-1, 1],
the range of the generator's tanh. Level ``v`` becomes ``v / 127.5 - 1``. The inverse rounds to the nearest level, so
that uint8 -> float -> uint8 is the identity.
"""
import numpy as np

ROUNDING = 1e-3         # beyond [-1, 1], for rounding errors
FAR = 1.5               # no interpolation or noise exceeds [-1, 1] by so much
LATTICE = 1e-3          # distance of a level from a whole number, in units of 1/255


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


def check_range(images, name='the images'):
    """Check that floats can be images in [-1, 1].

    Images that were scaled to [0, 1] look like bright ones in [-1, 1]. They can be distinguished if they come
    from 8-bit images: ``v / 255`` is an even or odd multiple of 1/255, and ``v / 127.5 - 1`` is always an odd one.

    Parameters
    ----------
    images : numpy.ndarray or NDArray
        ``(N, C, H, W)``.
    name : str
        What they are, for the message.

    Returns
    -------
    str
        A warning if the images may have another range; '' if nothing is unusual.

    Raises
    ------
    ValueError
        If an image contains NaN or Inf, or the images certainly have another range.
    """
    images = images.asnumpy() if hasattr(images, 'asnumpy') else np.asarray(images)
    if not images.size:
        return ''
    low, high = check_finite(images, name)
    problem = f'{name} have pixels from {low:.4g} to {high:.4g}, and images must lie in [-1, 1]'
    if low >= -1 - ROUNDING and high > 10:
        raise ValueError(f'{problem}: scale them with x / 127.5 - 1')
    if max(-low, high) > FAR:
        raise ValueError(f'{problem}: scale them')
    if max(-low, high) > 1 + ROUNDING:
        return f'{problem}: scale them'
    if low < 0 or low == high:
        return ''
    levels = images * np.float32(255)
    nearest = np.rint(levels)
    if np.abs(levels - nearest).max() > LATTICE:
        return f'{problem}: if they are scaled to [0, 1], scale them with 2 * x - 1'
    if (nearest % 2 == 0).any():
        raise ValueError(f'{problem}: they are scaled to [0, 1], so scale them with 2 * x - 1')
    return ''


def check_finite(images, name='the images'):
    """(float, float): the lowest and the highest pixel; raises ValueError if one is NaN or Inf.

    The parameters are those of :func:`check_range`. There must be an image.
    """
    images = images.asnumpy() if hasattr(images, 'asnumpy') else np.asarray(images)
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        first = int(np.argmin(np.isfinite(images).reshape(len(images), -1).all(axis=1)))
        raise ValueError(f'{name} contain NaN or Inf, image {first} of {len(images)} first: leave such images out')
    return low, high


def describe(images):
    """Shape and dtype for error messages, ``'(60000, 28, 28) uint8'``; the name of the type if it is not an array."""
    if not hasattr(images, 'shape') or not hasattr(images, 'dtype'):
        return type(images).__name__
    return f'{tuple(images.shape)} {np.dtype(images.dtype).name}'
