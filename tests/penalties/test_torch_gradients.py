"""The gradients of loss and penalty against PyTorch's double backward, which tools/torch_penalties.py computed."""
import sys
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan import penalties
from gluon_gan.support import storage

TOOLS = Path(__file__).resolve().parents[2] / 'tools'
VALUES = np.load(Path(__file__).with_name('torch_gradients.npz'))
NETWORKS = [key.removesuffix(': scale') for key in VALUES.files if key.endswith(': scale')]


@pytest.fixture(scope='module')
def tool():
    sys.path.insert(0, str(TOOLS))
    import torch_penalties
    yield torch_penalties
    sys.path.remove(str(TOOLS))
    del sys.modules['torch_penalties']


def critic(tool, name, hybrid):
    """A critic with the weights of a case, and the NDArrays that it and its penalties are called with."""
    config = tool.NETWORKS[name]
    parameters, inputs = tool.arrays(name, VALUES[f'{name}: scale'])
    if config is None:
        net = nn.HybridSequential()
        width = tool.HIDDEN
        net.add(nn.Dense(width, in_units=2), nn.LeakyReLU(tool.SLOPE), nn.Dense(width, in_units=width),
                nn.LeakyReLU(tool.SLOPE), nn.Dense(1, in_units=width))
    else:
        net = gg.Discriminator(ndf=tool.NDF, **config)
    net.initialize()
    inputs = {key: mx.nd.array(value) for key, value in inputs.items()}
    labels = [inputs['labels']] * bool(config and config.get('classes'))
    named = storage.named(net)
    assert set(named) == set(parameters)
    for key, value in parameters.items():
        named[key].set_data(value)
    net.hybridize(hybrid)
    return net, inputs, labels, [named[key] for key in parameters if key.endswith(('weight', 'bias'))]


def wanted(network, penalty, what=''):
    """The sum of PyTorch's gradients, or of its values, of a penalty, which may be the sum of two."""
    return sum(VALUES[f'{network}: {name}{what}'] for name in (('r1', 'r2') if penalty == 'r1r2' else (penalty,)))


def compare(trained, expected, what):
    """Each parameter's gradient to 1e-4 of its largest value."""
    start = 0
    for parameter in trained:
        part = expected[start:start + parameter.data().size].reshape(parameter.shape)
        start += parameter.data().size
        # A gradient that is zero everywhere, such as that of a bias by a penalty, is compared with the others.
        scale = np.abs(part).max() or np.abs(expected).max() or 1
        np.testing.assert_allclose(parameter.grad().asnumpy(), part, rtol=0, atol=1e-4 * scale,
                                   err_msg=f'{what}: {parameter.name}')
    assert start == len(expected)


@pytest.mark.parametrize('hybrid', [False, True])
@pytest.mark.parametrize('network', NETWORKS)
def test_all_gradients_equal_those_of_a_double_backward(tool, network, hybrid):
    net, inputs, labels, trained = critic(tool, network, hybrid)
    lossD, _ = gg.objective('nonsaturating')
    for name in penalties.PENALTIES:
        penalty = gg.GradientPenalty(net, name, tool.GAMMA)
        random = inputs.get(penalty.points[0])
        for with_loss in (False, True):
            with autograd.record():
                real_logits, fake_logits, term, value = penalty(inputs['real'], inputs['fake'], *labels,
                                                                random=None if name[0] == 'r' else random)
                # A parameter that a loss does not depend on would keep its last gradient.
                loss = term + (lossD(real_logits, fake_logits) if with_loss else 0 * (real_logits + fake_logits)[:, 0])
            loss.backward()
            expected = wanted(network, name) + (VALUES[f'{network}: loss'] if with_loss else 0)
            compare(trained, expected, f'{network}, {name}')
            np.testing.assert_allclose(value.asnumpy(), wanted(network, name, ' value'), rtol=1e-4, atol=1e-6)
        assert penalty.critic.steps, 'these critics are piecewise linear'
        found = penalty.with_loss(inputs['real'], inputs['fake'], lossD, *labels,
                                  random=None if name[0] == 'r' else random)
        autograd.backward(found.outputs, found.derivatives)
        compare(trained, wanted(network, name) + VALUES[f'{network}: loss'], f'{network}, {name} with loss')
        np.testing.assert_allclose(found.value.asnumpy(), wanted(network, name, ' value'), rtol=1e-4, atol=1e-6)


def test_some_slopes_are_below_1_and_some_above():
    """Otherwise the one-sided penalty would be tested as the two-sided one, or not at all."""
    for network in NETWORKS:
        two, one = (VALUES[f'{network}: {name} value'] for name in ('wgan-gp', 'wgan-gp-one-sided'))
        assert 0 < (one > 0).sum() < len(one) and (two[one > 0] == one[one > 0]).all()


def test_the_table_covers_what_the_package_has():
    assert {f'{size} px, {channels} channels, {norm}' for size in (28, 32, 64) for channels in gg.models.CHANNELS
            for norm in ('none', 'spectral')} <= set(NETWORKS)
    covered = {key.rpartition(': ')[2] for key in VALUES.files} | {'r1r2'}
    assert set(penalties.PENALTIES) <= covered
