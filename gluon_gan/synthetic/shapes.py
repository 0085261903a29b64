"""Shapes as signed distances, which are negative inside, and the coverage of pixels by shapes.

All functions take and return float32 arrays. The distance functions follow Inigo Quilez, "2D distance functions"
(iquilezles.org/articles/distfunctions2d).
"""
import numpy as np


def cover(distance, pixel):
    """How much of each pixel lies inside a shape, 0 to 1; an edge is one pixel wide.

    Parameters
    ----------
    distance : numpy.ndarray
        The signed distance of each pixel to the edge.
    pixel : float
        The width of a pixel, in the same unit.
    """
    coverage = distance * (-1 / pixel)
    coverage += 0.5
    np.maximum(coverage, 0, out=coverage)
    return np.minimum(coverage, 1, out=coverage)


def ellipse(x, y, rx, ry):
    """Distance to an ellipse around the origin with the radii `rx` and `ry`, to first order: accurate near the edge."""
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
    """Distance to a box around the origin; its corners are quarter circles of the radius `rounding`."""
    x = np.abs(x) - (half_width - rounding)
    y = np.abs(y) - (half_height - rounding)
    outside = np.sqrt(np.maximum(x, 0) ** 2 + np.maximum(y, 0) ** 2)
    return outside + np.minimum(np.maximum(x, y), 0) - rounding


def blob(x, y, rx, ry):
    """A soft spot: 1 at the origin, falling to 0 at the ellipse with the radii `rx` and `ry`, and 0 outside."""
    x, y = x / rx, y / ry
    x *= x
    y *= y
    weight = 1 - x - y
    np.maximum(weight, 0, out=weight)
    weight *= weight
    return weight


def wave(phase):
    """Approximate sin(2 pi phase) by two parabolas a period; values from -1 to 1."""
    phase = phase - np.floor(phase + 0.5)
    slope = np.abs(phase)
    slope *= -16
    slope += 8
    phase *= slope
    return phase


def unit(values):
    """Clip to [0, 1]."""
    values = np.maximum(values, 0)
    return np.minimum(values, 1, out=values)


def mix(first, second, part):
    """Interpolate linearly from `first` (part 0) to `second` (part 1)."""
    return first + (second - first) * part


def ramp(stops, position):
    """Interpolate colours along a gradient.

    Parameters
    ----------
    stops : numpy.ndarray
        ``(S, 3)`` float32, the colours of evenly spaced stops.
    position : numpy.ndarray
        ``(N,)``, from 0 (first stop) to 1 (last stop).

    Returns
    -------
    numpy.ndarray
        ``(3, N)`` float32.
    """
    position = unit(position) * np.float32(len(stops) - 1)
    lower = np.minimum(position.astype(np.int64), len(stops) - 2)
    return mix(stops[lower], stops[lower + 1], (position - lower).astype(np.float32)[:, None]).T


def hsv(hue, saturation, value):
    """Convert hue, saturation and value, ``(N,)`` each and from 0 to 1, to RGB ``(3, N)``."""
    sector = (np.float32([[5], [3], [1]]) + 6 * hue) % 6
    return value - value * saturation * unit(np.minimum(sector, 4 - sector))


def rgb(*codes):
    """Convert hexadecimal colours, such as 'f4d7c0', to ``(S, 3)`` float32 from 0 to 1."""
    return np.array([[int(code[i:i + 2], 16) for i in (0, 2, 4)] for code in codes], np.float32) / 255


def to_bytes(image):
    """Round ``(3, B, H, W)`` float32, 0 to 255, to ``(B, H, W, 3)`` uint8, clipping values out of range.

    The argument is overwritten.
    """
    image += 0.5
    np.maximum(image, 0, out=image)
    np.minimum(image, 255, out=image)
    return np.ascontiguousarray(image.astype(np.uint8).transpose(1, 2, 3, 0))
