"""A checkpoint: both networks, both Adam states, the averaged generator and the position in the data, in one file.

All random numbers follow from (seed, step) or (seed, epoch), so there is no state of a random generator to save. A
training resumed from a checkpoint equals an uninterrupted one bit for bit, on the same machine with the same number of
threads.

A checkpoint folder contains ``step-0001000.npz`` and so on, and possibly ``best.npz``. The newest checkpoint is
determined from the file names alone: a link or an index file could be wrong after a crash, or not fit on a full disk.
Runs of older versions contain one ``last.npz`` instead.
"""
import re
from pathlib import Path

import numpy as np

from ..support import storage
from ..support.checks import path_or_name, whole_number
from . import adam, position

FORMAT = 1
EXTRA = 'memory'      # prefix, in the file, of the arrays of ``trainer.extra_state()``


class Damaged(storage.StorageError):
    """A checkpoint cannot be read, but an earlier one can.

    Attributes
    ----------
    problem : str
    earlier : pathlib.Path
    """

    def __init__(self, problem, earlier):
        super().__init__(f'{problem}, or load the one before it: {earlier}')
        self.problem, self.earlier = problem, earlier


def save(trainer, path, **more):
    """Save a trainer; see :meth:`gluon_gan.GANTrainer.save`. ``more`` is added to the settings in the file."""
    path = Path(path)
    path = _checkpoint_folder(path) / name_of(trainer.steps) if path.is_dir() else _with_suffix(path)
    if trainer.mid_update:
        raise storage.StorageError(f'the update after step {trainer.steps} was interrupted, so nothing is saved: '
                                   f'resume from {path}')
    arrays = arrays_of(trainer)
    networks = zip((trainer.netG, trainer.netD), trainer.NETWORKS)
    # Only this package's own classes can be created again from a file, not custom classes that inherit from them.
    generator, discriminator = (net.config if type(net) is known else None for net, known in networks)
    meta = {
        'format': FORMAT, 'kind': 'checkpoint', 'task': trainer.TASK, 'steps': trainer.steps, 'epoch': trainer.epoch,
        'generator': generator, 'discriminator': discriminator,
        'trainer': trainer.options,
        'position': position.of(trainer),
        'loader': position.to_meta(trainer),
        **adam.changes(trainer),
        **more,
    }
    storage.write(path, arrays, meta)
    return path


def arrays_of(trainer):
    """Return all arrays of a training that a checkpoint contains.

    Returns
    -------
    dict of ndarray
        By their names in the file.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If an array contains NaN or Inf, or a parameter has no value yet.
    """
    arrays = {}
    for name, net in _networks(trainer).items():
        arrays.update({f'{name}/{place}': array for place, array in storage.parameters(net).items()})
    statistics = ('running_mean', 'running_var')
    for place in [name for name in arrays if name.startswith('average/') and name.endswith(statistics)]:
        # The averaged generator's statistics are measured again before each use. Their last values are not saved: they
        # depend on when images were last generated, and would make two checkpoints of the same training differ.
        arrays[place] = np.full_like(arrays[place], place.endswith('var'))
    for side, optimizer in _optimizers(trainer).items():
        states = optimizer._updaters[0].states
        for index, place in enumerate(trainer.trained(side)):
            if index in states:
                mean, variance = states[index]
                arrays[f'adam{side}/{place}/mean'] = mean.asnumpy()
                arrays[f'adam{side}/{place}/variance'] = variance.asnumpy()
    arrays.update({f'{EXTRA}/{name}': array for name, array in trainer.extra_state().items()})
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise storage.StorageError(f'training has diverged: at step {trainer.steps} {name} contains NaN or Inf, so '
                                       'nothing is saved; resume from an earlier checkpoint with a lower lr than '
                                       f'{trainer.lr}')
    return arrays


