"""The z of a given picture, by descent (Creswell and Bharath 2016, arXiv:1611.05644; Lipton and Tripathi 2017, arXiv:1702.04782)."""
from typing import NamedTuple

import numpy as np

from ..checks import number, whole_number
from ._points import array
from .noise import draw, generate

POOL = 256          # random z, of which the nearest pictures are where the descents begin
STEP = 1e-2         # of the differences that stand for derivatives: far above what float32 loses, far below what bends G
DAMPING, LEAST, EASE = 0.1, 1e-6, 4.0       # at the first step; never less; and how it changes from one to the next
TURNS, GAIN = 5, 1e-3       # a descent ends if so many dampings bring nothing, or a step brings less than this share of what is left


class Inversion(NamedTuple):
    """``z`` ``(N, nz)`` NumPy float32; ``pictures`` ``(N, C, H, W)``, what netG makes of them; ``error`` ``(N,)``: root mean square of the difference
    from the pictures that were given, of a range of 2; ``tries`` ``(N, restarts)``: that of every start, NaN where an earlier one was good enough."""
    z: np.ndarray
    pictures: np.ndarray
    error: np.ndarray
    tries: np.ndarray


def invert(netG, images, restarts=4, steps=25, enough=0.03, pull=1e-3, seed=0):
    """For each picture the z whose picture is nearest to it, pixel by pixel.

    A descent by Levenberg's and Marquardt's method (Marquardt 1963) from the nearest of 256 random pictures; if that does not come near
    enough, from the next. Where plain gradients creep along valleys, it takes the curvature along: nz + 1 pictures a step, and twenty steps or so
    come nearer than three hundred of Adam. netG is used with running batch statistics, and its weights stay as they are.

    Parameters
    ----------
    netG : callable
        z ``(N, nz)`` to pictures ``(N, C, H, W)``, unconditional, with an attribute ``nz``.
    images : NDArray or numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    restarts : int
        Starts for each picture at most, 1 to 256.
    steps : int
        Of each, at most.
    enough : float
        The error, in root mean square of a range of 2, below which there is no other start.
    pull : float
        How much |z|^2 / nz counts beside the mean squared difference: it keeps z where N(0, 1) has it.
    seed : int
        Of the random z.

    Returns
    -------
    Inversion

    Raises
    ------
    ValueError
        If the pictures are none, not of netG's size, or a number will not do.
    """
    images = array('images', images)
    if images.ndim != 4 or not len(images) or abs(images).max() > 1 + 1e-3:
        raise ValueError(f'images must be pictures (N, C, H, W) in [-1, 1], not an array {images.shape}')
    if not getattr(netG, 'nz', None) or getattr(netG, 'classes', 0):
        raise ValueError('invert needs an unconditional netG that says its nz')
    restarts, steps = whole_number('restarts', restarts), whole_number('steps', steps)
    if restarts > POOL:
        raise ValueError(f'restarts must be an int from 1 to {POOL}, not {restarts}')
    enough, pull = number('enough', enough, 'a number of at least 0'), number('pull', pull, 'a number of at least 0')
    pool = draw(POOL, netG.nz, seed).asnumpy()
    seen = _flat(netG, pool)
    if generate(netG, pool[:1]).shape[1:] != images.shape[1:]:
        raise ValueError(f'this netG makes pictures of {generate(netG, pool[:1]).shape[1:]}, not of {images.shape[1:]}')
    found, tries = [], np.full((len(images), restarts), np.nan, np.float32)
    for row, wanted in zip(tries, images.reshape(len(images), -1)):
        ends = []
        for start in np.square(seen - wanted).mean(axis=1).argsort()[:restarts]:
            ends.append(_descend(netG, pool[start], wanted, steps, pull))
            row[len(ends) - 1] = ends[-1][0]
            if ends[-1][0] <= enough:
                break
        found.append(min(ends, key=lambda end: end[0])[1])
    made = generate(netG, np.stack(found)).asnumpy()
    return Inversion(np.stack(found), made, np.sqrt(np.square(made - images).mean(axis=(1, 2, 3))), tries)


def _descend(netG, z, wanted, steps, pull):
    """(error, z) at the end of a descent from z to the flat picture ``wanted``."""
    def loss(z, off):
        return np.square(off).mean() + pull * np.square(z).mean()

    made, damping, nz = _flat(netG, z[None])[0], DAMPING, len(z)
    off = made - wanted
    for _ in range(steps):
        slopes = (_flat(netG, z + STEP * np.eye(nz, dtype=np.float32)) - made) / STEP
        curvature = slopes @ slopes.T / len(wanted) + pull / nz * np.eye(nz)
        gradient, now = slopes @ off / len(wanted) + pull / nz * z, loss(z, off)
        for _ in range(TURNS):
            turned = z - np.linalg.solve(curvature + damping * np.diag(np.diag(curvature).clip(1e-12)), gradient).astype(np.float32)
            made = _flat(netG, turned[None])[0]
            if loss(turned, made - wanted) < now:
                break
            damping *= EASE
        else:
            break
        z, off, damping = turned, made - wanted, max(damping / EASE, LEAST)
        if now - loss(z, off) < GAIN * now:
            break
    return float(np.sqrt(np.square(off).mean())), z


def _flat(netG, z):
    return generate(netG, z).asnumpy().reshape(len(z), -1)
