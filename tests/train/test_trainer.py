"""The trainer: reproducible bit for bit, resumable exactly, with any networks that fit."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import LinearDecay
from helpers.small_trainings import loader, same, state, trainer


def test_the_same_seed_gives_the_same_training_bit_for_bit():
    results = []
    for seed in (0, 0, 1):
        gan = trainer(seed)
        gan.fit(loader(), steps=4)
        results.append(state(gan))
    assert same(results[0], results[1])
    assert not same(results[0], results[2])


@pytest.mark.parametrize('stop', [3, 5, 7])      # within an epoch, at its end, within the second epoch
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path, stop):
    whole = trainer(average=0.9)
    whole.fit(loader(), steps=12, callbacks=[LinearDecay(0.5)])
    first = trainer(average=0.9)
    first.fit(loader(), steps=stop)
    path = first.save(tmp_path / 'last')
    gg.seed(99)                                    # other random numbers in the same process
    mx.nd.random.normal(shape=(3,))
    second = gg.GANTrainer.load(path, ctx=mx.cpu())
    assert second.steps == stop
    second.fit(loader(), steps=12, callbacks=[LinearDecay(0.5)])
    assert same(state(second), state(whole))
    np.testing.assert_array_equal(second.fixed_z.asnumpy(), whole.fixed_z.asnumpy())


@pytest.mark.parametrize('before, after', [(1, 1), (0, 1), (1, 0)])
def test_resumed_equals_uninterrupted_on_another_device_number(tmp_path, before, after):
    """Gluon counts Adam's steps for each device number."""
    gg.seed(0)
    whole = gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu(before))
    whole.fit(loader(), steps=4)
    path = whole.save(tmp_path / 'last')
    whole.fit(whole.loader, steps=7)
    second = gg.GANTrainer.load(path, ctx=mx.cpu(after))
    second.fit(loader(), steps=7)
    assert all(same(*[list(storage.parameters(getattr(gan, net)).values()) for gan in (whole, second)])
               for net in ('netG', 'netD'))


def test_custom_networks_can_be_resumed(tmp_path):
    def custom():
        netG, netD = mx.gluon.nn.HybridSequential(), mx.gluon.nn.HybridSequential()
        netG.add(mx.gluon.nn.Dense(16, in_units=6), mx.gluon.nn.HybridLambda(lambda F, x: x.reshape((-1, 1, 4, 4))))
        netD.add(mx.gluon.nn.Dense(1, in_units=16))
        netG.nz, netG.config, netD.config = 6, {'mine': 1}, {'mine': 2}
        return netG, netD

    data = [mx.nd.ones((4, 1, 4, 4))] * 4
    gan = gg.GANTrainer(*custom(), ctx=mx.cpu(), seed=0)
    gan.fit(data, steps=2)
    path = gan.save(tmp_path / 'custom')
    with pytest.raises(storage.StorageError, match='custom networks: load it in a script, with netG='):
        gg.GANTrainer.load(path)
    netG, netD = custom()
    assert same(state(gg.GANTrainer.load(path, ctx=mx.cpu(), netG=netG, netD=netD)), state(gan))


def test_networks_with_deferred_shapes(tmp_path):
    def custom():
        netG, netD = mx.gluon.nn.HybridSequential(), mx.gluon.nn.HybridSequential()
        netG.add(mx.gluon.nn.Dense(16), mx.gluon.nn.HybridLambda(lambda F, x: x.reshape((-1, 1, 4, 4))))
        netD.add(mx.gluon.nn.Dense(1))
        netG.nz = 6
        return netG, netD

    netG, netD = custom()
    netG.initialize(mx.init.Constant(0.5))             # chosen by the user, to be kept
    gan = gg.GANTrainer(netG, netD, ctx=mx.cpu(), lr=1e-9)
    with pytest.raises(storage.StorageError, match='has no value yet'):
        gan.save(tmp_path / 'custom')
    gan.fit([mx.nd.ones((4, 1, 4, 4))], steps=1)
    np.testing.assert_allclose(netG[0].weight.data().asnumpy(), 0.5, atol=1e-6)
    path = gan.save(tmp_path / 'custom')
    netG, netD = custom()
    assert same(state(gg.GANTrainer.load(path, ctx=mx.cpu(), netG=netG, netD=netD)), state(gan))


def test_a_subclass_of_the_generator_is_a_custom_network(tmp_path):
    class Inverted(gg.Generator):
        def hybrid_forward(self, F, z):
            return -super().hybrid_forward(F, z)

    gan = gg.GANTrainer(Inverted(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu())
    path = gan.save(tmp_path / 'custom')
    with pytest.raises(storage.StorageError, match='custom networks'):
        gg.GANTrainer.load(path)
    assert gg.GANTrainer.load(path, netG=Inverted(28, 1, nz=6, ngf=4), ctx=mx.cpu()).steps == 0
