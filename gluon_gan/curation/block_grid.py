"""The block grid of a quilt: the period of its repetition in two perpendicular directions, and its rotation.

A quilt repeats a block, so its image agrees with a copy of itself that is shifted by one block. :func:`find_grid`
computes the agreement for all shifts at once, as the autocorrelation of the image by the fast Fourier transform
(Wiener-Khinchin theorem), normalised by the energy of the overlapping parts (Lewis 1995, Fast Normalized
Cross-Correlation). The grid consists of two perpendicular shifts at which the agreement has local maxima.
"""
from typing import NamedTuple

import cv2
import numpy as np

from ..support.checks import number, shown

CONFIDENCE = 0.15               # the default of find_grid; tests/curation/test_block_grid.py shows what it separates
WORKING_SIDE = 256              # pixels of the shorter side, to which larger images are reduced
LEAST_PERIOD = 14               # pixels at the working size; shorter repetitions are prints and stitches
FARTHEST = 0.56                 # the longest shift, as a share of the width and of the height
REACH = 0.62                    # the longest shift that is computed, likewise
LOCAL = 0.15                    # standard deviation of the blur that is subtracted, as a share of the shorter side
EDGES = 0.35                    # the weight of the edges; the colours have the rest
FLAT = 1.0                      # mean squared contrast, in units of CIELAB, below which an image shows nothing
PEAKS = 60                      # the local maxima that are combined in pairs
SKEW = 4.0                      # degrees by which the angle between both shifts may differ from 90
RATIO = 3.0                     # the largest ratio of both periods
ALMOST = 0.9                    # a grid of smaller blocks is preferred if its agreement reaches this share of the best,
LEAST_SHARE = 0.6               # and its confidence this one
BETWEEN = np.linspace(0.2, 0.8, 13)[:, None, None]      # the positions along a shift where the agreement must be lower
FURTHER = np.array([(1, 1), (1, -1), (2, 0), (0, 2), (2, 1), (2, -1), (1, 2), (1, -2), (2, 2), (2, -2)])
BINS = 64                       # positions along a period


class Grid(NamedTuple):
    """The grid that separates the blocks of a quilt.

    Attributes
    ----------
    period_x, period_y : float
        Pixels from one line of the grid to the next, along its rows and along its columns.
    angle : float
        Degrees by which the rows are rotated clockwise from the horizontal, -45 to 45.
    confidence : float
        0 to 1: how well the image agrees with its shifted copies, and how much better than between them.
    x, y : float
        Pixels from the left and upper edge of the image to a point where two lines of the grid cross.
    """
    period_x: float
    period_y: float
    angle: float
    confidence: float
    x: float
    y: float


def find_grid(image, confidence=CONFIDENCE):
    """Find the block grid of a quilt.

    The colours and the edges of the image are compared with those of its shifted copies, after the removal of slow
    changes of the light and of differences in contrast. The edges alone repeat in a scrappy quilt, whose fabrics differ
    from block to block. The confidence of two shifts is the geometric mean of

    - the least agreement at the two shifts, and the mean agreement at further points of their grid;
    - the least difference to the agreement between two points of the grid, which is 0 for stripes.

    Among the grids with almost the agreement of the most confident one, that with the smallest blocks is returned. The
    lines of the grid are laid where the edges along them are symmetric, as at the sides and through the middle of most
    blocks. Of these two, they are laid where there are more edges, or where two complete blocks fit if they do only
    there.

    A repetition is found only if the image shows at least 1.8 periods of it. Perspective is not modelled: the grid of a
    quilt that was photographed at an angle is often not found.

    Parameters
    ----------
    image : numpy.ndarray
        ``(H, W, 3)``, ``(H, W, 1)`` or ``(H, W)`` uint8.
    confidence : float
        The least confidence, at least 0 and less than 1.

    Returns
    -------
    Grid or None
        None if the image shows no repetition, or none with this confidence.

    Raises
    ------
    ValueError
        If an argument has another shape, type or range.
    """
    image = as_rgb(image)
    confidence = number('confidence', confidence, 'at least 0 and less than 1', 0.0, 1.0)
    scale = max(1.0, min(image.shape[:2]) / WORKING_SIDE)
    if min(image.shape[:2]) < 2 * LEAST_PERIOD * scale:
        return None
    if scale > 1:
        height, width = (round(side / scale) for side in image.shape[:2])
        image = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    lab = smooth_lab(image)
    colours, edges = features(lab)
    if colours is None:
        return None
    agreement = (1 - EDGES) * autocorrelation(colours) + EDGES * autocorrelation(edges)
    found = _best_pair(cv2.GaussianBlur(agreement.astype(np.float32), (0, 0), 1.0), image.shape[:2])
    if found is None or not found[0] >= confidence:
        return None
    value, along, down = found
    # The mean of both directions; `down` is 90 degrees further.
    angle = (np.arctan2(along[1], along[0]) + np.arctan2(-down[0], down[1])) / 2
    periods = np.hypot(*along), np.hypot(*down)
    x, y = _crossing(lab, periods, angle)
    return Grid(*(float(period * scale) for period in periods), float(np.degrees(angle)), float(min(value, 1.0)),
                float((x + 0.5) * scale - 0.5), float((y + 0.5) * scale - 0.5))