def load(cls, path, ctx=None, netG=None, netD=None, cluster=None):
    """Load a trainer of class ``cls``; see :meth:`gluon_gan.GANTrainer.load`."""
    path = file_of(path)
    try:
        arrays, meta = _read(path)
    except storage.StorageError as error:
        earlier = path.exists() and _newest_readable_before(path)
        if earlier:
            raise Damaged(str(error), earlier) from error
        raise
    # Files of older versions name no task; all of them were trained to generate.
    if meta.get('task', 'generate') != cls.TASK:
        raise storage.StorageError(f"{path} is a checkpoint of the task {meta['task']!r}, not {cls.TASK!r}: "
                                   'pass a checkpoint of this task')
    make_G, make_D = cls.NETWORKS
    try:
        if (netG is None and meta['generator'] is None) or (netD is None and meta['discriminator'] is None):
            raise storage.StorageError(f'{path} was made with custom networks: load it in a script, with netG=... '
                                       'and netD=...')
        trainer = cls(netG or make_G(**meta['generator']), netD or make_D(**meta['discriminator']), ctx=ctx,
                      cluster=cluster, **meta['trainer'])
        trainer.steps, trainer.epoch = (whole_number(name, meta[name], 0) for name in ('steps', 'epoch'))
        trainer.position = meta['position']
        position.from_meta(trainer, meta)
        adam.restore_changes(trainer, meta)
        trainer.restore_extra_state(_with_prefix(arrays, EXTRA))
    except (KeyError, TypeError, ValueError) as error:
        raise storage.StorageError(f'{path} is damaged: no trainer can be created from its settings ({error})'
                                   ) from error
    for name, net in _networks(trainer).items():
        storage.set_parameters(net, _with_prefix(arrays, name), source=f"the {name} in {path}")
    for (side, optimizer), updates in zip(_optimizers(trainer).items(), trainer.updates):
        adam.restore_moments(optimizer, trainer.trained(side), _with_prefix(arrays, f'adam{side}'), updates, path)
    trainer.checkpoint_folder = path.parent.resolve()
    return trainer


def file_of(path):
    """Return the checkpoint file that a path refers to.

    Parameters
    ----------
    path : path-like
        The folder of a run, its folder of checkpoints, or a checkpoint with or without '.npz'. A folder refers to its
        checkpoint with the most steps; so does the name 'last' if there is no such file.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ValueError
        If it is no path.
    """
    path = Path(path_or_name('path', path))
    file = _checkpoint_folder(path) / 'last.npz' if path.is_dir() else _with_suffix(path)
    if path.is_dir() or (file.name == 'last.npz' and not file.exists()):
        return checkpoints_in(file.parent)[-1][1] if checkpoints_in(file.parent) else file
    return file


def name_of(steps):
    """Return the file name of a checkpoint: 'step-0001000.npz' for 1000."""
    return f'step-{steps:07d}.npz'


def checkpoints_in(folder):
    """Return the checkpoints of a folder, without ``best.npz``, as an ascending list of (steps, pathlib.Path)."""
    return sorted((_steps(path), path) for path in Path(folder).glob('step-*.npz') if _steps(path) is not None)


def _steps(path):
    """The inverse of :func:`name_of`; None for a file with any other name."""
    match = re.fullmatch(r'step-(\d{7,})\.npz', path.name)
    return int(match[1]) if match else None


def _checkpoint_folder(path):
    """The folder ``checkpoints`` in a run's folder; any other folder itself."""
    return path / 'checkpoints' if (path / 'checkpoints').is_dir() else path


def _with_suffix(path):
    return path if path.suffix == '.npz' else path.with_name(path.name + '.npz')


def _read(path):
    arrays, meta = storage.read(path)
    if meta.get('kind') != 'checkpoint' or meta.get('format') != FORMAT:
        raise storage.StorageError(f'{path} is not a checkpoint of this version of gluon_gan: '
                                   'pass the path of a checkpoint')
    return arrays, meta


def _newest_readable_before(path):
    """The newest readable checkpoint in the same folder with fewer steps than ``path``; None if there is none."""
    for steps, other in reversed(checkpoints_in(path.parent)):
        if _steps(path) is None or steps < _steps(path):
            try:
                _read(other)
                return other
            except storage.StorageError:
                continue
    return None


def _networks(trainer):
    networks = {'netG': trainer.netG, 'netD': trainer.netD}
    if trainer.average:
        networks['average'] = trainer.average.netG
    return networks


def _optimizers(trainer):
    return {'G': trainer.trainerG, 'D': trainer.trainerD}


def _with_prefix(arrays, prefix):
    """The arrays named ``prefix/...``, by their names without the prefix."""
    return {key[len(prefix) + 1:]: array for key, array in arrays.items() if key.startswith(prefix + '/')}
