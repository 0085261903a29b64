"""The z of a given picture, by descent (Creswell and Bharath 2016, arXiv:1611.05644; Lipton and Tripathi 2017, arXiv:1702.04782)."""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd

from ..checks import number, whole_number
from ._points import array
from .noise import context_of, draw


class Inversion(NamedTuple):
    """``z`` ``(N, nz)`` NumPy float32; ``pictures`` ``(N, C, H, W)``, what netG makes of them; ``error`` ``(N,)``: root mean square of the difference
    from the pictures that were given, of a range of 2; ``tries`` ``(N, restarts)``: that of every start."""
    z: np.ndarray
    pictures: np.ndarray
    error: np.ndarray
    tries: np.ndarray


def invert(netG, images, restarts=4, steps=300, lr=0.1, pull=1e-3, seed=0):
    """For each picture the z whose picture is nearest to it, pixel by pixel.

    Adam from several random z a picture, of which the best is kept; the rate falls along half a cosine. netG is used with running batch
    statistics, and its weights stay as they are.

    Parameters
    ----------
    netG : callable
        z ``(N, nz)`` to pictures ``(N, C, H, W)``, unconditional, with an attribute ``nz``.
    images : NDArray or numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    restarts, steps : int
        Starts for each picture, all at once, and steps of each.
    lr : float
        Of Adam, at the first step.
    pull : float
        How much |z|^2 / nz counts beside the mean squared difference: it keeps z where N(0, 1) has it.
    seed : int
        Of the starts.

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
    restarts, steps, lr = whole_number('restarts', restarts), whole_number('steps', steps), number('lr', lr, 'a positive number', least=1e-30)
    ctx, pull = context_of(netG), number('pull', pull, 'a number of at least 0')
    wanted = mx.nd.array(np.repeat(images, restarts, axis=0), ctx=ctx)
    z = draw(len(wanted), netG.nz, seed, ctx=ctx)
    if netG(z[:1]).shape[1:] != images.shape[1:]:
        raise ValueError(f'this netG makes pictures of {netG(z[:1]).shape[1:]}, not of {images.shape[1:]}')
    z.attach_grad()
    mean, variance = mx.nd.zeros_like(z), mx.nd.zeros_like(z)
    for step in range(1, steps + 1):
        with autograd.record(train_mode=False):
            loss = (netG(z) - wanted).square().mean(axis=(1, 2, 3)) + pull * z.square().mean(axis=1)
        grad, = autograd.grad([loss], [z], train_mode=False)      # or batch norms would send back what they do in training
        rate = lr * (1 + np.cos(np.pi * (step - 1) / steps)) / 2 * (1 - 0.999 ** step) ** 0.5 / (1 - 0.9 ** step)
        mx.nd.adam_update(z, grad, mean, variance, lr=rate, out=z)
    made = netG(z).asnumpy()
    errors = np.sqrt(np.square(made - wanted.asnumpy()).mean(axis=(1, 2, 3))).reshape(-1, restarts)
    best = errors.argmin(axis=1)
    rows = np.arange(len(images)) * restarts + best
    return Inversion(z.asnumpy()[rows], made[rows], errors[np.arange(len(images)), best], errors)
