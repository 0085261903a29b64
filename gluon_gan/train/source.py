"""What a person names to get a network from: a run, a checkpoint, or weights that ship with the package."""
import json
from pathlib import Path

from .. import presets, zoo
from .folder import find, read_config
from .trainer import GANTrainer


def generator(source, ctx=None):
    """The generator that samples are taken from.

    Parameters
    ----------
    source : path-like or str
        A run's folder, a checkpoint, or one of :func:`gluon_gan.zoo.names`; of these two a run in a folder of that name goes first.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.

    Raises
    ------
    gluon_gan.storage.StorageError
        If there is none, or it is damaged.
    """
    return zoo.pretrained(str(source), ctx) if _ships(source) else GANTrainer.load(source, ctx).generator()


def discriminator(source, ctx=None):
    """The discriminator of a run or of shipped weights; arguments and errors as for :func:`generator`, and ValueError where weights ship without."""
    return zoo.pretrained_discriminator(str(source), ctx) if _ships(source) else GANTrainer.load(source, ctx).netD


def folder_of(source):
    """pathlib.Path or None: the folder of the run that ``source`` names, or that a checkpoint is of; None for shipped weights."""
    return None if _ships(source) else find(source)[0]


def settings(source):
    """dict: what the training of ``source`` was told and found: ``data``, ``data_name``, ``size`` ...; {} where nothing is known of it."""
    if _ships(source):
        card = json.loads((zoo.FOLDER / f'{source}.json').read_text())
        return {**presets.preset(card['preset']), **card}
    folder, _ = find(source)
    return read_config(folder) if (folder / 'config.json').exists() else {}


def _ships(source):
    return str(source) in zoo.names() and not (Path(source) / 'config.json').exists()
