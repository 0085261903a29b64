"""What the translation benchmark runs and reports; no test asserts a duration."""
import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def benchmark(monkeypatch):
    """A function that imports a module of the benchmark by name, as the modules import each other."""
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module
    for name in ('translate', 'translate_mxnet', 'step', 'worker'):
        sys.modules.pop(name, None)


def test_the_arguments_are_checked(benchmark, capsys):
    translate = benchmark('translate')
    for words, message in ((['--rounds', '0'], 'at least 1'), (['--torch', '/nowhere'], 'no /nowhere'),
                           (['--variants', 'fast'], 'invalid choice')):
        with pytest.raises(SystemExit):
            translate.main(['--torch', sys.executable, *words])
        assert message in capsys.readouterr().err


def test_our_variant_is_the_trainers_step(benchmark):
    ours = benchmark('translate_mxnet')
    steps = ours.make('step', dict(size=16, feature_maps=2, batch_size=2))
    steps.run(3)
    assert steps.trainer.steps == 3
    with pytest.raises(ValueError, match='the fast step is unavailable here'):      # 2 feature maps
        ours.make('bf16 step', dict(size=16, feature_maps=2, batch_size=2))
    with pytest.raises(ValueError, match="there is no variant 'eager'"):
        ours.make('eager', {})


def test_the_ratios_are_medians_over_rounds(benchmark, capsys):
    times = {'gluon_gan step': [10.0, 20.0, 10.0], 'torch eager': [12.0, 30.0, 11.0],
             'torch eager+thrifty': [9.0, 18.0, 10.0]}
    ratios = benchmark('translate').report(times, dict(size=64, feature_maps=32, batch_size=1))
    assert ratios == {'against PyTorch': 1.2, 'against PyTorch in fewer passes': 0.9}
    assert 'eager+thrifty' in capsys.readouterr().out
    times['gluon_gan bf16 step'] = [5.0, 10.0, 4.0]
    ratios = benchmark('translate').report(times, dict(size=64, feature_maps=32, batch_size=1))
    assert ratios['bfloat16 against the plain step'] == 2 and ratios['against PyTorch'] == 1.2
