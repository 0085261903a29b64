"""The blocks: output shapes, the one-channel output that MXNet alone cannot train, and spectral normalisation."""
import mxnet as mx
import numpy as np
import pytest

from gluon_gan import blocks


def output_of(block, *shape):
    block.initialize()
    return block(mx.nd.random.normal(shape=shape))


@pytest.mark.parametrize('kernel', [4, 5])
@pytest.mark.parametrize('block, shape_in, shape_out', [
    (lambda kernel: blocks.UpBlock(6, 3, kernel), (2, 6, 7, 7), (2, 3, 14, 14)),
    (lambda kernel: blocks.ToImage(6, 1, kernel), (2, 6, 7, 7), (2, 1, 14, 14)),
    (lambda kernel: blocks.ToImage(6, 3, kernel), (2, 6, 7, 7), (2, 3, 14, 14)),
    (lambda kernel: blocks.DownBlock(3, 6, kernel), (2, 3, 28, 28), (2, 6, 14, 14)),
    (lambda kernel: blocks.DownBlock(3, 6, kernel, norm=False), (2, 3, 28, 28), (2, 6, 14, 14)),
    (lambda kernel: blocks.UpBlock(6, 3, kernel, odd=True), (2, 6, 4, 4), (2, 3, 7, 7)),
    (lambda kernel: blocks.DownBlock(3, 6, kernel, odd=True), (2, 3, 7, 7), (2, 6, 4, 4)),
    (lambda kernel: blocks.Project(10, 6, 4), (2, 10), (2, 6, 4, 4)),
    (lambda kernel: blocks.ToLogit(6, 4), (2, 6, 4, 4), (2, 1)),
], ids=['UpBlock', 'ToImage grey', 'ToImage RGB', 'DownBlock', 'DownBlock first', 'UpBlock odd', 'DownBlock odd',
        'Project', 'ToLogit'])
def test_output_shape(block, shape_in, shape_out, kernel):
    assert output_of(block(kernel), *shape_in).shape == shape_out


def test_a_kernel_of_3_raises():
    with pytest.raises(ValueError, match='kernel must be 4 or 5.*not 3'):
        blocks.UpBlock(4, 2, kernel=3)


def test_the_first_block_of_a_discriminator_has_a_bias_and_no_batch_norm():
    names = {name for name in blocks.DownBlock(3, 6, norm=False)._collect_params_with_prefix()}
    assert names == {'conv.weight', 'conv.bias'}
    names = {name for name in blocks.DownBlock(3, 6)._collect_params_with_prefix()}
    assert 'conv.bias' not in names and 'norm.gamma' in names


def test_grey_images_can_be_trained_on_the_cpu():
    """The backward pass through the one-channel output works, and the discarded channel gets no gradient."""
    block = blocks.ToImage(32, 1)                       # MXNet's own layer fails from 16 channels to one
    block.initialize(mx.init.Normal(0.1))
    x = mx.nd.random.normal(shape=(2, 32, 7, 7))
    with mx.autograd.record():
        loss = (block(x) ** 2).sum()
    loss.backward()
    gradient = block.conv.weight.grad().asnumpy()      # (in, out, k, k)
    assert np.abs(gradient[:, 0]).max() > 0
    assert np.abs(gradient[:, 1]).max() == 0


def test_tanh_bounds_the_image():
    block = blocks.ToImage(4, 3)
    block.initialize(mx.init.Normal(5))
    image = block(mx.nd.random.normal(shape=(2, 4, 7, 7))).asnumpy()
    assert np.abs(image).max() <= 1


def test_the_slope_of_the_leaky_relu():
    block = blocks.DownBlock(1, 1, norm=False)
    block.initialize(mx.init.One())                      # the bias stays 0
    x = mx.nd.array(-np.ones((1, 1, 4, 4), dtype=np.float32))
    # The first 4x4 window, with padding 1, covers 3x3 pixels of -1: 0.2 * -9.
    assert block(x)[0, 0, 0, 0].asscalar() == pytest.approx(-1.8)


@pytest.mark.parametrize('make', [lambda: blocks.SpectralConv2D(6, 4, in_channels=3, strides=2, padding=1),
                                  lambda: blocks.SpectralDense(5, in_units=7)])
def test_spectral_normalisation_agrees_with_an_svd(make):
    block = make()
    block.initialize(mx.init.Normal(0.3))
    block.iterate(200)
    matrix = block.weight.data().asnumpy().reshape(block.weight.shape[0], -1)
    left, values, right = np.linalg.svd(matrix)
    used = block._normalized(mx.nd, block.weight.data(), block.u.data(), block.v.data()).asnumpy().reshape(matrix.shape)
    np.testing.assert_allclose(used, matrix / values[0], rtol=1e-4, atol=1e-6)
    assert abs(block.u.data().asnumpy() @ left[:, 0]) == pytest.approx(1, abs=1e-4)
    assert abs(block.v.data().asnumpy() @ right[0]) == pytest.approx(1, abs=1e-4)


def test_the_gradient_flows_through_the_spectral_norm():
    """It is orthogonal to the weight, whose scale has no effect, and agrees with a finite difference (u, v held)."""
    block = blocks.SpectralDense(3, in_units=4)
    block.initialize(mx.init.Normal(1))
    block.iterate(50)
    x = mx.nd.random.normal(shape=(5, 4))
    with mx.autograd.record():
        loss = mx.nd.sum(mx.nd.square(block(x)))
    loss.backward()
    gradient, weight = block.weight.grad().asnumpy(), block.weight.data().asnumpy()
    assert abs((gradient * weight).sum()) < 1e-4 * np.abs(gradient).sum()
    step = np.zeros_like(weight)
    step[1, 2] = 1e-2
    values = []
    for sign in (1, -1):
        block.weight.set_data(mx.nd.array(weight + sign * step))
        values.append(mx.nd.sum(mx.nd.square(block(x))).asscalar())
    assert (values[0] - values[1]) / 2e-2 == pytest.approx(gradient[1, 2], rel=1e-2)
