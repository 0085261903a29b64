"""The stand-in for photographs of quilts: patchwork of known blocks, in fabrics that go together."""
import numpy as np

from ...checks import whole_number
from ..images import ImageArray
from .chance import Chance
from .fabrics import PALETTES, PRINTS
from .parts import in_parts
from .patterns import BLOCKS as BLOCKS
from .sewing import sew


def quilts(count, size=64, seed=0, start=0):
    """Patchwork, no two alike: whole quilts with their borders, and parts of larger ones.

    Image i of the set is made of the seed and ``start + i`` alone: a slice of a longer set is the set that starts there.

    Parameters
    ----------
    count : int
        How many.
    size : int
        Their side in pixels, 16 to 512.
    seed : int
        0 to 2**64 - 1; another seed has other quilts.
    start : int
        The number of the first.

    Returns
    -------
    ImageArray
        ``(count, size, size, 3)`` uint8; ``.labels`` is the block, a place in `BLOCKS`; ``.parameters`` as `plans` describes.

    Raises
    ------
    ValueError
        For a count below 0, or another size, seed or start.
    """
    count, start, seed = whole_number('count', count, 0), whole_number('start', start, 0), whole_number('seed', seed, 0)
    p = plans(seed, np.arange(start, start + count))
    images = draw(p, size)
    name = f'quilts stand-in: {count:,} quilts drawn by gluon_gan'
    return ImageArray(images, name, True, p['block'].astype(np.int64), parameters=p, classes=BLOCKS)


def draw(parameters, size=64):
    """Pictures of quilts with these parameters: change one of them, such as the palette, and draw again to see what it does.

    Parameters
    ----------
    parameters : dict
        The ``.parameters`` of a set of quilts, ``(N,)`` each.
    size : int
        16 to 512.

    Returns
    -------
    numpy.ndarray
        ``(N, size, size, 3)`` uint8.

    Raises
    ------
    ValueError
        For another size.
    """
    return in_parts(sew, parameters, size)


def plans(seed, index):
    """The parameters of quilts.

    Parameters
    ----------
    seed : int
    index : array of int
        ``(N,)``.

    Returns
    -------
    dict
        ``(N,)`` float32 by name. Of these, a lesson wants: ``block`` (a place in BLOCKS), ``across`` (1 to 4 blocks), ``turn`` -1
        to 1 (the quilt lies 30 degrees clockwise), ``sash`` (the width of the strips between blocks, in blocks, 0 for none),
        ``border`` (of the whole quilt, in blocks, 0 where the picture shows only a part of it), ``palette`` (a place in
        fabrics.PALETTES), ``scrappy`` 0 or 1 (the figures change fabric from block to block).
    """
    draw = Chance(seed, index)
    p = {'block': draw.pick(*[1] * len(BLOCKS)), 'across': 1 + draw.pick(0.15, 0.35, 0.3, 0.2)}
    p['turn'] = np.where(draw.happens(0.6), draw.bell(0, 0.35), draw.uniform(-1, 1))
    p['quarter'] = draw.happens(0.5)
    p['sash'] = draw.happens(0.35) * draw.uniform(0.08, 0.22)
    p['corners'] = draw.happens(0.6)
    whole = draw.happens(0.35)
    p['border'] = whole * p['across'] * draw.uniform(0.06, 0.16)
    p['spread'] = np.where(whole, draw.uniform(1.02, 1.3), draw.uniform(0.85, 1.15))
    p['x'], p['y'] = draw.bell(0, 0.06), draw.bell(0, 0.06)
    for axis in ('shift_x', 'shift_y'):  # a block that fills the picture is near its middle
        p[axis] = np.where(p['across'] == 1, draw.uniform(0.4, 0.6), draw.uniform())
    p['palette'] = draw.pick(*[1] * len(PALETTES))
    p['light'], p['warmth'], p['fade'] = draw.uniform(0.82, 1.08), draw.uniform(-1, 1), draw.uniform(0, 0.2)
    p['scrappy'] = draw.happens(0.3)
    p['setting'] = draw.pick(0.45, 0.2, 0.35)  # all blocks alike, turned like a chessboard, mirrored in pairs
    for fabric in '012345':
        p['print' + fabric] = draw.pick(*([0.35] + [0.65 / (len(PRINTS) - 1)] * (len(PRINTS) - 1)))
        p['ink' + fabric] = draw.uniform(-0.45, 0.45)
        p['repeat' + fabric] = draw.uniform(4, 9)
        p['shade' + fabric] = draw.uniform(0.88, 1.1)
    p['stitch'] = draw.pick(0.25, 0.3, 0.25, 0.2)  # in the seams only, crossed, waves, rows
    p['stitch_rows'] = draw.uniform(1.6, 3.2)
    p['puff'] = draw.uniform(0.4, 1)
    p['sun_x'], p['sun_y'] = draw.uniform(-1, 1), draw.uniform(-1, 1)
    for fold in '123':
        p['fold_x' + fold], p['fold_y' + fold] = draw.uniform(-1.2, 1.2), draw.uniform(-1.2, 1.2)
        p['fold_phase' + fold], p['fold' + fold] = draw.uniform(), draw.uniform(0, 0.05)
    p['bend'], p['bend_phase'] = draw.uniform(0, 0.014), draw.uniform()
    p['floor_hue'], p['floor_light'], p['grain'] = draw.uniform(), draw.uniform(0.15, 0.9), draw.uniform()
    p['scraps'] = draw.uniform()
    return {name: values.astype(np.float32) for name, values in p.items()}
