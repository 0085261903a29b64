"""Values of the penalties by hand, their random points, and their arguments."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan.penalties import PENALTIES, GradientPenalty, gradient_penalty


def linear(weight=(3, -4)):
    """A critic whose gradient is the same everywhere: of norm 5 by default."""
    net = nn.Dense(1, in_units=2)
    net.initialize()
    net.weight.set_data(mx.nd.array([weight]))
    return net


REAL, FAKE = mx.nd.array([[1, 1], [2, 0], [0, 1]]), mx.nd.array([[0, -1], [1, 1], [5, 5]])


@pytest.mark.parametrize('name, value, slope', [
    ('r1', 25 / 2, 5), ('r2', 25 / 2, 5), ('r1r2', 25, 10), ('wgan-gp', 16, 8), ('wgan-gp-one-sided', 16, 8),
    ('dragan', 16, 8)])
def test_by_hand(name, value, slope):
    """With ||w|| = 5: ||w||^2 / 2 = 25 / 2 and (5 - 1)^2 = 16; the derivatives along w / ||w|| are 5 and 2 (5 - 1)."""
    net = linear()
    penalty = GradientPenalty(net, name, gamma=0.5)
    with autograd.record():
        found = penalty(REAL, FAKE)
        loss = found.term.mean()
    loss.backward()
    np.testing.assert_allclose(found.value.asnumpy(), [0.5 * value] * 3, rtol=1e-6)
    np.testing.assert_allclose(net.weight.grad().asnumpy(), [[0.5 * slope * 3 / 5, -0.5 * slope * 4 / 5]], rtol=1e-5)
    np.testing.assert_allclose(found.real_logits.asnumpy(), net(REAL).asnumpy())
    np.testing.assert_allclose(found.fake_logits.asnumpy(), net(FAKE).asnumpy())


def test_a_slope_below_1_is_penalised_by_the_two_sided_form_only():
    net = linear((0.3, 0.4))
    values = {name: GradientPenalty(net, name, gamma=1)(REAL, FAKE).value.asnumpy()[0] for name in PENALTIES}
    assert values['wgan-gp-one-sided'] == 0
    assert values['wgan-gp'] == pytest.approx(0.25) and values['dragan'] == pytest.approx(0.25)


@pytest.mark.parametrize('name', PENALTIES)
def test_a_gradient_of_zero_has_finite_derivatives(name):
    net = linear((0, 0))
    with autograd.record():
        loss = GradientPenalty(net, name)(REAL, FAKE).term
    loss.backward()
    assert np.isfinite(net.weight.grad().asnumpy()).all()


@pytest.mark.parametrize('measure', [gradient_penalty.half_square, gradient_penalty.two_sided,
                                     gradient_penalty.one_sided])
def test_each_direction_is_the_derivative_of_its_measure(measure):
    gradient = mx.nd.array(np.random.default_rng(0).normal(0, 0.6, (6, 1, 2, 2)), dtype='float64')
    direction, step = measure(gradient)[1].asnumpy(), 1e-6
    for index in np.ndindex(1, 2, 2):
        change = mx.nd.zeros_like(gradient)
        change[(slice(None), *index)] = step
        wanted = (measure(gradient + change)[0] - measure(gradient - change)[0]).asnumpy() / (2 * step)
        np.testing.assert_allclose(direction[(slice(None), *index)], wanted, atol=1e-7)


class Recorder(nn.HybridSequential):
    """A critic that keeps the inputs it is called with, for example to see where a penalty is taken."""

    seen = ()

    def forward(self, x):
        self.seen = [*self.seen, x] if isinstance(x, mx.nd.NDArray) else ()
        return super().forward(x)


def points(name, random=None):
    """The points at which a penalty takes the gradient, ``(N, 2)``."""
    net = Recorder()
    net.add(nn.Dense(1, in_units=2))
    net.initialize()
    GradientPenalty(net, name)(REAL, FAKE, random=random)
    return net.seen[0].asnumpy()


def test_where_the_gradient_is_taken():
    np.testing.assert_allclose(points('r1'), REAL.asnumpy())
    np.testing.assert_allclose(points('r2'), FAKE.asnumpy())
    share = mx.nd.array([[1], [0], [0.25]])
    np.testing.assert_allclose(points('wgan-gp', share), [[1, 1], [1, 1], [3.75, 4]])
    moved = mx.nd.array([[0, 1], [1, 0], [0, 0]])
    half = REAL.asnumpy().std() / 2
    np.testing.assert_allclose(points('dragan', moved), REAL.asnumpy() + half * moved.asnumpy(), rtol=1e-6)


def test_random_numbers_follow_from_the_generator():
    penalties = {name: GradientPenalty(linear(), name) for name in PENALTIES}
    for name, shape in (('wgan-gp', (4, 1, 1, 1)), ('dragan', (4, 3, 8, 8))):
        one, other = (penalties[name].random_numbers((4, 3, 8, 8), np.random.default_rng(7)) for _ in range(2))
        assert one.shape == shape and (one == other).all() and 0 <= one.min() and one.max() < 1
    assert penalties['r1'].random_numbers((4, 3, 8, 8), np.random.default_rng(7)) is None
    gg.seed(3)
    first = points('wgan-gp')
    gg.seed(3)
    assert (points('wgan-gp') == first).all() and (points('wgan-gp') != first).any()


def test_times_multiplies_the_term_and_not_the_value():
    results = []
    for times in (1, 16):
        net = linear()
        with autograd.record():
            found = GradientPenalty(net, 'r1', gamma=2)(REAL, FAKE, times=times)
        found.term.backward()
        results.append((net.weight.grad().asnumpy(), found.value.asnumpy()))
    np.testing.assert_allclose(results[1][0], 16 * results[0][0])
    np.testing.assert_allclose(results[1][1], results[0][1])


@pytest.mark.parametrize('options, message', [
    (dict(name='gp'), "penalty='gp' must be one of 'r1', 'r2'"),
    (dict(name='r1', gamma=-1), 'gamma must be a number of at least 0, not -1'),
    (dict(name='r1', gamma='much'), "gamma must be a number of at least 0, not 'much'")])
def test_wrong_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        GradientPenalty(linear(), **options)


@pytest.mark.parametrize('fake, shown', [(FAKE[:2], r'\(2, 2\) float32'), (FAKE.asnumpy().tolist(), 'list')])
@pytest.mark.parametrize('name', ['r1', 'wgan-gp'])
def test_both_batches_have_the_same_shape(name, fake, shown):
    with pytest.raises(ValueError, match=rf'two NDArrays of the same shape, not \(3, 2\) float32 and {shown}'):
        GradientPenalty(linear(), name)(REAL, fake)
