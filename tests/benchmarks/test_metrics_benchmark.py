"""The benchmark of the measures: what it runs and prints. No test asserts a duration."""
import importlib
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module('metrics')
    sys.modules.pop('metrics', None)


def test_every_measure_has_a_line(benchmark, capsys):
    assert benchmark.main(['--count', '60', '--width', '12']) > 0
    printed = capsys.readouterr().out
    assert printed.startswith('60 against 60 samples of 12 features')
    assert [line.split()[0] for line in printed.splitlines()[2:-1]] == list(benchmark.MEASURES)
    assert 'MB more than at the start' in printed


def test_only_selects_measures(benchmark, capsys):
    benchmark.main(['--count', '60', '--width', '12', '--only', 'two_sample_accuracy'])
    assert len(capsys.readouterr().out.splitlines()) == 4
