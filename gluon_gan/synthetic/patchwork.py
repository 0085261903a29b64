"""Render quilts from their parameters."""
import numpy as np

from .fabrics import PALETTES, TILE, prints, weave
from .patterns import FABRICS, tables
from .shapes import hsv, mix, to_bytes, unit, wave

CELLS = 8  # a scrappy quilt's fabrics repeat after this many blocks


def patchwork(size, p):
    """Render quilts.

    Parameters
    ----------
    size : int
        Pixels a side.
    p : dict
        ``(B,)`` float32 by name, as :func:`~gluon_gan.synthetic.sample_quilts` returns them.

    Returns
    -------
    numpy.ndarray
        ``(B, size, size, 3)`` uint8.
    """
    per = {name: values[:, None, None] for name, values in p.items()}
    line = (np.arange(size, dtype=np.float32) * 2 + 1) / np.float32(size) - 1
    X, Y, span = _quilt_coordinates(line, per)
    pixels = np.float32(size) / span  # pixels along a block
    # The cell of each pixel, and the position in it; sashes lie between the cells.
    step = 1 + per['sash']
    i, x, inside_x = _cells(X, step, per['shift_x'], per, pixels)
    j, y, inside_y = _cells(Y, step, per['shift_y'], per, pixels)
    features = _look_up(size, p, x, y, i, j, pixels)
    fabric, colours = _fabrics(p)
    first = np.arange(len(X))[:, None, None] * CELLS * CELLS
    cell = (first + (j & (CELLS - 1)) * CELLS + (i & (CELLS - 1))) * FABRICS
    # Three 12-bit channels are packed into 64 bits, 21 bits apart, which leaves space for the product of each channel
    # with an 8-bit weight. All three channels are then mixed at once.
    packed = (np.clip(colours, 0, 1) * 4095).astype(np.uint64)
    packed = (packed[0] | packed[1] << np.uint64(21) | packed[2] << np.uint64(42))[fabric.reshape(-1)]
    mixed, term = np.zeros(X.shape, np.uint64), np.empty(X.shape, np.uint64)
    here = cell
    for number in range(FABRICS):
        part = features[..., number]
        np.take(packed, cell + number, out=term, mode='clip')
        term *= part
        mixed += term
        here = np.where(part > 127, cell + number, here)
    image = np.empty((3, *X.shape), np.float32)
    for plane, shift in zip(image, (0, 21, 42)):
        channel = (mixed >> np.uint64(shift)) & np.uint64(2 ** 21 - 1)
        np.multiply(channel, np.float32(1 / 4095 / 255), out=plane, casting='unsafe')
    here = fabric.reshape(-1)[here]
    # Sashes, the cornerstones where sashes cross, and the border.
    edge = np.maximum(np.abs(X), np.abs(Y)) - (per['across'] * step + per['sash']) / 2
    sash, border = 1 - inside_x * inside_y, unit(edge * pixels + np.float32(0.5)) * (per['border'] > 0)
    cornerstones = (1 - inside_x) * (1 - inside_y)
    layers = ((sash, 5, p['sash']), (cornerstones, 2, p['corners'] * p['sash']), (border, 3, p['border']))
    for part, number, present in layers:
        rows = np.flatnonzero(present)
        part = part[rows]
        image[:, rows] = mix(image[:, rows], colours[:, number::6][:, rows, None, None], part)
        here[rows] = np.where(part > np.float32(0.5), number + 6 * rows[:, None, None], here[rows])
    image *= (1 + _ink(p, here, X, Y)) * _light(p, per, line, X, Y, features, np.maximum(sash, border), pixels)
    # A whole quilt lies on a backdrop and casts a shadow on it.
    rows = np.flatnonzero(p['border'] > 0)
    outside = edge[rows] - per['border'][rows]
    shade = (1 - 0.45 * unit(1 - outside * 8)) * (1 + 0.06 * wave(line[:, None] * 3 + per['grain'][rows]))
    backdrop = hsv(p['backdrop_hue'], 0.25, p['backdrop_light'])[:, rows, None, None]
    image[:, rows] = mix(image[:, rows], backdrop * shade, unit(outside * pixels[rows] + 0.5))
    image *= 255 * (p['light'] + p['warmth'] * np.float32([[0.04], [0], [-0.06]]))[:, :, None, None]
    return to_bytes(image)


def _quilt_coordinates(line, per):
    """The position of each pixel on the quilt, and the width of the image, all in blocks.

    Returns
    -------
    X, Y : numpy.ndarray
        ``(B, size, size)``, from the centre of the quilt.
    span : numpy.ndarray
        ``(B, 1, 1)``.
    """
    q = per['rotation'] * 0.268  # tan(15 degrees): the cosine and sine of the rotation are rational in q
    cos, sin = (1 - q * q) / (1 + q * q), 2 * q / (1 + q * q)
    span = (per['across'] * (1 + per['sash']) + 2 * per['border']) * per['view_width']
    left, down = (line - per['x']) * (span / 2), (line[:, None] - per['y']) * (span / 2)
    X, Y = left * cos + down * sin, down * cos - left * sin
    # The cloth is not quite straight.
    bend = per['bend'] * per['across']
    return X + bend * wave(Y / span + per['bend_phase']), Y + bend * wave(X / span - per['bend_phase']), span


