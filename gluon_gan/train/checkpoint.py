"""A training in one file: both networks, both Adams, the average, and the position in the data.

Every draw follows from (seed, step) or (seed, epoch), so no random generator has a state to keep. What is restored goes on
bit for bit as if nothing had happened, on the same machine with the same number of threads.

A folder of checkpoints holds ``step-0001000.npz``, ... and maybe ``best.npz``. Which of them is the last follows from their
names alone: a link or a second file that said so could be wrong after a crash, or not fit on a full disk. Runs of older
versions have one ``last.npz`` instead.
"""
import re
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import storage
from ..checks import whole_number

FORMAT = 1


class Damaged(storage.StorageError):
    """A checkpoint that cannot be read, where there is an earlier one that can.

    Attributes
    ----------
    problem : str
    earlier : pathlib.Path
    """

    def __init__(self, problem, earlier):
        super().__init__(f'{problem}, or load the one before it: {earlier}')
        self.problem, self.earlier = problem, earlier


def save(trainer, path, **more):
    """See :meth:`gluon_gan.GANTrainer.save`; ``more`` is noted in the file's settings."""
    path = Path(path)
    path = _folder_of(path) / name_of(trainer.steps) if path.is_dir() else _with_suffix(path)
    if trainer.halfway:
        raise storage.StorageError(f'the update after step {trainer.steps} was cut short: nothing is saved, go on from {path}')
    arrays = arrays_of(trainer)
    loader = getattr(trainer, 'loader', None)
    ours = zip((trainer.netG, trainer.netD), trainer.NETWORKS)
    # A class of someone's own, one that inherits from ours too, cannot be rebuilt from a file.
    generator, discriminator = (net.config if type(net) is known else None for net, known in ours)
    meta = {
        'format': FORMAT, 'kind': 'checkpoint', 'task': trainer.TASK, 'steps': trainer.steps, 'epoch': trainer.epoch,
        'generator': generator, 'discriminator': discriminator,
        'trainer': trainer.options,
        'position': loader.state() if hasattr(loader, 'state') else trainer.position,
        **more,
    }
    storage.write(path, arrays, meta)
    return path


def arrays_of(trainer):
    """dict of ndarray: every number of a training that goes into a checkpoint, by its name there.

    Raises
    ------
    gluon_gan.storage.StorageError
        If one of them is NaN or Inf, or has no value yet.
    """
    arrays = {}
    for name, net in _networks(trainer).items():
        arrays.update({f'{name}/{place}': array for place, array in storage.parameters(net).items()})
    for place in [name for name in arrays if name.startswith('average/') and name.endswith(('running_mean', 'running_var'))]:
        # The average's statistics are measured anew whenever it is used. What the last time left, after pictures that a
        # resumed training draws once more, may not make two checkpoints of the same training differ.
        arrays[place] = np.full_like(arrays[place], place.endswith('var'))
    for name, (net, optimizer) in _optimizers(trainer).items():
        states = optimizer._updaters[0].states
        for index, place in enumerate(storage.named(net)):
            if index in states:
                mean, variance = states[index]
                arrays[f'{name}/{place}/mean'] = mean.asnumpy()
                arrays[f'{name}/{place}/variance'] = variance.asnumpy()
    arrays.update({f'memory/{name}': array for name, array in trainer.memory().items()})
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise storage.StorageError(f'training has diverged: at step {trainer.steps} {name} holds NaN or Inf, so nothing is saved; '
                                       f'go on from an earlier checkpoint with a lower lr than {trainer.lr}')
    return arrays


