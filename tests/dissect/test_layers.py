"""Networks split at a layer."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan import dissect


@pytest.fixture
def netG():
    netG = gg.Generator(28, 1, nz=4, ngf=2)
    netG.initialize(mx.init.Normal(0.2))
    return netG


@pytest.fixture
def netD():
    netD = gg.Discriminator(32, 3, ndf=3)
    netD.initialize(mx.init.Normal(0.2))
    netD.hybridize()
    return netD


def test_every_split_computes_the_network(netG, netD):
    for net, inputs in ((netG, gg.sample_z(3, 4, seed=0)), (netD, mx.nd.random.uniform(-1, 1, (3, 3, 32, 32)))):
        for layer in dissect.layers(net):
            head, tail = dissect.split(net, layer)
            np.testing.assert_allclose(tail(head(inputs)).asnumpy(), net(inputs).asnumpy(), rtol=1e-5, atol=1e-6)


def test_names_of_layers(netG, netD):
    assert list(dissect.layers(netG)) == ['project', 'up.0', 'up.1', 'to_image']
    assert list(dissect.layers(netD)) == ['down.0', 'down.1', 'down.2', 'to_logit']
    assert dissect.last_feature_layer(netD) == 'down.2' and dissect.second_highest_layer(netG) == 'up.0'
    assert dissect.second_highest_layer(gg.Generator(64)) == 'up.1'


def test_feature_maps_do_not_depend_on_the_batch_size(netD):
    head, _ = dissect.split(netD, 'down.1')
    images = np.random.default_rng(0).uniform(-1, 1, (5, 3, 32, 32)).astype(np.float32)
    found = dissect.feature_maps(head, images, batch_size=2)
    assert found.shape == (5, 6, 8, 8) and found.dtype == np.float32
    expected = gg.models.Tap(netD, 1)(mx.nd.array(images))[1].asnumpy()
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)


def test_callables_and_sequences_are_accepted():
    net = nn.HybridSequential()
    net.add(nn.Dense(3, in_units=2), nn.Dense(1, in_units=3))
    net.initialize()
    assert list(dissect.layers(net)) == ['0', '1']
    head, tail = dissect.split({'twice': lambda x: 2 * x, 'more': lambda x: x + 1}, 'twice')
    assert dissect.activations(head, np.ones((2, 1))).tolist() == [[2], [2]]
    assert tail(mx.nd.zeros((1, 1))).asscalar() == 1


@pytest.mark.parametrize('call, message', [
    (lambda netG: dissect.split(netG, 'up.7'), "no layer 'up.7'; this network has project, up.0, up.1, to_image"),
    (lambda netG: dissect.layers(gg.Generator(28, 1, nz=4, ngf=2, classes=3)), 'only unconditional networks'),
    (lambda netG: dissect.layers([]), 'no layers'),
    (lambda netG: dissect.layers(abs), 'the layers of a builtin_function_or_method are unknown'),
    (lambda netG: dissect.last_feature_layer([abs]), 'choose one by name'),
    (lambda netG: dissect.feature_maps(dissect.split(gg.Discriminator(28, 1, ndf=2), 'to_logit')[0],
                                       np.zeros((0, 1, 28, 28))), 'N at least 1'),
    (lambda netG: dissect.feature_maps(lambda x: x, np.zeros((2, 3))), 'instead of feature maps')])
def test_errors_are_one_line(netG, call, message):
    with pytest.raises(ValueError, match=message) as error:
        call(netG)
    assert '\n' not in str(error.value)


def test_results_do_not_depend_on_the_mode_of_autograd(netG, netD):
    images = mx.nd.random.uniform(-1, 1, (3, 3, 32, 32))
    head, _ = dissect.split(netD, 'down.1')

    def results():
        yield dissect.feature_maps(head, images)
        yield dissect.ablate(*dissect.split(netG, 'up.0'), gg.sample_z(3, 4, seed=0), [1])
        yield dissect.guided_backprop(head, images, 0)
        yield dissect.activation_maximisation(head, (3, 32, 32), [0], steps=2)[0]

    expected = list(results())
    with autograd.record():
        for result, wanted in zip(results(), expected):
            np.testing.assert_array_equal(result, wanted)
