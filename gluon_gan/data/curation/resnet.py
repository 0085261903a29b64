"""Scores from a network that was trained on ImageNet: how likely is it that a picture shows a quilt?"""
import re
from pathlib import Path

import numpy as np

from ...checks import whole_number
from .. import backbones

QUILT = 750                 # 'quilt, comforter, comfort, puff', n04033995, among the 1,000 classes of ILSVRC 2012
NETWORKS = re.compile(r'resnet(18|34|50|101|152)_v1[bcds]?')
BY_HAND = 'name the .params file with --weights, or teach by examples: --like and --unlike'
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
        if not len(self.classes) or self.classes.max() >= backbones.CLASSES:
            raise ValueError(f'classes={classes!r} must be from 0 to {backbones.CLASSES - 1}')
        self.network, path = network, Path(weights) if weights is not None else backbones.fetch(network, BY_HAND)
        self._net, self._ctx = backbones.load(network, path, ctx), ctx
        self._sha1 = backbones.checksum(path)

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
        middle = (squares[:, edge:edge + CROP, edge:edge + CROP] / np.float32(255) - backbones.MEAN) / backbones.STD
        batch = mx.nd.empty((len(squares), 3, CROP, CROP), self._ctx or mx.cpu())
        batch[:] = middle.transpose(0, 3, 1, 2)
        chances = mx.nd.softmax(self._net(batch)).asnumpy()
        order = np.argsort(-chances, axis=1, kind='stable')
        objections = [None if np.isin(first[:self.top_k], self.classes).any() else f'{_name(first[0])} comes first' if self.top_k == 1 else
                      f'not among the first {self.top_k}, which begin with {_name(first[0])}' for first in order]
        return chances[:, self.classes].sum(1), objections


def _name(number):
    from gluoncv.data import ImageNet1kAttr
    return ImageNet1kAttr().classes[number]
