"""The preparations for `import mxnet`. Many happen once in a process, so most of these tests start a new one."""
import os
import subprocess
import sys

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import runtime


def python(code, **environment):
    """Run code in a new Python process, and return its output. A variable whose value is None is removed."""
    env = dict(os.environ, PYTHONPATH=os.pathsep.join(path for path in sys.path if path))
    env.update({name: value for name, value in environment.items() if value})
    for name, value in environment.items():
        if value is None:
            env.pop(name, None)
    result = subprocess.run([sys.executable, '-c', code], env=env, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def test_the_import_does_not_import_mxnet():
    """MXNet is imported with the first name that needs it. Warnings are errors here."""
    code = "import warnings; warnings.simplefilter('error'); import sys, gluon_gan; print('mxnet' in sys.modules)"
    assert python(code) == 'False'


def test_mxnet_can_be_imported_with_this_numpy():
    assert python('import gluon_gan as gg; gg.Generator; import mxnet; print(mxnet.__version__)') == '1.9.1'


def test_the_number_of_threads_is_that_of_physical_cores():
    code = "import gluon_gan, os; print(os.environ['OMP_NUM_THREADS'], gluon_gan.runtime.state['threads_from'])"
    assert python(code, OMP_NUM_THREADS=None) == f'{runtime.physical_cores()} physical cores'


@pytest.mark.skipif(not os.path.isdir('/proc/self/task'), reason='Linux lists the threads of a process here')
@pytest.mark.parametrize('size, more', [(None, 0), ('200000', 1)])
def test_a_large_copy_starts_no_threads(size, more):
    code = ("import gluon_gan, os, mxnet as mx; large = mx.nd.ones((1000, 1000)); large[:1].asnumpy(); "
            "mx.nd.waitall(); count = lambda: len(os.listdir('/proc/self/task')); before = count(); large.asnumpy(); "
            "print(count() - before)")
    assert python(code, OMP_NUM_THREADS='2', MXNET_CPU_PARALLEL_SIZE=size) == str(more)


def test_a_number_of_threads_set_by_the_user_is_kept():
    code = "import gluon_gan, os; print(os.environ['OMP_NUM_THREADS'], gluon_gan.runtime.state['threads_from'])"
    assert python(code, OMP_NUM_THREADS='1') == '1 OMP_NUM_THREADS'


def test_mxnet_imported_first_is_detected():
    code = ("import numpy as np; vars(np).setdefault('bool', np.bool_); import mxnet, gluon_gan; "
            "print(gluon_gan.runtime.state['mxnet_came_first'])")
    assert python(code) == 'True'


@pytest.mark.parametrize('text, cpus', [
    ('200000 100000\n', 2), ('50000 100000\n', 1), ('max 100000\n', float('inf')), ('', float('inf'))])
def test_the_quota_of_a_container(tmp_path, text, cpus):
    (tmp_path / 'cpu.max').write_text(text)
    assert runtime.cgroup_cpus(tmp_path / 'cpu.max') == cpus
    assert runtime.cgroup_cpus(tmp_path / 'missing') == float('inf')


@pytest.mark.parametrize('version', ['2.0.0', '2.3.1'])
def test_numpy_2_is_refused(monkeypatch, version):
    monkeypatch.setattr(np, '__version__', version)
    with pytest.raises(ImportError, match=f'needs NumPy < 2, this is {version}: pip install'):
        runtime.require()


def test_without_mxnet_the_import_works_and_the_first_use_raises():
    code = """
import importlib.util
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == 'mxnet' else find(name, *rest)
import gluon_gan as gg
for use in (lambda: gg.Generator, gg.device, lambda: gg.seed(0)):
    try:
        use()
    except ImportError as error:
        print(error)
"""
    lines = python(code).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("MXNet is not installed: pip install 'gluon-gan[cpu]'") for line in lines)


def test_the_device_can_compute():
    context = gg.device()
    assert mx.nd.ones((2,), ctx=context).asnumpy().sum() == 2
    assert (context.device_type == 'cpu') == bool(runtime.why_not_gpu())
    assert '\n' not in (runtime.why_not_gpu() or '')


@pytest.mark.parametrize('missing, capability, reason', [
    (('libcudnn.so.8',), (7, 5), 'CUDA libraries are missing: libcudnn.so.8'),
    ((), None, 'no NVIDIA driver'),
    ((), (9, 0), 'compute capability 9.0; MXNet 1.9.1 holds code up to 8.9'),
    ((), (12, 0), 'compute capability 12.0'),
    ((), (8, 6), 'an operator failed on the GPU'),      # the MXNet of the tests has no GPU code
])
def test_the_reason_for_the_cpu(monkeypatch, missing, capability, reason):
    if mx.context.num_gpus():
        pytest.skip('there is a usable GPU')
    monkeypatch.setattr(runtime, 'gpu_distribution', lambda: 'mxnet-cu112')
    monkeypatch.setitem(runtime.state, 'cuda_missing', missing)
    monkeypatch.setattr(runtime, 'cuda_capability', lambda: capability)
    line = runtime._try_gpu(mx)
    assert reason in line and '\n' not in line


def test_cuda_libraries_of_pip_packages_are_found(monkeypatch, tmp_path):
    loaded = []

    def load(path, mode):
        if not os.path.exists(path):
            raise OSError(path)
        loaded.append(path)

    folder = tmp_path / 'nvidia' / 'cudnn' / 'lib'
    folder.mkdir(parents=True)
    (folder / 'libcudnn.so.8').write_bytes(b'')
    monkeypatch.setattr(sys, 'path', [str(tmp_path)])
    monkeypatch.setattr(runtime.ctypes, 'CDLL', load)
    missing = runtime.load_cuda_libraries()
    assert loaded == [str(folder / 'libcudnn.so.8')]
    assert 'libcudnn.so.8' not in missing and 'libcublas.so.11' in missing


def test_seed_seeds_all_three_generators():
    import random
    samples = []
    for value in (5, 5, 6):
        gg.seed(value)
        samples.append((random.random(), np.random.rand(), mx.nd.random.normal(shape=(1,)).asscalar()))
    assert samples[0] == samples[1]
    assert all(a != b for a, b in zip(samples[0], samples[2]))


@pytest.mark.parametrize('value', [-1, 2 ** 31, 1.0, '1', True, None])
def test_bad_seeds_are_refused(value):
    with pytest.raises(ValueError, match='seed must be an int from 0 to 2147483647'):
        gg.seed(value)


def test_an_unknown_name_is_an_error_that_lists_the_known_ones():
    with pytest.raises(AttributeError, match="gluon_gan has no 'Generater'; it has device"):
        gg.Generater  # noqa: B018


def test_every_public_name_exists_and_is_documented():
    for name in gg.__all__:
        assert getattr(gg, name).__doc__, name
    assert set(gg.__all__) <= set(dir(gg))
