"""Checks before a run is resumed: that its settings, its records and its data are still those of its training."""
import logging
from pathlib import Path

from ... import catalogue, losses
from ...data.fingerprint import fingerprint
from ...penalties import PENALTIES
from ...support import storage
from ..arguments import usual_values
from ..watch import history
from .settings import PLACES, task_module

log = logging.getLogger('gluon_gan')
# Attributes of the networks that are settings of the run, too. `average` is not among them: the checkpoint decides.
NETWORKS = 'size', 'channels', 'nz', 'ngf', 'ndf', 'kernel', 'classes', 'norm', 'upsampling', 'block'
# They may differ: a schedule changes the noise during a training, and the loss scale of float16 is not in a checkpoint.
SCHEDULED = 'noise', 'half'


def check_records(folder):
    """Raise ValueError if a line of ``history.jsonl`` or ``alarms.jsonl`` was edited and no training can read it."""
    for name in ('history.jsonl', 'alarms.jsonl'):
        if (folder / name).exists():
            history.read(folder / name)


def check_networks(file, trainer, settings):
    """Raise StorageError unless the networks of a trainer are those of the settings."""
    networks = {**trainer.netD.config, **trainer.netG.config}
    for name in NETWORKS:
        wanted = getattr(settings, name, None)
        if name in networks and wanted is not None and wanted != networks[name]:
            raise storage.StorageError(f'{file} belongs to another run: its {name} is {networks[name]}, not {wanted}')


def corrected(folder, settings, trainer):
    """The settings with the values that the training has according to its checkpoint.

    They differ if ``config.json`` was edited. The training continues with the values of the checkpoint, so these must
    be in ``config.json``. A warning names each of them.

    Parameters
    ----------
    folder : pathlib.Path
        The folder of the run.
    settings : Settings
        From its ``config.json``.
    trainer : GANTrainer or CycleTrainer
        From its checkpoint.

    Returns
    -------
    Settings
    """
    actual = {name: value for name, value in trainer.options.items() if name not in SCHEDULED}
    if 'batch_size' in trainer.loader_facts:
        actual['batch_size'] = trainer.loader_facts['batch_size']
    changes = {name: value for name, value in actual.items() if hasattr(settings, name)
               and (_effective(settings, name, actual) or None) != (value or None)}      # average: 0 is None
    for name, value in changes.items():
        log.warning('%s says %s=%r, and this run has been trained with %r: it continues with %r, and the file is '
                    'corrected; start a new run to change it', folder / 'config.json', name, getattr(settings, name),
                    value, value)
    return settings.replace(**changes)


def _effective(settings, name, actual):
    """The value of a setting in the training: where None stands for another value, that value."""
    value = getattr(settings, name)
    if value is not None:
        return value
    if name in ('lrG', 'lrD'):
        return actual['lr']
    penalty, features_only = actual.get('penalty', 'none'), losses.objective(actual['loss'])[1] is None
    usual = {**usual_values(actual['loss'], penalty), 'feature_weight': float(features_only)}
    if penalty != 'none':
        usual['gamma'] = PENALTIES[penalty].gamma
    return usual.get(name)


def moved(settings, **places):
    """The settings with new places of the training data: ``data``, or ``a`` and ``b``; None keeps the old place."""
    places = {name: catalogue.place_of(place) for name, place in places.items() if place is not None}
    for name in places:
        if getattr(settings, name, None) is None:
            raise ValueError(f'--{name} cannot be given: this run has no such data, but --data {settings.data}')
    return settings.replace(**places)


def load_data(folder, settings, provenance, cluster):
    """The loader of a resumed run; if its data are no longer where they were, the error names the ways out."""
    try:
        return task_module(settings.task).make_loader(settings, cluster)
    except (ValueError, OSError) as error:
        for name in PLACES:
            place = getattr(settings, name, None)
            gone = place and Path(place).is_absolute() and not Path(place).exists()
            if gone or (isinstance(error, ConnectionError) and name == 'data'):
                problem = 'which is no longer at' if gone else 'and no data server answers at'
                raise ValueError(f'{folder} was trained on {provenance.data_name}, {problem} {place}: name the new '
                                 f'place of the same data with --{name}, or restore the old one') from error
        raise


def fingerprint_of(loader):
    """str: the fingerprint of the data of a run, with the labels if the networks are conditioned on them."""
    return fingerprint(loader.images, labels=getattr(loader, 'labels', False))


def recognised(folder, loader, provenance, accept_data=False):
    """The facts of a run with those about its data now; ValueError if the data are not those of its training.

    Runs of earlier versions have no fingerprint: their data are recognised by the name, which contains the number of
    images.
    """
    name, now, before = loader.images.name, fingerprint_of(loader), provenance.data_fingerprint
    same = now == before if before else name == provenance.data_name
    if not (same or accept_data):
        what = f'{provenance.data_name}, and the data are now {name}'
        if name == provenance.data_name:
            what = f'{name}, and these are other images now'
        raise ValueError(f'{folder} was trained on {what}: restore the original data, name their new place with '
                         '--data, continue on the other images with --accept-data, or start a new run')
    return provenance.replace(data_name=name, data_fingerprint=now, stand_in=loader.images.stand_in)


def warn_of_workers(folder, before, now):
    """Log what changes if a run is resumed by another number of workers."""
    if now == before:
        return
    words = [f'{number} workers' if number > 1 else 'one process' for number in (before, now)]
    log.warning('%s was trained by %s and continues in %s: the order of the images stays the same, but each process '
                'normalises its own part of a batch, so that the result differs from that of %s', folder, *words,
                words[0])