def _cells(position, step, shift, per, pixels):
    """Divide the quilt into cells along one axis.

    Returns
    -------
    number : numpy.ndarray
        int64, the number of the cell that each pixel lies in.
    inside : numpy.ndarray
        The position in the cell's block, 0 to 1.
    block : numpy.ndarray
        How much of the pixel the block covers, 0 to 1; the rest is sash.
    """
    # The blocks of a whole quilt are centred; a section of a quilt is shifted at random.
    position = position + np.where(per['border'] > 0, per['across'] * step / 2, shift * step)
    number = np.floor(position / step)
    inside = position - number * step - per['sash'] / 2
    block = unit(np.minimum(inside, 1 - inside) * pixels + 0.5)
    block = np.where(per['sash'] > 0, block, np.float32(1))
    return number.astype(np.int64), np.minimum(np.maximum(inside, 0), 0.9999), block


def _look_up(size, p, x, y, i, j, pixels):
    """The eight numbers that :func:`~.patterns.tables` holds for each pixel, ``(B, size, size, 8)`` uint8."""
    scales, starts, sides, table = tables(size)
    setting = p['setting'][:, None, None]
    odd_i, odd_j = (i & 1).astype(np.float32), (j & 1).astype(np.float32)
    swap = ((i + j) & 1).astype(bool) & (setting == 1)
    x, y = np.where(swap, y, x), np.where(swap, np.float32(0.9999) - x, y)
    mirrored = (setting == 2) * np.float32(0.9999)
    x, y = np.abs(odd_i * mirrored - x), np.abs(odd_j * mirrored - y)
    level = np.abs(scales[:, None] - pixels.reshape(-1)).argmin(axis=0)
    side = sides[level][:, None, None]
    at = (y * side.astype(np.float32)).astype(np.int64) * side + (x * side.astype(np.float32)).astype(np.int64)
    at += (starts[level] + p['block'].astype(np.int64) * sides[level] ** 2)[:, None, None]
    return table.view(np.uint64)[:, 0][at].view(np.uint8).reshape(*x.shape, 8)


def _fabrics(p):
    """Assign fabrics to the cells.

    Returns
    -------
    fabric : numpy.ndarray
        ``(B, CELLS, CELLS, FABRICS)`` int, the fabric of each role in each cell, as a column of `colours`.
    colours : numpy.ndarray
        ``(3, 6 B)``, six fabrics for each quilt.
    """
    count = len(p['block'])
    shades = np.stack([p['shade' + number] for number in '012345'], axis=1)[..., None]
    colours = mix(PALETTES[p['palette'].astype(np.int64)] * shades, 0.72, p['fade'][:, None, None])
    fabric = np.broadcast_to(np.arange(FABRICS), (count, CELLS, CELLS, FABRICS)).copy()
    # Scrappy quilts: the figures cycle through the colours 1, 2, 3 and 5 in an irregular order.
    row, column = np.arange(CELLS)[:, None], np.arange(CELLS)
    pick = (row * 5 + column * 3 + row * column + (p['scrap_offset'] * 97).astype(np.int64)[:, None, None]) % 4
    scrappy = p['scrappy'][:, None, None] > 0
    fabric[..., 1] = np.where(scrappy, np.array([1, 2, 3, 5])[pick], 1)
    fabric[..., 2] = np.where(scrappy, np.array([2, 5, 1, 3])[pick], 2)
    return fabric + 6 * np.arange(count)[:, None, None, None], np.ascontiguousarray(colours.reshape(-1, 3).T)


def _ink(p, here, X, Y):
    """How much the print lightens (positive) or darkens the fabric at each pixel."""
    kind, ink, repeat = (np.stack([p[name + number] for number in '012345'], axis=1).ravel()
                         for name in ('print', 'ink', 'repeat'))
    frequency = repeat[here] * np.float32(TILE / 2)
    tile = (kind.astype(np.int64) * (TILE * TILE))[here]
    tile += ((Y * frequency).astype(np.int64) & (TILE - 1)) * TILE
    tile += (X * frequency).astype(np.int64) & (TILE - 1)
    return prints().reshape(-1)[tile] * ink[here]


def _light(p, per, line, X, Y, features, plain, pixels):
    """The brightness of each pixel: seams, the filling between them, stitches, folds and the texture of the threads."""
    blocks = (1 - plain) * per['puff']
    slope = (features[..., 6] - np.float32(128)) * per['sun_x'] + (features[..., 7] - np.float32(128)) * per['sun_y']
    light = 1 + blocks * (slope * np.float32(1 / 280) - features[..., 5] * np.float32(0.35 / 255))
    # Stitches: rows of short dark threads.
    rows, stitch = per['stitch_rows'], per['stitch']
    along = np.where(stitch == 1, X + Y, Y + (stitch == 2) * np.float32(0.12) * wave(X)) * rows
    across = np.where(stitch == 1, X - Y, X) * rows
    light -= _thread(along, across, pixels / rows) * (stitch > 0)
    light -= _thread(across, along, pixels / rows) * (stitch == 1)
    for fold in '123':
        along = line * per['fold_x' + fold] + line[:, None] * per['fold_y' + fold]
        light += per['fold' + fold] * wave(along + per['fold_phase' + fold])
    light += (line * per['sun_x'] + line[:, None] * per['sun_y']) * -0.07
    first = (p['grain'] * 128).astype(np.int64)
    rows, columns = (first[:, None] + np.arange(len(line))) & 127, (first[:, None] * 5 + np.arange(len(line))) & 127
    light += weave()[rows[:, :, None], columns[:, None, :]] * 0.07
    return light


def _thread(row, along, pixels):
    """How much stitches darken each pixel; the rows of stitches lie at the whole numbers of `row`."""
    distance = np.abs(row - np.floor(row + 0.5)) * pixels
    return np.maximum(1 - distance, 0) * (0.2 + 0.1 * wave(along * 5))