def as_rgb(image):
    """Check an image, and return it as ``(H, W, 3)`` uint8.

    Raises
    ------
    ValueError
        If it is not ``(H, W, 3)``, ``(H, W, 1)`` or ``(H, W)`` uint8, or has no pixels.
    """
    if not isinstance(image, np.ndarray) or image.dtype != np.uint8:
        kind = f'an array of {image.dtype}' if isinstance(image, np.ndarray) else shown(image)
        raise ValueError(f'image must be a NumPy array of uint8, not {kind}')
    if image.ndim not in (2, 3) or image.shape[2:] not in ((), (1,), (3,)) or not image.size:
        raise ValueError(f'image must have the shape (H, W, 3), (H, W, 1) or (H, W), not {image.shape}')
    return np.ascontiguousarray(np.broadcast_to(image.reshape(*image.shape[:2], -1), (*image.shape[:2], 3)))


def smooth_lab(image):
    """An image ``(H, W, 3)`` uint8 in CIELAB, slightly blurred: ``(H, W, 3)`` float32, the lightness from 0 to 100."""
    return cv2.GaussianBlur(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), (0, 0), 1.0)


def features(lab):
    """The colours and the strength of the edges, relative to their surroundings.

    Parameters
    ----------
    lab : numpy.ndarray
        ``(H, W, 3)`` float32, as :func:`smooth_lab` returns it.

    Returns
    -------
    colours : numpy.ndarray or None
        ``(H, W, 3)`` float32; None if the image has hardly any contrast.
    edges : numpy.ndarray or None
        ``(H, W, 1)`` float32.
    """
    reach = LOCAL * min(lab.shape[:2])
    colours = lab - _blur(lab, reach)
    energy = (colours ** 2).sum(2)
    if energy.mean() < FLAT:
        return None, None
    colours /= (np.sqrt(_blur(energy, 2 * reach)) + 3)[..., None]
    edges = np.sqrt(np.sqrt(sum((part ** 2).sum(2) for part in _gradient(lab))))
    edges -= _blur(edges, reach)
    edges /= np.sqrt(_blur(edges ** 2, 2 * reach)) + 0.3
    return colours, edges[..., None]


def _blur(values, reach):
    """A Gaussian blur with a large standard deviation, computed on a reduced image."""
    height, width = values.shape[:2]
    factor = max(1.0, reach / 4)
    extent = max(2, round(width / factor)), max(2, round(height / factor))
    small = cv2.resize(values, extent, interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), reach / factor), (width, height), interpolation=cv2.INTER_LINEAR)


