"""Walks through the latent space: rows of z whose pictures change a little from one to the next.

All take and give z as NumPy arrays ``(N, nz)`` float32; :func:`generate` makes their pictures. Sources: Radford, Metz, Chintala 2015 (DCGAN), section 6.1 and
figure 4; "Difficulties in training a GAN" (walks along one dimension); a PyTorch DCGAN on MNIST (one dimension, all of them, alpha beyond 0 and 1).
"""
import numpy as np

from ..checks import whole_number
from ._points import point, rows, same_nz, steps


def lerp(a, b, alphas):
    """Straight from a to b: ``(1 - alpha) a + alpha b``.

    Alphas outside 0 to 1 go beyond the two: the PyTorch DCGAN on MNIST took -0.5 to 1.5. In many dimensions all z of N(0, 1) lie near a
    sphere of radius sqrt(nz), and the middle of a straight line lies inside it, where G has hardly learned: see :func:`slerp`.

    Parameters
    ----------
    a, b : array_like
        ``(nz,)`` each.
    alphas : array_like
        ``(K,)`` numbers, or one.

    Returns
    -------
    numpy.ndarray
        ``(K, nz)`` float32.

    Raises
    ------
    ValueError
        If a and b are not of the same shape, something is not finite, or there is no alpha.
    """
    a, b, alphas = point('a', a), point('b', b), steps('alphas', alphas)
    same_nz(a, b)
    return ((1 - alphas)[:, None] * a + alphas[:, None] * b).astype(np.float32)


def slerp(a, b, alphas):
    """Along the great circle from a to b, with lengths in between (Shoemake 1985; White 2016, arXiv:1609.04468, section 2.1).

    Every z on the way is as long as z of N(0, 1) are. Arguments as for :func:`lerp`; ValueError also if a or b is zero or they point in opposite
    directions, between which there is no shortest way.
    """
    a, b, alphas = point('a', a).astype(np.float64), point('b', b).astype(np.float64), steps('alphas', alphas)
    same_nz(a, b)
    long_a, long_b = np.linalg.norm(a), np.linalg.norm(b)
    if not long_a or not long_b:
        raise ValueError('slerp needs two directions, and one of the two z is zero: use lerp')
    cosine = np.clip(a @ b / (long_a * long_b), -1, 1)
    angle = np.arccos(cosine)
    if np.pi - angle < 1e-6:
        raise ValueError('slerp has no way between two z that point in opposite directions: use lerp, or go by a third')
    if angle < 1e-6:
        return lerp(a, b, alphas)
    towards = (np.sin((1 - alphas) * angle)[:, None] * a / long_a + np.sin(alphas * angle)[:, None] * b / long_b) / np.sin(angle)
    return (((1 - alphas) * long_a + alphas * long_b)[:, None] * towards).astype(np.float32)


def path(points, between=10, loop=False, how=slerp):
    """Through points one after the other; the DCGAN paper's figure 4 goes through nine.

    Parameters
    ----------
    points : array_like
        ``(K, nz)``, at least two.
    between : int
        Steps from each point to the next.
    loop : bool
        Go back to the first point at the end. The last row is then a step before the first, so that an animation has no seam.
    how : callable
        :func:`slerp` or :func:`lerp`.

    Returns
    -------
    numpy.ndarray
        ``((K - 1) between + 1, nz)``, or ``(K between, nz)`` of a loop.

    Raises
    ------
    ValueError
        If there are fewer than two points, or ``between`` is no int of at least 1.
    """
    points, between = rows('points', points, 2), whole_number('between', between)
    ends = np.concatenate([points, points[:1]]) if loop else points
    alphas = np.arange(between) / between
    legs = [how(start, stop, alphas) for start, stop in zip(ends, ends[1:])]
    return np.concatenate(legs if loop else [*legs, ends[-1:]]).astype(np.float32)


def sweep(z, dimension, values):
    """One dimension of z takes each of the values, and the others stay.

    "Difficulties in training a GAN" did so with dimensions 25, 50 and 75, over sorted draws of N(0, 1), ten times as large.

    Parameters
    ----------
    z : array_like
        ``(nz,)``; ``np.zeros(nz)`` with values from -0.05 to 0.05 is a figure of the PyTorch DCGAN on MNIST.
    dimension : int
        0 to nz - 1.
    values : array_like
        ``(K,)``.

    Returns
    -------
    numpy.ndarray
        ``(K, nz)``.

    Raises
    ------
    ValueError
        If there is no such dimension or no value.
    """
    z, values = point('z', z), steps('values', values)
    if whole_number('dimension', dimension, 0) >= len(z):
        raise ValueError(f'dimension must be an int from 0 to {len(z) - 1}, not {dimension!r}')
    swept = np.repeat(z[None], len(values), axis=0)
    swept[:, dimension] = values
    return swept


def diagonal(nz, values):
    """All dimensions take the same value at once, from -1 to 1 in the PyTorch DCGAN on MNIST: ``(K, nz)``."""
    return np.repeat(steps('values', values)[:, None], whole_number('nz', nz), axis=1).astype(np.float32)


def smoothness(features, loop=False):
    """How even a walk is: the largest step between neighbours in feature space over the mean step, at least 1.

    1 is a walk whose pictures change by the same amount each time; a picture that jumps shows as a large number. A generator that has
    learned its pictures by heart has sharp transitions (DCGAN, section 6.1).

    Parameters
    ----------
    features : array_like
        ``(K, d)`` of the walk's pictures, in order, K at least 3: pixels, or :func:`gluon_gan.metrics.extract`.
    loop : bool
        The step from the last back to the first counts, too.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are fewer than three, or nothing changes at all.
    """
    features = rows('features', features, 3).astype(np.float64)
    moves = np.linalg.norm(np.diff(features, axis=0, append=features[:1] if loop else features[:0]), axis=1)
    if not moves.any():
        raise ValueError('nothing changes on this walk: all its pictures are the same')
    return float(moves.max() / moves.mean())
