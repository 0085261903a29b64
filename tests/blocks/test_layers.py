"""Strides that double and halve exactly, classes as feature maps, and fixed parameters."""
import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import HybridBlock, nn

from gluon_gan.blocks import layers


@pytest.mark.parametrize('kernel', [4, 5])
@pytest.mark.parametrize('large, small, odd', [(28, 14, False), (14, 7, False), (7, 4, True)])
def test_halving_and_doubling_are_inverse(kernel, large, small, odd):
    down = nn.Conv2D(2, in_channels=2, **layers.halving(kernel, odd))
    up = nn.Conv2DTranspose(2, in_channels=2, **layers.doubling(kernel, odd))
    for conv, sides in ((down, (large, small)), (up, (small, large))):
        conv.initialize()
        assert conv(mx.nd.zeros((1, 2, *2 * sides[:1]))).shape == (1, 2, *2 * sides[1:])


def test_classes_become_feature_maps():
    found = layers.class_feature_maps(mx.nd, mx.nd.array([[0, 1], [1, 0]]), 3).asnumpy()
    np.testing.assert_array_equal(found[:, :, 0, 0], [[0, 1], [1, 0]])
    assert found.shape == (2, 2, 3, 3) and (found == found[:, :, :1, :1]).all()


class Scaled(layers.WithFixedParameters, HybridBlock):
    def __init__(self, values):
        super().__init__()
        with self.name_scope():
            self.weight = self.params.get('weight', shape=values.shape, init='ones')
        self._add_fixed(scale=values)

    def hybrid_forward(self, F, x, weight, scale):
        return x * weight * scale


def test_a_fixed_parameter_has_its_value_and_is_in_no_file():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    net = Scaled(values)
    net.initialize(mx.init.Normal(5))                       # does not apply to it
    net.weight.set_data(mx.nd.ones((2, 3)))
    for hybrid in (False, True):
        net.hybridize(hybrid)
        with mx.autograd.record():
            y = net(mx.nd.ones((2, 3)))
        y.backward()
        np.testing.assert_array_equal(y.asnumpy(), values)
        np.testing.assert_array_equal(net.weight.grad().asnumpy(), values)
    assert list(net._collect_params_with_prefix()) == ['weight'] and net.scale.grad_req == 'null'


def test_the_gamma_of_a_batch_normalisation_is_near_one():
    norm = layers.batch_norm(2000)
    norm.initialize(mx.init.Normal(0.02))
    gamma = norm.gamma.data().asnumpy()
    assert gamma.mean() == pytest.approx(1, abs=0.005) and gamma.std() == pytest.approx(0.02, rel=0.1)
