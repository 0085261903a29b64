"""Render many images a few at a time."""
import numpy as np

from ..support.checks import whole_number

CHUNK = 16  # images; the intermediate arrays of this many stay in a processor's cache


def in_chunks(render, parameters, size):
    """Render all images, ``CHUNK`` at a time.

    Parameters
    ----------
    render : callable
        ``render(size, parameters)``, which returns ``(B, size, size, 3)`` uint8.
    parameters : dict
        ``(N,)`` numbers by name; `render` gets them as float32.
    size : int
        Pixels a side, 16 to 512.

    Returns
    -------
    numpy.ndarray
        ``(N, size, size, 3)`` uint8.

    Raises
    ------
    ValueError
        If `size` is out of range.
    """
    if whole_number('size', size, 16) > 512:
        raise ValueError(f'size must be an int from 16 to 512, not {size}')
    p = {name: np.asarray(values, np.float32) for name, values in parameters.items()}
    images = np.empty((len(next(iter(p.values()))), size, size, 3), np.uint8)
    for first in range(0, len(images), CHUNK):
        chunk = slice(first, first + CHUNK)
        images[chunk] = render(size, {name: values[chunk] for name, values in p.items()})
    return images
