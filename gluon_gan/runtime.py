"""What must happen around ``import mxnet``, and the device and seed that follow from it.

``import gluon_gan`` calls :func:`prepare` before anything imports MXNet, because the NumPy aliases, the thread count and
the CUDA libraries are read once, at that import. MXNet 1.9.1 is the last release (2022), so what is mended here will not
be mended there.
"""
import ctypes
import importlib
import importlib.util
import logging
import os
import random
import sys
from importlib import metadata
from pathlib import Path

import numpy as np

log = logging.getLogger('gluon_gan')

GPU_DISTRIBUTIONS = ('mxnet-cu112', 'mxnet-cu115', 'mxnet-cu117')
ONE_THREAD_COPIES = '2000000000'   # numbers; larger copies than that are shared among threads
NEWEST_CAPABILITY = (8, 9)   # the wheels hold code for 5.0 to 8.6 and no PTX; Ada (8.9) runs the 8.6 code
CUDA_LIBRARIES = (           # in the order of their dependencies
    'libcudart.so.11.0', 'libnvrtc.so.11.2', 'libnvToolsExt.so.1', 'libcublasLt.so.11', 'libcublas.so.11',
    'libcufft.so.10', 'libcurand.so.10', 'libcusolver.so.11', 'libcudnn.so.8', 'libnccl.so.2')

state = {'threads': None, 'threads_from': None, 'mxnet_came_first': False, 'cuda_missing': ()}   # for doctor
_device = {}


def prepare():
    """Make this process fit for ``import mxnet``. Called by ``import gluon_gan``; never raises.

    What it cannot mend, :func:`require` says at the first use, so that ``gluon-gan doctor`` runs everywhere.
    """
    if 'mxnet' in sys.modules and not state['threads']:
        state['mxnet_came_first'] = True
    if 'bool' not in vars(np):       # `hasattr` would raise NumPy 1.23's own deprecation warning
        np.bool = np.bool_           # gone in NumPy 1.24, back in 2.0; MXNet reads it at import
    set_threads()
    if gpu_distribution():
        state['cuda_missing'] = load_cuda_libraries()


def require():
    """The module ``mxnet``.

    Raises
    ------
    ImportError
        If it cannot be imported here; one line, with the remedy.
    """
    if int(np.__version__.split('.')[0]) >= 2:
        raise ImportError(f'MXNet 1.9.1 needs NumPy < 2, this is {np.__version__}: '
                          "pip install 'numpy==1.23.5' (Python 3.10, 3.11) or 'numpy==1.26.4' (Python 3.12)")
    if importlib.util.find_spec('mxnet') is None:
        raise ImportError("MXNet is not installed: pip install 'gluon-gan[cpu]', "
                          "or 'gluon-gan[cu112]' for an NVIDIA card up to compute capability 8.9")
    try:
        return importlib.import_module('mxnet')
    except OSError as error:         # a shared library of the GPU build is not there
        raise ImportError(f"MXNet's library does not load ({error}): without an NVIDIA driver, "
                          f"pip uninstall {gpu_distribution() or 'mxnet'}, then pip install 'gluon-gan[cpu]'") from error


def set_threads():
    """Give MXNet one thread for each physical core; a value that the user has set is kept.

    MXNet's own default is half of the processors it sees, which makes a 64 px step 1.7 times slower.

    Copies are left to the one thread that asks for them. MXNet shares those of over 200,000 numbers among several, and where Python asked
    (``asnumpy``, ``mx.nd.array``), it starts them beside those that compute. GNU's OpenMP counts both; with more than there are cores, each that has to
    wait goes to sleep at once, for the rest of the process: training was 1.1 (64 px), 1.14 (MNIST) and 1.6 times slower (a translation).
    """
    os.environ.setdefault('MXNET_CPU_PARALLEL_SIZE', ONE_THREAD_COPIES)
    if 'OMP_NUM_THREADS' in os.environ:
        state['threads_from'] = state['threads_from'] or 'OMP_NUM_THREADS'
    else:
        os.environ['OMP_NUM_THREADS'] = str(physical_cores())
        state['threads_from'] = 'physical cores'
    state['threads'] = os.environ['OMP_NUM_THREADS']


