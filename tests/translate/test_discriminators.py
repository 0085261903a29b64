"""The discriminators: receptive fields, layers and bad arguments."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

from gluon_gan.translate import Critics, PatchDiscriminator, SingleDiscriminator


@pytest.mark.parametrize('halvings, patch', [(1, 16), (2, 34), (3, 70)])
def test_the_receptive_field_of_a_logit_is_a_patch(halvings, patch):
    net = PatchDiscriminator(128, 1, 2, halvings)
    # The gradient is not zero in the receptive field. The normalisation is skipped: it depends on the whole image.
    for block in net.body:
        if hasattr(block, 'norm'):
            block.norm.hybrid_forward = lambda F, x, **fixed: x
    net.initialize(mx.init.Uniform(1))
    x = mx.nd.random.normal(shape=(1, 1, 128, 128))
    x.attach_grad()
    with autograd.record():
        logits = net(x)
        middle = logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2]
    middle.backward()
    rows = np.flatnonzero(x.grad.asnumpy().any(axis=(0, 1, 3)))
    assert rows[-1] - rows[0] + 1 == patch


def test_the_single_discriminator_is_one_convolution():
    net = SingleDiscriminator(16, 3)
    net.initialize()
    assert net(mx.nd.zeros((2, 3, 16, 16))).shape == (2, 1, 8, 8)
    assert len(list(net.collect_params())) == 2


def test_the_depth_depends_on_the_size_and_config_rebuilds_the_same_architecture():
    assert len(PatchDiscriminator(64, 3, 2).body) + 1 == len(PatchDiscriminator(128, 3, 2).body)
    net = Critics('patch', 16, 1, ndf=2, halvings=1)
    net.initialize()
    again = Critics(**net.config)
    shapes, expected = ([parameter.shape for parameter in each.collect_params().values()] for each in (again, net))
    assert shapes == expected
    outputs = net(mx.nd.zeros((1, 1, 16, 16)), mx.nd.zeros((2, 1, 16, 16)))
    assert [logits.shape for logits in outputs] == [(1, 1, 6, 6), (2, 1, 6, 6)]


@pytest.mark.parametrize('options, words', [
    (dict(kind='pixel'), 'patch'), (dict(halvings=4), '1 to 3'), (dict(kind='single', ndf=8), 'leave ndf out')])
def test_bad_arguments_raise(options, words):
    with pytest.raises(ValueError, match=words):
        Critics(**options)
