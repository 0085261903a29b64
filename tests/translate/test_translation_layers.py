"""What a translation's networks are made of: instance normalisation, against MXNet's own, mirrored edges, and a picture's convolution."""
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import storage
from gluon_gan.translate.layers import InstanceNorm, Mirrored, Picturewise, Residual, ToPicture
from mxnet import autograd
from mxnet.gluon import nn


class Alone(Picturewise):
    """Nothing but a normalisation."""

    def __init__(self, channels):
        super().__init__()
        self.norm = InstanceNorm(channels)

    def hybrid_forward(self, F, x):
        return self.norm(x)


@pytest.mark.parametrize('make', [Alone, InstanceNorm])
def test_instance_normalisation_and_its_gradient_are_those_of_the_operator(make):
    ours, theirs = make(5), nn.InstanceNorm(in_channels=5, epsilon=1e-5)
    for net in (ours, theirs):
        net.initialize()
        if make is Alone:
            net.hybridize()
    for count in (2, 1, 3):                                   # each of which is traced for itself
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
def test_it_is_the_same_in_training_and_out_of_it(hybrid):
    x, net = mx.nd.random.normal(shape=(2, 3, 4, 4)), Alone(3)
    net.initialize()
    net.hybridize(hybrid)
    outside = net(x).asnumpy()
    assert np.abs(outside.mean(axis=(2, 3))).max() < 1e-6
    with autograd.train_mode():
        np.testing.assert_array_equal(net(x).asnumpy(), outside)
    with autograd.record(train_mode=False):
        np.testing.assert_array_equal(net(x).asnumpy(), outside)


def test_several_recorded_graphs_may_wait_for_their_gradients():
    net, pictures = Alone(3), [mx.nd.random.normal(shape=(1, 3, 4, 4)) for _ in range(2)]
    net.initialize()
    net.hybridize(static_alloc=True)
    graphs = []
    for x in pictures:
        x.attach_grad()
        with autograd.record():
            graphs.append((net(x) ** 3).sum())
    for graph in graphs:
        graph.backward()
    together = [x.grad.asnumpy() for x in pictures]
    for x, gradient in zip(pictures, together):
        with autograd.record():
            alone = (net(x) ** 3).sum()
        alone.backward()
        np.testing.assert_array_equal(x.grad.asnumpy(), gradient)


def test_it_has_nothing_to_learn_and_nothing_to_store():
    net = Alone(3)
    net.initialize()
    net.collect_params().setattr('grad_req', 'add')
    assert not storage.named(net) and {parameter.grad_req for parameter in net.collect_params().values()} == {'null'}


def test_a_hybridized_network_that_cannot_count_its_pictures_is_refused_in_a_line():
    for make in (InstanceNorm, Alone):
        net = nn.HybridSequential()
        net.add(make(3))
        net.initialize()
        net.hybridize()
        with pytest.raises(TypeError, match='how many pictures') as error:
            net(mx.nd.zeros((2, 3, 4, 4)))
        assert '\n' not in str(error.value)


@pytest.mark.parametrize('channels, kernel, padding', [(3, 7, 0), (1, 7, 0), (3, 3, 1)])
def test_the_convolution_to_a_picture_is_one_like_any_other(channels, kernel, padding):
    ours, theirs = (make(channels, kernel, padding=padding, in_channels=5) for make in (ToPicture, nn.Conv2D))
    x, results = mx.nd.random.normal(shape=(2, 5, 18 - 2 * padding, 24 - 2 * padding)), []
    ours.initialize(mx.init.Normal(0.1))
    theirs.initialize()
    ours.bias.set_data(mx.nd.arange(channels) + 1)
    for place, parameter in storage.named(theirs).items():
        parameter.set_data(storage.named(ours)[place].data())
    for net in (ours, theirs):
        net.hybridize()
        x.attach_grad()
        with autograd.record():
            y = net(x)
        if not results:
            towards = mx.nd.random.normal(shape=y.shape)
        y.backward(towards)
        results.append([y.asnumpy(), x.grad.asnumpy(), *(parameter.grad().asnumpy() for parameter in storage.named(net).values())])
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, atol=1e-4)


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
