"""What the fast step needs: each part that can be missing gives one line with a remedy."""
import importlib.util
import platform
import sys
from importlib import metadata
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import pytest

from gluon_gan.fast import requirements
from gluon_gan.fast.requirements import FILES, FLAGS, Unavailable, check


def package(root, name, version='2023.2.0'):
    """A package with its file outside of its own folder, as pip installs it."""
    place = {'onednn-cpu-gomp': 'lib', 'onednn-devel-cpu-gomp': 'include'}[name]
    file = root / place / FILES[name]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    site = root / 'lib/python3.11/site-packages'
    site.mkdir(parents=True, exist_ok=True)
    entries = [PurePosixPath('../../../share/LICENSE'), PurePosixPath(f'../../../{place}/{FILES[name]}')]
    return SimpleNamespace(version=version, files=entries, locate_file=lambda entry: site / entry)


@pytest.fixture
def complete(monkeypatch, tmp_path):
    """A machine that has everything: its packages, and a folder of programs that is its PATH."""
    monkeypatch.setattr(sys, 'platform', 'linux')
    monkeypatch.setattr(platform, 'machine', lambda: 'x86_64')
    monkeypatch.setattr(requirements, 'cpu_flags', lambda: ' '.join(('sse2', *FLAGS['bfloat16'])))
    packages = {name: package(tmp_path, name) for name in FILES}

    def distribution(name):
        if name not in packages:
            raise metadata.PackageNotFoundError(name)
        return packages[name]

    monkeypatch.setattr(metadata, 'distribution', distribution)
    monkeypatch.delenv('CXX', raising=False)
    monkeypatch.delenv('GLUON_GAN_FAST', raising=False)
    monkeypatch.setenv('PATH', str(tmp_path / 'bin'))
    (tmp_path / 'bin').mkdir()
    program(tmp_path, 'c++')
    monkeypatch.setattr(sys, 'executable', str(tmp_path / 'bin/python'))
    return SimpleNamespace(packages=packages, root=tmp_path)


def program(root, name):
    path = root / 'bin' / name
    path.write_text('#!/bin/sh\n')
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def interface(monkeypatch, tmp_path):
    """A package of the name mxnet: the function sets its version."""
    folder = tmp_path / 'mxnet'
    for file in ('include/mxnet/lib_api.h', 'src/lib_api.cc'):
        (folder / file).parent.mkdir(parents=True)
        (folder / file).touch()
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: SimpleNamespace(submodule_search_locations=[folder]))

    def version(text):
        (folder / 'libinfo.py').write_text(f'import os\n__version__ = "{text}"\n')
        return folder
    return version


def refusal(precision='float32'):
    """The line that says what is missing."""
    with pytest.raises(Unavailable) as caught:
        check(precision)
    message = str(caught.value)
    assert '\n' not in message and ': ' in message, 'one line, with a remedy'
    return message


def test_a_complete_machine(complete):
    for precision in FLAGS:
        check(precision)
    assert requirements.compiler() == [str(complete.root / 'bin/c++')]
    assert requirements.onednn() == (complete.root / 'include', complete.root / 'lib/libdnnl.so.3')


def test_mxnet_is_found_where_it_is():
    import mxnet
    assert requirements.mxnet() == Path(mxnet.__file__).parent and mxnet.__version__ == requirements.MXNET


@pytest.mark.parametrize('precision', ['float16', 'half', None])
def test_an_unknown_precision_is_an_error_everywhere(monkeypatch, precision):
    monkeypatch.setenv('GLUON_GAN_FAST', '0')
    with pytest.raises(ValueError, match=f"'float32' or 'bfloat16', not {precision!r}"):
        check(precision)


