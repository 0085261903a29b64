"""Our Adam is MXNet's, in fewer operators."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan.train.adam import SMALL, TOGETHER, Adam
from mxnet import autograd, gluon

SHAPES = [(3, 5), (7,), (SMALL,), (SMALL + 1,), (64, 80), (1,)]      # on both sides of what is updated together


def trained(optimizer, shapes=SHAPES, steps=5):
    """Parameters, moments and counts after some steps on the same gradients."""
    parameters = [gluon.Parameter(f'p{i}', shape=shape, init=mx.init.Normal(0.1)) for i, shape in enumerate(shapes)]
    gg.seed(1)
    for parameter in parameters:
        parameter.initialize(ctx=mx.cpu())
    trainer = gluon.Trainer(parameters, optimizer, kvstore=None)
    draws = np.random.default_rng(2)
    for step in range(steps):
        with autograd.record():
            loss = sum((parameter.data() * mx.nd.array(draws.normal(size=parameter.shape))).sum() for parameter in parameters)
        loss.backward()
        if step == 3:
            trainer.set_learning_rate(5e-4)
        trainer.step(4)
    updater = trainer._updaters[0]
    moments = [moment.asnumpy() for index in sorted(updater.states) for moment in updater.states[index]]
    return [parameter.data().asnumpy() for parameter in parameters], moments, updater.optimizer._index_update_count


@pytest.mark.parametrize('options', [
    dict(learning_rate=2e-4, beta1=0.5), dict(learning_rate=0.1), dict(beta1=0.0, beta2=0.9, epsilon=1e-6), dict(wd=0.01), dict(clip_gradient=0.1)])
def test_it_is_mxnets_adam(options):
    ours, our_moments, our_counts = trained(Adam(**options))
    plain, moments, counts = trained(mx.optimizer.Adam(**options))
    for one, other in zip(ours + our_moments, plain + moments):
        assert one.shape == other.shape
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    assert our_counts == counts == {index: 5 for index in range(len(SHAPES))}


def test_the_first_step_by_hand():
    """Bias correction makes the first step lr * sign(gradient), whatever its size (section 2.1 of the paper)."""
    parameter = gluon.Parameter('p', shape=(3,), init=mx.init.Zero())
    parameter.initialize(ctx=mx.cpu())
    trainer = gluon.Trainer([parameter], Adam(learning_rate=0.01, beta1=0.5), kvstore=None)
    with autograd.record():
        loss = (parameter.data() * mx.nd.array([3.0, -0.2, 10.0])).sum()
    loss.backward()
    trainer.step(1)
    np.testing.assert_allclose(parameter.data().asnumpy(), [-0.01, 0.01, -0.01], rtol=1e-5)


def test_more_parameters_than_one_operator_takes():
    shapes = [(2,)] * (TOGETHER * 2 + 3)
    ours, moments, counts = trained(Adam(), shapes, steps=2)
    plain, _, _ = trained('adam', shapes, steps=2)
    np.testing.assert_allclose(ours, plain, rtol=1e-6)
    assert set(counts.values()) == {2} and len(moments) == 2 * len(shapes)
