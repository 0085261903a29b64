"""What the memory benchmark runs and reports."""
import importlib
import json
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / 'benchmarks'


@pytest.fixture
def memory(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    yield importlib.import_module('memory')
    for name in ('memory', 'step'):
        sys.modules.pop(name, None)


def test_the_peak_is_that_of_a_process_of_its_own(memory, monkeypatch, tmp_path):
    (tmp_path / 'worker_of_this_test.py').write_text('from types import SimpleNamespace\n'
                                                     'def make(variant, settings):\n'
                                                     '    size = settings["threads"] * int(variant)\n'
                                                     '    return SimpleNamespace(run=lambda steps: b"x" * size)\n')
    monkeypatch.setattr(memory, 'FOLDER', tmp_path)
    small, large = (memory.peak(sys.executable, 'worker_of_this_test', variant, {'threads': 2})
                    for variant in ('1', str(50 * 2 ** 20)))
    assert small > 0 and 95 < large - small < 110      # 100 MB were written


def test_every_variant_is_measured_and_written(memory, monkeypatch, tmp_path, capsys):
    calls = []
    monkeypatch.setattr(memory, 'write_images', lambda size, channels, folder: f'{size}x{channels}')
    monkeypatch.setattr(memory, 'peak', lambda python, module, variant, settings: calls.append(
        (module, variant, settings['net']['size'], settings['images'])) or float(len(calls)))
    memory.main(['--torch', sys.executable, '--sizes', '64', '128', '--rounds', '2', '--threads', '1', '--json',
                 str(tmp_path / 'memory.json')])
    found = json.loads((tmp_path / 'memory.json').read_text())
    assert len(calls) == 4 * len(memory.VARIANTS) and ('mxnet_worker', 'bf16 step', 128, '128x3') in calls
    assert found['sizes']['64']['gluon_gan step'] == [2.0, 2.0 + len(memory.VARIANTS)]
    assert 'torch eager' in capsys.readouterr().out
