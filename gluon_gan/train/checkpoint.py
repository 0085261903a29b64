"""A training in one file: both networks, both Adams, the average, and the position in the data.

Every draw follows from (seed, step) or (seed, epoch), so no random generator has a state to keep. What is restored goes on
bit for bit as if nothing had happened, on the same machine with the same number of threads.
"""
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import storage
from ..models import Discriminator, Generator

FORMAT = 1


def save(trainer, path):
    """See :meth:`gluon_gan.GANTrainer.save`."""
    path = file_of(path)
    if trainer.halfway:
        raise storage.StorageError(f'the update after step {trainer.steps} was cut short: nothing is saved, go on from {path}')
    arrays = {}
    for name, net in _networks(trainer).items():
        arrays.update({f'{name}/{place}': array for place, array in storage.parameters(net).items()})
    for name, (net, optimizer) in _optimizers(trainer).items():
        states = optimizer._updaters[0].states
        for index, place in enumerate(storage.named(net)):
            if index in states:
                mean, variance = states[index]
                arrays[f'{name}/{place}/mean'] = mean.asnumpy()
                arrays[f'{name}/{place}/variance'] = variance.asnumpy()
    loader = getattr(trainer, 'loader', None)
    meta = {
        'format': FORMAT, 'kind': 'checkpoint', 'steps': trainer.steps, 'epoch': trainer.epoch,
        # A class of someone's own, one that inherits from ours too, cannot be rebuilt from a file.
        'generator': trainer.netG.config if type(trainer.netG) is Generator else None,
        'discriminator': trainer.netD.config if type(trainer.netD) is Discriminator else None,
        'trainer': dict(loss=trainer.loss, lr=trainer.lr, beta1=trainer.beta1, seed=trainer.seed,
                        average=trainer.average and trainer.average.decay),
        'position': loader.state() if hasattr(loader, 'state') else trainer.position,
    }
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise storage.StorageError(f'training has diverged: at step {trainer.steps} {name} holds NaN or Inf, so {path} is not '
                                       f'written over; go on from an earlier checkpoint with a lower lr than {trainer.lr}')
    storage.write(path, arrays, meta)
    return path


def load(cls, path, ctx=None, netG=None, netD=None, cluster=None):
    """See :meth:`gluon_gan.GANTrainer.load`."""
    path = file_of(path)
    arrays, meta = storage.read(path)
    if meta.get('kind') != 'checkpoint' or meta.get('format') != FORMAT:
        raise storage.StorageError(f'{path} is no checkpoint of this version of gluon_gan')
    try:
        if (netG is None and meta['generator'] is None) or (netD is None and meta['discriminator'] is None):
            raise storage.StorageError(f'{path} was made with networks of your own: pass netG=... and netD=...')
        trainer = cls(netG or Generator(**meta['generator']), netD or Discriminator(**meta['discriminator']), ctx=ctx, cluster=cluster,
                      **meta['trainer'])
        trainer.steps, trainer.epoch, trainer.position = (meta[name] for name in ('steps', 'epoch', 'position'))
    except (KeyError, TypeError, ValueError) as error:
        raise storage.StorageError(f'{path} is damaged: its settings make no trainer ({error})') from error
    for name, net in _networks(trainer).items():
        storage.set_parameters(net, _under(arrays, name), source=f"the {name} in {path}")
    for name, (net, optimizer) in _optimizers(trainer).items():
        _restore_adam(optimizer, storage.named(net), _under(arrays, name), trainer, path)
    return trainer


def file_of(path):
    """pathlib.Path: the file behind what a person names: a run's folder, a checkpoint with or without '.npz'."""
    path = Path(path)
    if path.is_dir():
        return path / 'checkpoints' / 'last.npz'
    return path if path.suffix == '.npz' else path.with_name(path.name + '.npz')


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


def _restore_adam(optimizer, parameters, arrays, trainer, path):
    """Put the moments back where Gluon's updater keeps them; `load_states` would have to unpickle them."""
    updater, ctx = optimizer._updaters[0], trainer.ctx
    updater.optimizer._set_current_context(ctx.device_id)      # Gluon counts updates for each device
    for index, (place, parameter) in enumerate(parameters.items()):
        if parameter.grad_req == 'null' or not trainer.steps:
            continue
        if f'{place}/mean' not in arrays or f'{place}/variance' not in arrays:
            raise storage.StorageError(f"{path} is damaged: Adam's moments of {place} are missing")
        updater.states[index] = tuple(mx.nd.array(arrays[f'{place}/{moment}'], ctx=ctx) for moment in ('mean', 'variance'))
        updater.states_synced[index] = True
        updater.optimizer._index_update_count[index] = trainer.steps
    updater.optimizer.num_update = trainer.steps
