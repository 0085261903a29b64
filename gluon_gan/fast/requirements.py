"""What the fast training step needs: Linux on x86-64, AVX-512, MXNet 1.9.1, oneDNN and a C++ compiler.

Nothing here imports MXNet or compiles anything, so that every machine can say why the fast step cannot be had.
"""
import importlib.util
import os
import platform
import re
import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path

SWITCH = 'GLUON_GAN_FAST'
MXNET, ONEDNN = '1.9.1', '2023.2.0'
AVX512 = ('avx512f', 'avx512bw', 'avx512vl', 'avx512dq')
FLAGS = {'float32': AVX512, 'bfloat16': (*AVX512, 'avx512_bf16')}      # as Linux names them
COMPILERS = ('g++', 'c++')      # clang++ would add the threads of its libomp to those of MXNet's libgomp
# Of each package, the file that shows where the others are.
FILES = {'onednn-cpu-gomp': 'libdnnl.so.3', 'onednn-devel-cpu-gomp': 'oneapi/dnnl/dnnl.hpp'}
INSTALL = "pip install 'gluon-gan[fast]'"


class Unavailable(RuntimeError):
    """The fast step cannot be had. The message is one line that gives the reason and the remedy."""


class Failed(Unavailable):
    """The fast step cannot be had although :func:`check` passes: it is not compiled, not kept or not loaded."""


def check(precision='float32'):
    """Check that this machine has what the fast step needs. Nothing is compiled, so a compilation may still fail.

    Parameters
    ----------
    precision : str
        'float32' or 'bfloat16'. The second needs a processor with one more extension.

    Raises
    ------
    Unavailable
        If something is missing, or the environment variable ``GLUON_GAN_FAST`` is neither 1 nor empty.
    ValueError
        If `precision` is neither of the two.
    """
    if precision not in FLAGS:
        raise ValueError(f'precision must be {" or ".join(map(repr, FLAGS))}, not {precision!r}')
    if (switch := os.environ.get(SWITCH, '')) == '0':
        raise Unavailable(f'it is switched off by {SWITCH}=0: unset this variable to switch it on')
    if switch not in ('', '1'):
        raise Unavailable(f'{SWITCH}={switch!r} is neither 0 nor 1: set it to 0 to use the plain step, or unset it')
    system = f'{platform.system()} {platform.machine()}'
    if sys.platform != 'linux' or platform.machine() != 'x86_64':
        raise Unavailable(f'this is {system}, and the fast step needs Linux on x86-64: use the plain step here')
    present = cpu_flags().split()
    missing = [flag for flag in FLAGS[precision] if flag not in present]
    if missing:
        remedy = "use the precision 'float32'" if missing == ['avx512_bf16'] else 'use the plain step here'
        raise Unavailable(f'this processor lacks {", ".join(missing)}: {remedy}')
    mxnet()
    onednn()
    compiler()
    python()


def cpu_flags():
    """str: the extensions of the processor, as Linux lists them in ``/proc/cpuinfo``; '' if it does not."""
    try:
        lines = Path('/proc/cpuinfo').read_text(errors='replace').splitlines()
    except OSError:
        return ''
    return next((line.partition(':')[2].strip() for line in lines if line.startswith('flags')), '')


def mxnet():
    """Find MXNet's package without importing it.

    Returns
    -------
    pathlib.Path
        The folder that contains ``include/mxnet/lib_api.h`` and ``src/lib_api.cc``.

    Raises
    ------
    Unavailable
        If MXNet is missing, is another version, or lacks one of these files.
    """
    try:
        folder = Path(importlib.util.find_spec('mxnet').submodule_search_locations[0])
    except (AttributeError, TypeError, IndexError, ValueError):      # no package of this name
        raise Unavailable("MXNet is not installed: pip install 'gluon-gan[cpu]'") from None
    try:
        found = re.search(r'^__version__ = [\'"](.+)[\'"]', (folder / 'libinfo.py').read_text(), re.MULTILINE)
    except OSError:
        found = None
    version = found[1] if found else 'of an unknown version'
    if version != MXNET:
        raise Unavailable(f'MXNet is {version}, and the fast step needs {MXNET}: pip install mxnet=={MXNET}')
    for file in ('include/mxnet/lib_api.h', 'src/lib_api.cc'):
        if not (folder / file).is_file():
            raise Unavailable(f"MXNet's package lacks the file {file}: pip install --force-reinstall --no-deps "
                              f'mxnet=={MXNET}')
    return folder


def onednn():
    """Find the files of the packages ``onednn-cpu-gomp`` and ``onednn-devel-cpu-gomp``.

    Returns
    -------
    headers : pathlib.Path
        The folder that contains ``oneapi/dnnl/dnnl.hpp``.
    library : pathlib.Path
        ``libdnnl.so.3``.

    Raises
    ------
    Unavailable
        If a package is missing, is another version, or lacks its file.
    """
    found = []
    for name, file in FILES.items():
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise Unavailable(f'the package {name} is not installed: {INSTALL}') from None
        if distribution.version != ONEDNN:
            raise Unavailable(f'{name} is {distribution.version}, and the fast step needs {ONEDNN}: {INSTALL}')
        paths = [Path(distribution.locate_file(entry)).resolve() for entry in distribution.files or ()
                 if f'/{entry.as_posix()}'.endswith(f'/{file}')]
        paths = [path for path in paths if path.is_file()]
        if not paths:
            raise Unavailable(f'the package {name} lacks its file {file}: pip install --force-reinstall --no-deps '
                              f'{name}=={ONEDNN}')
        found.append(paths[0])
    library, header = found
    return header.parents[2], library


def compiler():
    """Find a C++ compiler: ``$CXX`` if it is set, otherwise the first of `COMPILERS` on the PATH.

    Returns
    -------
    list of str
        Its absolute path, followed by the options that ``$CXX`` contains.

    Raises
    ------
    Unavailable
        If there is none.
    """
    if named := os.environ.get('CXX', '').strip():
        try:
            words = shlex.split(named)
        except ValueError:           # a quotation mark that is not closed
            words = [named]
        if path := shutil.which(words[0]):
            return [os.path.abspath(path), *words[1:]]
        raise Unavailable(f'CXX={named} is not a program on the PATH: unset CXX, or name a C++ compiler with it')
    for name in COMPILERS:
        if path := shutil.which(name):
            return [os.path.abspath(path)]
    raise Unavailable('there is no C++ compiler on the PATH: install g++ (sudo apt install g++)')


def python():
    """Find the program of this Python, which starts the compiler and tries the library before it is kept.

    Returns
    -------
    str
        Its path.

    Raises
    ------
    Unavailable
        If there is none, in a program that embeds Python.
    """
    if not sys.executable:
        raise Unavailable('sys.executable is empty, so that nothing can be compiled: set it to the path of a Python, '
                          'or train with the command gluon-gan')
    return sys.executable
