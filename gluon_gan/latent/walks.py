"""Walks through the latent space: sequences of z whose images change a little from each one to the next.

All functions take and return z as NumPy arrays ``(N, nz)`` float32; :func:`generate` makes the images. The sources are
Radford, Metz, Chintala 2015 (DCGAN), section 6.1 and figure 4; "Difficulties in training a GAN" (walks along one
dimension); and a PyTorch DCGAN on MNIST (one dimension, all dimensions, and alpha outside [0, 1]).
"""
import numpy as np

from ..support.checks import whole_number
from ._validation import check_same_nz, list_of_numbers, rows, single_z


def lerp(a, b, alphas):
    """Linear interpolation: ``(1 - alpha) a + alpha b``.

    Alphas outside [0, 1] extrapolate; the PyTorch DCGAN on MNIST used -0.5 to 1.5. In many dimensions, samples from
    N(0, 1) lie close to a sphere of radius sqrt(nz). The middle of a straight line lies inside that sphere, where G has
    seen hardly any training samples: see :func:`slerp`.

    Parameters
    ----------
    a, b : array_like
        ``(nz,)`` each.
    alphas : array_like
        ``(K,)``, or a single number.

    Returns
    -------
    numpy.ndarray
        ``(K, nz)`` float32.

    Raises
    ------
    ValueError
        If a and b differ in shape, a value is not finite, or ``alphas`` is empty.
    """
    a, b, alphas = single_z('a', a), single_z('b', b), list_of_numbers('alphas', alphas)
    check_same_nz(a, b)
    return ((1 - alphas)[:, None] * a + alphas[:, None] * b).astype(np.float32)


def slerp(a, b, alphas):
    """Spherical linear interpolation (Shoemake 1985; White 2016, arXiv:1609.04468, section 2.1).

    The result follows the great circle from a to b, and its length changes linearly from that of a to that of b. All
    points therefore have a length typical of samples from N(0, 1).

    Parameters and result are those of :func:`lerp`. A ValueError is also raised if a or b is zero, or if they point in
    opposite directions, between which the shortest arc is not unique.
    """
    a, b = single_z('a', a).astype(np.float64), single_z('b', b).astype(np.float64)
    alphas = list_of_numbers('alphas', alphas)
    check_same_nz(a, b)
    length_a, length_b = np.linalg.norm(a), np.linalg.norm(b)
    if not length_a or not length_b:
        raise ValueError('slerp needs two directions, and one of the two z is zero: use lerp')
    cosine = np.clip(a @ b / (length_a * length_b), -1, 1)
    angle = np.arccos(cosine)
    if np.pi - angle < 1e-6:
        raise ValueError('slerp is undefined between two z that point in opposite directions: '
                         'use lerp, or go through a third z')
    if angle < 1e-6:
        return lerp(a, b, alphas)
    towards = ((np.sin((1 - alphas) * angle)[:, None] * a / length_a + np.sin(alphas * angle)[:, None] * b / length_b)
               / np.sin(angle))
    return (((1 - alphas) * length_a + alphas * length_b)[:, None] * towards).astype(np.float32)


def path(points, between=10, loop=False, how=slerp):
    """A walk through several points in order; the DCGAN paper's figure 4 interpolates between nine.

    Parameters
    ----------
    points : array_like
        ``(K, nz)``, at least two.
    between : int
        Number of steps from each point to the next.
    loop : bool
        Whether to return to the first point. The last row is then one step before the first, so that an animation
        repeats without a jump.
    how : callable
        The interpolation, :func:`slerp` or :func:`lerp`.

    Returns
    -------
    numpy.ndarray
        ``((K - 1) between + 1, nz)``, or ``(K between, nz)`` for a loop.

    Raises
    ------
    ValueError
        If there are fewer than two points, or ``between`` is not an int of at least 1.
    """
    points, between = rows('points', points, 2), whole_number('between', between)
    ends = np.concatenate([points, points[:1]]) if loop else points
    alphas = np.arange(between) / between
    segments = [how(start, stop, alphas) for start, stop in zip(ends, ends[1:])]
    return np.concatenate(segments if loop else [*segments, ends[-1:]]).astype(np.float32)


def sweep(z, dimension, values):
    """Vary one dimension of z, and keep the others.

    "Difficulties in training a GAN" did this with dimensions 25, 50 and 75, for sorted samples from N(0, 1) multiplied
    by ten.

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
        If ``dimension`` is out of range or ``values`` is empty.
    """
    z, values = single_z('z', z), list_of_numbers('values', values)
    if whole_number('dimension', dimension, 0) >= len(z):
        raise ValueError(f'dimension must be an int from 0 to {len(z) - 1}, not {dimension!r}')
    swept = np.repeat(z[None], len(values), axis=0)
    swept[:, dimension] = values
    return swept


def diagonal(nz, values):
    """Set all dimensions to the same value, for each of the values: ``(K, nz)``.

    The PyTorch DCGAN on MNIST used values from -1 to 1.
    """
    return np.repeat(list_of_numbers('values', values)[:, None], whole_number('nz', nz), axis=1).astype(np.float32)


def smoothness(features, loop=False):
    """The largest step of a walk divided by its mean step, measured in feature space.

    1 means that every step changes the image by the same amount. A large value means that the image jumps somewhere.
    Sharp transitions are a sign of memorised training images (DCGAN, section 6.1).

    Parameters
    ----------
    features : array_like
        ``(K, d)``: features of the walk's images in order, K at least 3. They are pixels, or the result of
        :func:`gluon_gan.metrics.extract`.
    loop : bool
        Whether to include the step from the last image back to the first.

    Returns
    -------
    float
        At least 1; smaller is smoother.

    Raises
    ------
    ValueError
        If there are fewer than three rows, or all of them are equal.
    """
    features = rows('features', features, 3).astype(np.float64)
    differences = np.diff(features, axis=0, append=features[:1] if loop else features[:0])
    steps = np.linalg.norm(differences, axis=1)
    if not steps.any():
        raise ValueError('this walk is constant: all its images are identical')
    return float(steps.max() / steps.mean())
