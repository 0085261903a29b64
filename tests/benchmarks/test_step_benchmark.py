"""What the step benchmark counts, measures and reports; no test asserts a duration."""
import importlib
import json
import sys
from pathlib import Path

import pytest

import gluon_gan as gg

FOLDER = Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def benchmark(monkeypatch):
    """A function that imports a module of the benchmark by name, as the modules import each other."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in ('step', 'work', 'worker', 'mxnet_worker'):
        sys.modules.pop(name, None)


def networks():
    netG, netD = gg.Generator(32, 3, nz=5, ngf=2), gg.Discriminator(32, 3, ndf=2)
    netG.initialize()
    netD.initialize()
    return netG, netD


def test_the_multiply_adds_agree_with_a_count_by_hand(benchmark):
    netG, netD = networks()
    # inputs x outputs x kernel x positions
    dense, first, second, last = 5 * 8 * 16, 8 * 4 * 16 * 16, 4 * 2 * 16 * 64, 2 * 3 * 16 * 256
    work = benchmark('work')
    assert work.layers(netG, (5,)) == [dense, first, second, last]
    d = [3 * 2 * 16 * 256, 2 * 4 * 16 * 64, 4 * 8 * 16 * 16, 8 * 16]
    assert work.layers(netD, (3, 32, 32)) == d
    update_of_G = dense * 2 + 3 * (first + second + last)          # no gradient of z
    assert work.of_step(netG, netD, 7) == 7 * (update_of_G + 2 * (d[0] * 2 + 3 * sum(d[1:])) + 2 * sum(d))


def test_the_networks_for_28_pixels_have_a_kernel_of_3_at_7x7(benchmark):
    """As in torch_worker.py, in both networks."""
    netG, netD = gg.Generator(28, 1, nz=5, ngf=2), gg.Discriminator(28, 1, ndf=2)
    netG.initialize()
    netD.initialize()
    work = benchmark('work')
    assert work.layers(netG, (5,)) == [5 * 8 * 16, 8 * 4 * 9 * 16, 4 * 2 * 16 * 49, 2 * 2 * 16 * 196]
    assert work.layers(netD, (1, 28, 28)) == [2 * 16 * 196, 2 * 4 * 16 * 49, 4 * 8 * 9 * 16, 8 * 16]


def test_the_arguments_are_checked(benchmark, capsys):
    step = benchmark('step')
    options = step.arguments(['--torch', sys.executable, '--sizes', '28', '--rounds', '2'])
    assert (options.sizes, options.rounds, options.variants) == ([28], 2, list(step.THEIRS))
    for words, message in ((['--sizes', '30'], 'invalid choice: 30'), (['--rounds', '0'], 'at least 1'),
                           (['--torch', '/nowhere'], 'no /nowhere')):
        with pytest.raises(SystemExit):
            step.arguments(['--torch', sys.executable, *words])
        assert message in capsys.readouterr().err


class FakeWorker:
    """A worker whose steps take a fixed time; the variant 'broken' cannot run."""

    def __init__(self):
        self.requests = []

    def ask(self, request):
        self.requests.append(request)
        if request['variant'] == 'broken':
            return {'error': 'no compiler'}
        return {'seconds': request['steps'] * {'step': 0.5, 'eager': 1.0}[request['variant']], 'busy': 100.0}


def test_rounds_alternate_and_a_variant_that_cannot_run_is_skipped(benchmark, capsys):
    step, worker = benchmark('step'), FakeWorker()
    tasks = {'gluon_gan step': (worker, 'step'), 'torch eager': (worker, 'eager'), 'torch broken': (worker, 'broken')}
    times, discarded = step.measure(tasks, rounds=3)
    assert times == {'gluon_gan step': [500.0] * 3, 'torch eager': [1000.0] * 3} and discarded == 0
    order = [request['variant'] for request in worker.requests[-6:]]
    assert order == ['step', 'eager', 'eager', 'step', 'step', 'eager']
    assert 'torch broken cannot run here: no compiler' in capsys.readouterr().out


def test_rounds_disturbed_by_other_programs_are_discarded(benchmark, monkeypatch):
    step, worker, clock = benchmark('step'), FakeWorker(), iter(range(0, 10 ** 6, 10 ** 4))
    monkeypatch.setattr(step, 'busy', lambda: float(next(clock)))
    assert step.measure({'gluon_gan step': (worker, 'step')}, rounds=2) == ({}, 4)


def test_the_report_computes_the_ratios(benchmark, capsys):
    times = {'gluon_gan step': [10.0, 10.0, 10.0], 'gluon_gan fit': [10.0, 20.0, 10.5], 'gluon_gan average': [11.0] * 3,
             'gluon_gan sgemm': [1.0] * 3, 'torch eager': [30.0] * 3, 'torch channels-last': [12.0, 13.0, 11.0],
             'torch bf16+channels-last': [5.0] * 3, 'torch sgemm': [2.0] * 3}
    step = benchmark('step')
    ratios = step.report(times, 28, work=step.SGEMM ** 3)
    assert ratios == {'share of SGEMM': pytest.approx(0.1), 'end to end': pytest.approx(10 / 10.5),
                      'with average': pytest.approx(10 / 11), 'against PyTorch': pytest.approx(1.2)}
    assert 'against the best float32 PyTorch (torch channels-last): 1.200' in capsys.readouterr().out


def test_a_worker_answers_line_by_line(benchmark, monkeypatch, capsys):
    """The first line contains the settings. A variant that fails is answered by its error."""
    worker = benchmark('worker')
    lines = [{'threads': 1}, {'variant': 'good', 'steps': 3}, {'variant': 'bad', 'steps': 1},
             {'variant': 'good', 'steps': 1}]

    class Input:
        def __init__(self):
            self.lines = iter(json.dumps(line) + '\n' for line in lines)

        def readline(self):
            return next(self.lines)

        def __iter__(self):
            return self.lines

    class Good:
        done = []

        def run(self, steps):
            self.done.append(steps)

    def make(variant, settings):
        if variant == 'bad':
            raise RuntimeError('no compiler\nand a long trace')
        assert settings == {'threads': 1}
        return Good()

    monkeypatch.setattr(sys, 'stdin', Input())
    worker.serve(make, {'mxnet': '1.9.1'})
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert answers[0] == {'mxnet': '1.9.1'} and answers[2] == {'error': 'RuntimeError: no compiler'}
    assert set(answers[1]) == set(answers[3]) == {'seconds', 'busy'} and Good.done == [3, 1]


def test_our_worker_runs_each_variant(benchmark, monkeypatch, tmp_path):
    import numpy as np
    mxnet_worker = benchmark('mxnet_worker')
    monkeypatch.setattr(mxnet_worker, 'build',
                        lambda preset, **sizes: (gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2)))
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1), dtype=np.uint8)
    np.save(tmp_path / 'images.npy', images)
    settings = {'preset': 'mnist', 'images': str(tmp_path / 'images.npy'), 'batch_size': 4, 'sgemm': 16}
    for variant in ('step', 'plain step', 'average', 'fit'):
        runner = mxnet_worker.make(variant, settings)
        runner.run(3)
        assert runner.trainer.steps == 3 and bool(runner.trainer.average) == (variant == 'average')
    mxnet_worker.make('sgemm', settings).run(2)
    with pytest.raises(ValueError, match='the fast step is unavailable here'):      # 2 feature maps
        mxnet_worker.make('bf16 step', settings)
    with pytest.raises(ValueError, match="there is no variant 'nope'"):
        mxnet_worker.make('nope', settings)
