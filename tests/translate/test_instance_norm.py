"""Instance normalisation, against MXNet's own, and mirrored edges."""
import mxnet as mx
import numpy as np
from gluon_gan.translate.layers import InstanceNorm, Mirrored, Residual
from mxnet import autograd
from mxnet.gluon import nn


def test_instance_normalisation_and_its_gradient_are_those_of_the_operator():
    x = mx.nd.random.normal(2, 3, shape=(2, 5, 6, 7))
    towards, results = mx.nd.random.normal(shape=x.shape), []
    for net in (InstanceNorm(), nn.InstanceNorm(in_channels=5, epsilon=1e-5)):
        net.initialize()
        net.hybridize()
        x.attach_grad()
        with autograd.record():
            y = net(x)
        y.backward(towards)
        results.append((y.asnumpy(), x.grad.asnumpy()))
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_it_is_the_same_in_training_and_out_of_it():
    x, net = mx.nd.random.normal(shape=(2, 3, 4, 4)), InstanceNorm()
    outside = net(x).asnumpy()
    with autograd.train_mode():
        np.testing.assert_array_equal(net(x).asnumpy(), outside)


def test_edges_are_mirrored():
    net = Mirrored(1, 1, 3)
    net.initialize(mx.init.One())
    x = mx.nd.arange(9).reshape((1, 1, 3, 3))
    # At the corner 0 the window is 4 3 4 / 1 0 1 / 4 3 4.
    assert net(x)[0, 0, 0, 0].asscalar() == 4 + 3 + 4 + 1 + 0 + 1 + 4 + 3 + 4


def test_a_residual_block_begins_at_its_input():
    net = Residual(4)
    net.initialize(mx.init.Zero())
    x = mx.nd.random.normal(shape=(1, 4, 8, 8))
    np.testing.assert_array_equal(net(x).asnumpy(), x.asnumpy())
