"""Quilt blocks by name, and the tables that a quilt looks them up in.

A block is rows of patches. A patch is one fabric, ``'1'``, or two: ``'0/1'`` and ``'0\\1'`` are cut along a diagonal (0 is on the
left), ``'0-1'`` and ``'0|1'`` along the middle (0 is above, or on the left), ``'0x1'`` along both diagonals (0 is above and
below).
``'0(1'`` is a quarter circle of fabric 1 about the upper left corner; ``)``, ``[`` and ``]`` are those about the upper right,
lower left and lower right.

Fabric 0 is the ground, 1 the figure, 2 an accent, 3 and 4 a second dark and a second light one.
"""
import functools

import numpy as np

LAYOUTS = {
    'nine patch': ('1 0 1', '0 2 0', '1 0 1'),
    'log cabin': (
        '4 4 4 4 4 4 4', '0 0 0 0 0 0 1', '4 0 4 4 4 3 1', '4 0 0 2 1 3 1', '4 0 3 3 1 3 1', '4 1 1 1 1 1 1', '3 3 3 3 3 3 3'),
    'flying geese': ('0/1 1\\0', '0/2 2\\0', '0/1 1\\0', '0/3 3\\0'),
    'Ohio star': ('0 0x1 0', '1x0 2 1x0', '0 0x1 0'),
    'pinwheel': ('1\\0 1/0', '0/1 0\\1'),
    'churn dash': ('0/1 1-0 1\\0', '1|0 2 0|1', '0\\1 0-1 1/0'),
    'friendship star': ('0 0/1 0', '0\\1 1 1\\0', '0 1/0 0'),
    'rail fence': ('1 2 3 4',),
    'hourglass': ('0x1 1x0', '1x0 0x1'),
    "bear's paw": ('0 0/1 0/1 4 1\\0 1\\0 0', '0/1 1 1 4 1 1 1\\0', '0/1 1 1 4 1 1 1\\0', '4 4 4 2 4 4 4',
                   '0\\1 1 1 4 1 1 1/0', '0\\1 1 1 4 1 1 1/0', '0 0\\1 0\\1 4 1/0 1/0 0'),
    'sawtooth star': ('0 1\\0 0/1 0', '0\\1 2 2 1/0', '0/1 2 2 1\\0', '0 1/0 0\\1 0'),
    'shoo fly': ('0/1 0 1\\0', '0 2 0', '0\\1 0 1/0'),
    'square in a square': ('0 0/1 1\\0 0', '0/1 2 2 1\\0', '0\\1 2 2 1/0', '0 0\\1 1/0 0'),
    'Irish chain': ('1 0 0 0 1', '0 1 0 1 0', '0 0 2 0 0', '0 1 0 1 0', '1 0 0 0 1'),
    'courthouse steps': (
        '1 1 1 1 1 1 1', '0 3 3 3 3 3 0', '0 4 1 1 1 4 0', '0 4 0 2 0 4 0', '0 4 1 1 1 4 0', '0 3 3 3 3 3 0', '1 1 1 1 1 1 1'),
    "drunkard's path": ('0]1 1[0', '1)0 0(1'),
}
BLOCKS = tuple(LAYOUTS)
FABRICS = 5
FINE = 256   # samples along a block that is laid out once
CUTS = {     # whether a sample at (x, y) of a patch, 0 to 1, is of the second fabric
    '/': lambda x, y: x + y > 1, '\\': lambda x, y: x > y, '-': lambda x, y: y > 0.5, '|': lambda x, y: x > 0.5,
    'x': lambda x, y: (x > y) == (x + y > 1),
    '(': lambda x, y: x ** 2 + y ** 2 < 0.5, ')': lambda x, y: (1 - x) ** 2 + y ** 2 < 0.5,
    '[': lambda x, y: x ** 2 + (1 - y) ** 2 < 0.5, ']': lambda x, y: (1 - x) ** 2 + (1 - y) ** 2 < 0.5}


