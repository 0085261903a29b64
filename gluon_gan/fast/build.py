"""Compile the operators of the fast training step when they are first used, and load them into MXNet.

The compiled library is kept (:mod:`.cache`) under a hash of everything that it depends on: the sources, the compiler,
the processor, MXNet and oneDNN. What can be missing is in :mod:`.requirements`. Nothing here imports MXNet before
:func:`load` does.
"""
import hashlib
import json
import logging
import os
import signal
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from . import cache, requirements
from .requirements import MXNET, ONEDNN, SWITCH, Failed, Unavailable, check

SOURCE = Path(__file__).with_name('source')
# --disable-new-dtags: LD_LIBRARY_PATH must not lead to another oneDNN than the one that the headers belong to.
OPTIONS = ('-std=c++17', '-O3', '-march=native', '-fopenmp', '-fPIC', '-shared', '-Wl,--disable-new-dtags')
PATIENCE = 300       # seconds for the compiler
TRY = 'import ctypes, sys; ctypes.CDLL(sys.argv[1])'
# Run a program and end as it does. If the process argv[1] that waits for it ends, even by a kill -9, Linux sends a
# SIGTERM (1 is PR_SET_PDEATHSIG), which ends the whole process group: a compiler consists of several processes.
WATCH = '''
import ctypes, os, signal, subprocess, sys
signal.signal(signal.SIGTERM, lambda *_: os.killpg(0, signal.SIGKILL))
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() != int(sys.argv[1]):
    sys.exit(1)
try:
    ended = subprocess.run(sys.argv[2:]).returncode
except OSError as error:
    sys.exit(str(error))
if ended < 0:
    os.kill(os.getpid(), -ended)
sys.exit(ended)
'''

# MXNet 1.9.1 has arrays of the type bfloat16 (12), but its interface for extensions refuses them.
UNPATCHED = '  case kUint8:\n'
PATCHED = '''\
  case static_cast<MXDType>(12):
    dltensor.dtype.code = {code};
    dltensor.dtype.bits = 16;
    break;
''' + UNPATCHED

log = logging.getLogger('gluon_gan')
_failed = {}         # key: the message of a compilation that failed in this process
_load_lock = threading.Lock()
_load = {}           # 'done': True, or 'error': a message


class _Recipe(NamedTuple):
    """What is compiled, and how. The command runs in a folder that contains `files`."""

    key: str
    files: dict          # name: content, as bytes
    command: list


def status():
    """Say which training step this machine has, for ``gluon-gan doctor``. Nothing is compiled.

    Returns
    -------
    str
        One line: the precisions of the fast step, and whether it is compiled; or the reason for the plain step, which
        may be a compilation that failed in this process.
    """
    try:
        check()
        key = _recipe().key
        if message := _load.get('error') or _failed.get(key):
            raise Failed(message)
        compiled = 'done' in _load or cache.find(key)
    except Unavailable as error:
        return f'plain step: {error}'
    try:
        check('bfloat16')
        precisions = 'float32 and bfloat16'
    except Unavailable:
        precisions = 'float32 only, since bfloat16 needs a CPU with avx512_bf16'
    state = 'compiled' if compiled else 'not compiled yet: the first training compiles it, in about ten seconds'
    return f'fast step: {precisions}; {state}'


def load(precision='float32'):
    """Load the operators into MXNet, once in a process. If necessary, they are compiled before.

    Parameters
    ----------
    precision : str
        'float32' or 'bfloat16'.

    Raises
    ------
    Failed
        If :func:`check` passes, and the compilation fails or MXNet does not load the result.
    Unavailable
        If :func:`check` fails.
    ValueError
        If `precision` is neither of the two.
    """
    check(precision)
    with _load_lock:
        if 'error' in _load:
            raise Failed(_load['error'])
        if 'done' in _load:
            return
        path = library()
        try:
            import mxnet as mx
            mx.library.load(str(path), verbose=False)
        except (ImportError, OSError, RuntimeError) as error:      # MXNetError is a RuntimeError
            reason = ([''] + str(error).strip().splitlines())[-1]
            _load['error'] = f'MXNet does not load {path} ({reason}): set {SWITCH}=0 to use the plain step'
            raise Failed(_load['error']) from error
        _load['done'] = True


