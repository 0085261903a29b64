"""Every rule of forward-mode differentiation, by finite differences in float64, and the refusals."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import HybridBlock, nn

import gluon_gan as gg
from gluon_gan.penalties import InputGradient, NoDerivative, tangent

SIDE = 8


def layers(*blocks):
    net = nn.HybridSequential()
    net.add(*blocks)
    return net


class Operators(HybridBlock):
    """A smooth function that contains the operators of one input, of two inputs, and with numbers."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2D(4, 3, in_channels=2)
        self.scale = self.params.get('scale', shape=(1, 4, 1, 1), init=mx.init.One())
        self.dense = nn.Dense(1, in_units=1)

    def hybrid_forward(self, F, x, scale):
        x = self.conv(x)
        a, b = F.tanh(x), F.sigmoid(-x) + 1
        mixed = F.broadcast_mul(a * b + (2 * a - 1) / 3, scale) - F.broadcast_div(b, F.square(scale) + 1)
        mixed = F.broadcast_add(mixed / (b * b), F.mean(x, axis=(2, 3), keepdims=True))
        mixed = F.broadcast_sub(1 - mixed, 0.5 * scale)
        both = F.concat(F.transpose(mixed, axes=(0, 1, 3, 2)), F.broadcast_add(F.zeros_like(x), scale), -x,
                        dim=1)
        pooled = F.Pooling(F.Pad(both, mode='edge', pad_width=(0, 0, 0, 0, 1, 1, 1, 1)), kernel=(2, 2), stride=(2, 2),
                           pool_type='avg')
        total = F.add_n(pooled, F.relu(pooled) * 2, pooled * pooled)
        total = F.broadcast_add(total, F.mean(F.zeros_like(total), axis=1, keepdims=True)) + F.ones_like(total)
        part = F.slice_axis(F.reshape(total, shape=(0, -1)), axis=1, begin=1, end=None)
        return self.dense(F.sum(F.slice(part, begin=(None, 2), end=(None, None)), axis=1, keepdims=True))


SMOOTH = {
    'operators': Operators,
    'activations': lambda: layers(
        nn.Conv2D(3, 3, in_channels=2), nn.Activation('tanh'), nn.AvgPool2D(2), nn.Conv2D(3, 2, in_channels=3),
        nn.Activation('softrelu'), nn.Flatten(), nn.Dense(6, in_units=12), nn.LayerNorm(in_channels=6),
        nn.Activation('sigmoid'), nn.Dense(4, in_units=6), nn.Activation('softsign'), nn.Dense(1, in_units=4)),
    'transposed': lambda: layers(nn.Conv2DTranspose(3, 4, 2, 1, in_channels=2), nn.LeakyReLU(0.3), nn.GlobalAvgPool2D(),
                                 nn.Dense(1, in_units=3)),
    'not hybrid': lambda: plain_sequential(),
}


def plain_sequential():
    net = nn.Sequential()
    net.add(nn.Conv2D(3, 4, 2, 1, in_channels=2), nn.LeakyReLU(0.2), nn.Dense(5, in_units=48), nn.Activation('relu'),
            nn.Dense(1, in_units=5))
    return net


def initialised(net, kind='float64'):
    gg.seed(1)
    net.initialize(mx.init.Normal(0.4))
    net.cast(kind)
    return net


def images(kind='float64', seed=0):
    return mx.nd.array(np.random.default_rng(seed).uniform(-1, 1, (3, 2, SIDE, SIDE)), dtype=kind)


