"""Scores from a network that was trained on ImageNet: how likely is it that a picture shows a quilt?"""
import hashlib
import os
import re
import zipfile
import zlib
from pathlib import Path

import numpy as np

from ... import files
from ...checks import whole_number
from ..fetch import DownloadError, download
from ..locate import offline

QUILT = 750                 # 'quilt, comforter, comfort, puff', n04033995, among the 1,000 classes of ILSVRC 2012
CLASSES = 1000
# Where GluonCV 0.10.5 looks (model_store.py), and the same bucket without Amazon's acceleration.
STORES = ('https://apache-mxnet.s3-accelerate.dualstack.amazonaws.com/gluon/models/', 'https://apache-mxnet.s3.amazonaws.com/gluon/models/')
NETWORKS = re.compile(r'resnet(18|34|50|101|152)_v1[bcds]?')
MAGIC = (0x112).to_bytes(8, 'little')          # a list of arrays, as MXNet writes it
MEAN, STD = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])      # of ImageNet in [0, 1], which GluonCV trains with
SIZE, CROP = 256, 224       # the shorter side is brought to 256, and the middle 224 are looked at


class ResNetScorer:
    """A ResNet from GluonCV's zoo; the score is the probability of a class, 750 (quilt) unless told otherwise.

    A picture must also have that class among the network's first `top_k`. penetrails, the quilt GAN of 2018, kept a picture if the first
    guess of a ResNet-152 of ImageNet's 11,000 classes was one of five synsets (quilt, crazy quilt, patchwork ... ), however unsure the
    network was: 40,000 pictures became 11,000. ImageNet's 1,000 have one of the five; the probability is the threshold that project lacked.

    Parameters
    ----------
    network : str
        ``resnet18_v1b`` ... ``resnet152_v1s``.
    weights : path, optional
        A ``.params`` file of that network, in MXNet's own format, which holds arrays and no code. By default it is looked for where
        GluonCV keeps it, ``~/.mxnet/models`` (or ``$MXNET_HOME/models``), and downloaded there, and its sha1 has to be the one that GluonCV knows.
    classes : int or sequence of int
        0 to 999; of several the probabilities are added, and one of them has to be among the first.
    top_k : int
        1 to 1000, which asks for nothing.
    threshold : float
        What :func:`~gluon_gan.data.curate` uses unless it is told another.
    ctx : mxnet.Context, optional
        By default the CPU.

    Raises
    ------
    ValueError
        For another network or class, or a file that is not of that network.
    DownloadError
        If the weights cannot be had; the message says what to do by hand.
    """

    size = SIZE

    def __init__(self, network='resnet50_v1b', weights=None, classes=QUILT, top_k=1, threshold=0.5, ctx=None):
        if not NETWORKS.fullmatch(str(network)):
            raise ValueError(f'network={network!r} must be one of GluonCV\'s, resnet18_v1b to resnet152_v1s')
        self.classes = np.unique([whole_number('classes', number, 0) for number in np.atleast_1d(classes).tolist()])
        self.top_k, self.threshold = whole_number('top_k', top_k), threshold
        if not len(self.classes) or self.classes.max() >= CLASSES:
            raise ValueError(f'classes={classes!r} must be from 0 to {CLASSES - 1}')
        self.network, path = network, Path(weights) if weights is not None else fetch(network)
        self._net, self._ctx = _load(network, path, ctx)
        self._sha1 = _sha1(path)

    def settings(self):
        """What the scores follow from, as JSON has it."""
        return {'scorer': 'resnet', 'network': self.network, 'weights_sha1': self._sha1, 'classes': self.classes.tolist(), 'top_k': self.top_k}

    def __call__(self, squares):
        """Scores and objections.

        Parameters
        ----------
        squares : numpy.ndarray
            ``(N, 256, 256, 3)`` uint8.

        Returns
        -------
        (numpy.ndarray, list)
            ``(N,)`` probabilities, and for each picture None, or why it is refused whatever its probability.
        """
        import mxnet as mx
        edge = (SIZE - CROP) // 2
        middle = (squares[:, edge:edge + CROP, edge:edge + CROP] / np.float32(255) - MEAN) / STD
        batch = mx.nd.empty((len(squares), 3, CROP, CROP), self._ctx)
        batch[:] = middle.transpose(0, 3, 1, 2)
        chances = mx.nd.softmax(self._net(batch)).asnumpy()
        order = np.argsort(-chances, axis=1, kind='stable')
        objections = [None if np.isin(first[:self.top_k], self.classes).any() else f'{_name(first[0])} comes first' if self.top_k == 1 else
                      f'not among the first {self.top_k}, which begin with {_name(first[0])}' for first in order]
        return chances[:, self.classes].sum(1), objections


def fetch(network):
    """The path of a network's weights, downloaded if need be: the file that GluonCV itself would have there."""
    from gluoncv.model_zoo.model_store import _model_sha1
    sha1 = _model_sha1[network]
    name = f'{network}-{sha1[:8]}'
    path = Path(os.environ.get('MXNET_HOME') or Path.home() / '.mxnet').expanduser() / 'models' / f'{name}.params'
    if path.exists():
        if _sha1(path) != sha1:
            raise DownloadError(f'{path} is there, but its sha1 is not {sha1[:12]}...: delete it, and it will be downloaded')
        return path
    by_hand = f'get {STORES[0]}{name}.zip by hand, unzip it and name the .params file with --weights, or teach by examples: --like and --unlike'
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


def _load(network, path, ctx):
    from ... import runtime
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
    return net, ctx or mx.cpu()


def _name(number):
    from gluoncv.data import ImageNet1kAttr
    return ImageNet1kAttr().classes[number]


def _sha1_inside(path, name):
    """The sha1 of a file in an archive; none, if it is not there or damaged."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as member:
            return _sum(member)
    except (zipfile.BadZipFile, KeyError, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return ''


def _sha1(path):
    with open(path, 'rb') as file:
        return _sum(file)


def _sum(file):
    digest = hashlib.sha1()
    for chunk in iter(lambda: file.read(1 << 20), b''):
        digest.update(chunk)
    return digest.hexdigest()