def load(cls, path, ctx=None, netG=None, netD=None, cluster=None):
    """See :meth:`gluon_gan.GANTrainer.load`."""
    path = file_of(path)
    try:
        arrays, meta = _read(path)
    except storage.StorageError as error:
        earlier = path.exists() and _whole_one_before(path)
        if earlier:
            raise Damaged(str(error), earlier) from error
        raise
    if meta.get('task', 'generate') != cls.TASK:       # older files say nothing: they are all of one task
        raise storage.StorageError(f"{path} is of a training to {meta['task']}, and this is one to {cls.TASK}: bring the right file")
    make_G, make_D = cls.NETWORKS
    try:
        if (netG is None and meta['generator'] is None) or (netD is None and meta['discriminator'] is None):
            raise storage.StorageError(f'{path} was made with networks of your own: pass netG=... and netD=...')
        trainer = cls(netG or make_G(**meta['generator']), netD or make_D(**meta['discriminator']), ctx=ctx, cluster=cluster,
                      **meta['trainer'])
        trainer.steps, trainer.epoch = (whole_number(name, meta[name], 0) for name in ('steps', 'epoch'))
        trainer.position = meta['position']
        trainer.recall(_under(arrays, 'memory'))
    except (KeyError, TypeError, ValueError) as error:
        raise storage.StorageError(f'{path} is damaged: its settings make no trainer ({error})') from error
    for name, net in _networks(trainer).items():
        storage.set_parameters(net, _under(arrays, name), source=f"the {name} in {path}")
    for (name, (net, optimizer)), updates in zip(_optimizers(trainer).items(), trainer.updates):
        _restore_adam(optimizer, storage.named(net), _under(arrays, name), updates, path)
    trainer.home = path.parent.resolve()
    return trainer


def file_of(path):
    """pathlib.Path: the file to load for what a person names: a run's folder, a checkpoint with or without '.npz'.

    Of a folder, and of the name 'last' where no file has it, that is the checkpoint with the most steps.
    """
    path = Path(path)
    file = _folder_of(path) / 'last.npz' if path.is_dir() else _with_suffix(path)
    if path.is_dir() or (file.name == 'last.npz' and not file.exists()):
        return of_steps(file.parent)[-1][1] if of_steps(file.parent) else file
    return file


def name_of(steps):
    """str: 'step-0001000.npz' for 1000."""
    return f'step-{steps:07d}.npz'


def of_steps(folder):
    """list of (int, pathlib.Path): the checkpoints of a folder by their steps, rising; the best is not among them."""
    return sorted((_steps(path), path) for path in Path(folder).glob('step-*.npz') if _steps(path) is not None)


def _steps(path):
    """What :func:`name_of` was given; None for another name."""
    match = re.fullmatch(r'step-(\d{7,})\.npz', path.name)
    return int(match[1]) if match else None


def _folder_of(path):
    """Where a run has its checkpoints; of a folder that is no run's, itself."""
    return path / 'checkpoints' if (path / 'checkpoints').is_dir() else path


def _with_suffix(path):
    return path if path.suffix == '.npz' else path.with_name(path.name + '.npz')


def _read(path):
    arrays, meta = storage.read(path)
    if meta.get('kind') != 'checkpoint' or meta.get('format') != FORMAT:
        raise storage.StorageError(f'{path} is no checkpoint of this version of gluon_gan: bring the right file')
    return arrays, meta


def _whole_one_before(path):
    """The newest checkpoint beside ``path`` that can be read and has fewer steps; None if there is none."""
    for steps, other in reversed(of_steps(path.parent)):
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
    return {'adamG': (trainer.netG, trainer.trainerG), 'adamD': (trainer.netD, trainer.trainerD)}


def _under(arrays, name):
    """The arrays whose name begins with ``name/``, without that."""
    return {key[len(name) + 1:]: array for key, array in arrays.items() if key.startswith(name + '/')}


def _restore_adam(optimizer, parameters, arrays, updates, path):
    """Put the moments back where Gluon's updaters keep them; `load_states` would have to unpickle them."""
    for index, (place, parameter) in enumerate(parameters.items()):
        if parameter.grad_req == 'null' or not updates:
            continue
        if f'{place}/mean' not in arrays or f'{place}/variance' not in arrays:
            raise storage.StorageError(f"{path} is damaged: Adam's moments of {place} are missing")
        for ctx, updater in zip(parameter.list_ctx(), optimizer._updaters):
            updater.states[index] = tuple(mx.nd.array(arrays[f'{place}/{moment}'], ctx=ctx) for moment in ('mean', 'variance'))
            updater.states_synced[index] = True
            updater.optimizer._set_current_context(ctx.device_id)      # Gluon counts updates for each device
            updater.optimizer._index_update_count[index] = updates
    optimizer._updaters[0].optimizer.num_update = updates
