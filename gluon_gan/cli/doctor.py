"""Check that this machine can train a GAN: the table of ``gluon-gan doctor``."""
import importlib
import os
import platform
import sys
import warnings
from importlib import metadata
from typing import NamedTuple

from .. import __version__, runtime


class Finding(NamedTuple):
    """A row of the table. ``remedy`` is None if nothing is wrong."""

    name: str
    value: str
    remedy: str = None


def examine():
    """Check everything that training depends on. Nothing is downloaded or changed.

    Returns
    -------
    list of Finding
    """
    findings = [
        Finding('Python', f'{platform.python_version()} on {platform.system()} {platform.machine()}'),
        Finding('gluon_gan', __version__),
        _numpy(),
        _mxnet(),
        _threads(),
    ]
    try:
        runtime.require()
    except ImportError:              # reported by _mxnet; the other checks would only repeat it
        return findings
    return findings + [_gluoncv(), _device(), _step(), _one_channel(), *_data(), _weights()]


def table(findings):
    """str: the findings as an aligned table, with each remedy below its row."""
    width = max(len(finding.name) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{'!!' if finding.remedy else 'ok'}  {finding.name:<{width}}  {finding.value}")
        if finding.remedy:
            lines.append(f"    {'':<{width}}  -> {finding.remedy}")
    return '\n'.join(lines)


def _version(distribution):
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return 'not installed'


def _numpy():
    version = _version('numpy')
    remedy = None
    if int(version.split('.')[0]) >= 2:
        remedy = "pip install 'numpy==1.23.5' (Python 3.10, 3.11) or 'numpy==1.26.4' (Python 3.12)"
    return Finding('NumPy', version, remedy)


def _mxnet():
    builds = [name for name in ('mxnet', *runtime.GPU_DISTRIBUTIONS) if _version(name) != 'not installed']
    value = ', '.join(f'{name} {_version(name)}' for name in builds) or 'not installed'
    if len(builds) > 1:
        return Finding('MXNet', value, f"both install the module mxnet: pip uninstall {' '.join(builds)}, "
                                       'then install one extra')
    try:
        runtime.require()
    except ImportError as error:
        return Finding('MXNet', value, str(error))
    return Finding('MXNet', value)


def _gluoncv():
    version = _version('gluoncv')
    if version == 'not installed':
        return Finding('GluonCV', version, 'pip install gluoncv==0.10.5.post0')
    try:
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')      # GluonCV compares versions with distutils, which is deprecated
            importlib.import_module('gluoncv')
    except (ImportError, OSError) as error:      # GluonCV imports OpenCV, which needs the system's libGL and glib
        return Finding('GluonCV', f'{version} cannot be imported: {error}',
                       'sudo apt install libgl1 libglib2.0-0 (or the same libraries of your system)')
    return Finding('GluonCV', version)


def _threads():
    cores, threads = runtime.physical_cores(), runtime.state['threads']
    value = f"{threads} for MXNet ({runtime.state['threads_from']}), {cores} physical cores"
    if runtime.state['mxnet_came_first']:
        return Finding('threads', value,
                       'MXNet was imported before gluon_gan and uses its own default: import gluon_gan first')
    return Finding('threads', value)


def _device():
    context, why_not = runtime.device(), runtime.why_not_gpu()
    value = str(context) if why_not is None else f'{context}: {why_not}'
    needs_user = why_not is not None and runtime.gpu_distribution() is not None
    remedy = "pip uninstall the GPU build and install 'gluon-gan[cpu]', or solve the problem that the line above names"
    return Finding('device', value, remedy if needs_user else None)


def _step():
    """The training step of this machine. The plain step needs nothing more, so it is no problem that needs a remedy."""
    from ..fast import build
    return Finding('training step', build.status())


def _one_channel():
    """Check that `ToImage` can be trained with one output channel.

    MXNet 1.9.1 cannot train a transposed convolution to one channel on the CPU; `ToImage` works around it.
    """
    import mxnet as mx

    from .. import blocks
    failure = _train_once(mx.gluon.nn.Conv2DTranspose(1, 4, strides=2, padding=1, in_channels=16))
    value = 'MXNet alone fails (known); ToImage works' if failure else 'works, even without ToImage'
    failure = _train_once(blocks.ToImage(16, 1))
    if failure:
        return Finding('one-channel output', failure,
                       'this build of MXNet cannot be trained on grey images: install mxnet==1.9.1')
    return Finding('one-channel output', value)


def _train_once(block):
    """Run the forward and backward pass of a block with 16 input channels on the CPU.

    Returns
    -------
    str or None
        The last line of the error; None if there was none.
    """
    import mxnet as mx
    block.initialize(ctx=mx.cpu())
    x = mx.nd.zeros((2, 16, 7, 7), ctx=mx.cpu())
    x.attach_grad()
    try:
        with mx.autograd.record():
            image = block(x)
        image.backward()
        x.grad.wait_to_read()
    except mx.MXNetError as error:
        return str(error).strip().splitlines()[-1]
    return None


def _data():
    from .. import catalogue
    from ..support import locate
    try:
        root = locate.root()
    except NotADirectoryError as error:
        return [Finding('data root', os.environ['GLUON_GAN_DATA'], str(error))]
    rows = [Finding('data root', str(root) if root.is_dir() else f'{root} (does not exist yet)')]
    for name, what, real in catalogue.status():
        remedy = 'follow the instruction in the line above' if real is None else None
        rows.append(Finding(f'data: {name}', what, remedy))
    return rows


def _weights():
    from .. import zoo
    names = zoo.names()
    remedy = None if names else 'the weights are missing: install the package again'
    return Finding('pretrained', ', '.join(names) or 'none', remedy)


def main():
    """Print the table. Return the exit status: 1 if a row has a remedy, else 0."""
    findings = examine()
    print(table(findings))
    return 1 if any(finding.remedy for finding in findings) else 0


if __name__ == '__main__':
    sys.exit(main())
