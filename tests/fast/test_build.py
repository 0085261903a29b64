"""The compilation of the fast step: complete or absent, once for each machine, and one line if it fails.

Most tests use a stand-in for the compiler, a script that copies a library. So they need no compiler and no AVX-512.
"""
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import mxnet as mx
import pytest

from gluon_gan.fast import build, cache, requirements
from gluon_gan.fast.build import Failed, Unavailable


def refusal():
    with pytest.raises(Failed) as caught:
        build.library()
    message = str(caught.value)
    assert '\n' not in message and 'set GLUON_GAN_FAST=0' in message, 'one line, with a remedy'
    return message


# --- the library ---

def test_it_is_compiled_once(machine):
    path = build.library()
    assert path == build.library() and path.read_bytes() == Path(machine.loadable).read_bytes()
    call, = machine.compilations()
    for option in ('-std=c++17', '-march=native', '-fopenmp', '-shared', 'operators.cc lib_api_patched.cc libdnnl.so.3',
                   '-Xlinker -rpath', f'-I{requirements.mxnet()}/include', '-Iheaders'):
        assert option in call
    assert os.listdir(machine.cache) == [path.parent.name]


def test_the_sources_are_compiled_as_they_were_hashed(machine, monkeypatch, tmp_path):
    def changed(workplace=cache.workplace):
        (machine.source / 'more.h').write_text('// changed')
        return workplace()

    (machine.source / 'more.h').write_text('// a header')
    machine.compiler(f'cp *.h *.cc {shlex.quote(str(tmp_path))}')
    monkeypatch.setattr(cache, 'workplace', changed)
    first = build.library()
    assert (tmp_path / 'more.h').read_text() == '// a header'
    assert (tmp_path / 'operators.cc').read_text() == machine.operators
    assert build.library() != first


@pytest.mark.parametrize('change', ['processor', 'source', 'new header', 'compiler', 'its version', 'its options',
                                    "MXNet's header", "MXNet's source", 'oneDNN'])
def test_a_change_of_anything_compiles_another_library(machine, monkeypatch, change):
    interface = machine.root / 'mxnet'
    for file in ('include/mxnet/lib_api.h', 'src/lib_api.cc'):
        (interface / file).parent.mkdir(parents=True)
        shutil.copy(requirements.mxnet() / file, interface / file)
    monkeypatch.setattr(requirements, 'mxnet', lambda: interface)
    monkeypatch.setattr(requirements, 'cpu_flags', lambda: 'avx512f')
    first = build.library()
    if change == 'processor':
        monkeypatch.setattr(requirements, 'cpu_flags', lambda: 'avx512f avx512_bf16')
    elif change == 'compiler':
        machine.compiler(name='another')
    elif change == 'its options':
        monkeypatch.setenv('CXX', f'{os.environ["CXX"]} -g')
    elif change == 'oneDNN':
        monkeypatch.setattr(requirements, 'onednn', lambda: (Path('headers'), Path('elsewhere/libdnnl.so.3')))
    else:
        path = {'source': machine.source / 'operators.cc', 'new header': machine.source / 'new.h',
                'its version': machine.root / 'version', "MXNet's header": interface / 'include/mxnet/lib_api.h',
                "MXNet's source": interface / 'src/lib_api.cc'}[change]
        with path.open('a') as file:
            file.write('// changed\n')
    second = build.library()
    assert second != first and len(machine.compilations()) == 2 and len(os.listdir(machine.cache)) == 2


def test_a_damaged_library_is_compiled_again(machine, caplog):
    path = build.library()
    path.write_bytes(path.read_bytes()[:1000])
    assert build.library() == path and len(machine.compilations()) == 2
    assert path.read_bytes() == Path(machine.loadable).read_bytes() and 'damaged' in caplog.text


def test_without_a_cache_it_is_compiled_once_in_a_process(machine, caplog):
    machine.cache.parent.write_text('a file, where a folder should be')
    path = build.library()
    assert path == build.library() and len(machine.compilations()) == 1 and machine.cache.parent not in path.parents
    assert 'cannot be written' in caplog.text


# --- MXNet's interface ---

