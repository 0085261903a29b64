"""The table of ``gluon-gan doctor``."""
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import runtime
from gluon_gan.cli import doctor
from gluon_gan.fast import build


def findings():
    return {finding.name: finding for finding in doctor.examine()}


def test_a_machine_without_problems(monkeypatch, capsys):
    monkeypatch.delenv('GLUON_GAN_DATA', raising=False)
    found = findings()
    for name in ('Python', 'NumPy', 'MXNet', 'threads', 'device', 'training step', 'one-channel output', 'data root',
                 'data: mnist', 'pretrained'):
        assert found[name].value and found[name].remedy is None, found[name]
    assert np.__version__ in found['NumPy'].value
    assert 'mnist' in found['pretrained'].value
    assert doctor.main() == 0
    assert all(line.startswith('ok') for line in capsys.readouterr().out.splitlines())


def test_a_wrong_data_root_is_reported(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'nowhere'))
    assert doctor.main() == 1
    out = capsys.readouterr().out
    assert '!!  data root' in out and '-> GLUON_GAN_DATA=' in out and 'is not a folder' in out


def test_a_damaged_data_set_is_reported(monkeypatch, tmp_path):
    (tmp_path / 'mnist').mkdir()
    for name in ('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'):
        (tmp_path / 'mnist' / name).write_bytes(b'not gzip')
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    assert findings()['data: mnist'].remedy


def test_two_builds_of_mxnet_are_reported(monkeypatch):
    versions = {'mxnet': '1.9.1', 'mxnet-cu112': '1.9.1'}
    monkeypatch.setattr(doctor, '_version',
                        lambda name: versions.get(name, 'not installed' if 'mxnet' in name else '1.23.5'))
    assert 'pip uninstall mxnet mxnet-cu112' in findings()['MXNet'].remedy


def test_the_table_is_printed_without_mxnet(monkeypatch, capsys):
    def missing():
        raise ImportError("MXNet is not installed: pip install 'gluon-gan[cpu]'")

    monkeypatch.setattr(runtime, 'require', missing)
    assert doctor.main() == 1
    assert "-> MXNet is not installed: pip install 'gluon-gan[cpu]'" in capsys.readouterr().out


def test_missing_system_libraries_of_gluoncv_are_reported(monkeypatch):
    def broken(name):
        raise ImportError('libGL.so.1: cannot open shared object file')

    monkeypatch.setattr(doctor.importlib, 'import_module', broken)
    finding = doctor._gluoncv()
    assert 'libGL.so.1' in finding.value and 'libgl1' in finding.remedy


def test_mxnet_imported_first_is_reported(monkeypatch):
    monkeypatch.setitem(runtime.state, 'mxnet_came_first', True)
    assert 'import gluon_gan first' in findings()['threads'].remedy


@pytest.mark.parametrize('line', ['fast step: float32 and bfloat16', 'plain step: there is no C++ compiler'])
def test_the_training_step_is_reported(monkeypatch, line):
    monkeypatch.setattr(build, 'status', lambda: line)
    assert findings()['training step'] == ('training step', line, None)


def test_a_training_step_that_is_switched_off_is_no_problem(monkeypatch, capsys, elsewhere):
    monkeypatch.setenv('GLUON_GAN_FAST', '0')
    assert doctor.main() == 0
    assert 'plain step: it is switched off by GLUON_GAN_FAST=0' in capsys.readouterr().out


def test_nothing_is_compiled(monkeypatch, elsewhere):
    def compiled():
        raise AssertionError('doctor compiles')

    monkeypatch.setattr(build, 'library', compiled)
    assert findings()['training step'] and not list(elsewhere.glob('cache/*'))


def test_a_gpu_build_without_a_gpu_is_reported(monkeypatch):
    monkeypatch.setattr(runtime, 'gpu_distribution', lambda: 'mxnet-cu112')
    monkeypatch.setattr(runtime, '_device', {'ctx': gg.device(), 'why_not': 'no NVIDIA driver or no card was found'})
    assert 'no NVIDIA driver' in findings()['device'].value and findings()['device'].remedy
