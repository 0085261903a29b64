"""What the benchmark of the penalties measures and reports; no test asserts a duration."""
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import gluon_gan as gg

FOLDER = Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def benchmark(monkeypatch):
    """A function that imports a module of the benchmark by name, as the modules import each other."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in ('penalties', 'step', 'worker', 'mxnet_worker'):
        sys.modules.pop(name, None)


def test_the_arguments_are_checked(benchmark, capsys):
    penalties = benchmark('penalties')
    options = penalties.arguments(['--torch', sys.executable, '--sizes', '28', '64', '--rounds', '2'])
    assert (options.sizes, options.rounds) == ([28, 64], 2)
    for words, message in ((['--sizes', '30'], 'invalid choice: 30'), (['--rounds', '0'], 'at least 1'),
                           (['--torch', '/nowhere'], 'no /nowhere')):
        with pytest.raises(SystemExit):
            penalties.arguments(['--torch', sys.executable, *words])
        assert message in capsys.readouterr().err


class FakeWorker:
    """A worker whose steps take a hundredth of a second."""

    def __init__(self):
        self.steps = []

    def ask(self, request):
        self.steps.append(request['steps'])
        return {'seconds': request['steps'] * 0.01, 'busy': 100.0}


def test_lazy_steps_are_measured_in_multiples(benchmark):
    step, one, lazy = benchmark('step'), FakeWorker(), FakeWorker()
    times, _ = step.measure({'one': (one, 'r1'), 'lazy': (lazy, 'r1+lazy')}, rounds=2, units={'lazy': 16})
    assert times == {'one': pytest.approx([10, 10]), 'lazy': pytest.approx([10, 10])}
    assert lazy.steps[2:] == [144, 144] and one.steps[2:] == [150, 150]


def test_the_report_computes_the_ratios(benchmark, capsys):
    times = {'gluon_gan no norm': [10.0, 10.0, 10.0], 'gluon_gan r1': [12.0, 13.0, 12.0],
             'gluon_gan r1+lazy': [10.5, 10.5, 11.0], 'torch eager': [9.0] * 3, 'torch eager+r1': [30.0] * 3,
             'torch channels-last+r1': [18.0, 18.0, 18.0], 'torch channels-last+thrifty+r1+lazy': [11.0] * 3}
    ratios = benchmark('penalties').report(times, 28)
    assert ratios == pytest.approx({'r1': 1.5, 'cost of r1': 1.2, 'cost of lazy r1': 1.05})
    assert 'the best of PyTorch (torch channels-last+r1)' in capsys.readouterr().out


def test_our_worker_runs_each_variant(benchmark, monkeypatch, tmp_path):
    mxnet_worker, penalties = benchmark('mxnet_worker'), benchmark('penalties')
    monkeypatch.setattr(mxnet_worker, 'build', lambda preset, norm, size: (
        gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2, norm=norm)))
    np.save(tmp_path / 'images.npy', np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), dtype=np.uint8))
    settings = {'preset': 'mnist', 'images': str(tmp_path / 'images.npy'), 'batch_size': 4}
    for variant, every in zip(penalties.OURS, (1, 1, 16)):
        runner = mxnet_worker.make(variant, settings)
        runner.run(2)
        options = runner.trainer.options
        assert (options['penalty'], options['penalty_every']) == ('none' if variant == 'no norm' else 'r1', every)