def autocorrelation(values):
    """The normalised autocorrelation for all shifts up to `REACH` of the height and of the width.

    Parameters
    ----------
    values : numpy.ndarray
        ``(H, W, C)``, with a mean near 0.

    Returns
    -------
    numpy.ndarray
        ``(2 Y + 1, 2 X + 1)``, -1 to 1; the shift (dx, dy) is at ``[Y + dy, X + dx]``.
    """
    height, width = values.shape[:2]
    rows, columns = int(REACH * height), int(REACH * width)
    # Zeros are appended, so that the shifts do not wrap around.
    size = cv2.getOptimalDFTSize(height + rows + 1), cv2.getOptimalDFTSize(width + columns + 1)
    spectrum = sum(np.abs(np.fft.rfft2(values[..., channel], s=size)) ** 2 for channel in range(values.shape[2]))
    products = np.roll(np.fft.irfft2(spectrum, s=size), (rows, columns), (0, 1))[:2 * rows + 1, :2 * columns + 1]
    # The energy of the part that overlaps with the shifted copy, from a summed-area table.
    sums = cv2.integral((values ** 2).sum(2).astype(np.float64))
    (top, bottom), (left, right) = ((np.maximum(-shift, 0), np.minimum(side - shift, side)) for shift, side in (
        (np.arange(-rows, rows + 1), height), (np.arange(-columns, columns + 1), width)))
    overlap = (sums[np.ix_(bottom, right)] - sums[np.ix_(top, right)] - sums[np.ix_(bottom, left)]
               + sums[np.ix_(top, left)])
    return products / np.sqrt(np.maximum(overlap * overlap[::-1, ::-1], 1e-9 * sums[-1, -1] ** 2 + 1e-12))


def _best_pair(agreement, extent):
    """The pair of perpendicular shifts with the highest confidence.

    Parameters
    ----------
    agreement : numpy.ndarray
        As :func:`autocorrelation` returns it, float32.
    extent : tuple of int
        Height and width of the image.

    Returns
    -------
    (float, numpy.ndarray, numpy.ndarray) or None
        The confidence, and the two shifts (dx, dy), which point to the right and downwards.
    """
    peaks = _peaks(agreement, extent)
    length, angle = np.hypot(*peaks.T), np.degrees(np.arctan2(peaks[:, 1], peaks[:, 0]))
    skew = np.abs((angle - angle[:, None]) % 180 - 90)
    shorter, longer = np.minimum(length, length[:, None]), np.maximum(length, length[:, None])
    first, second = np.nonzero((skew <= SKEW) & (longer <= RATIO * shorter) & (np.abs(angle) <= 45)[:, None])
    if not len(first):
        return None
    along, down = peaks[first], peaks[second]
    down = down * np.where(down[:, 1:] < 0, -1, 1)
    nearby = cv2.dilate(agreement, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5)))
    at = np.minimum(_look_up(nearby, along), _look_up(nearby, down))
    further = _look_up(nearby, FURTHER[:, :1, None] * along + FURTHER[:, 1:, None] * down)
    inside = np.isfinite(further)
    at = np.minimum(at, np.where(inside, further, 0).sum(0) / np.maximum(inside.sum(0), 1))
    rise = np.minimum(*(_look_up(nearby, shift) - np.nanmin(_look_up(agreement, BETWEEN * shift), 0)
                        for shift in (along, down)))
    confidence = np.sqrt(np.maximum(at, 0) * np.maximum(rise, 0))
    area = np.abs(along[:, 0] * down[:, 1] - along[:, 1] * down[:, 0])
    top = confidence.argmax()
    best = np.where((at >= ALMOST * at[top]) & (confidence >= LEAST_SHARE * confidence[top]), area, np.inf).argmin()
    return float(confidence[best]), along[best], down[best]


