"""Histograms of activations and weights."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import dissect


def test_silent_values_and_a_dead_feature_map():
    blocks = {'identity': lambda x: x, 'masked': lambda x: x * mx.nd.array([1, 0]).reshape((1, 2, 1, 1))}
    inputs = np.concatenate([np.full((3, 2, 2, 2), 1), np.full((1, 2, 2, 2), -1)])
    found = dissect.activation_histograms(blocks, inputs)
    identity = found['identity']
    assert identity.silent == 0.25 and identity.dead == 0 and found['masked'].dead == 0.5
    assert identity.mean == 0.5 and identity.counts.sum() == 32 and identity.counts[-1] == 24


def test_activations_and_weights_of_a_discriminator():
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    layers = dissect.activation_histograms(netD, np.random.default_rng(0).uniform(-1, 1, (4, 1, 28, 28)))
    assert list(layers) == ['down.0', 'down.1', 'down.2', 'to_logit']
    weights = dissect.weight_histograms(netD, bins=10)
    assert 'down.0.conv.weight' in weights and 'down.1.norm.running_mean' not in weights
    assert weights['down.1.norm.gamma'].mean == pytest.approx(1, abs=0.05)
    assert weights['to_logit.dense.weight'].counts.sum() == 8 * 16
    assert weights['down.2.conv.weight'].deviation == pytest.approx(0.02, rel=0.2)
    figure = dissect.histogram_figure(weights, weights, labels=['before', 'after'], title='D')
    assert [axes.get_title() for axes in figure.axes if axes.get_visible()] == list(weights)


def test_diverged_layer_is_named():
    with pytest.raises(ValueError, match='broken contains NaN or Inf'):
        dissect.activation_histograms({'broken': lambda x: x / 0}, np.ones((1, 2)))
