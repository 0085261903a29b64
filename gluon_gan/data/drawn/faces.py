"""The stand-in for CelebA: faces drawn from parameters, so that what is true of each is known exactly."""
import numpy as np

from ...checks import whole_number
from ..images import ImageArray
from .parts import in_parts
from .people import ATTRIBUTES, DRAWN as DRAWN, attributes, people
from .portrait import portraits


def faces(count, size=64, seed=0, start=0):
    """Portraits, no two alike.

    Image i of the set is made of the seed and ``start + i`` alone: a slice of a longer set is the set that starts there.

    Parameters
    ----------
    count : int
        How many.
    size : int
        Their side in pixels, 16 to 512.
    seed : int
        0 to 2**64 - 1; another seed has other people.
    start : int
        The number of the first.

    Returns
    -------
    ImageArray
        ``(count, size, size, 3)`` uint8. ``.attributes`` is ``(count, 40)`` bool with CelebA's ``.attribute_names``: exact, and
        False for everyone where a drawing cannot show it (`DRAWN` lists those that it shows). ``.parameters`` is what each was
        drawn from, as `people` describes it.

    Raises
    ------
    ValueError
        For a count below 0, or another size, seed or start.
    """
    count, start, seed = whole_number('count', count, 0), whole_number('start', start, 0), whole_number('seed', seed, 0)
    p = people(seed, np.arange(start, start + count))
    name = f'celeba stand-in: {count:,} faces drawn by gluon_gan'
    return ImageArray(draw(p, size), name, True, None, attributes(p), ATTRIBUTES, p)


def draw(parameters, size=64):
    """Pictures of faces with these parameters.

    Change one of them and draw again to see what it does: the same face without its glasses.

    Parameters
    ----------
    parameters : dict
        The ``.parameters`` of a set of faces, ``(N,)`` each.
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
    return in_parts(portraits, parameters, size)
