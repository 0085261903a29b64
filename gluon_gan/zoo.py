"""Networks that ship with the package, trained by the commands kept beside their weights: generators, and discriminators they played with."""
from pathlib import Path

from . import storage
from .models import Discriminator, Generator

FOLDER = Path(__file__).parent / 'weights'
OPPONENT = '-discriminator'        # how the name of a file ends that holds D


def names():
    """list of str: what :func:`pretrained` takes."""
    return sorted(path.stem for path in FOLDER.glob('*.npz') if not path.stem.endswith(OPPONENT))


def discriminators():
    """list of str: what :func:`pretrained_discriminator` takes."""
    return sorted(path.stem.removesuffix(OPPONENT) for path in FOLDER.glob(f'*{OPPONENT}.npz'))


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


def pretrained_discriminator(name, ctx=None):
    """The discriminator that ``pretrained(name)`` was trained against, as the training left it.

    Its batch norms have the running statistics of real and generated pictures together; :func:`gluon_gan.metrics.probe.on_real` gives a
    copy those of real ones.

    Parameters
    ----------
    name : str
        One of :func:`discriminators`, such as 'mnist'.
    ctx : mxnet.Context, optional
        Where its parameters are put; :func:`gluon_gan.device` by default.

    Returns
    -------
    Discriminator
        Hybridized; the file holds its weights as float16, here they are float32.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.
    """
    if name not in discriminators():
        raise ValueError(f"there is no pretrained discriminator {name!r}; there are: {', '.join(discriminators())}")
    return load_discriminator(FOLDER / f'{name}{OPPONENT}.npz', ctx)


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
    return _load(path, 'generator', Generator, ctx)


def load_discriminator(path, ctx=None):
    """The discriminator in a file that :func:`save_discriminator` wrote; arguments and errors are those of :func:`load_generator`."""
    return _load(path, 'discriminator', Discriminator, ctx)


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
    storage.write_network(path, netG, {'generator': netG.config}, dtype)


def save_discriminator(path, netD, dtype='float16'):
    """Write a :class:`Discriminator` alone; arguments are those of :func:`save_generator`."""
    storage.write_network(path, netD, {'discriminator': netD.config}, dtype)


def _load(path, kind, cls, ctx):
    def make(meta):
        try:
            return cls(**meta[kind])
        except (KeyError, TypeError, ValueError) as error:
            raise storage.StorageError(f'{path} holds no {kind} of gluon_gan') from error
    return storage.read_network(path, make, ctx)