@pytest.mark.parametrize('name', SMOOTH)
def test_the_derivative_and_the_gradient_of_a_penalty_agree_with_finite_differences(name):
    net = initialised(SMOOTH[name]())
    critic, x, v, step = InputGradient(net), images(), images(seed=1), 1e-6
    leaky = 'leaky' in str(net).lower()
    logits, gradient = critic(x)
    again, slope = critic.along(x, v)
    np.testing.assert_allclose(again.asnumpy(), net(x).asnumpy(), rtol=1e-12)
    np.testing.assert_allclose(logits.asnumpy(), again.asnumpy(), rtol=1e-12)
    difference = (net(x + step * v) - net(x - step * v)) / (2 * step)
    if leaky:                   # MXNet computes it in float32
        np.testing.assert_allclose(slope.asnumpy(), difference.asnumpy(), atol=0.05 * np.abs(slope.asnumpy()).max())
    else:
        np.testing.assert_allclose(slope.asnumpy(), difference.asnumpy(), rtol=1e-6)
    np.testing.assert_allclose(slope.asnumpy().ravel(), (gradient * v).asnumpy().sum(axis=(1, 2, 3)), rtol=1e-7)

    def penalty():
        return (critic(x)[1].asnumpy() ** 2).sum() / 2

    with autograd.record():
        loss = critic.along(x, gradient)[1]
    loss.backward()
    changes = []
    for parameter in net.collect_params().values():
        change, before = mx.nd.random.normal(shape=parameter.shape, dtype='float64'), parameter.data().copy()
        wanted = 0
        for sign in (1, -1):
            parameter.set_data(before + sign * step * change)
            wanted += sign * penalty() / (2 * step)
        parameter.set_data(before)
        assert (parameter.grad() * change).sum().asscalar() == pytest.approx(wanted, rel=1e-5, abs=1e-9), parameter.name
        changes.append(abs(wanted))
    assert np.count_nonzero(np.array(changes) > 1e-3 * max(changes)) >= 2


def test_instance_norm():
    """MXNet has it in float32 only, where a derivative along v is compared with the gradient."""
    net = initialised(layers(nn.Conv2D(3, 3, in_channels=2), nn.InstanceNorm(in_channels=3), nn.LeakyReLU(0.2),
                             nn.Dense(1, in_units=108)), 'float32')
    critic, x, v = InputGradient(net), images('float32'), images('float32', seed=1)
    slope, gradient = critic.along(x, v)[1].asnumpy().ravel(), critic(x)[1]
    np.testing.assert_allclose(slope, (gradient * v).asnumpy().sum(axis=(1, 2, 3)), rtol=1e-4)


@pytest.mark.parametrize('blocks, message', [
    ([nn.Conv2D(3, 3), nn.BatchNorm(), nn.Dense(1)],
     r'batchnorm\d+_fwd is a batch normalisation, .* the rest of the batch.* norm=.none. or .spectral.'),
    ([nn.Conv2D(3, 3), nn.MaxPool2D(), nn.Dense(1)], r'pool\d+_fwd is of the type Pooling, which has no rule'),
    ([nn.Dense(3), nn.Dropout(0.5), nn.Dense(1)], r'dropout\d+_fwd is of the type Dropout, which has no rule'),
    ([nn.Dense(3), nn.PReLU(), nn.Dense(1)], r'is of the type LeakyReLU \(prelu\), which has no rule'),
    ([nn.HybridLambda(lambda F, x: F.FullyConnected(x, F.reshape(x, shape=(1, -1)), num_hidden=1, no_bias=True))],
     r'is of the type FullyConnected, which has no rule'),
    ([nn.HybridLambda(lambda F, x: F.concat(*F.split(x, num_outputs=2, axis=1), dim=1))],
     r'is of the type SliceChannel, which has no rule'),
    ([nn.HybridLambda(lambda F, x: F.ones((2, 1)))], 'the output of this network does not depend on its input'),
    ([nn.HybridLambda(lambda F, x: F.ones(x.shape))], 'this HybridSequential cannot be traced'),
])
def test_what_has_no_exact_derivative_is_refused_in_one_line(blocks, message):
    with pytest.raises(NoDerivative, match=message) as error:
        InputGradient(layers(*blocks))
    assert '\n' not in str(error.value)


def test_all_rules_are_operators_of_mxnet():
    """A misspelt name would never be used."""
    known = set(mx.operator.get_all_registered_operators())
    assert set(tangent.RULES) <= known, set(tangent.RULES) - known
