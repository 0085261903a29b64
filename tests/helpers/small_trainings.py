"""Small networks and random images for the tests of training."""
import mxnet as mx
import numpy as np

import gluon_gan as gg
from gluon_gan.support import storage

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)


def loader(batch_size=8):
    """Batches of 40 images: by default 5 batches per epoch."""
    return gg.data.batches(DIGITS, batch_size=batch_size, seed=5)


def trainer(seed=0, norm='batch', **options):
    gg.seed(seed)
    return gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4, norm=norm),
                         **{'ctx': mx.cpu(), **options})


def state(trainer):
    """All arrays that exact resuming must restore: weights, statistics, Adam's moments and counts, the average."""
    nets = [trainer.netG, trainer.netD] + ([trainer.average.netG] if trainer.average else [])
    arrays = [array for net in nets for array in storage.parameters(net).values()]
    for optimizer in (trainer.trainerG, trainer.trainerD):
        updater = optimizer._updaters[0]
        arrays += [moment.asnumpy() for index in sorted(updater.states) for moment in updater.states[index]]
        arrays.append(np.array(sorted(updater.optimizer._index_update_count.items())))
    return arrays


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other))
