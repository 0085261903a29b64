"""Generate the images of a walk through the latent space, and measure the walk's smoothness."""
from typing import NamedTuple

import numpy as np

from ..support.pixels import to_uint8
from ._validation import finite_array
from .sampling import generate
from .walks import smoothness


class Walk(NamedTuple):
    """One walk of K points, or N walks of K points each, with the generated images.

    Attributes
    ----------
    z : numpy.ndarray
        ``(K, nz)`` or ``(N, K, nz)`` float32.
    pictures : numpy.ndarray
        The images, ``(K, C, H, W)`` or ``(N, K, C, H, W)`` float32.
    smoothness : float
        The :func:`smoothness` of the walk, or the largest (worst) of several walks. Constant walks are ignored; if all
        walks are constant, it is NaN.
    """
    z: np.ndarray
    pictures: np.ndarray
    smoothness: float


def walk(netG, z, features=None, loop=False, classes=None, together=False):
    """Generate the images of one or more walks, and measure their smoothness.

    ``viz.strip(walk.pictures)`` displays the result, and ``viz.animate(walk.pictures, path, back=True)`` animates it.

    Parameters
    ----------
    netG : callable
        As for :func:`sample`.
    z : array_like
        ``(K, nz)`` from any function of :mod:`.walks`, or ``(N, K, nz)`` from :func:`along`; K at least 3.
    features : callable, optional
        The feature space in which steps are measured, such as ``metrics.named('lenet')``: a function from images
        ``(N, C, H, W)`` NDArray to ``(N, d)``. Steps are measured in pixels by default.
    loop : bool
        Whether the last image is followed by the first.
    classes : int, optional
        The class of all images, for a class-conditional netG.
    together : bool
        As for :func:`generate`.

    Returns
    -------
    Walk

    Raises
    ------
    ValueError
        If z has another shape.
    """
    z = finite_array('z', z)
    if z.ndim not in (2, 3) or z.shape[-2] < 3 or not z.size:
        raise ValueError(f'a walk needs z of shape (K, nz) or (N, K, nz) with K at least 3, not {z.shape}')
    images = generate(netG, z.reshape(-1, z.shape[-1]), classes, together=together)
    pixels = images.asnumpy()
    measured = pixels if features is None else features(images)
    measured = measured.asnumpy() if hasattr(measured, 'asnumpy') else measured
    walks = measured.reshape(-1, z.shape[-2], measured[0].size)
    # Features of equal images can differ in the last bits, by the processor, so the images themselves are compared.
    shown = (pixels if features is None else to_uint8(pixels)).reshape(len(walks), z.shape[-2], -1)
    found = [smoothness(one, loop) for one, seen in zip(walks, shown) if (seen != seen[0]).any()]
    return Walk(z, pixels.reshape(*z.shape[:-1], *pixels.shape[1:]), max(found, default=np.nan))
