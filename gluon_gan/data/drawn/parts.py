"""Drawing many pictures a few at a time."""
import numpy as np

from ...checks import whole_number

AT_ONCE = 16  # images: their fields stay in a processor's cache


def in_parts(paint, parameters, size):
    """``paint(size, parameters)`` of all, ``(N, size, size, 3)`` uint8; parameters are ``(N,)`` by name. ValueError for a size below 16 or above 512."""
    if whole_number('size', size, 16) > 512:
        raise ValueError(f'size must be an int from 16 to 512, not {size}')
    p = {name: np.asarray(values, np.float32) for name, values in parameters.items()}
    images = np.empty((len(next(iter(p.values()))), size, size, 3), np.uint8)
    for first in range(0, len(images), AT_ONCE):
        images[first:first + AT_ONCE] = paint(size, {name: values[first:first + AT_ONCE] for name, values in p.items()})
    return images
