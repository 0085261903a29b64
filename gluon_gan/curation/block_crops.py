"""Crop squares of a quilt that are aligned to its block grid."""
import itertools

import cv2
import numpy as np

from ..support.checks import number, whole_number
from .block_grid import EDGES, WORKING_SIDE, Grid, as_rgb, features, smooth_lab

SAMPLES = 16            # samples along a side of a block, at which it is compared with its neighbours
AGREEMENT = 0.2         # the least agreement of a block with one of its neighbours; borders and backdrops have less
PART = 0.25             # the least share of a neighbour that must lie in the image
CONTRAST = 0.4          # the least contrast of a block, as a share of the upper quartile of all blocks
OVERLAP = 0.3           # the share of a block by which neighbouring crops may overlap if the blocks are not square


def places(image, grid, blocks=1):
    """Find the squares of ``blocks x blocks`` blocks that lie in the quilt.

    A square is complete: it lies in the image, and each of its blocks resembles one of the four blocks beside it. This
    excludes the border of the quilt and what is behind it. Squares do not overlap. If the blocks are not square, the
    side of a square is the longer side of its blocks; squares then hold more of the shorter blocks, or overlap by up to
    0.3 of a block.

    Parameters
    ----------
    image : numpy.ndarray
        ``(H, W, 3)``, ``(H, W, 1)`` or ``(H, W)`` uint8.
    grid : Grid
        As :func:`~gluon_gan.curation.find_grid` returns it for this image.
    blocks : int
        Blocks along a side, at least 1.

    Returns
    -------
    list of (int, int)
        The row and the column of the first block of each square, sorted; the blocks at the upper and left ends of the
        image have number 0. With more than one block, the squares begin where most of them fit.

    Raises
    ------
    ValueError
        If an argument has another shape, type or range.
    """
    image, blocks = as_rgb(image), whole_number('blocks', blocks)
    _check(grid)
    side, step_x, step_y = _square(grid, blocks)
    first_row, first_column, rows, columns = _extent(image, grid)
    if blocks > max(rows, columns):
        return []
    alike = _agreement(image, grid) >= AGREEMENT
    fitting = set()
    for row, column in itertools.product(range(rows - step_y + 1), range(columns - step_x + 1)):
        if alike[row:row + step_y, column:column + step_x].all():
            corners = _corners(grid, row + first_row, column + first_column, side, step_x, step_y)
            if (corners > -1).all() and (corners < (image.shape[1], image.shape[0])).all():
                fitting.add((row, column))
    starts = itertools.product(range(step_y), range(step_x))
    chosen = [[(row, column) for row, column in sorted(fitting) if row % step_y == y and column % step_x == x]
              for y, x in starts]
    return max(chosen, key=len)


def crops(image, grid, blocks=1, size=64, where=None):
    """Crop the squares that :func:`places` finds, with the rows of the grid horizontal.

    Parameters
    ----------
    image : numpy.ndarray
        ``(H, W, 3)``, ``(H, W, 1)`` or ``(H, W)`` uint8.
    grid : Grid
        As :func:`~gluon_gan.curation.find_grid` returns it for this image.
    blocks : int
        Blocks along a side, at least 1.
    size : int
        Pixels a side of the result, 1 to 4,096.
    where : list of (int, int), optional
        The squares, as :func:`places` returned them for the other arguments; by default they are found again.

    Returns
    -------
    numpy.ndarray
        ``(M, size, size, 3)`` uint8, in the order of :func:`places`.

    Raises
    ------
    ValueError
        If an argument has another shape, type or range.
    """
    size = whole_number('size', size, 1, 4096)
    image, found = as_rgb(image), places(image, grid, blocks) if where is None else where
    first_row, first_column, *_ = _extent(image, grid)
    side, *steps = _square(grid, blocks)
    # Several samples for each pixel of the result, whose mean is taken, so that small patterns cause no aliasing.
    samples = max(1, int(np.ceil(side / size)))
    result = np.empty((len(found), size, size, 3), np.uint8)
    for crop, (row, column) in zip(result, found):
        corners = _corners(grid, row + first_row, column + first_column, side, *steps)
        sampled = _sample(image, corners, (size * samples, size * samples), cv2.INTER_CUBIC, cv2.BORDER_REPLICATE)
        crop[:] = cv2.resize(sampled, (size, size), interpolation=cv2.INTER_AREA)
    return result


def crop_side(grid, blocks):
    """float: pixels of the image along a side of a square of ``blocks x blocks`` blocks."""
    return blocks * max(grid.period_x, grid.period_y)


