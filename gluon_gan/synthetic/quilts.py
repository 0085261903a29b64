"""Synthetic quilts of known blocks, which stand in for photographs of quilts."""
from typing import NamedTuple

import numpy as np

from ..support.checks import whole_number
from .chunks import in_chunks
from .fabrics import PALETTES, PRINTS
from .patchwork import patchwork
from .patterns import BLOCKS
from .randomness import CounterRandom


class Quilts(NamedTuple):
    """Synthetic quilts with their blocks and parameters.

    Attributes
    ----------
    images : numpy.ndarray
        ``(N, size, size, 3)`` uint8.
    labels : numpy.ndarray
        ``(N,)`` int64, the index of the quilt block in :data:`BLOCKS`.
    parameters : dict
        The ``(N,)`` numbers that the quilts were rendered from, by name; see :func:`sample_quilts`.
    """
    images: np.ndarray
    labels: np.ndarray
    parameters: dict


def quilts(count, size=64, seed=0, start=0):
    """Sample and render quilts: whole quilts with their borders, and sections of larger ones.

    Quilt i depends only on the seed and ``start + i``, so ``quilts(5, start=10)`` equals quilts 10 to 14 of
    ``quilts(15)``.

    Parameters
    ----------
    count : int
        Number of quilts, 0 or more.
    size : int
        Pixels a side, 16 to 512.
    seed : int
        0 to 2**64 - 1. Different seeds give different quilts.
    start : int
        Index of the first quilt, 0 or more.

    Returns
    -------
    Quilts

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    count, start, seed = whole_number('count', count, 0), whole_number('start', start, 0), whole_number('seed', seed, 0)
    p = sample_quilts(seed, np.arange(start, start + count))
    return Quilts(render_quilts(p, size), p['block'].astype(np.int64), p)


def render_quilts(parameters, size=64):
    """Render quilts from their parameters.

    Change a parameter, such as the palette, and render again to see its effect.

    Parameters
    ----------
    parameters : dict
        ``(N,)`` numbers by name, as :func:`sample_quilts` returns them.
    size : int
        Pixels a side, 16 to 512.

    Returns
    -------
    numpy.ndarray
        ``(N, size, size, 3)`` uint8.

    Raises
    ------
    ValueError
        If `size` is out of range.
    """
    return in_chunks(patchwork, parameters, size)


def sample_quilts(seed, index):
    """Sample the parameters of quilts.

    Parameters
    ----------
    seed : int
        0 to 2**64 - 1.
    index : array of int
        ``(N,)``, the index of each quilt. The parameters of a quilt depend only on the seed and its index.

    Returns
    -------
    dict
        ``(N,)`` float32 by name. The most useful ones are

        - ``block``: an index into ``BLOCKS``; ``across``: blocks along a side, 1 to 4
        - ``rotation``: -1 to 1, where 1 is 30 degrees clockwise
        - ``sash``: width of the strips between blocks, in blocks; 0 for none
        - ``border``: width of the border around a whole quilt, in blocks; 0 where the image shows a section of a quilt
        - ``view_width``: width of the image, in widths of the quilt with its border
        - ``palette``: an index into ``fabrics.PALETTES``
        - ``scrappy``: 0 or 1; if 1, the fabrics of the figures change from block to block
    """
    rng = CounterRandom(seed, index)
    p = {'block': rng.categorical(*[1] * len(BLOCKS)), 'across': 1 + rng.categorical(0.15, 0.35, 0.3, 0.2)}
    p['rotation'] = np.where(rng.bernoulli(0.6), rng.bates(0, 0.35), rng.uniform(-1, 1))
    p['quarter'] = rng.bernoulli(0.5)  # not rendered; sampled so that the values after it stay the same
    p['sash'] = rng.bernoulli(0.35) * rng.uniform(0.08, 0.22)
    p['corners'] = rng.bernoulli(0.6)
    whole = rng.bernoulli(0.35)
    p['border'] = whole * p['across'] * rng.uniform(0.06, 0.16)
    p['view_width'] = np.where(whole, rng.uniform(1.02, 1.3), rng.uniform(0.85, 1.15))
    p['x'], p['y'] = rng.bates(0, 0.06), rng.bates(0, 0.06)
    for axis in ('shift_x', 'shift_y'):  # a block that fills the image is near its centre
        p[axis] = np.where(p['across'] == 1, rng.uniform(0.4, 0.6), rng.uniform())
    p['palette'] = rng.categorical(*[1] * len(PALETTES))
    p['light'], p['warmth'], p['fade'] = rng.uniform(0.82, 1.08), rng.uniform(-1, 1), rng.uniform(0, 0.2)
    p['scrappy'] = rng.bernoulli(0.3)
    # 0 equal blocks, 1 every other block rotated by 90 degrees (as on a chessboard), 2 neighbours mirrored
    p['setting'] = rng.categorical(0.45, 0.2, 0.35)
    for fabric in '012345':
        p['print' + fabric] = rng.categorical(*([0.35] + [0.65 / (len(PRINTS) - 1)] * (len(PRINTS) - 1)))
        p['ink' + fabric] = rng.uniform(-0.45, 0.45)
        p['repeat' + fabric] = rng.uniform(4, 9)
        p['shade' + fabric] = rng.uniform(0.88, 1.1)
    # Quilting stitches: 0 in the seams only, 1 crossed diagonals, 2 waves, 3 rows
    p['stitch'] = rng.categorical(0.25, 0.3, 0.25, 0.2)
    p['stitch_rows'] = rng.uniform(1.6, 3.2)
    p['puff'] = rng.uniform(0.4, 1)
    p['sun_x'], p['sun_y'] = rng.uniform(-1, 1), rng.uniform(-1, 1)
    for fold in '123':
        p['fold_x' + fold], p['fold_y' + fold] = rng.uniform(-1.2, 1.2), rng.uniform(-1.2, 1.2)
        p['fold_phase' + fold], p['fold' + fold] = rng.uniform(), rng.uniform(0, 0.05)
    p['bend'], p['bend_phase'] = rng.uniform(0, 0.014), rng.uniform()
    p['backdrop_hue'], p['backdrop_light'], p['grain'] = rng.uniform(), rng.uniform(0.15, 0.9), rng.uniform()
    p['scrap_offset'] = rng.uniform()
    return {name: values.astype(np.float32) for name, values in p.items()}
