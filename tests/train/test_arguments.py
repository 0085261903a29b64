"""Invalid arguments of a trainer are rejected with one line that names the value."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from helpers.small_trainings import loader, trainer


def test_networks_of_different_sizes_are_rejected():
    message = r'netG generates images of \(1, 28, 28\) and netD expects \(1, 32, 32\): size and channels'
    with pytest.raises(ValueError, match=message):
        gg.GANTrainer(gg.Generator(28, 1, ngf=4), gg.Discriminator(32, 1, ndf=4))


@pytest.mark.parametrize('batch, message', [
    (mx.nd.zeros((4, 1, 32, 32)), r'the images of a batch must be 1 x 28 x 28, not \(1, 32, 32\)'),
    (mx.nd.zeros((4, 3, 28, 28)), 'the images of a batch must be 1 x 28 x 28'),
    (np.zeros((4, 1, 28, 28), np.float32), 'a batch must be an NDArray'),
    ([mx.nd.zeros((4, 1, 28, 28)), mx.nd.zeros(4)], 'a batch must be an NDArray .* not list'),
])
def test_invalid_batches(batch, message):
    gan = trainer()
    with pytest.raises(ValueError, match=message):
        gan.step(batch)
    assert gan.steps == 0 and not gan.mid_update


@pytest.mark.parametrize('options, message', [
    (dict(ctx='cpu'), "ctx must be an mxnet.Context, such as mx.cpu.., or a list of them, not 'cpu'"),
    (dict(seed=-1), 'seed must be an int .* not -1'),
    (dict(lr='x'), "lr must be a positive number, not 'x'"),
    (dict(lr=0), 'lr must be a positive number, not 0'),
    (dict(lr=float('nan')), 'lr must be a positive number, not nan'),
    (dict(beta1=1), 'beta1 must be from 0 up to, not including, 1, not 1'),
    (dict(average=1.0), 'average must be a decay from 0 .none. up to, not including, 1, not 1.0'),
    (dict(loss='nope'), "no loss 'nope'"),
])
def test_invalid_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(**options)


@pytest.mark.parametrize('goal, message', [
    ({}, 'training needs epochs=... or steps=...'),
    (dict(epochs=0), 'epochs must be an int of at least 1, not 0'),
    (dict(steps=-5), 'steps must be an int of at least 1, not -5'),
])
def test_invalid_goals(goal, message):
    with pytest.raises(ValueError, match=message):
        trainer().fit(loader(), **goal)
