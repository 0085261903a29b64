"""Upsampling and means by fixed filters, compared with their definitions in NumPy and with MXNet's own layers."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

from gluon_gan import blocks
from gluon_gan.blocks import resampling

METHODS = list(resampling.FILTERS)


def doubled(x, method):
    """The module's formulas, along one axis after the other."""
    for axis in (2, 3):
        x = np.moveaxis(x, axis, -1)
        before, after = np.concatenate([x[..., :1], x[..., :-1]], -1), np.concatenate([x[..., 1:], x[..., -1:]], -1)
        even, odd = (x, x) if method == 'nearest' else ((before + 3 * x) / 4, (3 * x + after) / 4)
        x = np.moveaxis(np.stack([even, odd], -1).reshape(*x.shape[:-1], -1), -1, axis)
    return x


def edged(x, width=1):
    return np.pad(x, ((0, 0), (0, 0), (width, width), (width, width)), mode='edge')


def run(net, x, head, hybrid):
    """Output, and gradients of the input and of all trained parameters, with ``head`` as the gradient of the output."""
    net.hybridize(hybrid)
    x.attach_grad()
    with autograd.record():
        y = net(x)
    y.backward(head)
    trained = [each.grad().asnumpy() for each in net.collect_params().values() if each.grad_req != 'null']
    return [y.asnumpy(), x.grad.asnumpy(), *trained]


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('channels', [1, 2, 3, 5, 16])
@pytest.mark.parametrize('margin', [0, 1])
def test_upsampling_is_the_formula(method, channels, margin):
    net, x = blocks.Upsample(channels, method, margin), np.random.default_rng(0).normal(size=(2, channels, 4, 5))
    net.initialize()
    wanted = edged(doubled(x, method), margin)
    head = np.random.default_rng(1).normal(size=wanted.shape)
    for hybrid in (False, True):
        y, gradient = run(net, mx.nd.array(x), mx.nd.array(head), hybrid)
        np.testing.assert_allclose(y, wanted, atol=1e-6)
        assert (gradient * x).sum() == pytest.approx((head * wanted).sum(), rel=1e-4)      # the adjoint of the filter
    assert not net._collect_params_with_prefix()


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('channels', [1, 3, 8])
@pytest.mark.parametrize('odd', [False, True])
def test_a_resize_convolution_is_a_resize_and_a_convolution(method, channels, odd):
    net, x = resampling.ResizeConv(channels, 5, method, odd, use_bias=True), mx.nd.random.normal(shape=(2, 5, 4, 4))
    net.initialize(mx.init.Normal(0.3))
    net.bias.set_data(mx.nd.random.normal(shape=channels))
    wanted = mx.nd.Convolution(mx.nd.array(edged(doubled(x.asnumpy(), method))), net.weight.data(), net.bias.data(),
                               kernel=(3, 3), num_filter=channels).asnumpy()
    side = 7 if odd else 8
    np.testing.assert_allclose(net(x).asnumpy(), wanted[:, :, :side, :side], atol=1e-5)


@pytest.mark.parametrize('method', METHODS)
@pytest.mark.parametrize('channels', [1, 3])
def test_the_last_convolution_computes_the_same_at_the_smaller_size(method, channels):
    nets = [resampling.ResizeConv(channels, 6, method, use_bias=True), resampling.ResizeToImage(channels, 6, method)]
    weight, bias = mx.nd.random.normal(shape=(channels, 6, 3, 3)), mx.nd.random.normal(shape=channels)
    x, head, results = mx.nd.random.normal(shape=(2, 6, 7, 7)), mx.nd.random.normal(shape=(2, channels, 14, 14)), []
    for net in nets:
        net.initialize()
        net.weight.set_data(weight)
        net.bias.set_data(bias)
        assert set(net._collect_params_with_prefix()) == {'weight', 'bias'}
        results += [run(net, x, head, hybrid) for hybrid in (False, True)]
    for other in results[1:]:
        for one, another in zip(results[0], other):
            np.testing.assert_allclose(another, one, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('kernel, use_bias', [(1, False), (3, True)])
def test_means_of_a_convolution(kernel, use_bias):
    net, x = resampling.MeanConv(4, kernel, 3, use_bias=use_bias), mx.nd.random.normal(shape=(2, 3, 8, 6))
    net.initialize(mx.init.Normal(1))
    bias = [net.bias.data() + 1] if use_bias else []
    if use_bias:
        net.bias.set_data(bias[0])
    full = mx.nd.Convolution(x, net.weight.data(), *bias, kernel=(kernel, kernel), pad=2 * (kernel // 2,), num_filter=4,
                             no_bias=not use_bias).asnumpy()
    wanted = full.reshape(2, 4, 4, 2, 3, 2).mean(axis=(3, 5))
    for hybrid in (False, True):
        y, *_ = run(net, x, mx.nd.ones(wanted.shape), hybrid)
        np.testing.assert_allclose(y, wanted, atol=1e-5)


def test_means_of_an_odd_side_are_of_3x3_pixels():
    net, x = resampling.MeanConv(1, 1, 1, odd=True, use_bias=False), mx.nd.random.normal(shape=(1, 1, 7, 7))
    net.initialize(mx.init.One())
    padded = np.pad(x.asnumpy()[0, 0], 1)
    wanted = [[padded[2 * i:2 * i + 3, 2 * j:2 * j + 3].mean() for j in range(4)] for i in range(4)]
    np.testing.assert_allclose(net(x).asnumpy()[0, 0], wanted, atol=1e-6)


@pytest.mark.parametrize('kernel', [1, 3])
def test_a_spectral_norm_of_the_weight_before_the_means(kernel):
    net = blocks.SpectralMeanConv(4, kernel, in_channels=3)
    net.initialize()
    net.iterate(100)
    plain = resampling.MeanConv(4, kernel, 3)
    plain.initialize()
    weight = net.weight.data().asnumpy()
    plain.weight.set_data(mx.nd.array(weight / np.linalg.svd(weight.reshape(4, -1))[1][0]))
    x = mx.nd.random.normal(shape=(2, 3, 8, 8))
    np.testing.assert_allclose(net(x).asnumpy(), plain(x).asnumpy(), atol=1e-4)