def test_the_switch(complete, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_FAST', '0')
    assert 'switched off by GLUON_GAN_FAST=0' in refusal() and 'unset' in refusal()
    for value in ('1', ''):
        monkeypatch.setenv('GLUON_GAN_FAST', value)
        check()


@pytest.mark.parametrize('value', ['false', 'off', ' 0', '2', 'a\nb'])
def test_another_value_of_the_switch_is_named(complete, monkeypatch, value):
    monkeypatch.setenv('GLUON_GAN_FAST', value)
    assert refusal().startswith(f'GLUON_GAN_FAST={value!r} is neither 0 nor 1: ') and 'unset it' in refusal()


@pytest.mark.parametrize('executable', [None, ''])
def test_an_embedded_python(complete, monkeypatch, executable):
    monkeypatch.setattr(sys, 'executable', executable)
    assert 'sys.executable is empty' in refusal()


@pytest.mark.parametrize('system, machine', [('darwin', 'x86_64'), ('win32', 'AMD64'), ('linux', 'aarch64')])
def test_another_system(complete, monkeypatch, system, machine):
    monkeypatch.setattr(sys, 'platform', system)
    monkeypatch.setattr(platform, 'machine', lambda: machine)
    assert machine in refusal() and 'Linux on x86-64' in refusal()


@pytest.mark.parametrize('flags, precision, said', [
    ('sse2 avx2', 'float32', 'lacks avx512f, avx512bw, avx512vl, avx512dq: use the plain step'),
    ('', 'float32', 'lacks avx512f'),
    ('avx512f avx512bw avx512vl', 'bfloat16', 'lacks avx512dq, avx512_bf16: use the plain step'),
    ('avx512f avx512bw avx512vl avx512dq avx512_bf16x', 'bfloat16', "lacks avx512_bf16: use the precision 'float32'")])
def test_a_processor_without_the_extensions(complete, monkeypatch, flags, precision, said):
    monkeypatch.setattr(requirements, 'cpu_flags', lambda: flags)
    assert said in refusal(precision)


def test_float32_does_not_need_the_extension_for_bfloat16(complete, monkeypatch):
    monkeypatch.setattr(requirements, 'cpu_flags', lambda: ' '.join(FLAGS['float32']))
    check('float32')


@pytest.mark.parametrize('text, flags', [
    ('processor\t: 0\nvmx flags\t: ept\nflags\t\t: fpu avx512f\n\nprocessor\t: 1\nflags\t\t: fpu\n', 'fpu avx512f'),
    ('processor\t: 0\nFeatures\t: fp asimd\n', ''), (None, '')])
def test_the_flags_of_the_processor_are_read(monkeypatch, text, flags):
    def read_text(path, errors=None):
        if text is None:
            raise FileNotFoundError(path)
        return text

    monkeypatch.setattr(Path, 'read_text', read_text)
    assert requirements.cpu_flags() == flags


def test_mxnet_is_missing(complete, monkeypatch):
    monkeypatch.setattr(importlib.util, 'find_spec', lambda name: None)
    assert "MXNet is not installed: pip install 'gluon-gan[cpu]'" == refusal()


def test_another_version_of_mxnet(complete, interface):
    folder = interface('2.0.0')
    assert 'MXNet is 2.0.0' in refusal() and 'mxnet==1.9.1' in refusal()
    (folder / 'libinfo.py').unlink()
    assert 'unknown version' in refusal()


@pytest.mark.parametrize('file', ['include/mxnet/lib_api.h', 'src/lib_api.cc'])
def test_a_package_of_mxnet_without_its_interface(complete, interface, file):
    folder = interface('1.9.1')
    check()
    (folder / file).unlink()
    assert file in refusal() and 'mxnet==1.9.1' in refusal()


@pytest.mark.parametrize('name', FILES)
def test_a_package_of_onednn_is_missing(complete, name):
    del complete.packages[name]
    assert f"{name} is not installed: pip install 'gluon-gan[fast]'" in refusal()


@pytest.mark.parametrize('name', FILES)
def test_another_version_of_onednn(complete, name):
    complete.packages[name].version = '2026.1.0'
    assert f'{name} is 2026.1.0' in refusal() and "'gluon-gan[fast]'" in refusal()


@pytest.mark.parametrize('name', FILES)
@pytest.mark.parametrize('lost', ['file', 'entry', 'entries'])
def test_a_package_of_onednn_without_its_file(complete, name, lost):
    found = complete.packages[name]
    if lost == 'file':
        Path(found.locate_file(found.files[1])).resolve().unlink()
    else:
        found.files = found.files[:1] if lost == 'entry' else None
    assert FILES[name] in refusal() and f'{name}==2023.2.0' in refusal()


def test_no_compiler(complete):
    (complete.root / 'bin/c++').unlink()
    assert refusal() == 'there is no C++ compiler on the PATH: install g++ (sudo apt install g++)'


def test_the_first_compiler_on_the_path_is_taken(complete):
    for name in ('clang++', 'g++'):
        program(complete.root, name)
    for name in ('g++', 'c++'):
        assert requirements.compiler()[0].endswith(f'bin/{name}')
        (complete.root / 'bin' / name).unlink()
    assert 'no C++ compiler' in refusal(), 'clang++ is taken only if CXX names it'


def test_CXX_chooses_the_compiler(complete, monkeypatch):
    mine = program(complete.root, 'my compiler')
    monkeypatch.setenv('CXX', f"'{mine}' --gcc-toolchain=/x")
    assert requirements.compiler() == [mine, '--gcc-toolchain=/x']
    monkeypatch.setenv('CXX', ' ')
    assert requirements.compiler()[0].endswith('bin/c++')


@pytest.mark.parametrize('named', ['no-such-compiler', '/no/such/compiler -O2', "'g++", "''"])
def test_CXX_that_is_no_program(complete, monkeypatch, named):
    monkeypatch.setenv('CXX', named)
    assert f'CXX={named} is not a program' in refusal() and 'unset CXX' in refusal()
