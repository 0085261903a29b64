"""What a person names to translate with: a run, a checkpoint, or weights that ship with the package; and the pictures to translate."""
import json
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import presets, storage, zoo
from ..data import pictures
from ..pixels import to_float
from ..train.folder import find, read_config
from .generators import Translators
from .trainer import CycleTrainer

FOLDER = zoo.FOLDER / 'translate'


def names():
    """list of str: what ships, for :func:`pretrained`."""
    return sorted(path.stem for path in FOLDER.glob('*.npz'))


def pretrained(name, ctx=None):
    """Trained translators that ship with the package.

    ``gluon_gan/weights/translate/NAME.json`` beside the weights holds the data, the command, the seconds and the history.

    Parameters
    ----------
    name : str
        One of :func:`names`, such as 'red-teal'.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.

    Returns
    -------
    Translators
        Hybridized; the file holds float16, here they are float32.

    Raises
    ------
    ValueError
        If there is none of that name; the message lists those there are.
    """
    if name not in names():
        raise ValueError(f"there are no pretrained translators {name!r}; there are: {', '.join(names()) or 'none'}")
    return storage.read_network(FOLDER / f'{name}.npz', lambda meta: Translators(**meta['generator']), ctx)


def save(path, netG):
    """Write both generators alone, as float16, for others to use."""
    storage.write_network(path, netG, {'generator': netG.config})


def translators(source, ctx=None):
    """Both generators of a run, a checkpoint, or shipped weights; of these a run in a folder of that name goes first.

    Raises
    ------
    gluon_gan.storage.StorageError
        If there is none, it is damaged, or of another task.
    """
    return pretrained(str(source), ctx) if _ships(source) else CycleTrainer.load(source, ctx).generator()


def settings(source):
    """dict: what the training of ``source`` was told and found: ``task``, ``data``, ``a``, ``b``, ``size`` ...; {} where nothing is known of it."""
    if _ships(source):
        card = json.loads((FOLDER / f'{source}.json').read_text())
        return {'task': 'translate', **presets.translation(card['preset']), **card}
    folder, _ = find(source)
    return read_config(folder) if (folder / 'config.json').exists() else {}


def _ships(source):
    return str(source) in names() and not (Path(source) / 'config.json').exists()


def read(path, netG):
    """A picture file as a batch of one for ``netG``, ``(1, C, size, size)`` in [-1, 1]: the largest square in the middle.

    Raises
    ------
    ValueError
        If it cannot be read as a picture.
    """
    try:
        image = pictures.read(Path(path).read_bytes())
    except pictures.BadPicture as error:
        raise ValueError(f'{path} {error}') from error
    except OSError as error:
        raise ValueError(f'{path} cannot be read: {error.strerror}') from error
    array = pictures.square(image, netG.size)[None]
    if netG.channels == 1:
        array = array.mean(axis=3, keepdims=True).round().astype(np.uint8)
    ctx = next(iter(netG.collect_params().values())).list_ctx()[0]
    return mx.nd.array(to_float(np.ascontiguousarray(array)), ctx=ctx)
