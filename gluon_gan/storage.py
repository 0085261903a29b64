"""Arrays and settings in one file, written whole or not at all, and read without running anyone's code.

The file is an uncompressed ``.npz`` (a zip of ``.npy`` members with a CRC each) whose member ``meta`` holds JSON. It is read
with ``allow_pickle=False``: Gluon's own ``Trainer.load_states`` unpickles, so a checkpoint from a stranger could run code.
"""
import json
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path

import mxnet as mx
import numpy as np

from . import runtime
from .files import whole

META, NAMES = 'meta', 'arrays'      # the member with the settings, and what in them lists the other members

# What zipfile, NumPy and json raise over bytes that mean nothing.
DAMAGED = (zipfile.BadZipFile, zlib.error, ValueError, KeyError, EOFError, OSError, AttributeError, TypeError, RuntimeError,
           MemoryError)


class StorageError(Exception):
    """A file that cannot be read, or does not fit; the message is one line and names the remedy."""


def write(path, arrays, meta):
    """Write ``arrays`` (name to ndarray) and ``meta`` (JSON-able) to ``path``.

    Whatever happens, the file at ``path`` is the old one or the new one (:func:`gluon_gan.files.whole`).
    """
    # The names too: a damaged table of contents can lose an array without any sum being wrong.
    text = np.frombuffer(json.dumps({**meta, NAMES: list(arrays)}).encode(), dtype=np.uint8)
    # Not np.savez: on a full disk it leaves its archive open, which complains once more when it is collected, and it would
    # pickle an array of objects.
    with whole(path) as unfinished, zipfile.ZipFile(unfinished, 'w', allowZip64=True) as archive:
        for name, array in {META: text, **arrays}.items():
            with archive.open(f'{name}.npy', 'w', force_zip64=True) as member:
                np.lib.format.write_array(member, np.asanyarray(array), allow_pickle=False)


def read(path):
    """What :func:`write` wrote.

    Returns
    -------
    (dict of ndarray, dict)
        The arrays by name, and the settings.

    Raises
    ------
    StorageError
        If the file is missing, truncated, damaged or none of ours.
    """
    with _opened(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
        meta = json.loads(arrays.pop(META).tobytes().decode())
        if set(meta.pop(NAMES, arrays)) != set(arrays):
            raise ValueError('an array is missing')
    return arrays, meta


def read_meta(path):
    """dict: only the settings of what :func:`write` wrote, without reading the arrays; errors as of :func:`read`."""
    with _opened(path) as archive:
        meta = json.loads(archive[META].tobytes().decode())
        meta.pop(NAMES, None)
    return meta


@contextmanager
def _opened(path):
    path = Path(path)
    if not path.is_file():
        raise StorageError(f'there is no file {path}')
    try:
        with open(path, 'rb') as file, np.load(file, allow_pickle=False) as archive:
            yield archive
    except DAMAGED as error:
        raise StorageError(f'{path} is truncated, damaged or not a file of gluon_gan ({type(error).__name__}): '
                           'bring a whole copy of it') from error


def parameters(net):
    """dict of ndarray: every parameter and running statistic of a Block, by its place in the network ('up.0.conv.weight').

    These names do not depend on how many networks the process made before, as Gluon's global ones do.
    """
    own = named(net)
    for name, parameter in own.items():
        if parameter._data is None:
            raise StorageError(f'{name} of this {type(net).__name__} has no value yet: initialize it, and show it a first batch')
    # asnumpy waits for whoever writes a weight only, and oneDNN's convolutions rearrange one in its place while they read it: copying
    # it meanwhile gave wrong numbers in one of thirty readings, and has crashed the process (MXNet 1.9.1 on the CPU).
    mx.nd.waitall()
    return {name: parameter.data(parameter.list_ctx()[0]).asnumpy() for name, parameter in own.items()}


def named(net):
    """dict of Parameter: by place in the network, in the order of construction."""
    return net._collect_params_with_prefix()


def set_parameters(net, arrays, source='these arrays'):
    """Give ``net`` the parameters that :func:`parameters` took from another of the same architecture.

    Raises
    ------
    StorageError
        If a name is missing or left over, or a shape differs; nothing has been set then.
    """
    own = named(net)
    odd = sorted(set(own) ^ set(arrays))
    if odd:
        raise StorageError(f'{source} do not fit a {type(net).__name__}: {odd[0]!r} is in only one of them')
    for name, parameter in own.items():
        # Gluon writes 0 for what it will only learn from the first batch.
        if len(parameter.shape) != arrays[name].ndim or any(n not in (0, m) for n, m in zip(parameter.shape, arrays[name].shape)):
            raise StorageError(f'{source} do not fit a {type(net).__name__}: {name} has the shape {arrays[name].shape}, '
                               f'not {parameter.shape}')
    for name, parameter in own.items():
        if parameter._deferred_init:
            parameter.shape = arrays[name].shape
            parameter._finish_deferred_init()
        # Not the NumPy array: MXNet cannot copy one into weights that a oneDNN kernel has put into its own layout.
        parameter.set_data(mx.nd.array(arrays[name], dtype=np.float32))


def write_network(path, net, meta, dtype='float16'):
    """Write a network alone, for others to use: half the bytes at float16, which no eye sees.

    Parameters
    ----------
    path : path-like
        Ends in '.npz'.
    net : mxnet.gluon.Block
    meta : dict
        What is to be known of it, such as how it is made.
    dtype : str
        'float16' or 'float32'.
    """
    write(path, {name: array.astype(dtype) for name, array in parameters(net).items()}, meta)


def read_network(path, make, ctx=None):
    """The network in a file that :func:`write_network` wrote, hybridized, float32.

    Parameters
    ----------
    path : path-like
    make : callable
        The meta of the file to a network of the architecture, not yet initialised.
    ctx : mxnet.Context, optional
        Where its parameters are put; :func:`gluon_gan.device` by default.

    Raises
    ------
    StorageError
        If the file is missing, damaged or of another network.
    """
    arrays, meta = read(path)
    net = make(meta)
    net.initialize(ctx=ctx or runtime.device())
    set_parameters(net, arrays, source=f'the weights in {path}')
    net.hybridize(static_alloc=True)
    return net
