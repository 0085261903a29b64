"""Bounding boxes of an object in generated samples, and the locations of a layer inside them.

Radford, Metz, Chintala 2015 (DCGAN, arXiv:1511.06434), section 6.3.1, labels windows by hand with 52 bounding boxes in
150 samples. A location (i, j) of a layer with feature maps of h x h pixels is inside a box, in an image of s x s
pixels, if the centre of its patch is: x0 <= (j + 1/2) s / h < x1, and likewise for i and y.
"""
import numpy as np


def boxes(rows, count, size):
    """Validate bounding boxes.

    Parameters
    ----------
    rows : array_like
        ``(M, 5)``: (sample, x0, y0, x1, y1), in whole pixels from the top left corner; x1 and y1 are exclusive.
    count, size : int
        Number of samples, and their width and height in pixels.

    Returns
    -------
    numpy.ndarray
        ``(M, 5)`` int.

    Raises
    ------
    ValueError
        If there is no box, or a box is empty, leaves the image or refers to a missing sample. The message names the
        first such box.
    """
    try:
        rows = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError('boxes must be rows of five numbers: sample, x0, y0, x1, y1') from error
    if rows.ndim != 2 or rows.shape[1] != 5 or not len(rows):
        raise ValueError('boxes must be at least one row of five numbers (sample, x0, y0, x1, y1), '
                         f'not an array of shape {rows.shape}')
    if not np.array_equal(rows, np.round(rows)):
        raise ValueError('boxes must be in whole pixels')
    rows = rows.astype(int)
    for row, (sample, x0, y0, x1, y1) in enumerate(rows):
        if not 0 <= sample < count:
            raise ValueError(f'box {row} is on sample {sample}, but the samples are 0 to {count - 1}')
        if not (0 <= x0 < x1 <= size and 0 <= y0 < y1 <= size):
            raise ValueError(f'box {row} ({x0}, {y0}, {x1}, {y1}) is empty or outside the image: '
                             f'it must satisfy 0 <= x0 < x1 <= {size}, and the same for y')
    return rows


def inside(rows, count, size, side):
    """Find the locations of a layer whose centre is inside a box.

    Parameters
    ----------
    rows : array_like
        As for :func:`boxes`.
    count, size : int
        As for :func:`boxes`.
    side : int
        Height and width of the layer's feature maps.

    Returns
    -------
    numpy.ndarray
        ``(count, side, side)`` bool.

    Raises
    ------
    ValueError
        If a box is so small that no location has its centre inside; the message names it.
    """
    rows, found = boxes(rows, count, size), np.zeros((count, side, side), bool)
    centres = (np.arange(side) + 0.5) * size / side
    for row, (sample, x0, y0, x1, y1) in enumerate(rows):
        part = np.outer((y0 <= centres) & (centres < y1), (x0 <= centres) & (centres < x1))
        if not part.any():
            raise ValueError(f'box {row} lies between the centres of the {side}x{side} locations of this layer: '
                             'make it larger, or choose a layer with larger feature maps')
        found[sample] |= part
    return found


def change(before, after, rows):
    """Measure how much the pixels change inside and outside the boxes; useful if no classifier knows the object.

    Parameters
    ----------
    before, after : numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1]: the same samples before and after.
    rows : array_like
        As for :func:`boxes`. Samples without a box are ignored.

    Returns
    -------
    (float, float)
        The root mean square change of a pixel inside the boxes, and outside.
    """
    rows = boxes(rows, len(before), before.shape[2])
    part = inside(rows, len(before), before.shape[2], before.shape[2])
    samples = part.any(axis=(1, 2))
    squares = np.square(np.asarray(after, np.float64) - before).mean(axis=1)[samples]
    part = part[samples]
    within = float(np.sqrt(squares[part].mean()))
    return within, float(np.sqrt(squares[~part].mean())) if not part.all() else 0.0


def outlined(pictures, rows, colour=(1.0, -1.0, -1.0)):
    """A copy of the images with the boxes outlined.

    Parameters
    ----------
    pictures : NDArray or numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    rows : array_like
        As for :func:`boxes`.
    colour : sequence of float
        Of the outlines; grey images use its first channel only.

    Returns
    -------
    numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    """
    pictures = np.array(pictures.asnumpy() if hasattr(pictures, 'asnumpy') else pictures)
    count, channels, size = len(pictures), pictures.shape[1], pictures.shape[2]
    ink = np.float32(colour)[:channels, None]
    for sample, x0, y0, x1, y1 in boxes(rows, count, size):
        for y in (y0, y1 - 1):
            pictures[sample, :, y, x0:x1] = ink
        for x in (x0, x1 - 1):
            pictures[sample, :, y0:y1, x] = ink
    return pictures
