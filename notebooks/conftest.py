"""What nbval needs so that the notebooks pass on any machine; it is read by pytest, and only tests in this folder feel it."""
import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def pytest_configure(config):
    """Run each notebook in the Python that runs pytest, not in whichever kernel is registered as 'python3'."""
    option = config.option
    if hasattr(option, 'nbval_current_env') and not option.nbval_kernel_name:
        option.nbval_current_env = True


def pytest_collectstart(collector):
    """Leave stderr out of the comparison: warnings of other packages differ with their versions, progress bars with the
    terminal, and native libraries write there where a kernel captures it. Everything else is compared, and a failed
    ``assert`` fails its cell.
    """
    if hasattr(collector, 'skip_compare'):
        collector.skip_compare += ('stderr',)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Give a notebook's kernel, which starts here, its environment, and take it away again from the tests that follow."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in kernel_environment(os.environ, item.config.invocation_params.dir).items():
            patch.setenv(name, value)
        return (yield)


def kernel_environment(environ, started_in):
    """What a kernel needs beyond `environ`; `started_in` is the folder that pytest was started in."""
    path = [str(CHECKOUT), *filter(None, [environ.get('PYTHONPATH')])]
    wanted = {'GLUON_GAN_OFFLINE': '1', 'PYTHONPATH': os.pathsep.join(path)}
    if environ.get('GLUON_GAN_DATA'):
        # A kernel runs in the notebook's folder, where a relative path would lead elsewhere.
        wanted['GLUON_GAN_DATA'] = os.path.join(started_in, os.path.expanduser(environ['GLUON_GAN_DATA']))
    return wanted
