"""GluonCV's networks trained on ImageNet: their weights are downloaded and verified, or read from a given file."""
import hashlib
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ..support import files
from ..support.fetch import DownloadError, download
from ..support.locate import offline

CLASSES = 1000              # of ILSVRC 2012
# The address that GluonCV 0.10.5 uses (model_store.py), and the same bucket without Amazon's transfer acceleration.
STORES = ('https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/models/',
          'https://apache-mxnet.s3.amazonaws.com/gluon/models/')
MAGIC = (0x112).to_bytes(8, 'little')          # the beginning of a list of arrays in MXNet's format
# Mean and standard deviation of ImageNet in [0, 1], with which GluonCV normalises its training images.
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def fetch(network, remedy):
    """Return the path of a network's weights, which are downloaded if necessary.

    The file is in ``~/.mxnet/models`` (or ``$MXNET_HOME/models``) and has the same name as GluonCV's own.

    Parameters
    ----------
    network : str
        The name in GluonCV's model zoo.
    remedy : str
        What to do with a ``.params`` file that was downloaded by hand, for the message.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    DownloadError
        If the weights cannot be downloaded or are damaged; the message says what to do by hand.
    """
    from gluoncv.model_zoo.model_store import _model_sha1
    sha1 = _model_sha1[network]
    name = f'{network}-{sha1[:8]}'
    home = Path(os.environ.get('MXNET_HOME') or Path.home() / '.mxnet').expanduser()
    path = home / 'models' / f'{name}.params'
    if path.exists():
        if checksum(path) != sha1:
            raise DownloadError(f'{path} exists, but its sha1 is not {sha1[:12]}...: '
                                'delete it, and it will be downloaded')
        return path
    by_hand = f'get {STORES[0]}{name}.zip by hand, unzip it and {remedy}'
    if offline():
        raise DownloadError(f'{path.name} is not in {path.parent}, and GLUON_GAN_OFFLINE forbids the network: '
                            f'{by_hand}')
    archive = path.with_suffix('.zip')
    try:
        # GluonCV lists the sha1 of the file inside the archive, not that of the archive.
        download([f'{store}{name}.zip' for store in STORES], archive, sha1,
                 digest=lambda part: _sha1_inside(part, path.name))
        with zipfile.ZipFile(archive) as opened, files.atomic_write(path) as unfinished:
            unfinished.write_bytes(opened.read(path.name))
    except DownloadError as error:
        raise DownloadError(f'{str(error).partition(": try again")[0]}: {by_hand}') from None
    archive.unlink()
    return path


def load(network, path, ctx=None):
    """Load a network with the weights of a ``.params`` file, which holds arrays and no code.

    Parameters
    ----------
    network : str
        The name in GluonCV's model zoo.
    path : path-like
    ctx : mxnet.Context, optional
        The device; by default the CPU.

    Returns
    -------
    HybridBlock
        The network, hybridized.

    Raises
    ------
    ValueError
        If the file does not belong to the network.
    """
    from .. import runtime
    runtime.require()
    import mxnet as mx
    from gluoncv.model_zoo import get_model

    from ..support.scopes import weaken
    with open(path, 'rb') as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(f'{path} is not a .params file of MXNet')
    net = get_model(network, pretrained=False, classes=CLASSES)
    try:
        net.load_parameters(str(path), ctx=ctx or mx.cpu())
    except (mx.MXNetError, AssertionError, ValueError, KeyError, UnicodeDecodeError):
        raise ValueError(f'{path} does not hold the weights of {network}: name the network that it was saved from, '
                         'or download it again') from None
    weaken(net).hybridize()
    return net


def checksum(path):
    """str: the sha1 of a file."""
    with open(path, 'rb') as file:
        return _sha1(file)


def _sha1_inside(path, name):
    """The sha1 of a member of an archive; the empty string if it is missing or damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as member:
            return _sha1(member)
    except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return ''


def _sha1(file):
    digest = hashlib.sha1()
    for chunk in iter(lambda: file.read(1 << 20), b''):
        digest.update(chunk)
    return digest.hexdigest()
