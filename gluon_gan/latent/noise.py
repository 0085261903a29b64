"""Draw from the latent space, and see what a generator makes of it."""
import mxnet as mx
import numpy as np
from mxnet import autograd

from ..checks import whole_number
from ._points import rows


def draw(n, nz=100, seed=None, ctx=None):
    """Noise z ``(n, nz)`` float32 from N(0, 1).

    Parameters
    ----------
    n, nz : int
        How many vectors, of how many dimensions; at least 1.
    seed : int, sequence of int or None
        Same seed, same noise, on every device; the first rows do not depend on ``n``. None takes NumPy's global state.
    ctx : mxnet.Context, optional
        Where the array is put; the CPU by default.

    Returns
    -------
    NDArray
        ``(n, nz)``

    Raises
    ------
    ValueError
        If ``n`` or ``nz`` is no int of at least 1.
    """
    n, nz = whole_number('n', n), whole_number('nz', nz)
    if seed is None:
        seed = np.random.randint(2 ** 31)
    noise = np.random.default_rng(seed).standard_normal((n, nz), dtype=np.float32)
    return mx.nd.array(noise, ctx=ctx or mx.cpu())


def labels(n, classes, wanted=None, ctx=None):
    """The class of each of ``n`` samples, for a generator that is told.

    Parameters
    ----------
    n, classes : int
        How many samples, and of how many classes.
    wanted : int or sequence of int, optional
        Classes from 0 to classes - 1, taken in turn; by default all of them.
    ctx : mxnet.Context, optional

    Returns
    -------
    NDArray
        ``(n,)`` float32.

    Raises
    ------
    ValueError
        If one of ``wanted`` is no such class.
    """
    wanted = np.atleast_1d(np.arange(classes) if wanted is None else wanted)
    if wanted.ndim != 1 or not wanted.size or wanted.dtype.kind not in 'iu' or wanted.min() < 0 or wanted.max() >= classes:
        raise ValueError(f'labels must be classes from 0 to {classes - 1}, not {wanted.tolist()}')
    return mx.nd.array(np.resize(wanted, n), ctx=ctx or mx.cpu(), dtype=np.float32)


def sample(netG, n=64, seed=None, nz=None, batch_size=128, classes=None):
    """Pictures of ``n`` random z, made with running batch statistics (so that none depends on its neighbours).

    Parameters
    ----------
    netG : callable
        z ``(N, nz)`` to pictures ``(N, C, H, W)``; a :class:`~gluon_gan.Generator` or any other.
    n : int
        How many.
    seed : int or None
        As for :func:`draw`.
    nz : int, optional
        Dimensions of z; needed only where netG has no attribute ``nz``.
    batch_size : int
        How many at once: bounds the memory, changes nothing that shows.
    classes : int or sequence of int, optional
        For a netG that knows classes: which ones, taken in turn; by default all of them.

    Returns
    -------
    NDArray
        ``(n, C, H, W)`` in [-1, 1], on netG's device.

    Raises
    ------
    ValueError
        If ``n`` or ``batch_size`` is no int of at least 1, netG does not say its ``nz``, or has no such class.
    """
    return mx.nd.concat(*stream(netG, n, seed, nz, batch_size, classes), dim=0)


def stream(netG, n, seed=None, nz=None, batch_size=128, classes=None):
    """The pictures of :func:`sample`, a batch ``(batch_size, C, H, W)`` at a time, so that memory does not grow with their number."""
    batch_size = whole_number('batch_size', batch_size)
    nz = nz or getattr(netG, 'nz', None)
    if nz is None:
        raise ValueError('this netG does not say how many dimensions its noise has: pass nz=...')
    return _batches(netG, draw(n, nz, seed, ctx=context_of(netG)), batch_size, classes)


def generate(netG, z, classes=None, batch_size=128, together=False):
    """Pictures of the z that are given, made with running batch statistics.

    Parameters
    ----------
    netG : callable
        As for :func:`sample`.
    z : NDArray or array_like
        ``(N, nz)``, as :func:`draw` and every walk give it.
    classes, batch_size
        As for :func:`sample`.
    together : bool
        All in one batch, which is normalised by its own statistics, as by a network that was left in training mode. A picture then depends
        on the others, and z that differ by next to nothing give pictures that differ by much.

    Returns
    -------
    NDArray
        ``(N, C, H, W)`` in [-1, 1], on netG's device.

    Raises
    ------
    ValueError
        If z is no such array, or netG wants another nz.
    """
    z = rows('z', z)
    if getattr(netG, 'nz', z.shape[1]) != z.shape[1]:
        raise ValueError(f'this netG takes z of {netG.nz} dimensions, not of {z.shape[1]}')
    batch_size, z = whole_number('batch_size', batch_size), mx.nd.array(z, ctx=context_of(netG))
    if not together:
        return mx.nd.concat(*_batches(netG, z, batch_size, classes), dim=0)
    with autograd.train_mode():
        return next(_batches(netG, z, len(z), classes))


def _batches(netG, z, batch_size, classes):
    known = getattr(netG, 'classes', 0)
    if classes is not None and not known:
        raise ValueError(f'this netG knows no classes: it cannot be asked for {classes!r}')
    inputs = [z, labels(len(z), known, classes, ctx=z.context)] if known else [z]
    return (netG(*[array[start:start + batch_size] for array in inputs]) for start in range(0, len(z), batch_size))


def context_of(netG):
    """Where netG's parameters live; the CPU for a callable that has none."""
    if hasattr(netG, 'collect_params'):
        for parameter in netG.collect_params().values():
            return parameter.list_ctx()[0]
    return mx.cpu()
