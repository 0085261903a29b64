"""Networks cut in two."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import dissect
from mxnet.gluon import nn


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


def test_every_cut_computes_the_network(netG, netD):
    for net, inputs in ((netG, gg.draw(3, 4, seed=0)), (netD, mx.nd.random.uniform(-1, 1, (3, 3, 32, 32)))):
        for layer in dissect.stages(net):
            head, tail = dissect.split(net, layer)
            np.testing.assert_allclose(tail(head(inputs)).asnumpy(), net(inputs).asnumpy(), rtol=1e-5, atol=1e-6)


def test_names_and_maps(netG, netD):
    assert list(dissect.stages(netG)) == ['project', 'up.0', 'up.1', 'to_image'] and list(dissect.stages(netD)) == ['down.0', 'down.1', 'down.2', 'to_logit']
    assert dissect.last_maps(netD) == 'down.2' and dissect.second_highest(netG) == 'up.0' and dissect.second_highest(gg.Generator(64)) == 'up.1'
    head, _ = dissect.split(netD, 'down.1')
    pictures = np.random.default_rng(0).uniform(-1, 1, (5, 3, 32, 32)).astype(np.float32)
    maps = dissect.maps_of(head, pictures, batch_size=2)
    assert maps.shape == (5, 6, 8, 8) and maps.dtype == np.float32
    np.testing.assert_allclose(maps, gg.models.Tap(netD, 1)(mx.nd.array(pictures))[1].asnumpy(), rtol=1e-5, atol=1e-6)


def test_any_callables_and_sequences():
    net = nn.HybridSequential()
    net.add(nn.Dense(3, in_units=2), nn.Dense(1, in_units=3))
    net.initialize()
    assert list(dissect.stages(net)) == ['0', '1']
    head, tail = dissect.split({'twice': lambda x: 2 * x, 'more': lambda x: x + 1}, 'twice')
    assert dissect.activations(head, np.ones((2, 1))).tolist() == [[2], [2]] and tail(mx.nd.zeros((1, 1))).asscalar() == 1


@pytest.mark.parametrize('what, message', [
    (lambda G: dissect.split(G, 'up.7'), "no layer 'up.7'; this network has project, up.0, up.1, to_image"),
    (lambda G: dissect.stages(gg.Generator(28, 1, nz=4, ngf=2, classes=3)), 'told no classes'), (lambda G: dissect.stages([]), 'no layers'),
    (lambda G: dissect.stages(abs), 'layers of a builtin_function_or_method are not known'), (lambda G: dissect.last_maps([abs]), 'name one'),
    (lambda G: dissect.maps_of(dissect.split(gg.Discriminator(28, 1, ndf=2), 'to_logit')[0], np.zeros((0, 1, 28, 28))), 'at least one'),
    (lambda G: dissect.maps_of(lambda x: x, np.zeros((2, 3))), 'no feature maps')])
def test_mistakes_are_one_line(netG, what, message):
    with pytest.raises(ValueError, match=message) as error:
        what(netG)
    assert '\n' not in str(error.value)