def lay_out(block):
    """The fabric at each of FINE x FINE places of a block, uint8."""
    rows = [row.split() for row in LAYOUTS[block]]
    places = (np.arange(FINE) + 0.5) / FINE
    row, column = (places * len(rows)).astype(int), (places * len(rows[0])).astype(int)
    y, x = np.meshgrid(places * len(rows) % 1, places * len(rows[0]) % 1, indexing='ij')
    fabric = np.empty((FINE, FINE), np.uint8)
    for i, patches in enumerate(rows):
        for j, patch in enumerate(patches):
            here = np.ix_(row == i, column == j)
            first, last = int(patch[0]), int(patch[-1])
            fabric[here] = first if len(patch) == 1 else np.where(CUTS[patch[1]](x[here], y[here]), last, first)
    return fabric


@functools.lru_cache(maxsize=1)
def _sums():
    """For each block, sums over rectangles of its fabrics and of its seams: ``(blocks, 6, FINE + 1, FINE + 1)`` int32."""
    sums = np.zeros((len(BLOCKS), FABRICS + 1, FINE + 1, FINE + 1), np.int32)
    for block, name in enumerate(BLOCKS):
        fabric = lay_out(name)
        # Blocks are sewn to their neighbours, so a block's own edge is a seam too.
        seam = np.pad(fabric, ((0, 1), (0, 1)), constant_values=255)
        seam = (seam[:-1, :-1] != seam[1:, :-1]) | (seam[:-1, :-1] != seam[:-1, 1:])
        for plane, here in enumerate([*(fabric == number for number in range(FABRICS)), seam]):
            sums[block, plane, 1:, 1:] = here.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    return sums


@functools.lru_cache(maxsize=4)
def tables(size):
    """All blocks at all the scales that pictures of this size need, anti-aliased.

    Parameters
    ----------
    size : int
        Pixels along a picture.

    Returns
    -------
    scales : numpy.ndarray
        ``(L,)`` float32: how many pixels a block is wide, growing by the root of 2.
    starts, sides : numpy.ndarray
        ``(L,)`` int64: where a scale begins in the table, and how many samples along a block it has.
    table : numpy.ndarray
        ``(samples, 8)`` uint8; a scale's samples are ``[block, y, x]``. Of the eight, five are how much of a pixel each fabric
        covers, one is how much of it is seam, and two are how the cloth slopes to the right and downwards (128 is flat) where
        the filling lifts it between the seams.
    """
    scales, starts, sides, parts, filled = [], [], [], [], 0
    pixels = np.float32(size / 8)
    while pixels < size * 1.5:
        side = min(32 if pixels < 16 else 64 if pixels < 32 else 128, FINE)
        middle = (np.arange(side) * 2 + 1) * FINE // (2 * side)
        covered = _means(slice(None), middle, max(round(FINE / float(pixels) / 2), 1))
        puff = _means(slice(FABRICS, None), middle, FINE // 14)[:, 0]
        edge = np.pad(puff, ((0, 0), (1, 1), (1, 1)), mode='wrap')
        right, down = edge[:, 1:-1, 2:] - edge[:, 1:-1, :-2], edge[:, 2:, 1:-1] - edge[:, :-2, 1:-1]
        slopes = 128 + np.stack([right, down], axis=1) * (side // 4)
        eight = np.concatenate([covered, np.clip(slopes, 0, 255)], axis=1).astype(np.uint8).transpose(0, 2, 3, 1).reshape(-1, 8)
        scales.append(pixels)
        starts.append(filled)
        sides.append(side)
        parts.append(eight)
        filled += len(eight)
        pixels = pixels * np.sqrt(2)
    return np.array(scales, np.float32), np.array(starts), np.array(sides), np.concatenate(parts)


def _means(planes, middle, reach):
    """Means over squares of the half width `reach`, cut at the block's edge: ``(blocks, planes, S, S)``, 0..255."""
    sums = _sums()[:, planes]
    low, high = np.maximum(middle - reach, 0), np.minimum(middle + reach, FINE)
    total = (sums[:, :, high][..., high] - sums[:, :, low][..., high] - sums[:, :, high][..., low] + sums[:, :, low][..., low])
    return total * 255 // np.outer(high - low, high - low)
