"""Guided backpropagation, compared with a computation in NumPy, and its concentration."""
import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan import blocks, dissect
from gluon_gan.metrics import probe

RNG = np.random.default_rng(0)
KERNELS = RNG.normal(size=(2, 3, 1, 3, 3)).astype(np.float32)       # of two layers; the first uses only channel 0


def conv(x, weight):
    """Same-padded 3x3 correlation of (C, H, W) with (K, C, 3, 3), by its definition."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    height, width = x.shape[1:]
    return sum(np.einsum('kc,chw->khw', weight[:, :, i, j], padded[:, i:i + height, j:j + width])
               for i in range(3) for j in range(3))


def back(r, weight):
    """The transposed correlation: gradient (K, H, W) to (C, H, W)."""
    return conv(r, weight.transpose(1, 0, 2, 3)[:, :, ::-1, ::-1])


@pytest.fixture
def net():
    net = nn.HybridSequential()
    for width, inner in ((3, 1), (2, 3)):
        block = nn.HybridSequential()
        block.add(nn.Conv2D(width, 3, padding=1, in_channels=inner, use_bias=False), nn.LeakyReLU(0.2))
        net.add(block)
    net.initialize(mx.init.Normal(0.5))
    return net


@pytest.mark.parametrize('leak', [True, False])
def test_guided_gradient_equals_the_formula(net, leak):
    first, second = (block[0].weight.data().asnumpy() for block in net)
    image = RNG.uniform(-1, 1, (1, 6, 6)).astype(np.float32)
    before = [conv(image, first)]
    before.append(conv(np.where(before[0] > 0, before[0], 0.2 * before[0]), second))
    relevance = np.zeros((2, 6, 6))
    relevance[1, 2, 3] = 1
    for pre, weight in zip(reversed(before), (second, first)):
        slope = np.where(pre > 0, 1, 0.2 if leak else 0)
        relevance = back(np.maximum(relevance, 0) * slope, weight)
    head, _ = dissect.split(net, '1')
    found = dissect.guided_backprop(head, image[None], [1], [2], [3], leak=leak)
    np.testing.assert_allclose(found[0], relevance, rtol=1e-4, atol=1e-6)


def test_guided_gradient_of_positive_weights_is_the_plain_gradient(net):
    for parameter in net.collect_params().values():
        parameter.set_data(parameter.data().abs())
    x = mx.nd.random.uniform(0.1, 1, (2, 1, 6, 6))
    head, _ = dissect.split(net, '1')
    x.attach_grad()
    with mx.autograd.record(train_mode=False):
        unit = net(x)[:, 0, 1, 1].sum()
    unit.backward()
    np.testing.assert_allclose(dissect.guided_backprop(head, x, 0, 1, 1), x.grad.asnumpy(), rtol=1e-5, atol=1e-7)


def test_discriminator_is_unchanged_and_images_are_independent():
    netD = gg.Discriminator(28, 1, ndf=3)
    netD.initialize(mx.init.Normal(0.2))
    before = {name: array.copy() for name, array in gg.storage.parameters(netD).items()}
    x = RNG.uniform(-1, 1, (3, 1, 28, 28)).astype(np.float32)
    head, _ = dissect.split(netD, 'down.2')
    all_, alone = (dissect.guided_backprop(head, part, 1, 2, 1) for part in (x, x[1:2]))
    np.testing.assert_allclose(all_[1:2], alone, rtol=1e-4, atol=1e-7)
    after = gg.storage.parameters(netD)
    assert alone.any() and all(np.array_equal(before[name], array) for name, array in after.items())


def test_strongest_features_are_found_with_their_units():
    feature_maps = RNG.uniform(0, 0.1, (5, 4, 3, 3))
    feature_maps[2, 1, 0, 2], feature_maps[4, 3, 1, 1] = 5, 2
    found = dissect.strongest_features(feature_maps, 2)
    assert [part.tolist() for part in found] == [[1, 3], [2, 4], [0, 1], [2, 1], [5, 2]]


def test_concentration_and_structure():
    even, peak = np.ones((1, 1, 10, 10)), np.zeros((1, 1, 10, 10))
    peak[0, 0, 4:6, 4:6] = np.arange(4).reshape(2, 2) + 1
    assert dissect.concentration(even, 0.05) == pytest.approx([0.05])
    assert dissect.concentration(peak, 0.25)[0] == pytest.approx(16 / 30)
    assert np.isnan(dissect.concentration(np.zeros((1, 1, 4, 4)))).all()
    noise = RNG.normal(size=(30, 3, 64, 64)).astype(np.float32)
    assert dissect.concentration(noise).mean() == pytest.approx(0.17, abs=0.01)
    assert dissect.concentration(noise[:, :1]).mean() == pytest.approx(0.28, abs=0.01)
    structure = dissect.structure(np.concatenate([peak, peak]), np.concatenate([even, even * 3]))
    assert structure.clearer == 1 and structure.trained > structure.untrained
    assert dissect.structure(even, even).clearer == 0.5
    with pytest.raises(ValueError, match='all guided gradients of one network are zero'):
        dissect.structure(peak, peak * 0)


def test_saliency_images_are_normalised():
    images = dissect.saliency_images(RNG.normal(size=(3, 3, 8, 8)) * [[[[1e-9]]], [[[1]]], [[[1e9]]]])
    assert abs(images).max() == 1 and not dissect.saliency_images(np.zeros((1, 1, 4, 4))).any()
    np.testing.assert_allclose(np.abs(images).mean(axis=(1, 2, 3)), 0.25, atol=0.1)


@pytest.mark.parametrize('arguments, message', [
    ((5,), r'filters must be one or more of 0 to 1, not \[5\]'),
    ((0, 9, 0), 'must be a location inside the feature map of 6x6')])
def test_missing_units_are_named(net, arguments, message):
    with pytest.raises(ValueError, match=message):
        dissect.guided_backprop(dissect.split(net, '1')[0], np.zeros((1, 1, 6, 6)), *arguments)


def test_chain_and_feature_maps_are_required(net):
    with pytest.raises(ValueError, match='head must be the first part'):
        dissect.guided_backprop(net, np.zeros((1, 1, 6, 6)), 0)
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    with pytest.raises(ValueError, match='instead of feature maps'):
        dissect.guided_backprop(dissect.split(netD, 'to_logit')[0], np.zeros((1, 1, 28, 28)), 0)
    with pytest.raises(ValueError, match='filters must be one or more of 0 to 3'):
        dissect.peak_activations(np.zeros((2, 4, 3, 3)), [4])


@pytest.mark.parametrize('name, layer, least', [('mnist', 'down.2', 0.8), ('synthetic-faces', 'down.3', 0.9)])
def test_shipped_features_are_more_concentrated_than_untrained_ones(name, layer, least):
    netD = gg.pretrained_discriminator(name)
    images = (gg.data.mnist('test', download=False)[:400] if name == 'mnist'
              else gg.data.synthetic_faces('test')[:300])
    inputs, gradients = gg.pixels.to_float(images.images), []
    for net in (netD, probe.untrained(netD, seed=1)):
        head, _ = dissect.split(probe.on_real(net, images), layer)
        strong = dissect.strongest_features(dissect.feature_maps(head, inputs), 24)
        gradients.append(dissect.guided_backprop(head, inputs[strong.pictures], strong.filters, strong.y, strong.x))
    structure = dissect.structure(*gradients)
    assert structure.clearer >= least and structure.trained > 1.15 * structure.untrained


@pytest.mark.parametrize('leak', [True, False])
def test_guided_gradient_of_a_residual_block_applies_to_each_of_its_relus(leak):
    """x + f(x): the sum passes on all of the gradient, and f as the formula says."""
    block = blocks.ResidualDownBlock(2, 2, norm=False, halve=False)
    block.initialize(mx.init.Normal(0.5))
    first, second = (conv_.weight.data().asnumpy() for conv_ in (block.conv1, block.conv2))
    image = RNG.uniform(-1, 1, (2, 6, 6)).astype(np.float32)
    inner = conv(np.maximum(image, 0), first)
    relevance = np.zeros((2, 6, 6))
    relevance[1, 2, 3] = 1
    through = np.maximum(back(relevance, second), 0) * (inner > 0)
    through = np.maximum(back(through, first), 0) * (image > 0)
    found = dissect.guided_backprop(dissect.Chain([block]), image[None], 1, 2, 3, leak=leak)
    np.testing.assert_allclose(found[0], relevance + through, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('norm', ['batch', 'spectral', 'none'])
def test_residual_discriminators_have_guided_gradients(norm):
    netD = gg.Discriminator(28, 1, ndf=3, norm=norm, block='residual')
    netD.initialize()
    x = RNG.uniform(-1, 1, (3, 1, 28, 28)).astype(np.float32)
    head, tail = dissect.split(netD, dissect.last_feature_layer(netD))
    images = mx.nd.array(x)
    np.testing.assert_allclose(tail(head(images)).asnumpy(), netD(images).asnumpy(), rtol=1e-5)
    strong = dissect.strongest_features(dissect.feature_maps(head, x), 3)
    found = dissect.guided_backprop(head, images, strong.filters[:1].repeat(3))
    assert found.shape == x.shape and all(each.any() for each in found)
