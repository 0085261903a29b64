"""Which networks a name stands for: those of a run, of a checkpoint, or of shipped weights."""

import json

from ..support import storage
from ..train.run import source as runs
from ..translate import source as translations
from . import card

REPORT = 'scores.json'  # in the folder of a run: what `gluon-gan evaluate RUN -o RUN/scores.json` writes


def networks(source, network='generator'):
    """The networks that ``gluon-gan export`` writes.

    Parameters
    ----------
    source : path-like or str
        A run's folder, a checkpoint, or the name of shipped weights.
    network : str
        'generator' or 'discriminator' of a GAN. Of an image translation both generators are taken, whatever is asked
        for.

    Returns
    -------
    (list of (str, mxnet.gluon.HybridBlock), dict)
        Each network with a name for its file, and the record of the training: its settings and findings. Its
        ``scores`` are those of the shipped weights, or those in the run's ``scores.json``, which
        ``gluon-gan evaluate RUN -o RUN/scores.json`` writes. They assess images, so a discriminator has none.

    Raises
    ------
    ValueError
        If weights of that name ship without a discriminator.
    gluon_gan.support.storage.StorageError
        If there is no such run, or it is damaged.
    """
    name = str(source).rstrip('/').rsplit('/', 1)[-1].removesuffix('.npz')
    record = translations.settings(source)
    if record.get('task') == 'translate' or str(source) in translations.names():
        both = translations.translators(source)
        return [(f'{name}-a-to-b', both.ab), (f'{name}-b-to-a', both.ba)], _with_scores(source, record)
    record = runs.settings(source)
    if network == 'discriminator':
        record = {key: value for key, value in record.items() if key != 'scores'}
        return [(f'{name}-discriminator', runs.discriminator(source))], record
    return [(name, runs.generator(source))], _with_scores(source, record)


def _with_scores(source, record):
    """The record of a training, with the scores of the report in the run's folder if there is one."""
    folder = runs.folder_of(source)
    if folder is None or not (folder / REPORT).exists():
        return record
    path = folder / REPORT
    try:
        return {**record, 'scores': card.scores_of(json.loads(path.read_text()))}
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise storage.StorageError(f'{path} is no report of gluon-gan evaluate ({type(error).__name__}: {error}): '
                                   f'run gluon-gan evaluate {source} -o {path}, or remove the file') from error