@pytest.mark.parametrize('header, code', [(None, 'kDLFloat'), ('kDLBfloat = 4U,', 'kDLBfloat')])
def test_bfloat16_is_added_to_the_types_of_mxnets_interface(machine, monkeypatch, tmp_path, header, code):
    original = (requirements.mxnet() / 'src/lib_api.cc').read_text()
    if header:
        interface = machine.root / 'mxnet'
        shutil.copytree(requirements.mxnet() / 'src', interface / 'src')
        (interface / 'include/mxnet').mkdir(parents=True)
        (interface / 'include/mxnet/lib_api.h').write_text(header)
        monkeypatch.setattr(requirements, 'mxnet', lambda: interface)
    machine.compiler(f'cp lib_api_patched.cc {shlex.quote(str(tmp_path))}')
    build.library()
    patched = (tmp_path / 'lib_api_patched.cc').read_text()
    before, case, after = patched.partition('  case static_cast<MXDType>(12):\n')
    added, rest = after[:after.index('  case ')], after[after.index('  case '):]
    assert before + rest == original and case and rest.startswith('  case kUint8:')
    assert before.rindex('void mxnet::ext::MXTensor::setDLTensor()') < before.rindex('switch (dtype)')
    assert [line.strip() for line in added.splitlines()] == [
        f'dltensor.dtype.code = {code};', 'dltensor.dtype.bits = 16;', 'break;']


@pytest.mark.parametrize('text', ['// empty', build.UNPATCHED * 2])
def test_another_interface_is_refused(machine, monkeypatch, text):
    interface = machine.root / 'mxnet'
    for file in ('include/mxnet/lib_api.h', 'src/lib_api.cc'):
        (interface / file).parent.mkdir(parents=True)
        (interface / file).write_text(text)
    monkeypatch.setattr(requirements, 'mxnet', lambda: interface)
    with pytest.raises(Unavailable, match='lib_api.cc is not that of 1.9.1: pip install .*mxnet==1.9.1'):
        build.library()


@pytest.mark.parametrize('lost', ['source', 'source/operators.cc'])
def test_sources_that_cannot_be_read(machine, lost):
    shutil.move(machine.root / lost, machine.root / 'away')
    if lost == 'source/operators.cc':
        (machine.source / 'operators.cc').symlink_to('operators.cc')
        machine.compiler('echo "operators.cc: fatal error: no such file"; exit 1')
        assert 'no such file' in refusal()
    else:
        with pytest.raises(Unavailable, match='cannot be read .*: install gluon-gan'):
            build.library()


# --- failures ---

@pytest.mark.parametrize('body, said', [
    ('echo "note: a"; echo "operators.cc:1:2: error: no type x"; echo "another error"; exit 1', 'error: no type x)'),
    ('echo "one"; echo "cannot find libdnnl" >&2; exit 1', 'cannot find libdnnl'),
    ('exit 3', 'exit status 3'), ('kill -9 $$', 'signal 9'), ('exit 0', 'wrote no library'),
    ('echo "g++: fatal error: Killed signal terminated program cc1plus"; exit 1', 'Killed signal'),
    (f'printf "error: {"x" * 900}"; exit 1', 'xxx)')])
def test_a_compiler_that_fails(machine, body, said):
    program = machine.compiler(body)
    message = refusal()
    assert said in message and program in message and len(message) < 600
    assert os.listdir(machine.cache) == []
    assert refusal() == message and len(machine.compilations()) == 1, 'the same failure is not repeated'
    machine.compiler()
    assert refusal() == message, 'the same compiler'
    machine.compiler(name='another')
    assert build.library().exists()


@pytest.mark.parametrize('written', ['echo no library >"$2"', 'head -c 9000 LOADABLE >"$2"'])
def test_a_library_that_does_not_load_is_not_kept(machine, written):
    machine.compiler(f'while [ "$1" != -o ]; do shift; done; {written}; exit 0')
    assert 'does not load the compiled fast step' in refusal() and os.listdir(machine.cache) == []


@pytest.mark.parametrize('content', ['#!/no/such/shell\n', 'no program', '#!/bin/sh\nexit 1\n'])
def test_a_compiler_that_does_not_run(machine, content):
    Path(machine.compiler()).write_text(content)
    assert 'does not report its version' in refusal()


@pytest.mark.parametrize('executable', [None, ''])
def test_an_embedded_python_compiles_nothing(machine, monkeypatch, executable):
    monkeypatch.setattr(sys, 'executable', executable)
    with pytest.raises(Unavailable, match='sys.executable is empty'):
        build.library()
    assert not machine.compilations() and not machine.cache.exists()


