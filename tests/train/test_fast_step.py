"""The fast step in a training: it follows the plain step, is exact from run to run, and gives way where it must."""
import json
import logging
import os
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import cli
from gluon_gan.fast import build
from gluon_gan.support import storage
from gluon_gan.train.callbacks import Callback
from helpers import fast_steps
from helpers.small_trainings import same, state

RNG = np.random.default_rng(0)
IMAGES = (RNG.integers(0, 256, (40, 4, 4, 1)).repeat(8, 1).repeat(8, 2) // 2 + RNG.integers(0, 128, (40, 32, 32, 1)))
OPTIONS = {'feature matching': dict(feature_weight=1.0), 'penalty': dict(norm='none', penalty='r1', penalty_every=2),
           'wasserstein': dict(norm='none', loss='wasserstein'), 'spectral': dict(norm='spectral', loss='hinge'),
           'd_steps': dict(d_steps=2), 'g_steps': dict(g_steps=2), 'relativistic': dict(loss='relativistic'),
           'diff_augment': dict(diff_augment='color,translation,cutout'), 'average': dict(average=0.9),
           'noise and flips': dict(noise=0.1, flip=0.1, swap_labels=True), 'kernel 5 in D': dict(kernelD=5)}


@pytest.fixture(scope='module', autouse=True)
def float32():
    """Loaded before a test chooses another cache."""
    fast_steps.library()


@pytest.fixture(scope='module', params=fast_steps.PRECISIONS)
def precision(request):
    return fast_steps.library(request.param)


def trainer(precision='float32', norm='batch', size=32, kernelD=4, architecture=(), **options):
    gg.seed(0)
    netG = gg.Generator(size, 1, nz=8, ngf=16, **dict(architecture))
    netD = gg.Discriminator(size, 1, ndf=16, norm=norm, kernel=kernelD, **dict(architecture))
    return gg.GANTrainer(netG, netD, **{'ctx': mx.cpu(), 'seed': 0, 'precision': precision, **options})


def plain(gan):
    """The same trainer without its fast step."""
    gan.fast = gan.game.fast = None
    return gan


def loader():
    return gg.data.batches(IMAGES.astype('uint8'), batch_size=8, seed=5)


class Losses(Callback):
    """A callback that collects the mean losses (D, G) of each step."""

    def __init__(self):
        self.values = []

    def on_step(self, gan):
        self.values.append([gan.outputs[name].mean().asscalar() for name in ('errD', 'errG')])


def losses(gan, steps):
    collected = Losses()
    gan.fit(loader(), steps=steps, callbacks=[collected])
    return np.array(collected.values)


# --- beside the plain step ---

def test_float32_follows_the_plain_step():
    fast = trainer()
    assert isinstance(fast.fast, gg.fast.Pair) and fast.game.fast is fast.fast and fast.fast.precision == 'float32'
    actual, expected = losses(fast, 100), losses(plain(trainer()), 100)
    np.testing.assert_allclose(actual[:5], expected[:5], rtol=1e-3)
    # Later, the rounding of the first steps has grown as in any training of a GAN. The course remains the same.
    np.testing.assert_allclose(actual[:20], expected[:20], rtol=0.1)
    np.testing.assert_allclose(actual.mean(0), expected.mean(0), rtol=0.05)
    for one, other in zip(state(fast)[:3], state(trainer())[:3]):
        assert not np.array_equal(one, other), 'it has trained'


def test_a_step_computes_with_the_fast_forms_alone(monkeypatch, precision):
    def called(self, *inputs):
        raise AssertionError(f'{type(self).__name__} was called')

    gan, steps = trainer(precision), iter(loader())
    gan.step(next(steps))
    for network in (gg.Generator, gg.Discriminator):
        monkeypatch.setattr(network, '__call__', called)
    assert np.isfinite([array.mean().asscalar() for array in gan.step(next(steps))]).all()


def test_bfloat16_follows_the_plain_step():
    fast_steps.library('bfloat16')
    actual, expected = losses(trainer('bfloat16'), 100), losses(plain(trainer('bfloat16')), 100)
    np.testing.assert_allclose(actual[:5], expected[:5], rtol=0.05)
    np.testing.assert_allclose(actual.mean(0), expected.mean(0), rtol=0.1)


def test_the_first_update_is_that_of_the_plain_step():
    gans = [trainer(), plain(trainer())]
    for gan in gans:
        for optimizer in (gan.trainerG, gan.trainerD):
            optimizer._optimizer.epsilon = 1.0       # updates in proportion to the gradients
        gan.step(next(iter(loader())))
    before = trainer()
    for net in ('netG', 'netD'):
        fast, expected = [storage.parameters(getattr(gan, net)) for gan in gans]
        first = storage.parameters(getattr(before, net))
        for name in expected:
            # The statistics of D are those of the same batches in another order: see tests/fast/test_networks.py.
            tolerance = 0.1 if net == 'netD' and 'running' in name else 1e-2
            assert fast_steps.distance(fast[name] - first[name], expected[name] - first[name]) < tolerance, name


@pytest.mark.parametrize('case', OPTIONS)
def test_every_option(precision, case):
    gans = [trainer(precision, **OPTIONS[case]), plain(trainer(precision, **OPTIONS[case]))]
    assert gans[0].fast and gans[0].game.fast
    actual, expected = [losses(gan, 3) for gan in gans]
    np.testing.assert_allclose(actual, expected, rtol=2e-3 if precision == 'float32' else 0.05, atol=1e-3)
    assert all(np.isfinite(array).all() for array in state(gans[0]))
    assert np.isfinite(gans[0].fixed_samples().asnumpy()).all()


def test_two_devices(precision):
    gans = [trainer(precision, ctx=[mx.cpu(0), mx.cpu(1)]) for _ in range(2)]
    actual, expected = losses(gans[0], 4), losses(plain(gans[1]), 4)
    np.testing.assert_allclose(actual, expected, rtol=2e-3 if precision == 'float32' else 0.05)
    for parameter in gans[0].netG.collect_params('.*weight').values():
        assert np.array_equal(*[array.asnumpy() for array in parameter.list_data()])


# --- exact ---

def test_equal_bits_from_run_to_run(precision):
    gans = [trainer(precision) for _ in range(2)]
    for gan in gans:
        gan.fit(loader(), steps=7)
    assert same(*map(state, gans))


def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path, precision):
    whole, first = [trainer(precision, average=0.9) for _ in range(2)]
    whole.fit(loader(), steps=8)
    first.fit(loader(), steps=3)
    assert first.options['precision'] == precision
    second = gg.GANTrainer.load(first.save(tmp_path / 'last'), ctx=mx.cpu())
    assert second.precision == second.options['precision'] == precision and second.fast.precision == precision
    second.fit(loader(), steps=8)
    assert same(state(second), state(whole))


