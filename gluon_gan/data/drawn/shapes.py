"""Shapes as signed distances, negative inside, and how much of a pixel they cover. All take and return float32 arrays.

After Inigo Quilez, "2D distance functions" (iquilezles.org/articles/distfunctions2d).
"""
import numpy as np


def cover(distance, pixel):
    """How much of a pixel is inside, 0 to 1: an edge is as wide as the pixel."""
    part = distance * (-1 / pixel)
    part += 0.5
    np.maximum(part, 0, out=part)
    return np.minimum(part, 1, out=part)


def ellipse(x, y, rx, ry):
    """Distance to an ellipse around the origin, to first order, which is enough for an edge."""
    x, y = x / rx, y / ry
    x *= x
    y *= y
    square = x + y
    slope = x / (rx * rx) + y / (ry * ry)
    np.sqrt(slope, out=slope)
    slope += np.float32(1e-3)
    square -= 1
    square /= slope
    square *= 0.5
    return square


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
    x *= x
    y *= y
    part = 1 - x - y
    np.maximum(part, 0, out=part)
    part *= part
    return part


def wave(turns):
    """Nearly a sine with period 1, -1 to 1, of two parabolas."""
    turns = turns - np.floor(turns + 0.5)
    bow = np.abs(turns)
    bow *= -16
    bow += 8
    turns *= bow
    return turns


def unit(values):
    """Clipped to 0..1."""
    values = np.maximum(values, 0)
    return np.minimum(values, 1, out=values)


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
    place = unit(position) * np.float32(len(stops) - 1)
    lower = np.minimum(place.astype(np.int64), len(stops) - 2)
    return mix(stops[lower], stops[lower + 1], (place - lower).astype(np.float32)[:, None]).T


def hsv(hue, saturation, value):
    """The colours ``(3, N)`` of hue, saturation and value, each ``(N,)`` from 0 to 1."""
    place = (np.float32([[5], [3], [1]]) + 6 * hue) % 6
    return value - value * saturation * unit(np.minimum(place, 4 - place))


def rgb(*codes):
    """Colours such as 'f4d7c0' as ``(S, 3)`` float32 from 0 to 1."""
    return np.array([[int(code[i:i + 2], 16) for i in (0, 2, 4)] for code in codes], np.float32) / 255


def to_bytes(picture):
    """``(3, B, H, W)`` float32, 0..255, which is overwritten, as ``(B, H, W, 3)`` uint8; what lies outside is clipped."""
    picture += 0.5
    np.maximum(picture, 0, out=picture)
    np.minimum(picture, 255, out=picture)
    return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 3, 0))
