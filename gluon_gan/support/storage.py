"""Arrays and settings in one file, which is written atomically and read without executing code from it.

The file is an uncompressed ``.npz`` (a zip archive of ``.npy`` members, each with a CRC) whose member ``meta`` contains
JSON. It is read with ``allow_pickle=False``. Gluon's own ``Trainer.load_states`` unpickles, so that a checkpoint from a
stranger could run code.
"""
import errno
import json
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import runtime
from .checks import path_or_name
from .errors import GluonGanError
from .files import atomic_write
from .scopes import weaken

META, NAMES = 'meta', 'arrays'      # the member with the settings, and the setting that lists the other members

# The errors that zipfile, NumPy and json raise for damaged files.
DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError, AttributeError, TypeError,
           RuntimeError, MemoryError)


class StorageError(GluonGanError):
    """A file that cannot be read or does not fit; the message is one line and gives the remedy."""


def write(path, arrays, meta):
    """Write arrays and settings to a file, atomically (:func:`gluon_gan.support.files.atomic_write`).

    Parameters
    ----------
    path : path-like
    arrays : dict of ndarray
    meta : dict
        Settings that can be converted to JSON.
    """
    # The names are stored too: a damaged directory of the archive may lose an array while every CRC is correct.
    text = np.frombuffer(json.dumps({**meta, NAMES: list(arrays)}).encode(), dtype=np.uint8)
    # np.savez is not used: on a full disk it leaves its archive open, which fails a second time when it is
    # garbage-collected, and it would pickle arrays of objects.
    with atomic_write(path) as unfinished, zipfile.ZipFile(unfinished, 'w', allowZip64=True) as archive:
        for name, array in {META: text, **arrays}.items():
            with archive.open(f'{name}.npy', 'w', force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def read(path):
    """Read a file that :func:`write` wrote.

    Returns
    -------
    (dict of ndarray, dict)
        The arrays by name, and the settings.

    Raises
    ------
    StorageError
        If the file is missing, truncated, damaged, or in another format.
    """
    with _opened(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays.pop(META).tobytes().decode())
        if set(meta.pop(NAMES, arrays)) != set(arrays):
            raise ValueError('an array is missing')
    return arrays, meta


def read_meta(path):
    """Read only the settings of a file that :func:`write` wrote, as a dict; raises the errors of :func:`read`."""
    with _opened(path) as archive:
        meta = json.loads(archive[META].tobytes().decode())
        meta.pop(NAMES, None)
    return meta


@contextmanager
def _opened(path):
    path = Path(path_or_name('path', path))
    if path.is_dir():
        raise StorageError(f'{path} is a folder, not a file of gluon_gan: replace it with a complete copy')
    try:
        if not path.is_file():
            raise StorageError(f'there is no file {path}')
        with open(path, 'rb') as file, np.load(file, allow_pickle=False) as archive:
            yield archive
    except DAMAGED as error:
        # A seek beyond the limits of a damaged archive is an invalid argument (EINVAL); other numbers are the system's.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise StorageError(f'{path} cannot be read ({error.strerror}): check its permissions and the disk'
                               ) from error
        raise StorageError(f'{path} is truncated, damaged or not a file of gluon_gan ({type(error).__name__}): '
                           'replace it with a complete copy') from error


def parameters(net):
    """Copy the parameters and running statistics of a Block.

    Returns
    -------
    dict of ndarray
        The keys are the places in the network, such as 'up.0.conv.weight'. Unlike Gluon's global names, they do not
        depend on how many networks the process created before.

    Raises
    ------
    StorageError
        If a parameter is not initialised.
    """
    own = named(net)
    for name, parameter in own.items():
        if parameter._data is None:
            raise StorageError(f'{name} of this {type(net).__name__} has no value yet: '
                               'initialize it, and call it with a first batch')
    # asnumpy waits only for operators that write a weight. But oneDNN's convolutions rearrange a weight in place while
    # they read it: copies made in the meantime had wrong values in one of thirty readings, and have crashed the process
    # (MXNet 1.9.1 on the CPU).
    mx.nd.waitall()
    return {name: parameter.data(parameter.list_ctx()[0]).asnumpy() for name, parameter in own.items()}


def named(net):
    """dict of Parameter: the parameters of a Block by their place in the network, in the order of construction."""
    return net._collect_params_with_prefix()


def set_parameters(net, arrays, source='these arrays'):
    """Set the parameters of a network to the values that :func:`parameters` copied from one of the same architecture.

    Parameters
    ----------
    net : mxnet.gluon.Block
    arrays : dict of ndarray
    source : str
        Where the arrays come from, for the message.

    Raises
    ------
    StorageError
        If a name is missing or unknown, or a shape differs. No parameter has been set in this case.
    """
    own = named(net)
    odd = sorted(set(own) ^ set(arrays))
    if odd:
        raise StorageError(f'{source} do not fit a {type(net).__name__}: {odd[0]!r} is in only one of them')
    for name, parameter in own.items():
        # A dimension of 0 is unknown to Gluon until the first batch.
        shape = arrays[name].shape
        if len(parameter.shape) != len(shape) or any(n not in (0, m) for n, m in zip(parameter.shape, shape)):
            raise StorageError(f'{source} do not fit a {type(net).__name__}: {name} has the shape {shape}, '
                               f'not {parameter.shape}')
    with autograd.pause():                   # weights cannot be set while the caller records
        for name, parameter in own.items():
            if parameter._deferred_init:
                parameter.shape = arrays[name].shape
                parameter._finish_deferred_init()
            # MXNet cannot copy a NumPy array into a weight that oneDNN has brought to its own layout; it can copy an
            # NDArray.
            parameter.set_data(mx.nd.array(arrays[name], dtype=np.float32))


def write_network(path, net, meta, dtype='float16'):
    """Write the weights of a network, without the state of its training.

    float16 halves the size of the file; the effect on the images is invisible.

    Parameters
    ----------
    path : path-like
        A file name that ends in '.npz'.
    net : mxnet.gluon.Block
    meta : dict
        A description of the network, such as the arguments of its constructor.
    dtype : str
        'float16' or 'float32'.
    """
    write(path, {name: array.astype(dtype) for name, array in parameters(net).items()}, meta)


def read_network(path, make, ctx=None):
    """Read a network from a file that :func:`write_network` wrote.

    Parameters
    ----------
    path : path-like
    make : callable
        Takes the meta of the file, and returns a network of the architecture that is not yet initialised.
    ctx : mxnet.Context, optional
        The device of the parameters; :func:`gluon_gan.device` by default.

    Returns
    -------
    mxnet.gluon.Block
        The network, hybridized, with float32 parameters.

    Raises
    ------
    StorageError
        If the file is missing, damaged, or of another network.
    """
    arrays, meta = read(path)
    net = weaken(make(meta))
    net.initialize(ctx=ctx or runtime.device())
    set_parameters(net, arrays, source=f'the weights in {path}')
    net.hybridize(static_alloc=True)
    return net
