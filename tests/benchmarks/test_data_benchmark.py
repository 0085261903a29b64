"""The data benchmark: its measurements and its report. No test asserts a time."""
import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module('data')
    for name in ('data', 'step'):
        sys.modules.pop(name, None)


def test_a_report_computed_by_hand(benchmark, capsys):
    times = {'step': [600.0, 800.0, 700.0], 'from the cache': [10.0, 10.0, 20.0], 'from the server': [30.0, 20.0, 35.0]}
    assert benchmark.report(times) == {'from the cache': 60.0, 'from the server': 20.0}
    assert '(35 to 80)' in capsys.readouterr().out


def test_batches_from_both_sources(benchmark, tmp_path, monkeypatch):
    from gluon_gan import data, serving
    monkeypatch.setattr(benchmark, 'BATCHES', 2)
    monkeypatch.setattr(benchmark, 'SIZE', 8)
    benchmark.make(tmp_path / 'a.npy', 300)
    images = np.load(tmp_path / 'a.npy', mmap_mode='r')
    assert images.shape == (300, 8, 8, 3) and images[299].std() > 50
    server, url = benchmark.serve(tmp_path / 'a.npy')
    try:
        remote = serving.remote(url, prefetch=1)
        tasks = {'from the cache': benchmark.Loader(data.batches(images)), 'from the server': benchmark.Loader(remote)}
        times = benchmark.measure(tasks, 2)
        assert {name: len(values) for name, values in times.items()} == dict.fromkeys(tasks, 2)
        assert all(value > 0 for values in times.values() for value in values)
        remote.close()
    finally:
        server.kill()
        server.communicate()


def test_arguments(benchmark, capsys):
    assert benchmark.arguments([]).augment == 'light'
    bad = [(['--images', '3'], '--images 64'), (['--rounds', '0'], 'at least 1')]
    for words, message in [*bad, (['--augment', 'x'], 'invalid choice')]:
        with pytest.raises(SystemExit):
            benchmark.arguments(words)
        assert message in capsys.readouterr().err
