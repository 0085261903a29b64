"""A training in one file: both networks, both Adams, the average, and the position in the data.

Every draw follows from (seed, step) or (seed, epoch), so no random generator has a state to keep. What is restored goes on
bit for bit as if nothing had happened, on the same machine with the same number of threads.
"""
from pathlib import Path

import mxnet as mx

from .. import storage
from ..models import Discriminator, Generator

FORMAT = 1


def save(trainer, path):
    """See :meth:`gluon_gan.GANTrainer.save`."""
    path = file_of(path)
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
        'generator': getattr(trainer.netG, 'config', None), 'discriminator': getattr(trainer.netD, 'config', None),
        'trainer': dict(loss=trainer.loss, lr=trainer.lr, beta1=trainer.beta1, seed=trainer.seed,
                        average=trainer.average and trainer.average.decay),
        'learning_rates': [trainer.trainerG.learning_rate, trainer.trainerD.learning_rate],
        'position': loader.state() if hasattr(loader, 'state') else trainer.position,
    }
    storage.write(path, arrays, meta)
    return path


def load(cls, path, ctx=None, netG=None, netD=None):
    """See :meth:`gluon_gan.GANTrainer.load`."""
    path = file_of(path)
    arrays, meta = storage.read(path)
    if meta.get('kind') != 'checkpoint' or meta.get('format') != FORMAT:
        raise storage.StorageError(f'{path} is no checkpoint of this version of gluon_gan')
    try:
        netG = netG or Generator(**meta['generator'])
        netD = netD or Discriminator(**meta['discriminator'])
    except TypeError as error:
        raise storage.StorageError(f'{path} was made with networks of your own: pass netG=... and netD=...') from error
    trainer = cls(netG, netD, ctx=ctx, **meta['trainer'])
    for name, net in _networks(trainer).items():
        storage.set_parameters(net, _under(arrays, name), source=f"the {name} in {path}")
    for name, (net, optimizer) in _optimizers(trainer).items():
        _restore_adam(optimizer, storage.named(net), _under(arrays, name), meta['steps'], trainer.ctx)
    trainer.trainerG.set_learning_rate(meta['learning_rates'][0])
    trainer.trainerD.set_learning_rate(meta['learning_rates'][1])
    trainer.steps, trainer.epoch, trainer.position = meta['steps'], meta['epoch'], meta['position']
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


def _restore_adam(optimizer, parameters, arrays, steps, ctx):
    """Put the moments back where Gluon's updater keeps them; `load_states` would have to unpickle them."""
    updater = optimizer._updaters[0]
    for index, place in enumerate(parameters):
        if f'{place}/mean' in arrays:
            updater.states[index] = tuple(mx.nd.array(arrays[f'{place}/{moment}'], ctx=ctx) for moment in ('mean', 'variance'))
            updater.states_synced[index] = True
            updater.optimizer._index_update_count[index] = steps
    updater.optimizer.num_update = steps
