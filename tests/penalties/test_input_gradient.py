"""The input gradient of a critic: values, shapes, labels, and what it leaves unchanged."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import HybridBlock, nn

import gluon_gan as gg
from gluon_gan.penalties import InputGradient, NoDerivative


def discriminator(**options):
    gg.seed(2)
    net = gg.Discriminator(**{'size': 28, 'channels': 1, 'ndf': 2, 'norm': 'none', **options})
    net.initialize(mx.init.Normal(0.3))
    return net


def images(size=28, channels=1, count=3):
    return mx.nd.random.uniform(-1, 1, (count, channels, size, size))


def test_a_linear_critic_has_its_weight_as_gradient():
    net = nn.Dense(1, in_units=2)
    net.initialize()
    net.weight.set_data(mx.nd.array([[3, -4]]))
    logits, gradient = InputGradient(net)(mx.nd.array([[1, 1], [2, 0]]))
    np.testing.assert_allclose(logits.asnumpy(), [[-1], [6]])
    np.testing.assert_allclose(gradient.asnumpy(), [[3, -4], [3, -4]])


def test_at_0_the_slope_is_that_of_the_negative_side():
    """As the gradient of MXNet's LeakyReLU there. Otherwise both passes would differ for blank images."""
    net = nn.HybridSequential()
    net.add(nn.Dense(1, use_bias=False, in_units=1), nn.LeakyReLU(0.2))
    net.initialize(mx.init.One())
    critic, zero = InputGradient(net), mx.nd.zeros((1, 1))
    assert critic(zero)[1].asscalar() == critic.along(zero, mx.nd.ones((1, 1)))[1].asscalar() == pytest.approx(0.2)


@pytest.mark.parametrize('size', gg.models.SIZES)
@pytest.mark.parametrize('options', [
    dict(), dict(norm='spectral', channels=3, kernel=5), dict(classes=3), dict(classes=2, norm='spectral'),
    dict(block='residual'), dict(block='residual', norm='spectral', classes=2)])
def test_every_discriminator_has_one(size, options):
    net = discriminator(size=size, **options)
    net.hybridize(static_alloc=True)
    x, labels = images(size, net.channels), [mx.nd.array([0, 1, 1])] * bool(net.classes)
    critic = InputGradient(net)
    logits, gradient = critic(x, *labels)
    again, slope = critic.along(x, gradient, *labels)
    assert gradient.shape == x.shape and slope.shape == (3, 1)
    np.testing.assert_allclose(again.asnumpy(), net(x, *labels).asnumpy(), rtol=1e-5)
    np.testing.assert_allclose(slope.asnumpy()[:, 0], (gradient ** 2).asnumpy().sum(axis=(1, 2, 3)), rtol=1e-4)


def test_values_change_no_gradient_and_later_weights_are_used():
    net = discriminator()
    critic, x = InputGradient(net), images()
    with autograd.record():
        loss = net(x)
    loss.backward()
    before = [parameter.grad().asnumpy() for parameter in net.collect_params().values()]
    first = critic(x)[1].asnumpy()
    assert all((old == parameter.grad().asnumpy()).all() for old, parameter in
               zip(before, net.collect_params().values()))
    weight = net.to_logit.dense.weight
    weight.set_data(2 * weight.data())
    np.testing.assert_allclose(critic(x)[1].asnumpy(), 2 * first, rtol=1e-5)
    np.testing.assert_allclose(critic.along(x, x)[1].asnumpy()[:, 0],
                               2 * (first * x.asnumpy()).sum(axis=(1, 2, 3)), rtol=1e-4)


def test_the_network_may_be_initialised_and_moved_later():
    net = nn.HybridSequential()
    net.add(nn.Dense(3), nn.LeakyReLU(0.2), nn.Dense(1))
    critic = InputGradient(net)                              # before the shapes are known
    net.initialize(ctx=mx.cpu(1))
    x = mx.nd.ones((2, 5), ctx=mx.cpu(1))
    gradient = critic(x)[1]
    slope = critic.along(x, gradient)[1]
    assert gradient.context == slope.context == mx.cpu(1)
    np.testing.assert_allclose(slope.asnumpy()[:, 0], (gradient ** 2).asnumpy().sum(axis=1), rtol=1e-5)


class Projection(HybridBlock):
    """A conditional critic without an attribute ``classes``, which multiplies features by an embedding."""

    def __init__(self):
        super().__init__()
        self.features, self.embedding = nn.Dense(4, in_units=6), nn.Embedding(3, 4)

    def hybrid_forward(self, F, x, labels):
        return F.sum(F.tanh(self.features(x)) * self.embedding(labels), axis=1)


def test_a_custom_conditional_critic():
    net = Projection()
    net.initialize(mx.init.Normal(1))
    critic, x, labels = InputGradient(net, conditional=True), mx.nd.random.normal(shape=(3, 6)), mx.nd.array([2, 0, 1])
    logits, gradient = critic(x, labels)
    assert logits.shape == (3,)
    slope = critic.along(x, gradient, labels)[1]
    np.testing.assert_allclose(slope.asnumpy(), (gradient ** 2).asnumpy().sum(axis=1), rtol=1e-5)


class Two(HybridBlock):
    def hybrid_forward(self, F, x):
        return x, 2 * x


def test_a_critic_with_two_outputs_is_refused():
    with pytest.raises(NoDerivative, match='this Two returns several arrays: the input gradient is that of one logit'):
        InputGradient(Two())


def test_a_function_is_no_critic():
    with pytest.raises(NoDerivative, match='the critic must be an mxnet.gluon.Block, not .*function'):
        InputGradient(test_a_function_is_no_critic)


def test_batch_norm_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match="batch normalisation.* create D with norm='none' or 'spectral'"):
        InputGradient(gg.Discriminator(28, 1, ndf=2))
