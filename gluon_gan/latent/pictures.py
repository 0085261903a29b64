"""A walk and what G makes of it: z, pictures and a number, in one call."""
from typing import NamedTuple

import numpy as np

from ._points import array
from .noise import generate
from .walks import smoothness


class Walk(NamedTuple):
    """``z`` ``(K, nz)`` and its ``pictures`` ``(K, C, H, W)``, or of several walks side by side ``(N, K, nz)`` and ``(N, K, C, H, W)``, both NumPy
    float32; ``smoothness``, the :func:`smoothness` of the pictures: of several, that of the least even one, and NaN if
    nothing changes on the way."""
    z: np.ndarray
    pictures: np.ndarray
    smoothness: float


def walk(netG, z, features=None, loop=False, classes=None, together=False):
    """The pictures of a walk, and how even it is.

    ``viz.strip(walk.pictures)`` shows it, ``viz.animate(walk.pictures, path, back=True)`` moves it.

    Parameters
    ----------
    netG : callable
        As for :func:`sample`.
    z : array_like
        ``(K, nz)`` as every walk gives it, or ``(N, K, nz)`` as :func:`along` does; K at least 3.
    features : callable, optional
        What steps are measured in, such as ``metrics.named('lenet')``: pictures ``(N, C, H, W)`` NDArray to ``(N, d)``. By default the pixels.
    loop : bool
        The last picture is followed by the first.
    classes : int, optional
        What a netG that knows classes draws, all the way.
    together : bool
        As for :func:`generate`.

    Returns
    -------
    Walk

    Raises
    ------
    ValueError
        If z is no such array.
    """
    z = array('z', z)
    if z.ndim not in (2, 3) or z.shape[-2] < 3 or not z.size:
        raise ValueError(f'a walk needs z (K, nz) or (N, K, nz) with K at least 3, not {z.shape}')
    pictures = generate(netG, z.reshape(-1, z.shape[-1]), classes, together=together)
    seen = pictures.asnumpy()
    measured = seen if features is None else features(pictures)
    measured = measured.asnumpy() if hasattr(measured, 'asnumpy') else measured
    ways = measured.reshape(-1, z.shape[-2], measured[0].size)
    evens = [smoothness(way, loop) for way in ways if (way != way[0]).any()]
    return Walk(z, seen.reshape(*z.shape[:-1], *seen.shape[1:]), max(evens, default=np.nan))
