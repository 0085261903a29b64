"""Generators that ship with the package, trained by the commands kept beside their weights."""
from pathlib import Path

from . import runtime, storage
from .models import Generator

FOLDER = Path(__file__).parent / 'weights'


def names():
    """list of str: what :func:`pretrained` takes."""
    return sorted(path.stem for path in FOLDER.glob('*.npz'))


def pretrained(name, ctx=None):
    """A trained generator.

    ``gluon_gan/weights/NAME.json`` beside the weights holds the data, the command, the seconds and the history of the
    training.

    Parameters
    ----------
    name : str
        One of :func:`names`, such as 'mnist'.
    ctx : mxnet.Context, optional
        Where its parameters are put; :func:`gluon_gan.device` by default.

    Returns
    -------
    Generator
        Hybridized; the file holds its weights as float16, here they are float32.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.
    """
    if name not in names():
        raise ValueError(f"there is no pretrained generator {name!r}; there are: {', '.join(names())}")
    return load_generator(FOLDER / f'{name}.npz', ctx)


def load_generator(path, ctx=None):
    """The generator in a file that :func:`save_generator` wrote.

    Parameters
    ----------
    path : path-like
    ctx : mxnet.Context, optional
        Where its parameters are put; :func:`gluon_gan.device` by default.

    Returns
    -------
    Generator
        Hybridized, float32.

    Raises
    ------
    gluon_gan.storage.StorageError
        If the file is missing, damaged or holds no generator.
    """
    arrays, meta = storage.read(path)
    try:
        netG = Generator(**meta['generator'])
    except (KeyError, TypeError, ValueError) as error:
        raise storage.StorageError(f'{path} holds no generator of gluon_gan') from error
    netG.initialize(ctx=ctx or runtime.device())
    storage.set_parameters(netG, arrays, source=f'the weights in {path}')
    netG.hybridize(static_alloc=True)
    return netG


def save_generator(path, netG, dtype='float16'):
    """Write a :class:`Generator` alone, for others to use: half the bytes at float16, which no eye sees.

    Parameters
    ----------
    path : path-like
        Ends in '.npz'.
    netG : Generator
    dtype : str
        'float16' or 'float32'.
    """
    arrays = {name: array.astype(dtype) for name, array in storage.parameters(netG).items()}
    storage.write(path, arrays, {'generator': netG.config})
