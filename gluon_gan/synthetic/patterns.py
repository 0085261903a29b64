"""Quilt blocks by name, and the lookup tables that quilts are rendered from.

A block consists of rows of patches. A patch is a single fabric, such as ``'1'``, or two fabrics:

- ``'0/1'`` and ``'0\\1'`` are cut along a diagonal; fabric 0 is on the left.
- ``'0-1'`` and ``'0|1'`` are cut along the middle; fabric 0 is at the top or on the left.
- ``'0x1'`` is cut along both diagonals; fabric 0 is at the top and bottom.
- ``'0(1'`` has a quarter circle of fabric 1 around the upper left corner. ``)``, ``[`` and ``]`` stand for the upper
  right, lower left and lower right corner.

Fabric 0 is the ground, 1 the figure, 2 an accent, 3 a second dark fabric and 4 a second light fabric.
"""
import functools

import numpy as np

LAYOUTS = {
    'nine patch': ('1 0 1', '0 2 0', '1 0 1'),
    'log cabin': ('4 4 4 4 4 4 4', '0 0 0 0 0 0 1', '4 0 4 4 4 3 1', '4 0 0 2 1 3 1', '4 0 3 3 1 3 1', '4 1 1 1 1 1 1',
                  '3 3 3 3 3 3 3'),
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
    'courthouse steps': ('1 1 1 1 1 1 1', '0 3 3 3 3 3 0', '0 4 1 1 1 4 0', '0 4 0 2 0 4 0', '0 4 1 1 1 4 0',
                         '0 3 3 3 3 3 0', '1 1 1 1 1 1 1'),
    "drunkard's path": ('0]1 1[0', '1)0 0(1'),
}
BLOCKS = tuple(LAYOUTS)
FABRICS = 5
FINE = 256   # samples along a side of the finest layout of a block
CUTS = {     # whether the sample at (x, y) of a patch, each 0 to 1, belongs to the second fabric
    '/': lambda x, y: x + y > 1, '\\': lambda x, y: x > y, '-': lambda x, y: y > 0.5, '|': lambda x, y: x > 0.5,
    'x': lambda x, y: (x > y) == (x + y > 1),
    '(': lambda x, y: x ** 2 + y ** 2 < 0.5, ')': lambda x, y: (1 - x) ** 2 + y ** 2 < 0.5,
    '[': lambda x, y: x ** 2 + (1 - y) ** 2 < 0.5, ']': lambda x, y: (1 - x) ** 2 + (1 - y) ** 2 < 0.5}


def lay_out(block):
    """The fabric at each of FINE x FINE positions of a block, uint8."""
    rows = [row.split() for row in LAYOUTS[block]]
    positions = (np.arange(FINE) + 0.5) / FINE
    row, column = (positions * len(rows)).astype(int), (positions * len(rows[0])).astype(int)
    y, x = np.meshgrid(positions * len(rows) % 1, positions * len(rows[0]) % 1, indexing='ij')
    fabric = np.empty((FINE, FINE), np.uint8)
    for i, patches in enumerate(rows):
        for j, patch in enumerate(patches):
            here = np.ix_(row == i, column == j)
            first, last = int(patch[0]), int(patch[-1])
            fabric[here] = first if len(patch) == 1 else np.where(CUTS[patch[1]](x[here], y[here]), last, first)
    return fabric


@functools.lru_cache(maxsize=1)
def _sums():
    """Summed-area tables of the fabrics and seams of each block: ``(blocks, 6, FINE + 1, FINE + 1)`` int32."""
    sums = np.zeros((len(BLOCKS), FABRICS + 1, FINE + 1, FINE + 1), np.int32)
    for block, name in enumerate(BLOCKS):
        fabric = lay_out(name)
        # Blocks are sewn to their neighbours, so the edge of a block is a seam too.
        seam = np.pad(fabric, ((0, 1), (0, 1)), constant_values=255)
        seam = (seam[:-1, :-1] != seam[1:, :-1]) | (seam[:-1, :-1] != seam[:-1, 1:])
        for plane, here in enumerate([*(fabric == number for number in range(FABRICS)), seam]):
            sums[block, plane, 1:, 1:] = here.cumsum(0, dtype=np.int32).cumsum(1, dtype=np.int32)
    return sums


@functools.lru_cache(maxsize=4)
def tables(size):
    """All blocks, anti-aliased at all scales that images of this size need.

    Parameters
    ----------
    size : int
        Pixels a side of the image.

    Returns
    -------
    scales : numpy.ndarray
        ``(L,)`` float32, the width of a block in pixels; each scale is the square root of 2 times the one before.
    starts, sides : numpy.ndarray
        ``(L,)`` int64, the first row of each scale in the table, and its number of samples along a block.
    table : numpy.ndarray
        ``(samples, 8)`` uint8. The samples of a scale are ordered as ``[block, y, x]``. Columns 0 to 4 are the coverage
        of the pixel by each fabric, and column 5 its coverage by seams. Columns 6 and 7 are the slopes of the cloth to
        the right and downwards, where the filling lifts it between the seams; 128 is flat.
    """
    scales, starts, sides, parts, count = [], [], [], [], 0
    pixels = np.float32(size / 8)
    while pixels < size * 1.5:
        side = min(32 if pixels < 16 else 64 if pixels < 32 else 128, FINE)
        centres = (np.arange(side) * 2 + 1) * FINE // (2 * side)
        covered = _means(slice(None), centres, max(round(FINE / float(pixels) / 2), 1))
        puff = _means(slice(FABRICS, None), centres, FINE // 14)[:, 0]
        edge = np.pad(puff, ((0, 0), (1, 1), (1, 1)), mode='wrap')
        right, down = edge[:, 1:-1, 2:] - edge[:, 1:-1, :-2], edge[:, 2:, 1:-1] - edge[:, :-2, 1:-1]
        slopes = 128 + np.stack([right, down], axis=1) * (side // 4)
        features = np.concatenate([covered, np.clip(slopes, 0, 255)], axis=1).astype(np.uint8)
        features = features.transpose(0, 2, 3, 1).reshape(-1, 8)
        scales.append(pixels)
        starts.append(count)
        sides.append(side)
        parts.append(features)
        count += len(features)
        pixels = pixels * np.sqrt(2)
    return np.array(scales, np.float32), np.array(starts), np.array(sides), np.concatenate(parts)


def _means(planes, centres, reach):
    """Means over squares of half width `reach`, clipped at the block's edge: ``(blocks, planes, S, S)``, 0 to 255."""
    sums = _sums()[:, planes]
    low, high = np.maximum(centres - reach, 0), np.minimum(centres + reach, FINE)
    top, bottom = sums[:, :, low], sums[:, :, high]
    total = bottom[..., high] - top[..., high] - bottom[..., low] + top[..., low]
    return total * 255 // np.outer(high - low, high - low)
