"""Configuration of pytest that makes the notebooks pass on any machine; it affects this folder only."""
import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


def pytest_configure(config):
    """Run each notebook with the Python that runs pytest, whatever kernel is registered as 'python3'."""
    option = config.option
    if hasattr(option, 'nbval_current_env') and not option.nbval_kernel_name:
        option.nbval_current_env = True


def pytest_collectstart(collector):
    """Leave stderr out of the comparison, because it differs between machines.

    It contains warnings that depend on the versions of other packages, progress bars that depend on the terminal, and
    the output of native libraries. Everything else is compared, and a failed ``assert`` fails its cell.
    """
    if hasattr(collector, 'skip_compare'):
        collector.skip_compare += ('stderr',)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    """Set the environment of a notebook's kernel, which starts here, and restore it for later tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in kernel_environment(os.environ, item.config.invocation_params.dir).items():
            patch.setenv(name, value)
        return (yield)


def kernel_environment(environ, started_in):
    """dict of str: the variables that a kernel needs in addition to `environ`.

    `started_in` is the folder in which pytest was started.
    """
    path = [str(CHECKOUT), *filter(None, [environ.get('PYTHONPATH')])]
    wanted = {'GLUON_GAN_OFFLINE': '1', 'PYTHONPATH': os.pathsep.join(path)}
    if environ.get('GLUON_GAN_DATA'):
        # A kernel runs in the notebook's folder, so a relative path has to be made absolute.
        wanted['GLUON_GAN_DATA'] = os.path.join(started_in, os.path.expanduser(environ['GLUON_GAN_DATA']))
    return wanted
