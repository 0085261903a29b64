"""Translators by name: of a run, a checkpoint or shipped weights. And image files as input for them."""
import json
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import presets, zoo
from ..data import image_files
from ..support import storage
from ..support.pixels import to_float
from ..train.run.folder import find, read_config
from ..train.run.source import check_exists
from .generators import Translators
from .trainer import CycleTrainer

FOLDER = zoo.FOLDER / 'translate'


def names():
    """Return the names of the shipped weights, a list of str for :func:`pretrained`."""
    return sorted(path.stem for path in FOLDER.glob('*.npz'))


def pretrained(name, ctx=None):
    """Load trained translators that ship with the package.

    ``gluon_gan/zoo/weights/translate/NAME.json``, next to the weights, records the data set, the command, the duration
    and the history of the training.

    Parameters
    ----------
    name : str
        One of :func:`names`, such as 'red-teal'.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.

    Returns
    -------
    Translators
        Hybridized. The file contains float16 values, which are converted to float32.

    Raises
    ------
    ValueError
        If there are no weights of that name. The message lists the available names.
    """
    if name not in names():
        raise ValueError(f"there are no pretrained translators {name!r}; there are: {', '.join(names()) or 'none'}")
    return storage.read_network(FOLDER / f'{name}.npz', lambda meta: Translators(**meta['generator']), ctx)


def save(path, netG):
    """Write both generators, without optimisers or discriminators, to a file of float16 values."""
    storage.write_network(path, netG, {'generator': netG.config})


def translators(source, ctx=None):
    """Load both generators of a run, a checkpoint or shipped weights.

    A run in a folder has precedence over shipped weights of the same name.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If the source does not exist, is damaged, or belongs to another task.
    """
    if _is_shipped(source):
        return pretrained(str(source), ctx)
    check_exists(source, names())
    return CycleTrainer.load(source, ctx).generator()


def settings(source):
    """Return the settings of the training of ``source``: a dict of ``task``, ``data``, ``a``, ``b``, ``size`` and more.

    It is empty for a checkpoint that lies outside a run.
    """
    if _is_shipped(source):
        card = json.loads((FOLDER / f'{source}.json').read_text())
        return {'task': 'translate', **presets.translation(card['preset']), **card}
    folder, _ = find(source)
    return read_config(folder) if (folder / 'config.json').exists() else {}


def _is_shipped(source):
    return str(source) in names() and not (Path(source) / 'config.json').exists()


def read(path, netG):
    """Read an image file as a batch of one for ``netG``: ``(1, C, size, size)`` in [-1, 1].

    The image is cropped to the largest square in its centre and resized.

    Raises
    ------
    ValueError
        If the file cannot be read as an image.
    """
    try:
        image = image_files.read(Path(path).read_bytes())
    except image_files.UnusableImage as error:
        raise ValueError(f'{path} {error}') from error
    except OSError as error:
        raise ValueError(f'{path} cannot be read: {error.strerror}') from error
    array = image_files.square(image, netG.size)[None]
    if netG.channels == 1:
        array = array.mean(axis=3, keepdims=True).round().astype(np.uint8)
    ctx = next(iter(netG.collect_params().values())).list_ctx()[0]
    return mx.nd.array(to_float(np.ascontiguousarray(array)), ctx=ctx)
