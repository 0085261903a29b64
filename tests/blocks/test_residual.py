"""Residual blocks: each equals its formula, computed from its layers by MXNet's operators."""
import mxnet as mx
import numpy as np
import pytest

from gluon_gan import blocks

nd = mx.nd


def ready(block):
    block.initialize(mx.init.Normal(0.3))
    return block


def plain_conv(conv, x):
    """A convolution of stride 1 with the weight and bias of a layer."""
    side, bias = conv.weight.shape[2], [conv.bias.data()] if conv.bias else []
    return nd.Convolution(x, conv.weight.data(), *bias, kernel=(side, side), pad=(side // 2,) * 2,
                          num_filter=conv.weight.shape[0], no_bias=not bias)


def means(x):
    return x.reshape((0, 0, -4, -1, 2, -4, -1, 2)).mean(axis=(3, 5))


@pytest.mark.parametrize('upsampling', ['transposed', 'nearest', 'bilinear'])
@pytest.mark.parametrize('odd', [False, True])
def test_the_block_of_a_generator(upsampling, odd):
    block, x = ready(blocks.ResidualUpBlock(5, 4, 4, odd, upsampling)), nd.random.normal(shape=(2, 5, 4, 4))
    side, method = 7 if odd else 8, 'bilinear' if upsampling == 'bilinear' else 'nearest'
    resized = ready(blocks.Upsample(5, method))(x)
    f = block.conv2(nd.relu(block.norm2(block.conv1(nd.relu(block.norm1(x))))))
    wanted = f + plain_conv(block.shortcut, resized)[:, :, :side, :side]
    assert wanted.shape == (2, 4, side, side)
    for hybrid in (False, True):
        block.hybridize(hybrid)
        np.testing.assert_allclose(block(x).asnumpy(), wanted.asnumpy(), atol=1e-5)


@pytest.mark.parametrize('first', [False, True])
@pytest.mark.parametrize('norm', [False, True])
def test_the_block_of_a_discriminator(first, norm):
    block, x = ready(blocks.ResidualDownBlock(3, 4, norm, first=first)), nd.random.normal(shape=(2, 3, 8, 8))
    f = x if first else nd.relu(block.norm1(x) if norm else x)
    f = plain_conv(block.conv1, f)
    f = means(plain_conv(block.conv2, nd.relu(block.norm2(f) if norm else f)))
    np.testing.assert_allclose(block(x).asnumpy(), (f + plain_conv(block.shortcut, means(x))).asnumpy(), atol=1e-5)
    assert (block.norm1 is None) == (first or not norm) and block.conv1.weight.shape[0] == (4 if first else 3)
    assert (block.conv1.bias is None) == norm


def test_a_block_that_keeps_the_size_adds_its_input():
    block, x = ready(blocks.ResidualDownBlock(4, 4, norm=False, halve=False)), nd.random.normal(shape=(2, 4, 4, 4))
    f = plain_conv(block.conv2, nd.relu(plain_conv(block.conv1, nd.relu(x))))
    np.testing.assert_allclose(block(x).asnumpy(), (x + f).asnumpy(), atol=1e-5)
    assert block.shortcut is None
    assert ready(blocks.ResidualDownBlock(5, 4, halve=False))(nd.zeros((1, 5, 4, 4))).shape == (1, 4, 4, 4)


def test_an_odd_side_is_halved():
    assert ready(blocks.ResidualDownBlock(3, 4, odd=True))(nd.zeros((2, 3, 7, 7))).shape == (2, 4, 4, 4)


def test_every_layer_of_a_spectral_block_is_normalised():
    block = ready(blocks.ResidualDownBlock(3, 4, norm=False, spectral=True))
    found = []
    block.apply(lambda layer: found.append(layer) if isinstance(layer, blocks.SpectralNorm) else None)
    assert found == [block.conv1, block.conv2, block.shortcut]


def test_the_last_block_of_a_discriminator_sums_over_all_pixels():
    block, x = ready(blocks.ResidualToLogit(3)), nd.random.normal(shape=(2, 3, 4, 4))
    wanted = np.maximum(x.asnumpy(), 0).sum(axis=(2, 3)) @ block.dense.weight.data().asnumpy().T
    np.testing.assert_allclose(block(x).asnumpy(), wanted, rtol=1e-4, atol=1e-5)
    assert isinstance(blocks.ResidualToLogit(3, spectral=True).dense, blocks.SpectralDense)


@pytest.mark.parametrize('channels', [1, 3])
def test_the_last_block_of_a_generator(channels):
    block, x = ready(blocks.ResidualToImage(5, channels)), nd.random.normal(shape=(2, 5, 14, 14))
    wanted = nd.tanh(plain_conv(block.conv, nd.relu(block.norm(x))))
    np.testing.assert_allclose(block(x).asnumpy(), wanted.asnumpy(), atol=1e-5)
