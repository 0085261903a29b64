"""From the plans of quilts to their pictures."""
import numpy as np

from .fabrics import PALETTES, TILE, prints, weave
from .patterns import FABRICS, tables
from .shapes import hsv, mix, to_bytes, unit, wave

CELLS = 8  # a scrappy quilt's fabrics repeat after as many blocks


def sew(size, p):
    """Draw quilts.

    Parameters
    ----------
    size : int
        Their height and width in pixels.
    p : dict
        Their parameters, ``(B,)`` float32 each, as `plans` makes them.

    Returns
    -------
    numpy.ndarray
        ``(B, size, size, 3)`` uint8.
    """
    per = {name: values[:, None, None] for name, values in p.items()}
    line = (np.arange(size, dtype=np.float32) * 2 + 1) / np.float32(size) - 1
    X, Y, span = _lie(line, per)
    pixels = np.float32(size) / span  # along a block
    # The cell that a pixel is in, and where in it; between cells lies a sash.
    step = 1 + per['sash']
    i, x, inside_x = _cells(X, step, per['shift_x'], per, pixels)
    j, y, inside_y = _cells(Y, step, per['shift_y'], per, pixels)
    eight = _look_up(size, p, x, y, i, j, pixels)
    fabric, colours = _fabrics(p)
    first = np.arange(len(X))[:, None, None] * CELLS * CELLS
    cell = (first + (j & (CELLS - 1)) * CELLS + (i & (CELLS - 1))) * FABRICS
    # Three 12-bit channels in 64 bits, 21 apart: each has room for its product with a weight of 8 bits, and is mixed in one go.
    packed = (np.clip(colours, 0, 1) * 4095).astype(np.uint64)
    packed = (packed[0] | packed[1] << np.uint64(21) | packed[2] << np.uint64(42))[fabric.reshape(-1)]
    mixed, taken = np.zeros(X.shape, np.uint64), np.empty(X.shape, np.uint64)
    here = cell
    for number in range(FABRICS):
        part = eight[..., number]
        np.take(packed, cell + number, out=taken, mode='clip')
        taken *= part
        mixed += taken
        here = np.where(part > 127, cell + number, here)
    picture = np.empty((3, *X.shape), np.float32)
    for plane, shift in zip(picture, (0, 21, 42)):
        np.multiply((mixed >> np.uint64(shift)) & np.uint64(2 ** 21 - 1), np.float32(1 / 4095 / 255), out=plane, casting='unsafe')
    here = fabric.reshape(-1)[here]
    # Sashes, with corner stones where they cross; the border; the binding.
    edge = np.maximum(np.abs(X), np.abs(Y)) - (per['across'] * step + per['sash']) / 2
    sash, border = 1 - inside_x * inside_y, unit(edge * pixels + np.float32(0.5)) * (per['border'] > 0)
    stones = (1 - inside_x) * (1 - inside_y)
    for part, number, wanted in ((sash, 5, p['sash']), (stones, 2, p['corners'] * p['sash']), (border, 3, p['border'])):
        who = np.flatnonzero(wanted)
        part = part[who]
        picture[:, who] = mix(picture[:, who], colours[:, number::6][:, who, None, None], part)
        here[who] = np.where(part > np.float32(0.5), number + 6 * who[:, None, None], here[who])
    picture *= (1 + _ink(p, here, X, Y)) * _light(p, per, line, X, Y, eight, np.maximum(sash, border), pixels)
    # Around a whole quilt is the floor, with the quilt's shadow on it.
    who = np.flatnonzero(p['border'] > 0)
    off = edge[who] - per['border'][who]
    shade = (1 - 0.45 * unit(1 - off * 8)) * (1 + 0.06 * wave(line[:, None] * 3 + per['grain'][who]))
    floor = hsv(p['floor_hue'], 0.25, p['floor_light'])[:, who, None, None]
    picture[:, who] = mix(picture[:, who], floor * shade, unit(off * pixels[who] + 0.5))
    picture *= 255 * (p['light'] + p['warmth'] * np.float32([[0.04], [0], [-0.06]]))[:, :, None, None]
    return to_bytes(picture)


def _lie(line, per):
    """Where in the quilt each pixel is, in blocks from its middle, ``(B, size, size)`` twice; how many blocks a picture spans."""
    q = per['turn'] * 0.268  # tan(15 degrees): the turn's cosine and sine are rational in it
    cos, sin = (1 - q * q) / (1 + q * q), 2 * q / (1 + q * q)
    span = (per['across'] * (1 + per['sash']) + 2 * per['border']) * per['spread']
    left, down = (line - per['x']) * (span / 2), (line[:, None] - per['y']) * (span / 2)
    X, Y = left * cos + down * sin, down * cos - left * sin
    # Cloth is never quite straight.
    bend = per['bend'] * per['across']
    return X + bend * wave(Y / span + per['bend_phase']), Y + bend * wave(X / span - per['bend_phase']), span


