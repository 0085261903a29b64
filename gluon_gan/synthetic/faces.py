"""Synthetic faces with exact attributes, which stand in for CelebA."""
from typing import NamedTuple

import numpy as np

from ..support.checks import whole_number
from .chunks import in_chunks
from .people import attributes, sample_faces
from .portrait import portraits


class Faces(NamedTuple):
    """Synthetic faces with their attributes and parameters.

    Attributes
    ----------
    images : numpy.ndarray
        ``(N, size, size, 3)`` uint8.
    attributes : numpy.ndarray
        ``(N, 40)`` bool, exact, with one column for each of CelebA's names (:data:`ATTRIBUTES`). Attributes that are
        not rendered are False for every face; :data:`RENDERED` lists those that are.
    parameters : dict
        The ``(N,)`` numbers that the faces were rendered from, by name; see :func:`sample_faces`.
    """
    images: np.ndarray
    attributes: np.ndarray
    parameters: dict


def faces(count, size=64, seed=0, start=0):
    """Sample and render faces.

    Face i depends only on the seed and ``start + i``, so ``faces(5, start=10)`` equals faces 10 to 14 of ``faces(15)``.

    Parameters
    ----------
    count : int
        Number of faces, 0 or more.
    size : int
        Pixels a side, 16 to 512.
    seed : int
        0 to 2**64 - 1. Different seeds give different faces.
    start : int
        Index of the first face, 0 or more.

    Returns
    -------
    Faces

    Raises
    ------
    ValueError
        If an argument is out of range.
    """
    count, start, seed = whole_number('count', count, 0), whole_number('start', start, 0), whole_number('seed', seed, 0)
    p = sample_faces(seed, np.arange(start, start + count))
    return Faces(render_faces(p, size), attributes(p), p)


def render_faces(parameters, size=64):
    """Render faces from their parameters.

    Change a parameter and render again to see its effect, such as the same face without its glasses.

    Parameters
    ----------
    parameters : dict
        ``(N,)`` numbers by name, as :func:`sample_faces` returns them.
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
    return in_chunks(portraits, parameters, size)