def library():
    """Find the compiled operators in the cache, or compile them.

    If the cache cannot be written or is open to other users, the library lies in a temporary folder of this process.

    Returns
    -------
    pathlib.Path
        An absolute path to a library that matches its checksum.

    Raises
    ------
    Failed
        If the compilation fails. It is not repeated in this process.
    Unavailable
        If a part is missing.
    """
    recipe = _recipe()
    if path := cache.find(recipe.key):
        cache.mark_used(path)
        return path
    if recipe.key in _failed:
        raise Failed(_failed[recipe.key])
    requirements.python()
    try:
        with cache.workplace() as (base, work):
            return cache.keep(_compile(recipe, work), base, recipe.key)
    except Failed as error:
        _failed[recipe.key] = str(error)
        raise
    except OSError as error:
        raise Failed(f'the compiled fast step cannot be written ({error}): free some disk space, or set '
                     'GLUON_GAN_CACHE to a folder on another disk') from error


def _recipe():
    program, interface = requirements.compiler(), requirements.mxnet()
    headers, dnnl = requirements.onednn()
    try:
        files = {path.name: path.read_bytes() for path in sorted(SOURCE.iterdir()) if path.is_file()}
        header = (interface / 'include/mxnet/lib_api.h').read_text(errors='replace')
        original = (interface / 'src/lib_api.cc').read_text(errors='replace')
    except OSError as error:
        raise Failed(f'{error.filename} cannot be read ({error.strerror}): install gluon-gan and mxnet=={MXNET} '
                     'again') from error
    if original.count(UNPATCHED) != 1:
        raise Failed(f"MXNet's src/lib_api.cc is not that of {MXNET}: pip install --force-reinstall --no-deps "
                     f'mxnet=={MXNET}')
    patched = PATCHED.format(code='kDLBfloat' if 'kDLBfloat' in header else 'kDLFloat')
    files['lib_api_patched.cc'] = original.replace(UNPATCHED, patched).encode()
    command = [*program, *OPTIONS, f'-I{interface / "include"}', f'-I{headers}', 'operators.cc', 'lib_api_patched.cc',
               str(dnnl), '-Xlinker', '-rpath', '-Xlinker', str(dnnl.parent)]
    version = _run([*program, '--version'], 60, 'report its version')
    described = [os.getuid(), requirements.cpu_flags(), MXNET, ONEDNN, command, version, _digest(header.encode()),
                 [(name, _digest(content)) for name, content in files.items()]]
    return _Recipe(_digest(json.dumps(described).encode())[:32], files, command)


def _compile(recipe, work):
    """Compile in the folder `work`. Return a folder in it that contains nothing but the library and its checksum."""
    log.info('compiling the fast step, once, with %s', recipe.command[0])
    for name, content in recipe.files.items():
        (work / name).write_bytes(content)
    made = work / 'made'
    made.mkdir()
    result = made / cache.LIBRARY
    _run([*recipe.command, '-o', str(result)], PATIENCE, 'compile the fast step', work)
    if not result.is_file():
        raise Failed(f'{recipe.command[0]} wrote no library: set {SWITCH}=0 to use the plain step')
    # A library that is unusable may end the process that loads it.
    _run([requirements.python(), '-I', '-c', TRY, str(result)], 60, 'load the compiled fast step', work)
    cache.seal(made)
    return made


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _run(command, seconds, what, work=None):
    """Run a program and return its output. Whatever ends the waiting, such as Ctrl-C, kills its whole process group.

    With a folder `work`, even the end of this process does.
    """
    # The messages are searched for English words. Temporary files are removed with the folder `work`.
    environment = {**os.environ, 'LC_ALL': 'C', **({'TMPDIR': str(work)} if work else {})}
    watch = [requirements.python(), '-I', '-S', '-c', WATCH, str(os.getpid())] if work else []
    try:
        with subprocess.Popen([*watch, *command], cwd=work, env=environment, text=True, errors='replace',
                              start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except BaseException:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                raise
    except subprocess.TimeoutExpired:
        reason = f'it took longer than {seconds} s'
    except OSError as error:
        reason = error.strerror
    else:
        if process.returncode == 0:
            return output
        lines = [line.strip() for line in output.splitlines() if line.strip()]
        ended = f'exit status {process.returncode}' if process.returncode > 0 else f'signal {-process.returncode}'
        reason = next((line for line in lines if 'error' in line), lines[-1] if lines else ended)
    raise Failed(f'{command[0]} does not {what} ({reason[:300]}): set {SWITCH}=0 to use the plain step')
