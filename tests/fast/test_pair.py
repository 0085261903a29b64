"""The fast pair: it is made where it can be had, and the reason is logged where it cannot."""
import logging

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan import fast
from gluon_gan.fast import build
from helpers import fast_steps
from helpers.fast_steps import distance

CPU = [mx.cpu()]


def nets(size=32, widthG=16, widthD=16, **options):
    pair = gg.Generator(size, 1, nz=4, ngf=widthG, **options), gg.Discriminator(size, 1, ndf=widthD, **options)
    for net in pair:
        net.initialize()
    return pair


@pytest.fixture
def loads(monkeypatch):
    """The precisions with which ``build.load`` is called. It does nothing, so that no compiler is needed."""
    calls = []
    monkeypatch.setattr(build, 'load', calls.append)
    return calls


def refusal(caplog, pair, contexts=CPU, precision='float32'):
    """The only record that ``make`` logs when it makes no pair."""
    caplog.clear()
    with caplog.at_level(logging.DEBUG, 'gluon_gan'):
        assert fast.make(*pair, contexts, precision) is None
    record, = caplog.records
    assert '\n' not in record.getMessage()
    return record


WITHOUT = {
    'a GPU': (nets, [mx.gpu(0)], 'the fast step is for CPUs, and this training uses gpu(0)'),
    'two GPUs': (nets, [mx.gpu(0), mx.gpu(1)], 'the fast step is for CPUs'),
    'G': (lambda: nets(widthG=8), CPU, 'the fast step has no 8 feature maps, no multiple of 16'),
    'D': (lambda: nets(widthD=24), CPU, 'the fast step has no 24 feature maps'),
    'classes': (lambda: nets(classes=2), CPU, 'the fast step has no class-conditional networks'),
    'residual blocks': (lambda: nets(block='residual'), CPU, 'the fast step has no residual blocks'),
    'a custom D': (lambda: (nets()[0], mx.gluon.nn.Dense(1)), CPU, 'has no network of the class Dense')}


@pytest.mark.parametrize('case', WITHOUT)
def test_what_cannot_be_fast_is_logged_and_nothing_is_compiled(loads, caplog, case):
    pair, contexts, reason = WITHOUT[case]
    pair = pair()
    record = refusal(caplog, pair, contexts)
    assert record.levelno == logging.DEBUG and reason in record.getMessage()
    # Asked for by the user: a warning.
    record = refusal(caplog, pair, contexts, 'bfloat16')
    assert record.levelno == logging.WARNING and reason in record.getMessage()
    assert 'bfloat16' in record.getMessage() and 'float32' in record.getMessage()
    assert not loads


@pytest.mark.parametrize('options', [dict(size=28), dict(kernel=5)])
def test_networks_that_gain_nothing_in_float32_are_fast_in_bfloat16_only(loads, caplog, options):
    record = refusal(caplog, nets(**options))
    assert record.levelno == logging.DEBUG and 'are not faster in float32' in record.getMessage() and not loads


def test_one_network_that_gains_is_enough(loads, monkeypatch):
    monkeypatch.setattr(fast.pair, 'Pair', lambda *arguments: arguments)
    netG, netD = nets(kernel=5)[0], nets()[1]
    assert fast.make(netG, netD, CPU) == (netG, netD, 'float32') and loads == ['float32']
    assert fast.make(*nets(kernel=5), CPU, 'bfloat16')[2] == 'bfloat16' and loads == ['float32', 'bfloat16']


@pytest.mark.parametrize('precision, level', [('float32', logging.DEBUG), ('bfloat16', logging.WARNING)])
def test_what_the_machine_lacks_is_logged(monkeypatch, caplog, precision, level):
    def unavailable(precision):
        raise build.Unavailable('there is no C++ compiler: install g++')

    monkeypatch.setattr(build, 'load', unavailable)
    record = refusal(caplog, nets(), precision=precision)
    assert record.levelno == level and record.getMessage().endswith('there is no C++ compiler: install g++')


@pytest.mark.parametrize('precision', fast_steps.PRECISIONS)
def test_a_compilation_that_fails_is_a_warning(monkeypatch, caplog, precision):
    def failing(precision):
        raise build.Failed('the compiler ended with code 3')

    monkeypatch.setattr(build, 'load', failing)
    record = refusal(caplog, nets(), precision=precision)
    assert record.levelno == logging.WARNING and record.getMessage().endswith('the compiler ended with code 3')


def test_halves_of_different_sizes_are_refused():
    fast_steps.library()
    with pytest.raises(ValueError, match='equally many images, not 3 and 5'):
        fast.make(*nets(), CPU).discriminate_both(mx.nd.zeros((3, 1, 32, 32)), mx.nd.zeros((5, 1, 32, 32)))


@pytest.mark.parametrize('precision, level', [('float32', logging.DEBUG), ('bfloat16', logging.WARNING)])
def test_it_can_be_switched_off(monkeypatch, caplog, precision, level):
    monkeypatch.setenv('GLUON_GAN_FAST', '0')
    record = refusal(caplog, nets(), precision=precision)
    assert record.levelno == level and 'GLUON_GAN_FAST=0' in record.getMessage()


@pytest.mark.parametrize('precision', ['float16', 'bf16', '', None, 32])
def test_an_unknown_precision(loads, precision):
    with pytest.raises(ValueError, match="precision=.* must be one of 'float32', 'bfloat16'$") as caught:
        fast.make(*nets(), [mx.gpu(0)], precision)
    assert f'precision={precision!r} ' in str(caught.value) and not loads


@pytest.mark.parametrize('precision', fast_steps.PRECISIONS)
def test_the_pair_computes_as_the_networks(caplog, precision):
    fast_steps.library(precision)
    netG, netD = nets()
    with caplog.at_level(logging.DEBUG, 'gluon_gan'):
        pair = fast.make(netG, netD, [mx.cpu(0), mx.cpu(1)], precision)
    assert pair.precision == precision and not caplog.records
    real, z = mx.nd.random.uniform(-1, 1, (4, 1, 32, 32)), mx.nd.random.normal(shape=(4, 4))
    tolerance = 1e-4 if precision == 'float32' else 0.05
    with autograd.train_mode():
        fake = netG(z)
        assert distance(pair.generator(z).asnumpy(), fake.asnumpy()) < tolerance
        for one, other in zip(pair.discriminate_both(real, fake), (real, fake), strict=True):
            assert one.shape == (4, 1) and one.dtype == np.float32
            assert distance(one.asnumpy(), netD(other).asnumpy()) < tolerance
        assert distance(pair.discriminate(fake).asnumpy(), netD(fake).asnumpy()) < tolerance
