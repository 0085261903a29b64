"""Loss and penalty in one backpropagation, against the general way, which differentiates the directional derivative."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import HybridBlock, nn

import gluon_gan as gg
from gluon_gan.penalties import PENALTIES, GradientPenalty

CRITICS = {
    'plain': dict(), 'spectral with classes': dict(norm='spectral', classes=2, kernel=5),
    'residual': dict(block='residual'),
    'residual spectral with classes': dict(block='residual', norm='spectral', classes=2)}


class Joined(HybridBlock):
    """A critic whose results are used several times, with two activations in a row, and one at either end."""

    def __init__(self):
        super().__init__()
        self.conv, self.other = nn.Conv2D(4, 3, padding=1, in_channels=1), nn.Conv2D(4, 1, in_channels=4)
        self.scale = self.params.get('scale', shape=(1, 4, 1, 1), init=mx.init.Normal(1))
        self.dense = nn.Dense(1, in_units=8 * 49)

    def hybrid_forward(self, F, x, scale):
        x = F.LeakyReLU(x, slope=0.5)
        a = self.conv(x)
        h = F.relu(F.LeakyReLU(a, slope=-0.5))
        total = 2 * F.broadcast_mul(h + self.other(a), scale) - a / 3 + 1
        both = F.Pooling(F.concat(total, h, dim=1), kernel=(4, 4), stride=(4, 4), pool_type='avg')
        return F.LeakyReLU(self.dense(F.Activation(both, act_type='relu') - both), slope=0.3)


def critic(name):
    gg.seed(2)
    net = Joined() if name == 'joined' else gg.Discriminator(28, 1, ndf=2, **{'norm': 'none', **CRITICS[name]})
    net.initialize(mx.init.Normal(0.3))
    return net


def images(seed):
    return mx.nd.array(np.random.default_rng(seed).uniform(-1, 1, (3, 1, 28, 28)))


def results(penalty, lossD, general=False):
    """Gradients, losses, logits and values of a penalty for fixed images and random numbers."""
    if general:
        penalty.critic.steps = None
    real, fake = images(1), images(2)
    labels = [mx.nd.array([0, 1, 1])] if penalty.critic.conditional else []
    random = penalty.random_numbers(real.shape, np.random.default_rng(3))
    found = penalty.with_loss(real, fake, lossD, *labels, random=None if random is None else mx.nd.array(random))
    autograd.backward(found.outputs, found.derivatives)
    parameters = penalty.critic.net.collect_params().values()
    return [*(each.grad().asnumpy() for each in parameters if each.grad_req != 'null'),
            *(each.asnumpy() for each in found[:4])]


def compare(penalty, lossD):
    assert penalty.critic.steps
    for one, other in zip(results(penalty, lossD), results(penalty, lossD, general=True)):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-5 * np.abs(other).max() + 1e-9)


@pytest.mark.parametrize('name', PENALTIES)
@pytest.mark.parametrize('network', [*CRITICS, 'joined'])
def test_it_equals_the_general_way(network, name):
    compare(GradientPenalty(critic(network), name, gamma=2), gg.objective('nonsaturating')[0])


@pytest.mark.parametrize('loss', ['relativistic', 'hinge', 'wasserstein'])
def test_other_losses(loss):
    compare(GradientPenalty(critic('plain'), 'r1r2', gamma=2), gg.objective(loss)[0])


@pytest.mark.parametrize('factor', [0, 1e-30, 1e-12, 1e6])
def test_the_derivative_of_the_loss_may_be_zero_tiny_or_large(factor):
    """A hinge loss is constant for some images; the penalty of these is computed all the same."""
    def lossD(real_logits, fake_logits):
        factors = mx.nd.array([[factor], [1], [-factor]])
        return ((real_logits - fake_logits) * factors).sum(axis=1)
    compare(GradientPenalty(critic('plain'), 'r1', gamma=2), lossD)


def test_a_loss_that_is_not_a_number_reaches_the_weights():
    found = results(GradientPenalty(critic('plain'), 'r1'), lambda real, fake: (real * float('nan') + fake)[:, 0])
    assert np.isnan(found[0]).all()


@pytest.mark.parametrize('block', [
    nn.Activation('tanh'), nn.InstanceNorm(in_channels=3), nn.LayerNorm(in_channels=4),
    nn.HybridLambda(lambda F, x: x * x), nn.HybridLambda(lambda F, x: x / (F.relu(x) + 1))],
    ids=['tanh', 'instance norm', 'layer norm', 'square', 'quotient'])
def test_a_critic_that_is_not_piecewise_linear_takes_the_general_way(block):
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 25, in_channels=1), block, nn.Dense(1, in_units=48))
    net.initialize(mx.init.Normal(0.3))
    penalty = GradientPenalty(net, 'r1')
    assert penalty.critic.steps is None
    assert all(np.isfinite(each).all() for each in results(penalty, gg.objective('nonsaturating')[0]))


def test_shapes_may_be_unknown_before_the_first_batch():
    net = nn.HybridSequential()
    net.add(nn.Conv2D(3, 5), nn.LeakyReLU(0.2), nn.Dense(1))
    penalty = GradientPenalty(net, 'r1')
    net.initialize(mx.init.Normal(0.3))
    compare(penalty, gg.objective('nonsaturating')[0])


def test_the_number_of_steps():
    """Three convolutions and a dense layer, with three activation functions between them."""
    affine = [step.affine for step in GradientPenalty(critic('plain'), 'r1').critic.steps]
    assert affine == [True, False] * 3 + [True]
