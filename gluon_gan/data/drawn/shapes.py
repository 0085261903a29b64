"""Shapes as signed distances, negative inside, and how much of a pixel they cover. All take and return float32 arrays.

After Inigo Quilez, "2D distance functions" (iquilezles.org/articles/distfunctions2d).
"""
import numpy as np


def cover(distance, pixel):
    """How much of a pixel is inside, 0 to 1: an edge is as wide as the pixel."""
    part = distance * np.float32(-1 / pixel)
    part += np.float32(0.5)
    np.maximum(part, 0, out=part)
    return np.minimum(part, 1, out=part)


def ellipse(x, y, rx, ry):
    """Distance to an ellipse around the origin, to first order, which is enough for an edge."""
    x, y = x / rx, y / ry
    square = x * x + y * y
    slope = np.sqrt((x / rx) ** 2 + (y / ry) ** 2)
    return (square - 1) / (slope * 2 + np.float32(1e-3))


def circle(x, y, radius):
    """Distance to a circle around the origin."""
    return np.sqrt(x * x + y * y) - radius


def box(x, y, half_width, half_height, rounding):
    """Distance to a box around the origin whose corners are quarter circles."""
    x = np.abs(x) - (half_width - rounding)
    y = np.abs(y) - (half_height - rounding)
    outside = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2)
    return outside + np.minimum(np.maximum(x, y), 0) - rounding


def blob(x, y, rx, ry):
    """A soft spot, 1 in the middle and 0 at the ellipse."""
    x, y = x / rx, y / ry
    part = 1 - x * x - y * y
    np.maximum(part, 0, out=part)
    return part * part


def wave(turns):
    """Nearly a sine with period 1, -1 to 1, of two parabolas."""
    turns = turns - np.floor(turns + np.float32(0.5))
    return turns * (8 - 16 * np.abs(turns))


def mix(first, second, part):
    """From the first (part 0) to the second (part 1)."""
    return first + (second - first) * part


def ramp(stops, position):
    """A colour along a row of colours.

    Parameters
    ----------
    stops : numpy.ndarray
        ``(S, 3)`` float32.
    position : numpy.ndarray
        ``(N,)``, 0 for the first stop and 1 for the last.

    Returns
    -------
    numpy.ndarray
        ``(3, N)`` float32.
    """
    place = np.clip(position, 0, 1) * np.float32(len(stops) - 1)
    lower = np.minimum(place.astype(np.int64), len(stops) - 2)
    return mix(stops[lower], stops[lower + 1], (place - lower).astype(np.float32)[:, None]).T


def hsv(hue, saturation, value):
    """The colours ``(3, N)`` of hue, saturation and value, each ``(N,)`` from 0 to 1."""
    place = (np.float32([[5], [3], [1]]) + 6 * hue) % np.float32(6)
    return value - value * saturation * np.clip(np.minimum(place, 4 - place), 0, 1)


def rgb(*codes):
    """Colours such as 'f4d7c0' as ``(S, 3)`` float32 from 0 to 1."""
    return np.array([[int(code[i:i + 2], 16) for i in (0, 2, 4)] for code in codes], np.float32) / np.float32(255)
