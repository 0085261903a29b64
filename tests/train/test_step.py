"""The update has the gradients of the plain update, and changes only the network that it trains."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd, gluon
from mxnet.contrib import amp

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import update


def make(hybrid, size=28, channels=1):
    gg.seed(3)
    netG, netD = gg.Generator(size, channels, nz=8, ngf=4), gg.Discriminator(size, channels, ndf=4)
    for net in (netG, netD):
        net.initialize(mx.init.Normal(0.1))     # with 0.02 the gradients are too small to compare
        net.hybridize(hybrid, static_alloc=hybrid, static_shape=hybrid)
    lossD, lossG = gg.objective('nonsaturating')
    real = mx.nd.random.uniform(-1, 1, (6, channels, size, size))
    return netG, netD, lossG, lossD, real, gg.sample_z(6, 8, seed=1)


class Frozen:
    """A gluon.Trainer without updates, so the gradients of both networks belong to the same weights."""

    def step(self, batch_size):
        pass


def gradients(net):
    return {name: p.grad().asnumpy().copy() for name, p in storage.named(net).items() if p.grad_req != 'null'}


@pytest.mark.parametrize('hybrid', [False, True])
@pytest.mark.parametrize('size, channels', [(28, 1), (32, 3)])
def test_gradients_equal_those_of_the_plain_update(hybrid, size, channels):
    netG, netD, lossG, lossD, real, z = make(hybrid, size, channels)
    update(netG, netD, lossG, lossD, Frozen(), Frozen(), real, z)
    actualD, actualG = gradients(netD), gradients(netG)

    netG, netD, lossG, lossD, real, z = make(False, size, channels)
    with autograd.record():
        errD = lossD(netD(real), netD(netG(z).detach()))
    errD.backward()
    plainD = gradients(netD)
    with autograd.record():
        errG = lossG(netD(netG(z)))
    errG.backward()
    plainG = gradients(netG)

    for actual, plain in ((actualD, plainD), (actualG, plainG)):
        assert actual.keys() == plain.keys()
        for name in actual:
            scale = np.abs(plain[name]).max()
            np.testing.assert_allclose(actual[name], plain[name], rtol=1e-3, atol=1e-5 * scale, err_msg=name)
    assert all(np.abs(gradient).max() > 1e-6 for name, gradient in plainG.items() if 'bias' not in name)


def trainers(netG, netD):
    adam = {'learning_rate': 2e-4, 'beta1': 0.5}
    return [gluon.Trainer(net.collect_params(), 'adam', adam, kvstore=None) for net in (netG, netD)]


def changed(before, net):
    return {name for name, array in storage.parameters(net).items() if (array != before[name]).any()}


def test_a_step_changes_both_networks():
    netG, netD, lossG, lossD, real, z = make(True)
    before = [storage.parameters(net) for net in (netG, netD)]
    trainerG, trainerD = trainers(netG, netD)
    update(netG, netD, lossG, lossD, trainerG, trainerD, real, z)
    for net, old in zip((netG, netD), before):
        assert changed(old, net) == set(old)


@pytest.mark.parametrize('frozen', ['G', 'D'])
def test_each_update_changes_only_its_own_network(frozen):
    """If one trainer is frozen, only the running statistics of its network may change."""
    netG, netD, lossG, lossD, real, z = make(True)
    before = {'G': storage.parameters(netG), 'D': storage.parameters(netD)}
    trainerG, trainerD = trainers(netG, netD)
    if frozen == 'G':
        update(netG, netD, lossG, lossD, Frozen(), trainerD, real, z)
    else:
        update(netG, netD, lossG, lossD, trainerG, Frozen(), real, z)
    names = changed(before[frozen], {'G': netG, 'D': netD}[frozen])
    assert all('running' in name for name in names), names


def test_g_learns_from_the_updated_d():
    """errG is computed after D's update: with a learning rate of zero for D it is different."""
    scores = []
    for lr in (0.0, 0.01):
        netG, netD, lossG, lossD, real, z = make(True)
        trainerG, trainerD = trainers(netG, netD)
        trainerD.set_learning_rate(lr)
        scores.append(update(netG, netD, lossG, lossD, trainerG, trainerD, real, z)['errG'].asnumpy())
    assert np.abs(scores[0] - scores[1]).max() > 1e-3


def test_shapes_of_the_outputs():
    netG, netD, lossG, lossD, real, z = make(True)
    outputs = update(netG, netD, lossG, lossD, *trainers(netG, netD), real, z)
    assert {name: array.shape for name, array in outputs.items()} == {
        'errD': (6,), 'errG': (6,), 'real_logits': (6, 1), 'fake_logits': (6, 1)}


def test_a_loss_scale_changes_no_update(monkeypatch):
    """float16 needs a GPU, but loss scaling does not: in float32 the updates are the same as without it."""
    results = []
    for scale in (False, True):
        netG, netD, lossG, lossD, real, z = make(True)
        trainerG, trainerD = trainers(netG, netD)
        if scale:
            # Without init(), which would convert operators to float16.
            monkeypatch.setattr(amp.amp, '_amp_initialized', True)
            monkeypatch.setattr(amp.amp, '_amp_loss_scale_initialized', True)
            for trainer in (trainerG, trainerD):
                amp.init_trainer(trainer)
        update(netG, netD, lossG, lossD, trainerG, trainerD, real, z)
        results.append({**gradients(netG), **{'D ' + name: array for name, array in gradients(netD).items()}, **{
            'w ' + name: array for net in (netG, netD) for name, array in storage.parameters(net).items()}})
    plain, scaled = results
    for name in plain:
        factor = 1 if name.startswith('w ') else 2 ** 16
        np.testing.assert_allclose(scaled[name] / factor, plain[name], rtol=2e-3, atol=2e-5 * np.abs(plain[name]).max(),
                                   err_msg=name)


def test_half_needs_a_gpu():
    with pytest.raises(ValueError, match='half=True needs a GPU, and this trainer uses cpu'):
        gg.GANTrainer(gg.Generator(28, 1, nz=2, ngf=2), gg.Discriminator(28, 1, ndf=2), ctx=mx.cpu(), half=True)
