"""Sample the latent space, and generate images from z."""
import mxnet as mx
import numpy as np
from mxnet import autograd

from ..support.checks import random_seed, shown, whole_number
from ._validation import rows


def sample_z(n, nz=100, seed=None, ctx=None):
    """Sample ``n`` latent vectors from N(0, 1).

    Parameters
    ----------
    n, nz : int
        Number of vectors, and their dimension; at least 1.
    seed : int, sequence of int or None
        The same seed gives the same values on every device, and the first rows do not depend on ``n``. With None, the
        seed is taken from NumPy's global random state.
    ctx : mxnet.Context, optional
        Device of the result; the CPU by default.

    Returns
    -------
    NDArray
        ``(n, nz)`` float32.

    Raises
    ------
    ValueError
        If ``n`` or ``nz`` is not an int of at least 1, or the seed is neither an int of at least 0 nor a list of them.
    """
    n, nz, seed = whole_number('n', n), whole_number('nz', nz), random_seed(seed)
    if seed is None:
        seed = np.random.randint(2 ** 31)
    noise = np.random.default_rng(seed).standard_normal((n, nz), dtype=np.float32)
    return mx.nd.array(noise, ctx=ctx or mx.cpu())


def labels(n, classes, wanted=None, ctx=None):
    """The class of each of ``n`` samples, for a class-conditional generator.

    Parameters
    ----------
    n, classes : int
        Number of samples, and number of classes.
    wanted : int or sequence of int, optional
        Classes from 0 to classes - 1. They are repeated in this order up to ``n`` labels; all classes by default.
    ctx : mxnet.Context, optional
        Device of the result; the CPU by default.

    Returns
    -------
    NDArray
        ``(n,)`` float32.

    Raises
    ------
    ValueError
        If ``wanted`` is empty or one of its values is not a class, or ``n`` or ``classes`` is not an int of at least 1.
    """
    n, classes = whole_number('n', n), whole_number('classes', classes)
    try:
        wanted = np.atleast_1d(np.arange(classes) if wanted is None else wanted)
    except ValueError:              # lists of different lengths
        wanted = np.array([None])
    if (wanted.ndim != 1 or not wanted.size or wanted.dtype.kind not in 'iu'
            or wanted.min() < 0 or wanted.max() >= classes):
        raise ValueError(f'labels must be classes from 0 to {classes - 1}, not {shown(wanted.tolist())}')
    return mx.nd.array(np.resize(wanted, n), ctx=ctx or mx.cpu(), dtype=np.float32)


def sample(netG, n=64, seed=None, nz=None, batch_size=128, classes=None):
    """Generate images from ``n`` random z.

    Batch norm uses its running statistics, so that an image does not depend on the rest of the batch. This holds inside
    ``autograd.record()`` too, which does not record the images.

    Parameters
    ----------
    netG : callable
        Maps z ``(N, nz)`` to images ``(N, C, H, W)``: a :class:`~gluon_gan.Generator` or any other callable.
    n : int
        Number of images.
    seed : int or None
        As for :func:`sample_z`.
    nz : int, optional
        Dimension of z; required only if netG has no attribute ``nz``.
    batch_size : int
        Number of images generated at a time. It limits memory use and does not affect the result.
    classes : int or sequence of int, optional
        For a class-conditional netG: the classes, as ``wanted`` of :func:`labels`; all of them by default.

    Returns
    -------
    NDArray
        ``(n, C, H, W)`` in [-1, 1], on netG's device.

    Raises
    ------
    ValueError
        If ``n`` or ``batch_size`` is not an int of at least 1, a seed is negative or not an int, ``nz`` is unknown,
        netG does not have such a class, or netG has not been initialised.
    """
    return mx.nd.concat(*stream(netG, n, seed, nz, batch_size, classes), dim=0)


def stream(netG, n, seed=None, nz=None, batch_size=128, classes=None):
    """Yield the images of :func:`sample` in batches ``(batch_size, C, H, W)``: memory use does not grow with ``n``."""
    batch_size = whole_number('batch_size', batch_size)
    nz = getattr(netG, 'nz', None) if nz is None else whole_number('nz', nz)
    if nz is None:
        raise ValueError('the dimension of z is unknown, because netG has no attribute nz: pass nz=...')
    return _batches(netG, sample_z(n, nz, seed, ctx=context_of(netG)), batch_size, classes)


def generate(netG, z, classes=None, batch_size=128, together=False):
    """Generate the images of given z.

    Parameters
    ----------
    netG : callable
        As for :func:`sample`.
    z : NDArray or array_like
        ``(N, nz)``, for example from :func:`sample_z` or a walk.
    classes, batch_size
        As for :func:`sample`.
    together : bool
        False uses the running statistics of batch norm. True generates all images in a single batch, normalised by its
        own statistics, like a network left in training mode. Each image then depends on the rest of the batch, and even
        tiny differences between the z can give very different images.

    Returns
    -------
    NDArray
        ``(N, C, H, W)`` in [-1, 1], on netG's device.

    Raises
    ------
    ValueError
        If z has another shape, netG expects another nz, or netG has not been initialised.
    """
    z = rows('z', z)
    if getattr(netG, 'nz', z.shape[1]) != z.shape[1]:
        raise ValueError(f'this netG takes z of {netG.nz} dimensions, not of {z.shape[1]}')
    batch_size, z = whole_number('batch_size', batch_size), mx.nd.array(z, ctx=context_of(netG))
    if not together:
        return mx.nd.concat(*_batches(netG, z, batch_size, classes), dim=0)
    return next(_batches(netG, z, len(z), classes, train_mode=True))


def _batches(netG, z, batch_size, classes, train_mode=False):
    """A generator of image batches ``(batch_size, C, H, W)``. The arguments are checked before the first of them."""
    class_count = getattr(netG, 'classes', 0)
    if classes is not None and not class_count:
        raise ValueError(f'this netG is unconditional and has no classes: leave classes={shown(classes)} out')
    inputs = [z, labels(len(z), class_count, classes, ctx=z.context)] if class_count else [z]
    return _generated(netG, inputs, batch_size, train_mode)


def _generated(netG, inputs, batch_size, train_mode):
    for start in range(0, len(inputs[0]), batch_size):
        # The mode of autograd is global. It is set for each batch, because the caller's code runs between them.
        with autograd.pause(train_mode):
            images = netG(*[array[start:start + batch_size] for array in inputs])
        yield images


def context_of(netG):
    """The device of netG's parameters; the CPU for a callable without parameters."""
    if hasattr(netG, 'collect_params'):
        for parameter in netG.collect_params().values():
            try:
                return parameter.list_ctx()[0]
            except RuntimeError as error:
                raise ValueError(f'this {type(netG).__name__} has not been initialised: call netG.initialize(), '
                                 'or load weights, before images are generated') from error
    return mx.cpu()
