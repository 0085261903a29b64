"""Fixtures for the compilation: a machine with a stand-in for the compiler, and one with its real compiler."""
import os
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gluon_gan.fast import build, cache, requirements

OPERATORS = """#include "mxnet/lib_api.h"
mxnet::ext::MXReturnValue initialize(int version) { return mxnet::ext::MX_SUCCESS; }
"""
LOADABLE = np.random._common.__file__       # a library that any Python with NumPy can load
SCRIPT = '''#!/bin/sh
case "$*" in *--version) cat VERSION; exit ;; esac
echo "$@" >>CALLS
BODY
while [ "$1" != -o ]; do shift; done
cp LOADABLE "$2"
'''
CHILD = '''
import sys
from pathlib import Path
from gluon_gan.fast import build, requirements
requirements.onednn = lambda: (Path('headers'), Path('libdnnl.so.3'))
build.SOURCE = Path(sys.argv[1])
print(build.library())
'''


@pytest.fixture
def machine(monkeypatch, tmp_path):
    """A machine with an empty cache and a script as its compiler, in a folder with a space in its name."""
    class Machine:
        loadable, operators = LOADABLE, OPERATORS
        root, source = tmp_path / 'a b', tmp_path / 'a b/source'
        cache, calls = tmp_path / 'cache/fast', tmp_path / 'calls'

        def compiler(self, body='', name='compiler'):
            """Use a compiler that runs some lines of shell before it writes the library."""
            path = self.root / name
            text = SCRIPT.replace('BODY', body)
            for word, place in (('LOADABLE', LOADABLE), ('VERSION', self.root / 'version'), ('CALLS', self.calls)):
                text = text.replace(word, shlex.quote(str(place)))
            path.write_text(text)
            path.chmod(0o755)
            monkeypatch.setenv('CXX', shlex.quote(str(path)))
            return str(path)

        def compilations(self):
            return self.calls.read_text().splitlines() if self.calls.exists() else []

        def process(self):
            """Another process that compiles, in a group of its own."""
            variables = {**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path)), 'OMP_NUM_THREADS': '1'}
            return subprocess.Popen([sys.executable, '-W', 'ignore', '-c', CHILD, str(self.source)], env=variables,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    here = Machine()
    here.source.mkdir(parents=True)
    (here.source / 'operators.cc').write_text(OPERATORS)
    (here.root / 'version').write_text('compiler 1.0\n')
    here.compiler()
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.delenv('GLUON_GAN_FAST', raising=False)
    monkeypatch.setattr(build, 'SOURCE', here.source)
    monkeypatch.setattr(build, '_failed', {})
    monkeypatch.setattr(build, '_load', {})
    monkeypatch.setattr(cache, '_own', [])
    monkeypatch.setattr(cache.tempfile, 'tempdir', str(tmp_path))
    monkeypatch.setattr(cache.atexit, 'register', lambda *called: None)
    monkeypatch.setattr(requirements, 'onednn', lambda: (Path('headers'), Path('libdnnl.so.3')))
    return here


@pytest.fixture
def real(machine, monkeypatch):
    """The machine with its real compiler and the real oneDNN. Without them, the tests that use it are skipped."""
    monkeypatch.undo()
    try:
        build.check()
    except build.Unavailable as error:
        pytest.skip(f'compiles: {error}')
    monkeypatch.setenv('GLUON_GAN_CACHE', str(machine.cache.parent))
    monkeypatch.setattr(build, 'SOURCE', machine.source)
    monkeypatch.setattr(build, '_failed', {})
    return machine