def _check(grid):
    """Raise ValueError if this is not a Grid with positive periods."""
    if not isinstance(grid, Grid):
        raise ValueError(f'grid must be a Grid, as find_grid returns it for an image with a repetition, not {grid!r}')
    for name in ('period_x', 'period_y'):
        number(name, getattr(grid, name), 'a number of at least 2', 2.0)


def _square(grid, blocks):
    """Pixels along a side of a square, and the number of blocks to the next square in both directions."""
    side = crop_side(grid, blocks)
    return side, *(max(1, int(np.ceil(side / period - OVERLAP))) for period in (grid.period_x, grid.period_y))


def _axes(grid):
    """The unit vectors (x, y) along the rows and along the columns of the grid."""
    cos, sin = np.cos(np.radians(grid.angle)), np.sin(np.radians(grid.angle))
    return np.array([cos, sin]), np.array([-sin, cos])


def _extent(image, grid):
    """The first row and column of blocks in the image, from the crossing, and the numbers of rows and columns."""
    height, width = image.shape[:2]
    corners = np.array([(x, y) for x in (-0.5, width - 0.5) for y in (-0.5, height - 0.5)]) - (grid.x, grid.y)
    along, down = (corners @ axis / period for axis, period in zip(_axes(grid), (grid.period_x, grid.period_y)))
    first, last = np.floor([down.min(), along.min()]).astype(int), np.ceil([down.max(), along.max()]).astype(int)
    return *map(int, first), *map(int, last - first)


def _corners(grid, row, column, side, step_x, step_y):
    """The corners ``(4, 2)`` of a square in the image, x and y: upper left and right, lower left and right.

    The square is centred on its ``step_y x step_x`` blocks.
    """
    along, down = _axes(grid)
    centre = (np.array([grid.x, grid.y]) + (column + step_x / 2) * grid.period_x * along
              + (row + step_y / 2) * grid.period_y * down)
    first = centre - side / 2 * (along + down)
    return np.stack([first, first + side * along, first + side * down, first + side * (along + down)])


def _sample(image, corners, extent, interpolation, border):
    """Sample an image ``(H, W, C)`` in a rotated rectangle: ``extent`` is the height and width of the result."""
    height, width = extent
    right, below = (corners[1] - corners[0]) / width, (corners[2] - corners[0]) / height
    matrix = np.stack([right, below, corners[0] + (right + below) / 2], 1)        # from the centres of the pixels
    return cv2.warpAffine(image, matrix, (width, height), flags=interpolation | cv2.WARP_INVERSE_MAP, borderMode=border)


def _agreement(image, grid):
    """How well each block agrees with the most similar of its four neighbours: ``(rows, columns)``, -1 to 1."""
    scale = max(1.0, min(image.shape[:2]) / WORKING_SIDE)
    first_row, first_column, rows, columns = _extent(image, grid)
    small = image
    if scale > 1:
        height, width = (round(side / scale) for side in image.shape[:2])
        small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    result = np.full((rows, columns), -1.0)
    lab = smooth_lab(small)
    parts = features(lab)
    if parts[0] is None:
        return result
    along, down = _axes(grid)
    start = np.array([grid.x, grid.y]) + first_column * grid.period_x * along + first_row * grid.period_y * down
    corners = np.stack([start, start + columns * grid.period_x * along, start + rows * grid.period_y * down])
    corners = (corners + 0.5) / scale - 0.5
    inside = np.ones((*small.shape[:2], 1), np.float32)
    cells = []
    for values in (*parts, inside, lab):
        sampled = _sample(values, corners, (rows * SAMPLES, columns * SAMPLES), cv2.INTER_LINEAR, cv2.BORDER_CONSTANT)
        cells.append(sampled.reshape(rows, SAMPLES, columns, SAMPLES, -1).swapaxes(1, 2).reshape(rows, columns, -1))
    here = cells[2].mean(-1)
    contrast = np.sqrt(cells[3].reshape(rows, columns, -1, 3).var(2).sum(-1))
    for axis, length in ((0, rows), (1, columns)):
        if length < 2:
            continue
        pairs = [np.split(values, [cut], axis) for values in (*cells[:2], here) for cut in (1, length - 1)]
        upper, lower = [last for _, last in pairs[::2]], [first for first, _ in pairs[1::2]]
        found = sum(weight * (a * b).sum(-1) / np.sqrt((a ** 2).sum(-1) * (b ** 2).sum(-1) + 1e-9)
                    for weight, a, b in zip((1 - EDGES, EDGES), lower, upper))
        found[np.minimum(lower[2], upper[2]) < PART] = -1
        for view in (slice(None, -1), slice(1, None)):
            part = result[view] if axis == 0 else result[:, view]
            np.maximum(part, found, out=part)
    complete = here > 0.99
    if complete.any():
        result[contrast < CONTRAST * np.percentile(contrast[complete], 75)] = -1
    return result
