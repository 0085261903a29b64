"""The layers of translations: comparisons with MXNet's own layers, reflection padding and the residual block."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import nn

from gluon_gan.blocks import ToImageConv
from gluon_gan.support import storage
from gluon_gan.translate.layers import InstanceNorm, InstanceNormNetwork, ReflectionPadConv, Residual


class NormOnly(InstanceNormNetwork):
    """A network of a single instance normalisation."""

    def __init__(self, channels):
        super().__init__()
        self.norm = InstanceNorm(channels)

    def hybrid_forward(self, F, x):
        return self.norm(x)


@pytest.mark.parametrize('make', [NormOnly, InstanceNorm])
def test_instance_norm_and_its_gradient_agree_with_mxnets(make):
    ours, theirs = make(5), nn.InstanceNorm(in_channels=5, epsilon=1e-5)
    for net in (ours, theirs):
        net.initialize()
        if make is NormOnly:
            net.hybridize()
    for count in (2, 1, 3):                                   # each batch size is traced separately
        x, results = mx.nd.random.normal(2, 3, shape=(count, 5, 6, 7)), []
        towards = mx.nd.random.normal(shape=x.shape)
        for net in (ours, theirs):
            x.attach_grad()
            with autograd.record():
                y = net(x)
            y.backward(towards)
            results.append((y.asnumpy(), x.grad.asnumpy()))
        for one, other in zip(*results):
            np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize('hybrid', [False, True])
def test_instance_norm_computes_the_same_in_training_and_in_inference(hybrid):
    x, net = mx.nd.random.normal(shape=(2, 3, 4, 4)), NormOnly(3)
    net.initialize()
    net.hybridize(hybrid)
    inference = net(x).asnumpy()
    assert np.abs(inference.mean(axis=(2, 3))).max() < 1e-6
    with autograd.train_mode():
        np.testing.assert_array_equal(net(x).asnumpy(), inference)
    with autograd.record(train_mode=False):
        np.testing.assert_array_equal(net(x).asnumpy(), inference)


def test_several_graphs_can_be_recorded_before_their_backward_passes():
    net, images = NormOnly(3), [mx.nd.random.normal(shape=(1, 3, 4, 4)) for _ in range(2)]
    net.initialize()
    net.hybridize(static_alloc=True)
    graphs = []
    for x in images:
        x.attach_grad()
        with autograd.record():
            graphs.append((net(x) ** 3).sum())
    for graph in graphs:
        graph.backward()
    together = [x.grad.asnumpy() for x in images]
    for x, gradient in zip(images, together):
        with autograd.record():
            alone = (net(x) ** 3).sum()
        alone.backward()
        np.testing.assert_array_equal(x.grad.asnumpy(), gradient)


def test_instance_norm_has_no_trainable_and_no_stored_parameters():
    net = NormOnly(3)
    net.initialize()
    net.collect_params().setattr('grad_req', 'add')
    assert not storage.named(net) and {parameter.grad_req for parameter in net.collect_params().values()} == {'null'}


def test_an_unknown_batch_size_in_a_hybridized_network_raises():
    for make in (InstanceNorm, NormOnly):
        net = nn.HybridSequential()
        net.add(make(3))
        net.initialize()
        net.hybridize()
        with pytest.raises(TypeError, match='must know the batch size') as error:
            net(mx.nd.zeros((2, 3, 4, 4)))
        assert '\n' not in str(error.value)


@pytest.mark.parametrize('channels, kernel, padding', [(3, 7, 0), (1, 7, 0), (3, 3, 1)])
def test_to_image_conv_agrees_with_mxnets_convolution(channels, kernel, padding):
    ours, theirs = (make(channels, kernel, padding=padding, in_channels=5) for make in (ToImageConv, nn.Conv2D))
    x, results = mx.nd.random.normal(shape=(2, 5, 18 - 2 * padding, 24 - 2 * padding)), []
    ours.initialize(mx.init.Normal(0.1))
    theirs.initialize()
    ours.bias.set_data(mx.nd.arange(channels) + 1)
    for name, parameter in storage.named(theirs).items():
        parameter.set_data(storage.named(ours)[name].data())
    for net in (ours, theirs):
        net.hybridize()
        x.attach_grad()
        with autograd.record():
            y = net(x)
        if not results:
            towards = mx.nd.random.normal(shape=y.shape)
        y.backward(towards)
        gradients = [parameter.grad().asnumpy() for parameter in storage.named(net).values()]
        results.append([y.asnumpy(), x.grad.asnumpy(), *gradients])
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, atol=1e-4)


def test_reflection_padding():
    net = ReflectionPadConv(1, 1, 3)
    net.initialize(mx.init.One())
    x = mx.nd.arange(9).reshape((1, 1, 3, 3))
    # At the corner 0 the window is 4 3 4 / 1 0 1 / 4 3 4.
    assert net(x)[0, 0, 0, 0].asscalar() == 4 + 3 + 4 + 1 + 0 + 1 + 4 + 3 + 4


def test_a_residual_block_with_zero_weights_is_the_identity():
    net = Residual(4)
    net.initialize(mx.init.Zero())
    x = mx.nd.random.normal(shape=(1, 4, 8, 8))
    np.testing.assert_array_equal(net(x).asnumpy(), x.asnumpy())