def test_the_disk_is_full(machine, monkeypatch):
    def full(made):
        raise OSError(28, 'No space left on device', str(made))

    monkeypatch.setattr(cache, 'seal', full)
    with pytest.raises(Failed, match='No space left on device.*: free some disk space'):
        build.library()
    assert os.listdir(machine.cache) == []


# --- load and status ---

@pytest.fixture
def loads(machine, monkeypatch):
    """The arguments of the calls of ``mx.library.load``, which does nothing, on a machine that passes the check."""
    calls = []
    monkeypatch.setattr(build, 'check', lambda precision='float32': None)
    monkeypatch.setattr(mx.library, 'load', lambda path, verbose: calls.append((path, verbose)))
    return calls


def test_it_is_loaded_once_in_a_process(loads):
    build.load()
    build.load('bfloat16')
    assert loads == [(str(build.library()), False)]


@pytest.mark.parametrize('error', [mx.MXNetError('Traceback\n  File\nMXNetError: it failed to initialize'),
                                   OSError('it failed to initialize'), OSError()])
def test_a_library_that_mxnet_refuses(loads, monkeypatch, error):
    def refused(path, verbose):
        loads.append(path)
        raise error

    monkeypatch.setattr(mx.library, 'load', refused)
    for _ in range(2):
        with pytest.raises(Failed) as caught:
            build.load()
        assert '\n' not in str(caught.value) and 'set GLUON_GAN_FAST=0' in str(caught.value)
        assert not str(error) or 'it failed to initialize)' in str(caught.value)
    assert len(loads) == 1 and build.status() == f'plain step: {caught.value}'


def test_a_failed_compilation_is_not_loaded(loads, machine):
    machine.compiler('exit 1')
    with pytest.raises(Failed, match='does not compile') as caught:
        build.load()
    assert not loads and build.status() == f'plain step: {caught.value}'


def test_what_is_missing_is_said_before_anything_is_compiled(machine, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_FAST', '0')
    with pytest.raises(Unavailable, match='switched off') as caught:
        build.load()
    assert not isinstance(caught.value, Failed), 'nothing has failed'
    with pytest.raises(ValueError, match='precision'):
        build.load('float64')
    assert not machine.compilations()


@pytest.mark.parametrize('missing, line', [
    ((), 'fast step: float32 and bfloat16; '),
    (('bfloat16',), 'fast step: float32 only, since bfloat16 needs a CPU with avx512_bf16; '),
    (('float32', 'bfloat16'), 'plain step: no float32: buy one')])
def test_the_status_is_one_line_and_compiles_nothing(machine, monkeypatch, missing, line):
    def check(precision='float32'):
        if precision in missing:
            raise Unavailable(f'no {precision}: buy one')

    monkeypatch.setattr(build, 'check', check)
    fast = line.startswith('fast')
    waiting = 'not compiled yet: the first training compiles it, in about ten seconds' if fast else ''
    assert build.status() == line + waiting and not machine.compilations() and not machine.cache.exists()
    build.library()
    assert build.status() == line + ('compiled' if fast else '')


def test_a_library_that_is_used_is_marked(machine):
    path = build.library()
    os.utime(path.parent, (0, 0))
    build.status()
    assert path.parent.stat().st_mtime == 0
    assert build.library() == path and path.parent.stat().st_mtime > 0


# --- the real compiler ---

def test_the_real_compiler_makes_a_library_that_mxnet_loads_in_silence(real):
    path = build.library()
    code = ("from gluon_gan.fast import build; from pathlib import Path; import sys; build.SOURCE = Path(sys.argv[1]); "
            'build.load(); build.load(); import mxnet as mx; assert mx.nd.ones(3).sum().asscalar() == 3')
    variables = {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), 'OMP_NUM_THREADS': '1'}
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code, str(real.source)], env=variables,
                          capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    assert os.listdir(real.cache) == [path.parent.name], 'the other process has found it'


def test_an_error_of_the_real_compiler_is_one_line(real):
    (real.source / 'operators.cc').write_text(real.operators + 'int wrong = "text";\n')
    assert 'operators.cc:3:' in refusal() and 'error:' in refusal() and os.listdir(real.cache) == []