def _peaks(agreement, extent):
    """The highest local maxima, to a fraction of a pixel, as shifts ``(P, 2)`` (dx, dy) with dx > 0 or dx = 0 < dy."""
    rows, columns = (side // 2 for side in agreement.shape)
    inner = np.zeros(agreement.shape, bool)
    inner[1:-1, 1:-1] = True
    y, x = np.nonzero((agreement >= cv2.dilate(agreement, np.ones((7, 7)))) & (agreement > 0.05) & inner)
    dx, dy = x - columns, y - rows
    chosen = (np.hypot(dx, dy) >= LEAST_PERIOD) & ((dx > 0) | ((dx == 0) & (dy > 0)))
    chosen &= (np.abs(dy) <= FARTHEST * extent[0]) & (np.abs(dx) <= FARTHEST * extent[1])
    y, x = y[chosen], x[chosen]
    order = np.argsort(-agreement[y, x], kind='stable')[:PEAKS]
    y, x = y[order], x[order]
    parts = []
    for position, before, after in ((x - columns, (y, x - 1), (y, x + 1)), (y - rows, (y - 1, x), (y + 1, x))):
        # The vertex of the parabola through three neighbours.
        bend = np.maximum(2 * agreement[y, x] - agreement[before] - agreement[after], 1e-6)
        parts.append(position + np.clip((agreement[after] - agreement[before]) / (2 * bend), -0.5, 0.5))
    return np.stack(parts, 1)


def _look_up(agreement, shifts):
    """The agreement at shifts ``(..., 2)``, interpolated linearly; NaN where it is not known."""
    rows, columns = (side // 2 for side in agreement.shape)
    flat = np.asarray(shifts, np.float32).reshape(-1, shifts.shape[-2], 2)
    found = cv2.remap(agreement, flat[..., 0] + np.float32(columns), flat[..., 1] + np.float32(rows), cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_CONSTANT, borderValue=float('nan'))
    return found.reshape(shifts.shape[:-1])


def _gradient(lab):
    """Horizontal and vertical derivative of each channel: two arrays ``(H, W, 3)``."""
    return [cv2.Sobel(lab, cv2.CV_32F, *order) for order in ((1, 0), (0, 1))]


def _crossing(lab, periods, angle):
    """A point (x, y) where two lines of the grid cross, the nearest to the centre of the image."""
    height, width = lab.shape[:2]
    cos, sin = np.cos(angle), np.sin(angle)
    centre = (width - 1) / 2, (height - 1) / 2
    x, y = np.arange(width) - centre[0], np.arange(height)[:, None] - centre[1]
    dx, dy = _gradient(lab)
    right = np.abs(dx * cos + dy * sin).sum(2)
    down = np.abs(dy * cos - dx * sin).sum(2)
    offsets = [_symmetric_offset(position, np.maximum(edges, 0), period) for position, edges, period in (
        (x * cos + y * sin, right - down, periods[0]), (y * cos - x * sin, down - right, periods[1]))]
    return (centre[0] + offsets[0] * cos - offsets[1] * sin, centre[1] + offsets[0] * sin + offsets[1] * cos)


def _symmetric_offset(position, edges, period):
    """Where the edges, added up over all periods, are symmetric: -period / 2 to period / 2."""
    bins = np.floor(position / period * BINS).astype(np.int64).ravel() % BINS
    total = np.bincount(bins, edges.ravel(), BINS) / np.maximum(np.bincount(bins, minlength=BINS), 1)
    spectrum = np.fft.rfft(total)
    smooth = np.exp(-0.5 * (np.arange(len(spectrum)) * 2 * np.pi / BINS * 1.5) ** 2)       # sigma of 1.5 bins
    mirrored = int(np.fft.irfft((spectrum * smooth) ** 2, BINS).argmax())        # bins b and mirrored - b agree
    total = np.fft.irfft(spectrum * smooth, BINS)

    def rank(middle):
        offset = (middle + 0.5) / BINS
        complete = np.floor(position.max() / period - offset) - np.ceil(position.min() / period - offset)
        return min(complete, 2), total[int(middle) % BINS]
    best = max((mirrored / 2, mirrored / 2 + BINS / 2), key=rank)
    return ((best + 0.5) / BINS + 0.5) % 1 * period - period / 2
