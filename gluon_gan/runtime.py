"""Preparations for ``import mxnet``, the device, and the random seed.

``import gluon_gan`` calls :func:`prepare` before anything imports MXNet, because MXNet reads the NumPy aliases, the
number of threads and the CUDA libraries once, when it is imported. MXNet 1.9.1 is the last release (2022), so the
problems that are worked around here will not be fixed there.
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
ONE_THREAD_COPIES = '2000000000'   # numbers; only larger arrays are copied by several threads
NEWEST_CAPABILITY = (8, 9)   # the wheels contain code for 5.0 to 8.6 and no PTX; Ada (8.9) runs the 8.6 code
CUDA_LIBRARIES = (           # each after those that it depends on
    'libcudart.so.11.0', 'libnvrtc.so.11.2', 'libnvToolsExt.so.1', 'libcublasLt.so.11', 'libcublas.so.11',
    'libcufft.so.10', 'libcurand.so.10', 'libcusolver.so.11', 'libcudnn.so.8', 'libnccl.so.2')

# What `gluon-gan doctor` reports.
state = {'threads': None, 'threads_from': None, 'mxnet_came_first': False, 'cuda_missing': ()}
_device = {}


def prepare():
    """Prepare this process for ``import mxnet``. It is called by ``import gluon_gan`` and never raises.

    A problem that it cannot solve is reported by :func:`require` when MXNet is first used, so that ``gluon-gan doctor``
    runs everywhere.
    """
    if 'mxnet' in sys.modules and not state['threads']:
        state['mxnet_came_first'] = True
    if 'bool' not in vars(np):       # `hasattr` would raise NumPy 1.23's own deprecation warning
        np.bool = np.bool_           # removed in NumPy 1.24, restored in 2.0; MXNet reads it when it is imported
    set_threads()
    if gpu_distribution():
        state['cuda_missing'] = load_cuda_libraries()


def require():
    """Import the module ``mxnet`` and return it.

    Raises
    ------
    ImportError
        If it cannot be imported; the message is one line and gives the remedy.
    """
    if int(np.__version__.split('.')[0]) >= 2:
        raise ImportError(f'MXNet 1.9.1 needs NumPy < 2, this is {np.__version__}: '
                          "pip install 'numpy==1.23.5' (Python 3.10, 3.11) or 'numpy==1.26.4' (Python 3.12)")
    if importlib.util.find_spec('mxnet') is None:
        raise ImportError("MXNet is not installed: pip install 'gluon-gan[cpu]', "
                          "or 'gluon-gan[cu112]' for an NVIDIA card up to compute capability 8.9")
    try:
        return importlib.import_module('mxnet')
    except OSError as error:         # a shared library of the GPU build is missing
        build = gpu_distribution() or 'mxnet'
        raise ImportError(f"MXNet's library does not load ({error}): without an NVIDIA driver, "
                          f"pip uninstall {build}, then pip install 'gluon-gan[cpu]'") from error


def set_threads():
    """Set MXNet's number of threads to the number of physical cores, unless the user has set ``OMP_NUM_THREADS``.

    MXNet's own default is half of the processors that it sees, which makes a training step at 64 x 64 pixels 1.7 times
    slower.

    An array is copied by the calling thread only. By default, MXNet copies arrays of more than 200,000 numbers with
    several threads. If the copy was requested from Python (``asnumpy``, ``mx.nd.array``), these threads are additional
    to those that compute. GNU's OpenMP counts all of them. If there are more threads than cores, a thread that has to
    wait goes to sleep at once instead of spinning, for the rest of the process. That made training slower by a factor
    of 1.1 (64 x 64 pixels), 1.14 (MNIST) and 1.6 (image translation).
    """
    os.environ.setdefault('MXNET_CPU_PARALLEL_SIZE', ONE_THREAD_COPIES)
    if 'OMP_NUM_THREADS' in os.environ:
        state['threads_from'] = state['threads_from'] or 'OMP_NUM_THREADS'
    else:
        os.environ['OMP_NUM_THREADS'] = str(physical_cores())
        state['threads_from'] = 'physical cores'
    state['threads'] = os.environ['OMP_NUM_THREADS']


def physical_cores():
    """int: the number of physical cores that this process may use, given its affinity and the quota of its cgroup."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:           # not available on macOS and Windows
        usable = set(range(os.cpu_count() or 1))
    cores = set()
    for cpu in usable:
        siblings = Path(f'/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list')
        cores.add(siblings.read_text().strip() if siblings.exists() else cpu)
    return max(1, min(len(cores), cgroup_cpus()))


