"""The networks that ship with the package: generators, and the discriminators that they were trained against.

Beside the weights, a JSON file holds the command that trained them.
"""
from pathlib import Path

from ..models import Discriminator, Generator
from ..support import renamed, storage

FOLDER = Path(__file__).parent / 'weights'
DISCRIMINATOR_SUFFIX = '-discriminator'        # the file names of discriminators end with it


def names():
    """list of str: the names that :func:`pretrained` accepts."""
    return sorted(path.stem for path in FOLDER.glob('*.npz') if not path.stem.endswith(DISCRIMINATOR_SUFFIX))


def discriminators():
    """list of str: the names that :func:`pretrained_discriminator` accepts."""
    return sorted(path.stem.removesuffix(DISCRIMINATOR_SUFFIX) for path in FOLDER.glob(f'*{DISCRIMINATOR_SUFFIX}.npz'))


def pretrained(name, ctx=None):
    """Load a trained generator.

    The file ``gluon_gan/zoo/weights/NAME.json`` holds the data, the command, the duration and the history of its
    training.

    Parameters
    ----------
    name : str
        One of :func:`names`, such as 'mnist'.
    ctx : mxnet.Context, optional
        The device of the parameters; :func:`gluon_gan.device` by default.

    Returns
    -------
    Generator
        The generator, hybridized. Its parameters are float32; the file holds them as float16.

    Raises
    ------
    ValueError
        If there is no generator of that name; the message lists the names.
    """
    name = renamed.weights(name)
    if name not in names():
        raise ValueError(f"there is no pretrained generator {name!r}; there are: {', '.join(names())}")
    return load_generator(FOLDER / f'{name}.npz', ctx)


def pretrained_discriminator(name, ctx=None):
    """Load the discriminator that the generator ``pretrained(name)`` was trained against, in its final state.

    The running statistics of its batch normalisation are those of real and generated images together.
    :func:`gluon_gan.metrics.probe.on_real` returns a copy with the statistics of real images only.

    Parameters
    ----------
    name : str
        One of :func:`discriminators`, such as 'mnist'.
    ctx : mxnet.Context, optional
        The device of the parameters; :func:`gluon_gan.device` by default.

    Returns
    -------
    Discriminator
        The discriminator, hybridized. Its parameters are float32; the file holds them as float16.

    Raises
    ------
    ValueError
        If there is no discriminator of that name; the message lists the names.
    """
    name = renamed.weights(name)
    if name not in discriminators():
        raise ValueError(f"there is no pretrained discriminator {name!r}; there are: {', '.join(discriminators())}")
    return load_discriminator(FOLDER / f'{name}{DISCRIMINATOR_SUFFIX}.npz', ctx)


def load_generator(path, ctx=None):
    """Load the generator from a file that :func:`save_generator` wrote.

    Parameters
    ----------
    path : path-like
    ctx : mxnet.Context, optional
        The device of the parameters; :func:`gluon_gan.device` by default.

    Returns
    -------
    Generator
        The generator, hybridized, with float32 parameters.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If the file is missing or damaged, or does not hold a generator.
    """
    return _load(path, 'generator', Generator, ctx)


def load_discriminator(path, ctx=None):
    """Load the discriminator from a file that :func:`save_discriminator` wrote.

    The parameters and errors are those of :func:`load_generator`.
    """
    return _load(path, 'discriminator', Discriminator, ctx)


def save_generator(path, netG, dtype='float16'):
    """Write the weights of a :class:`Generator`, without the state of its training.

    float16 halves the size of the file; the effect on the images is invisible.

    Parameters
    ----------
    path : path-like
        A file name that ends in '.npz'.
    netG : Generator
    dtype : str
        'float16' or 'float32'.
    """
    storage.write_network(path, netG, {'generator': netG.config}, dtype)


def save_discriminator(path, netD, dtype='float16'):
    """Write the weights of a :class:`Discriminator`; the parameters are those of :func:`save_generator`."""
    storage.write_network(path, netD, {'discriminator': netD.config}, dtype)


def _load(path, kind, cls, ctx):
    def make(meta):
        try:
            return cls(**meta[kind])
        except (KeyError, TypeError, ValueError) as error:
            raise storage.StorageError(f'{path} does not hold a {kind} of gluon_gan') from error
    return storage.read_network(path, make, ctx)