def physical_cores():
    """int: the physical cores this process may use (its affinity and its cgroup's quota counted in)."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:           # macOS and Windows have no affinity to ask for
        usable = set(range(os.cpu_count() or 1))
    cores = set()
    for cpu in usable:
        siblings = Path(f'/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list')
        cores.add(siblings.read_text().strip() if siblings.exists() else cpu)
    return max(1, min(len(cores), cgroup_cpus()))


def cgroup_cpus(path='/sys/fs/cgroup/cpu.max'):
    """float: how many processors the container's quota allows (infinite where there is none)."""
    try:
        quota, period = Path(path).read_text().split()
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):    # no cgroup v2, or 'max': no limit
        return float('inf')


def gpu_distribution():
    """str or None: the installed GPU build of MXNet, such as 'mxnet-cu112'."""
    for name in GPU_DISTRIBUTIONS:
        try:
            metadata.version(name)
            return name
        except metadata.PackageNotFoundError:
            pass
    return None


def load_cuda_libraries():
    """Load the CUDA 11 libraries of the ``nvidia-*-cu11`` packages, or of conda, so that MXNet's loader finds them.

    Returns
    -------
    tuple of str
        The libraries found neither there nor on the system's own path.
    """
    places = [Path(folder).glob('nvidia/*/lib') for folder in sys.path if Path(folder).is_dir()]
    places = [place for matches in places for place in matches] + [Path(sys.prefix) / 'lib']      # the latter is conda's
    missing = []
    for library in CUDA_LIBRARIES:
        found = [str(place / library) for place in places if (place / library).exists()]
        try:
            ctypes.CDLL(found[0] if found else library, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            missing.append(library)
    return tuple(missing)


def device():
    """The context to train on: ``mx.gpu(0)`` if an operator really ran there, else ``mx.cpu()``.

    A GPU that MXNet lists is not yet one it can use (a Hopper card fails with "no kernel image" at the first
    operator), so one is run. Where the answer is the CPU though a GPU was hoped for, one line says why; it is
    logged once, and :func:`why_not_gpu` returns it.

    Returns
    -------
    mxnet.Context
    """
    mx = require()
    if not _device:
        _device['why_not'] = _try_gpu(mx)
        _device['ctx'] = mx.cpu() if _device['why_not'] else mx.gpu(0)
        if _device['why_not'] and gpu_distribution():
            log.warning('training on the CPU: %s', _device['why_not'])
    return _device['ctx']


def why_not_gpu():
    """str or None: the one line that explains why :func:`device` is the CPU; None on a GPU."""
    device()
    return _device['why_not']


def _try_gpu(mx):
    """One line that says why no GPU can be used, or None after an operator ran on it."""
    if not gpu_distribution():
        return 'this MXNet is the CPU build (the GPU build is the extra cu112)'
    if state['cuda_missing']:
        return f"CUDA libraries are missing: {', '.join(state['cuda_missing'])} (pip install 'gluon-gan[cu112]')"
    capability = cuda_capability()
    if capability is None:
        return 'no NVIDIA driver or no card answered (nvidia-smi shows what the driver sees)'
    if capability > NEWEST_CAPABILITY:
        return (f'the card has compute capability {capability[0]}.{capability[1]}; MXNet 1.9.1 holds code up to '
                '8.9 only (Ada), so use an older card or the CPU')
    try:
        mx.nd.ones((1,), ctx=mx.gpu(0)).asnumpy()
        return None
    except mx.MXNetError as error:
        return 'an operator failed on the GPU: ' + str(error).strip().splitlines()[-1]


def cuda_capability():
    """tuple of int or None: (major, minor) of the first card, asked of the driver itself."""
    try:
        driver = ctypes.CDLL('libcuda.so.1')
    except OSError:
        return None
    card, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    if driver.cuInit(0) or driver.cuDeviceGet(ctypes.byref(card), 0):
        return None
    driver.cuDeviceGetAttribute(ctypes.byref(major), 75, card)   # COMPUTE_CAPABILITY_MAJOR
    driver.cuDeviceGetAttribute(ctypes.byref(minor), 76, card)   # COMPUTE_CAPABILITY_MINOR
    return major.value, minor.value


def seed(value):
    """Seed Python, NumPy and MXNet together.

    With one value and one ``OMP_NUM_THREADS``, initial weights and training are bit for bit the same on the same
    machine; another thread count changes the last digits.

    Parameters
    ----------
    value : int
        0 to 2**31 - 1 (MXNet keeps it in a signed 32-bit integer).
    """
    mx = require()
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < 2 ** 31:
        raise ValueError(f'seed must be an int from 0 to 2147483647, not {value!r}')
    random.seed(int(value))
    np.random.seed(int(value))
    mx.random.seed(int(value))