def cgroup_cpus(path='/sys/fs/cgroup/cpu.max'):
    """The number of processors that the quota of the container allows: an int, or infinity without a quota."""
    try:
        quota, period = Path(path).read_text().split()
        return max(1, round(int(quota) / int(period)))
    except (OSError, ValueError):    # no cgroup v2, or 'max': no limit
        return float('inf')


def gpu_distribution():
    """str or None: the name of the installed GPU build of MXNet, such as 'mxnet-cu112'."""
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
        The libraries that were found neither there nor in the system's search path.
    """
    places = [Path(folder).glob('nvidia/*/lib') for folder in sys.path if Path(folder).is_dir()]
    conda = Path(sys.prefix) / 'lib'
    places = [place for matches in places for place in matches] + [conda]
    missing = []
    for library in CUDA_LIBRARIES:
        found = [str(place / library) for place in places if (place / library).exists()]
        try:
            ctypes.CDLL(found[0] if found else library, mode=ctypes.RTLD_GLOBAL)
        except OSError:
            missing.append(library)
    return tuple(missing)


def device():
    """The device to train on: ``mx.gpu(0)`` if it can run an operator, else ``mx.cpu()``.

    An operator is run as a test, because MXNet also lists GPUs that it cannot use: a Hopper card fails with "no kernel
    image" at the first operator. If a GPU build of MXNet is installed but the device is the CPU, the reason is logged
    once. :func:`why_not_gpu` returns it.

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
    """str or None: the reason, in one line, why :func:`device` is the CPU; None if it is a GPU."""
    device()
    return _device['why_not']


def _try_gpu(mx):
    """The reason, in one line, why no GPU can be used; None if an operator ran on one."""
    if not gpu_distribution():
        return 'this MXNet is the CPU build (the GPU build is the extra cu112)'
    if state['cuda_missing']:
        return f"CUDA libraries are missing: {', '.join(state['cuda_missing'])} (pip install 'gluon-gan[cu112]')"
    capability = cuda_capability()
    if capability is None:
        return 'no NVIDIA driver or no card was found (nvidia-smi shows the cards that the driver sees)'
    if capability > NEWEST_CAPABILITY:
        return (f'the card has compute capability {capability[0]}.{capability[1]}; MXNet 1.9.1 holds code up to '
                '8.9 (Ada), so use an older card or the CPU')
    try:
        mx.nd.ones((1,), ctx=mx.gpu(0)).asnumpy()
        return None
    except mx.MXNetError as error:
        return 'an operator failed on the GPU: ' + str(error).strip().splitlines()[-1]


def cuda_capability():
    """tuple of int or None: the compute capability (major, minor) of the first card, according to its driver."""
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
    """Seed the random generators of Python, NumPy and MXNet.

    With the same seed and the same ``OMP_NUM_THREADS``, initial weights and training are bit for bit reproducible on
    the same machine. Another number of threads changes the last digits.

    Parameters
    ----------
    value : int
        0 to 2**31 - 1, because MXNet stores it in a signed 32-bit integer.
    """
    mx = require()
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not 0 <= value < 2 ** 31:
        raise ValueError(f'seed must be an int from 0 to 2147483647, not {value!r}')
    random.seed(int(value))
    np.random.seed(int(value))
    mx.random.seed(int(value))
