"""Networks of GluonCV's zoo that were trained on ImageNet: their weights, downloaded with a checksum or given as a file."""
import hashlib
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from .. import files
from .fetch import DownloadError, download
from .locate import offline

CLASSES = 1000              # of ILSVRC 2012
# Where GluonCV 0.10.5 looks (model_store.py), and the same bucket without Amazon's acceleration.
STORES = ('https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/models/', 'https://apache-mxnet.s3.amazonaws.com/gluon/models/')
MAGIC = (0x112).to_bytes(8, 'little')          # a list of arrays, as MXNet writes it
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])      # of ImageNet in [0, 1], which GluonCV trains with


def fetch(network, remedy):
    """The path of a network's weights, downloaded if need be: the file that GluonCV itself would have there.

    It is looked for in ``~/.mxnet/models`` (or ``$MXNET_HOME/models``).

    Parameters
    ----------
    network : str
        As GluonCV's zoo calls it.
    remedy : str
        What to do with a ``.params`` file that was got by hand, for the message.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DownloadError
        If the weights cannot be had, or are damaged; the message says what to do by hand.
    """
    from gluoncv.model_zoo.model_store import _model_sha1
    sha1 = _model_sha1[network]
    name = f'{network}-{sha1[:8]}'
    path = Path(os.environ.get('MXNET_HOME') or Path.home() / '.mxnet').expanduser() / 'models' / f'{name}.params'
    if path.exists():
        if checksum(path) != sha1:
            raise DownloadError(f'{path} is there, but its sha1 is not {sha1[:12]}...: delete it, and it will be downloaded')
        return path
    by_hand = f'get {STORES[0]}{name}.zip by hand, unzip it and {remedy}'
    if offline():
        raise DownloadError(f'{path.name} is not in {path.parent}, and GLUON_GAN_OFFLINE forbids the network: {by_hand}')
    archive = path.with_suffix('.zip')
    try:
        # The store tells no checksum of the archive, GluonCV that of the file in it.
        download([f'{store}{name}.zip' for store in STORES], archive, sha1, digest=lambda part: _sha1_inside(part, path.name))
        with zipfile.ZipFile(archive) as opened, files.whole(path) as unfinished:
            unfinished.write_bytes(opened.read(path.name))
    except DownloadError as error:
        raise DownloadError(f'{str(error).partition(": try again")[0]}: {by_hand}') from None
    archive.unlink()
    return path


def load(network, path, ctx=None):
    """A network with the weights of a ``.params`` file, which holds arrays and no code.

    Parameters
    ----------
    network : str
        As GluonCV's zoo calls it.
    path : path-like
    ctx : mxnet.Context, optional
        By default the CPU.

    Returns
    -------
    HybridBlock
        Hybridized.

    Raises
    ------
    ValueError
        If the file is not of that network.
    """
    from .. import runtime
    runtime.require()
    import mxnet as mx
    from gluoncv.model_zoo import get_model
    with open(path, 'rb') as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f'{path} is no .params file of MXNet')
    net = get_model(network, pretrained=False, classes=CLASSES)
    try:
        net.load_parameters(str(path), ctx=ctx or mx.cpu())
    except (mx.MXNetError, AssertionError, ValueError, KeyError, UnicodeDecodeError):
        raise ValueError(f'{path} does not hold the weights of {network}: name the network that it was saved from, or get it again') from None
    net.hybridize()
    return net


def checksum(path):
    """str: the sha1 of a file."""
    with open(path, 'rb') as file:
        return _sum(file)


def _sha1_inside(path, name):
    """The sha1 of a file in an archive; none, if it is not there or damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as member:
            return _sum(member)
    except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return ''


def _sum(file):
    digest = hashlib.sha1()
    for chunk in iter(lambda: file.read(1 << 20), b''):
        digest.update(chunk)
    return digest.hexdigest()
