"""Invert a generator: find the z of a given image by optimisation.

Creswell and Bharath 2016, arXiv:1611.05644; Lipton and Tripathi 2017, arXiv:1702.04782.
"""
from typing import NamedTuple

import numpy as np

from ..support.checks import number, whole_number
from ._validation import finite_array
from .sampling import generate, sample_z

CANDIDATES = 256            # random z; the optimisation starts from those with the nearest images
DIFFERENCE = 1e-2           # of the finite differences: well above float32 rounding, well below the curvature of G
DAMPING = 0.1               # of Levenberg and Marquardt, in the first step
LEAST_DAMPING = 1e-6
DAMPING_FACTOR = 4.0        # by which the damping grows after a failed step, and shrinks after a successful one
ATTEMPTS = 5                # the optimisation ends after so many failed steps in succession,
LEAST_GAIN = 1e-3           # or when a step reduces the loss by less than this fraction


class Inversion(NamedTuple):
    """The result of :func:`invert`.

    Attributes
    ----------
    z : numpy.ndarray
        ``(N, nz)`` float32.
    pictures : numpy.ndarray
        ``(N, C, H, W)``: the images that netG generates from z.
    error : numpy.ndarray
        ``(N,)``: root mean square difference from the given images, whose values span a range of 2.
    restart_errors : numpy.ndarray
        ``(N, restarts)``: the error of each restart; NaN if an earlier one was within the tolerance.
    """
    z: np.ndarray
    pictures: np.ndarray
    error: np.ndarray
    restart_errors: np.ndarray


def invert(netG, images, restarts=4, steps=25, tolerance=0.03, prior_weight=1e-3, seed=0):
    """Find, for each image, the z whose generated image is nearest to it in pixels.

    The method is that of Levenberg and Marquardt (Marquardt 1963). It starts from the nearest of 256 random images, and
    restarts from the next nearest if the error exceeds the tolerance. Plain gradient descent makes slow progress along
    narrow valleys. This method also uses the curvature, at a cost of nz + 1 generated images a step, and gets nearer in
    some twenty steps than Adam does in three hundred. netG runs with the running statistics of batch norm, and its
    weights do not change.

    Parameters
    ----------
    netG : callable
        Unconditional; maps z ``(N, nz)`` to images ``(N, C, H, W)``, and has an attribute ``nz``.
    images : NDArray or numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    restarts : int
        Maximum number of starting points for each image, 1 to 256.
    steps : int
        Maximum number of steps from each starting point.
    tolerance : float
        Root mean square error, on a range of 2, at or below which there are no more restarts.
    prior_weight : float
        Weight of |z|^2 / nz relative to the mean squared error. This term keeps z likely under N(0, 1).
    seed : int
        Seed of the random z.

    Returns
    -------
    Inversion

    Raises
    ------
    ValueError
        If the images are empty or do not have netG's size, or if another argument is out of range.
    """
    images = finite_array('images', images)
    if images.ndim != 4 or not len(images) or abs(images).max() > 1 + 1e-3:
        raise ValueError('images must have shape (N, C, H, W), N at least 1, and values in [-1, 1], '
                         f'not shape {images.shape} and values up to {abs(images).max() if images.size else 0:g}')
    if not getattr(netG, 'nz', None) or getattr(netG, 'classes', 0):
        raise ValueError('invert needs an unconditional netG with an attribute nz')
    restarts, steps = whole_number('restarts', restarts), whole_number('steps', steps)
    if restarts > CANDIDATES:
        raise ValueError(f'restarts must be an int from 1 to {CANDIDATES}, not {restarts}')
    tolerance = number('tolerance', tolerance, 'a number of at least 0')
    prior_weight = number('prior_weight', prior_weight, 'a number of at least 0')
    candidates = sample_z(CANDIDATES, netG.nz, seed).asnumpy()
    candidate_images = _generate_flat(netG, candidates)
    size = generate(netG, candidates[:1]).shape[1:]
    if size != images.shape[1:]:
        raise ValueError(f'this netG generates images of shape {size}, not {images.shape[1:]}')
    found, errors = [], np.full((len(images), restarts), np.nan, np.float32)
    for row, target in zip(errors, images.reshape(len(images), -1)):
        results = []
        for start in np.square(candidate_images - target).mean(axis=1).argsort()[:restarts]:
            results.append(_optimise(netG, candidates[start], target, steps, prior_weight))
            row[len(results) - 1] = results[-1][0]
            if results[-1][0] <= tolerance:
                break
        found.append(min(results, key=lambda result: result[0])[1])
    generated = generate(netG, np.stack(found)).asnumpy()
    error = np.sqrt(np.square(generated - images).mean(axis=(1, 2, 3)))
    return Inversion(np.stack(found), generated, error, errors)


def _optimise(netG, z, target, steps, prior_weight):
    """(error, z) after minimising the loss from a starting point z; ``target`` is a flattened image."""
    def loss(z, residual):
        return np.square(residual).mean() + prior_weight * np.square(z).mean()

    image, damping, nz = _generate_flat(netG, z[None])[0], DAMPING, len(z)
    residual = image - target
    for _ in range(steps):
        jacobian = (_generate_flat(netG, z + DIFFERENCE * np.eye(nz, dtype=np.float32)) - image) / DIFFERENCE
        hessian = jacobian @ jacobian.T / len(target) + prior_weight / nz * np.eye(nz)
        gradient, now = jacobian @ residual / len(target) + prior_weight / nz * z, loss(z, residual)
        for _ in range(ATTEMPTS):
            damped = hessian + damping * np.diag(np.diag(hessian).clip(1e-12))
            candidate = z - np.linalg.solve(damped, gradient).astype(np.float32)
            image = _generate_flat(netG, candidate[None])[0]
            if loss(candidate, image - target) < now:
                break
            damping *= DAMPING_FACTOR
        else:
            break
        z, residual, damping = candidate, image - target, max(damping / DAMPING_FACTOR, LEAST_DAMPING)
        if now - loss(z, residual) < LEAST_GAIN * now:
            break
    return float(np.sqrt(np.square(residual).mean())), z


def _generate_flat(netG, z):
    return generate(netG, z).asnumpy().reshape(len(z), -1)