def test_a_checkpoint_of_the_fast_step_is_resumed_by_the_plain_step(tmp_path, monkeypatch, caplog):
    fast_steps.library('bfloat16')
    first = trainer('bfloat16')
    first.fit(loader(), steps=2)
    path = first.save(tmp_path / 'last')
    monkeypatch.setenv('GLUON_GAN_FAST', '0')
    second = gg.GANTrainer.load(path, ctx=mx.cpu())
    assert second.fast is None and second.precision == 'bfloat16' and same(state(second), state(first))
    warning, = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert 'computes in float32' in warning.getMessage() and 'GLUON_GAN_FAST=0' in warning.getMessage()


# --- without the fast step ---

def test_a_failed_compilation_is_the_plain_step(monkeypatch, caplog):
    def unavailable(precision):
        raise build.Unavailable('the compiler fails')

    expected = plain(trainer())
    monkeypatch.setattr(build, 'load', unavailable)
    gan = trainer()
    assert gan.fast is None and gan.game.fast is None
    for each in (gan, expected):
        each.fit(loader(), steps=3)
    assert same(state(gan), state(expected))
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize('options', [dict(architecture=dict(block='residual')), dict(architecture=dict(classes=2)),
                                     dict(size=28)])
def test_what_has_no_fast_step_falls_back_in_silence(caplog, options):
    gan = trainer(**options)
    assert gan.fast is None and gan.game.fast is None
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_an_unknown_precision_is_refused():
    with pytest.raises(ValueError, match="precision='half' must be one of 'float32', 'bfloat16'"):
        trainer('half')


# --- the command line, and processes ---

def test_the_precision_of_a_run_is_recorded(elsewhere, capsys):
    folder = elsewhere / 'images'
    folder.mkdir()
    for number, image in enumerate(IMAGES[:8].astype('uint8')):
        Image.fromarray(image[:, :, 0]).save(folder / f'{number}.png')
    small = ['--steps', '2', '--batch-size', '4', '--ngf', '16', '--ndf', '16', '--nz', '4', '--average', '0']
    assert cli.main(['train', '--preset', 'mnist', '--data', str(folder), '--size', '32', '--precision', 'bfloat16',
                     *small]) == 0
    config = elsewhere / 'runs/mnist/config.json'
    assert json.loads(config.read_text())['precision'] == 'bfloat16'
    assert cli.main(['train', '--resume', 'runs/mnist', '--steps', '3']) == 0
    assert json.loads(config.read_text())['precision'] == 'bfloat16'
    capsys.readouterr()
    assert cli.main(['train', '--preset', 'mnist', '--data', str(folder), '--precision', 'half', *small]) == 2
    error = capsys.readouterr().err
    assert 'float32' in error and 'bfloat16' in error and 'half' in error and 'Traceback' not in error


COMPUTE = '''
import os, sys
import mxnet as mx, numpy as np
import gluon_gan as gg
trainer = gg.GANTrainer(gg.Generator(32, 1, nz=4, ngf=16), gg.Discriminator(32, 1, ndf=16), ctx=mx.cpu())
assert trainer.fast
step = lambda: trainer.step(mx.nd.random.uniform(-1, 1, (4, 1, 32, 32)))[0].asnumpy()
step()
'''
LOADER = COMPUTE + '''
data = mx.gluon.data.ArrayDataset(np.arange(12, dtype='float32'))
loader = mx.gluon.data.DataLoader(data, batch_size=4, num_workers=2)
assert [batch.asnumpy().tolist() for batch in loader] == np.arange(12).reshape(3, 4).tolist()
step()
del loader
'''
FORK = COMPUTE + '''
child = os.fork()
if child == 0:
    import gluon_gan.translate
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
step()
'''
FORK_AND_COMPUTE = COMPUTE + '''
child = os.fork()
if child == 0:
    assert np.isfinite(step()).all()
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
'''


@pytest.mark.parametrize('script', [LOADER, FORK, FORK_AND_COMPUTE], ids=['DataLoader', 'fork', 'fork and compute'])
def test_processes_that_are_forked_after_a_fast_step(script):
    variables = {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), 'OMP_NUM_THREADS': '1'}
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', script], env=variables, capture_output=True, text=True,
                          timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
