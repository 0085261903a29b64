"""Boxes that a person draws around an object in generated samples, and the locations of a layer that lie in them.

Radford, Metz, Chintala 2015 (DCGAN, arXiv:1511.06434), section 6.3.1: 52 boxes around windows, on 150 samples, by hand. A location (i, j)
of a layer with maps of h x h lies in a box of a picture of s x s pixels if the middle of its patch does: x0 <= (j + 1/2) s / h < x1, and
i, y the same.
"""
import numpy as np


def boxes(rows, count, size):
    """Boxes drawn on samples, checked.

    Parameters
    ----------
    rows : array_like
        ``(M, 5)``: (sample, x0, y0, x1, y1), in whole pixels from the top left; x1 and y1 lie just outside of the box.
    count, size : int
        How many samples there are, and their side in pixels.

    Returns
    -------
    numpy.ndarray
        ``(M, 5)`` int.

    Raises
    ------
    ValueError
        If there is none, or one has no area, leaves the picture or names no sample; the first such box is named.
    """
    try:
        rows = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError('boxes must be rows of five numbers: sample, x0, y0, x1, y1') from error
    if rows.ndim != 2 or rows.shape[1] != 5 or not len(rows):
        raise ValueError(f'boxes must be rows of five numbers, at least one: sample, x0, y0, x1, y1, not an array {rows.shape}')
    if not np.array_equal(rows, np.round(rows)):
        raise ValueError('boxes must be whole pixels')
    rows = rows.astype(int)
    for row, (sample, x0, y0, x1, y1) in enumerate(rows):
        if not 0 <= sample < count:
            raise ValueError(f'box {row} is on sample {sample}: there are {count}, from 0')
        if not (0 <= x0 < x1 <= size and 0 <= y0 < y1 <= size):
            raise ValueError(f'box {row} ({x0}, {y0}, {x1}, {y1}) is outside of the picture or empty: '
                             f'it must have 0 <= x0 < x1 <= {size}, and y the same')
    return rows


def inside(rows, count, size, side):
    """Which locations of a layer have their centre in a box.

    Parameters
    ----------
    rows : numpy.ndarray
        As :func:`boxes` gives them.
    count, size : int
        As there.
    side : int
        Height and width of the layer's maps.

    Returns
    -------
    numpy.ndarray
        ``(count, side, side)`` bool.

    Raises
    ------
    ValueError
        If a box is so small that no location has its centre in it; it is named.
    """
    rows, found = boxes(rows, count, size), np.zeros((count, side, side), bool)
    centres = (np.arange(side) + 0.5) * size / side
    for row, (sample, x0, y0, x1, y1) in enumerate(rows):
        part = np.outer((y0 <= centres) & (centres < y1), (x0 <= centres) & (centres < x1))
        if not part.any():
            raise ValueError(f'box {row} lies between the {side}x{side} locations of this layer: draw it larger, or take a layer with larger maps')
        found[sample] |= part
    return found


def change(before, after, rows):
    """How much of the change is where the boxes are, for objects that no judge knows.

    Parameters
    ----------
    before, after : numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1]: the same samples.
    rows : array_like
        As for :func:`boxes`; samples without a box are left out.

    Returns
    -------
    (float, float)
        The root mean square change of a pixel inside of the boxes, and outside.
    """
    rows = boxes(rows, len(before), before.shape[2])
    part = inside(rows, len(before), before.shape[2], before.shape[2])
    samples = part.any(axis=(1, 2))
    squares, part = np.square(np.asarray(after, np.float64) - before).mean(axis=1)[samples], part[samples]
    return float(np.sqrt(squares[part].mean())), float(np.sqrt(squares[~part].mean())) if not part.all() else 0.0


def outlined(pictures, rows, colour=(1.0, -1.0, -1.0)):
    """A copy of the pictures with the boxes drawn on them: ``(N, C, H, W)`` in [-1, 1]; of grey ones the colour's first part."""
    pictures = np.array(pictures.asnumpy() if hasattr(pictures, 'asnumpy') else pictures)
    count, channels, size = len(pictures), pictures.shape[1], pictures.shape[2]
    ink = np.float32(colour)[:channels, None]
    for sample, x0, y0, x1, y1 in boxes(rows, count, size):
        for y in (y0, y1 - 1):
            pictures[sample, :, y, x0:x1] = ink
        for x in (x0, x1 - 1):
            pictures[sample, :, y0:y1, x] = ink
    return pictures