def _cells(place, step, shift, per, pixels):
    """The number of the cell, the place in its block (0 to 1), and how much of the pixel is block rather than sash."""
    # A whole quilt has its blocks around the middle; a part of one is seen wherever the picture was taken.
    place = place + np.where(per['border'] > 0, per['across'] * step / 2, shift * step)
    number = np.floor(place / step)
    inside = place - number * step - per['sash'] / 2
    block = unit(np.minimum(inside, 1 - inside) * pixels + 0.5)
    block = np.where(per['sash'] > 0, block, np.float32(1))
    return number.astype(np.int64), np.minimum(np.maximum(inside, 0), 0.9999), block


def _look_up(size, p, x, y, i, j, pixels):
    """The table's eight numbers for each pixel, ``(B, size, size, 8)`` uint8."""
    scales, starts, sides, table = tables(size)
    setting = p['setting'][:, None, None]
    odd_i, odd_j = (i & 1).astype(np.float32), (j & 1).astype(np.float32)
    swap = ((i + j) & 1).astype(bool) & (setting == 1)
    x, y = np.where(swap, y, x), np.where(swap, np.float32(0.9999) - x, y)
    x, y = np.abs(odd_i * (setting == 2) * np.float32(0.9999) - x), np.abs(odd_j * (setting == 2) * np.float32(0.9999) - y)
    level = np.abs(scales[:, None] - pixels.reshape(-1)).argmin(axis=0)
    side = sides[level][:, None, None]
    at = (y * side.astype(np.float32)).astype(np.int64) * side + (x * side.astype(np.float32)).astype(np.int64)
    at += (starts[level] + p['block'].astype(np.int64) * sides[level] ** 2)[:, None, None]
    return table.view(np.uint64)[:, 0][at].view(np.uint8).reshape(*x.shape, 8)


def _fabrics(p):
    """Which fabric each role has in each cell, ``(B, CELLS, CELLS, FABRICS)``, and the fabrics' colours, ``(3, 6 B)``."""
    count = len(p['block'])
    shades = np.stack([p['shade' + number] for number in '012345'], axis=1)[..., None]
    colours = mix(PALETTES[p['palette'].astype(np.int64)] * shades, 0.72, p['fade'][:, None, None])
    fabric = np.broadcast_to(np.arange(FABRICS), (count, CELLS, CELLS, FABRICS)).copy()
    # Scraps: figures of the colours 1, 2, 3 and 5 in turns that no eye follows.
    row, column = np.arange(CELLS)[:, None], np.arange(CELLS)
    pick = (row * 5 + column * 3 + row * column + (p['scraps'] * 97).astype(np.int64)[:, None, None]) % 4
    scrappy = p['scrappy'][:, None, None] > 0
    fabric[..., 1] = np.where(scrappy, np.array([1, 2, 3, 5])[pick], 1)
    fabric[..., 2] = np.where(scrappy, np.array([2, 5, 1, 3])[pick], 2)
    return fabric + 6 * np.arange(count)[:, None, None, None], np.ascontiguousarray(colours.reshape(-1, 3).T)


def _ink(p, here, X, Y):
    """How much lighter or darker the print makes the fabric at each pixel."""
    kind, ink, repeat = (np.stack([p[name + number] for number in '012345'], axis=1).ravel()
                         for name in ('print', 'ink', 'repeat'))
    often = repeat[here] * np.float32(TILE / 2)
    tile = (kind.astype(np.int64) * (TILE * TILE))[here]
    tile += ((Y * often).astype(np.int64) & (TILE - 1)) * TILE
    tile += (X * often).astype(np.int64) & (TILE - 1)
    return prints().reshape(-1)[tile] * ink[here]


def _light(p, per, line, X, Y, eight, plain, pixels):
    """How lit each pixel is: seams, the filling between them, stitches, folds, and the unevenness of the threads."""
    blocks = (1 - plain) * per['puff']
    slope = (eight[..., 6] - np.float32(128)) * per['sun_x'] + (eight[..., 7] - np.float32(128)) * per['sun_y']
    light = 1 + blocks * (slope * np.float32(1 / 280) - eight[..., 5] * np.float32(0.35 / 255))
    # Stitches: short dark threads in rows, which draw the cloth in.
    rows, way = per['stitch_rows'], per['stitch']
    along = np.where(way == 1, X + Y, Y + (way == 2) * np.float32(0.12) * wave(X)) * rows
    across = np.where(way == 1, X - Y, X) * rows
    light -= _thread(along, across, pixels / rows) * (way > 0)
    light -= _thread(across, along, pixels / rows) * (way == 1)
    for fold in '123':
        along = line * per['fold_x' + fold] + line[:, None] * per['fold_y' + fold]
        light += per['fold' + fold] * wave(along + per['fold_phase' + fold])
    light += (line * per['sun_x'] + line[:, None] * per['sun_y']) * -0.07
    first = (p['grain'] * 128).astype(np.int64)
    rows, columns = (first[:, None] + np.arange(len(line))) & 127, (first[:, None] * 5 + np.arange(len(line))) & 127
    light += weave()[rows[:, :, None], columns[:, None, :]] * 0.07
    return light


def _thread(row, along, pixels):
    """How dark the stitches of rows at whole numbers are."""
    near = np.abs(row - np.floor(row + 0.5)) * pixels
    return np.maximum(1 - near, 0) * (0.2 + 0.1 * wave(along * 5))
