"""The averaged generator follows the weights of the original and has statistics measured with its own."""
import mxnet as mx
import numpy as np
from mxnet import autograd

import gluon_gan as gg
from gluon_gan.support import storage
from helpers.small_trainings import loader, same, trainer


def test_the_average_follows_and_has_its_own_statistics():
    gan = trainer(average=0.5)
    gan.fit(loader(), steps=10)
    averaged = gan.generator()
    own, average = storage.parameters(gan.netG), storage.parameters(averaged)
    assert all((own[name] != average[name]).any() for name in own)
    z = gg.sample_z(500, 6, seed=7)
    with mx.autograd.record():                   # batch statistics
        batch = averaged(z).asnumpy()
    running = averaged(z).asnumpy()
    assert np.abs(batch - running).mean() < 0.1 * batch.std()
    assert gan.generator() is averaged and same([*storage.parameters(averaged).values()], [*average.values()])


def test_an_average_without_decay_equals_the_network():
    gan = trainer(average=1e-9)
    gan.fit(loader(), steps=3)
    own, average = storage.parameters(gan.netG), storage.parameters(gan.average.netG)
    for name in own:
        if 'running' not in name:
            np.testing.assert_allclose(average[name], own[name], rtol=1e-6, atol=1e-9)


def test_without_an_average_samples_come_from_netg():
    gan = trainer()
    assert gan.generator() is gan.netG


def test_samples_do_not_depend_on_the_mode_of_autograd(tmp_path):
    for average in (None, 0.9):
        gan = trainer(average=average)
        gan.fit(loader(), steps=2)
        expected = gan.fixed_samples().asnumpy()
        again = gg.GANTrainer.load(gan.save(tmp_path / 'a'), mx.cpu())
        with autograd.record():
            np.testing.assert_array_equal(again.fixed_samples().asnumpy(), expected)
