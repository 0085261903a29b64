"""Networks by the name that a user gives: a run, a checkpoint, or weights that ship with the package."""
import json
from pathlib import Path

from ... import presets, zoo
from ...support import renamed, storage
from ...support.checks import path_or_name
from ..trainer import GANTrainer
from .folder import find, read_config
from .growing import taken_over


def generator(source, ctx=None):
    """The generator that samples are taken from.

    Parameters
    ----------
    source : path-like or str
        The folder of a run, a checkpoint, or one of :func:`gluon_gan.zoo.names`. A run whose folder has the name of
        shipped weights takes precedence over them.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.

    Returns
    -------
    Generator

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If there is no such source, or it is damaged.
    """
    shipped = _shipped(source)
    if shipped:
        return zoo.pretrained(shipped, ctx)
    check_exists(source, zoo.names())
    return GANTrainer.load(source, ctx).generator()


def discriminator(source, ctx=None):
    """The discriminator of a run or of shipped weights.

    Parameters and errors are those of :func:`generator`; ValueError if the weights ship without a discriminator.
    """
    shipped = _shipped(source)
    if shipped:
        return zoo.pretrained_discriminator(shipped, ctx)
    check_exists(source, zoo.discriminators())
    return GANTrainer.load(source, ctx).netD


def start_from(trainer, source):
    """Give the networks of a new trainer the weights of ``source``, for fine-tuning.

    G gets the weights that samples of ``source`` are made with, and D those of its discriminator. Networks of twice the
    size take over the inner blocks: see :mod:`.growing`. Adam's moments begin with zero, and the moving average begins
    with the new weights.

    Parameters
    ----------
    trainer : GANTrainer
        Nothing of it has been changed if there is an error.
    source : path-like or str
        As for :func:`generator`; shipped weights must have a discriminator.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If there is no such source, it is damaged, or it has no discriminator.
    ValueError
        If its networks do not fit those of the trainer; the message names the option that makes them fit.
    """
    others = generator(source, trainer.ctx), discriminator(source, trainer.ctx)
    found = [(net, taken_over(net, other, source)) for net, other in zip((trainer.netG, trainer.netD), others)]
    for net, arrays in found:
        storage.set_parameters(net, arrays, str(source))
    if trainer.average:
        trainer.average.update(step=-1)


def check_exists(source, shipped):
    """Raise StorageError if ``source`` has no checkpoint; the message lists ``shipped``, names of shipped weights."""
    if not find(source)[1].exists():
        path = Path(source)
        what = (f'{source} is a folder without checkpoints' if path.is_dir() else f'{source} is not a checkpoint'
                if path.is_file() else f'there is no run or checkpoint {source}')
        raise storage.StorageError(f'{what}: pass the folder of a run, a checkpoint (.npz), or the name of weights '
                                   f"that ship with the package, {', '.join(shipped)}")


def folder_of(source):
    """pathlib.Path or None: the folder of the run that ``source`` names or belongs to; None for shipped weights."""
    return None if _shipped(source) else find(source)[0]


def settings(source):
    """The recorded settings and facts of the training of ``source``.

    Returns
    -------
    dict
        With the keys of ``config.json``, such as ``data``, ``data_name`` and ``size``; empty if nothing is recorded.
    """
    shipped = _shipped(source)
    if shipped:
        card = renamed.config(json.loads((zoo.FOLDER / f'{shipped}.json').read_text()))
        return {**presets.preset(card['preset']), **card}
    folder, _ = find(source)
    return read_config(folder) if (folder / 'config.json').exists() else {}


def _shipped(source):
    """The current name of the shipped weights that ``source`` names; None if it names none, or a run of that name."""
    if (Path(path_or_name('source', source)) / 'config.json').exists():
        return None
    name = renamed.weights(str(source))
    return name if name in zoo.names() else None
