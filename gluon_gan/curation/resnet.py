"""Scores from a network trained on ImageNet: how probable is it that an image shows a quilt?"""
import re
from pathlib import Path

import numpy as np

from ..support.checks import whole_number
from ..zoo import backbones

QUILT = 750                 # 'quilt, comforter, comfort, puff' (n04033995) among the 1,000 classes of ILSVRC 2012
NETWORKS = re.compile(r'resnet(18|34|50|101|152)_v1[bcds]?')
BY_HAND = 'pass the .params file with --weights, or train a scorer on examples with --like and --unlike'
SIZE, CROP = 256, 224       # the shorter side is resized to 256 pixels, and the central 224 x 224 are classified


class ResNetScorer:
    """Score images by a ResNet from GluonCV's model zoo: the probability of a class, by default 750 (quilt).

    In addition, the class must be among the `top_k` most probable classes, or the scorer objects to the image.

    penetrails, the quilt GAN of 2018, used a ResNet-152 for ImageNet's 11,000 classes. It kept an image if the most
    probable class was one of five synsets (quilt, crazy quilt, patchwork ... ), however small its probability was:
    40,000 images became 11,000. ImageNet's 1,000 classes contain one of the five synsets. The threshold on the
    probability is an addition to that method.

    Parameters
    ----------
    network : str
        ``resnet18_v1b`` ... ``resnet152_v1s``.
    weights : path, optional
        A ``.params`` file for that network in MXNet's own format, which holds arrays and no code. By default it is
        looked up in GluonCV's folder, ``~/.mxnet/models`` (or ``$MXNET_HOME/models``), and downloaded to it if it is
        missing. Its sha1 must be the one that GluonCV lists.
    classes : int or sequence of int
        Class numbers, 0 to 999. The probabilities of several classes are summed, and one of the classes must be among
        the `top_k` most probable ones.
    top_k : int
        1 to 1000. With 1000 the scorer never objects.
    threshold : float
        The threshold that :func:`~gluon_gan.curation.curate` uses by default.
    ctx : mxnet.Context, optional
        The device; by default the CPU.

    Raises
    ------
    ValueError
        If the network or a class does not exist, or the file does not belong to the network.
    DownloadError
        If the weights cannot be downloaded; the message says what to do by hand.
    """

    size = SIZE

    def __init__(self, network='resnet50_v1b', weights=None, classes=QUILT, top_k=1, threshold=0.5, ctx=None):
        if not NETWORKS.fullmatch(str(network)):
            raise ValueError(f'network={network!r} must be one of GluonCV\'s ResNets, resnet18_v1b to resnet152_v1s')
        self.classes = np.unique([whole_number('classes', number, 0) for number in np.atleast_1d(classes).tolist()])
        self.top_k, self.threshold = whole_number('top_k', top_k), threshold
        if not len(self.classes) or self.classes.max() >= backbones.CLASSES:
            raise ValueError(f'classes={classes!r} must be from 0 to {backbones.CLASSES - 1}')
        path = Path(weights) if weights is not None else backbones.fetch(network, BY_HAND)
        self.network, self._net, self._ctx = network, backbones.load(network, path, ctx), ctx
        self._sha1 = backbones.checksum(path)

    def settings(self):
        """Return everything that the scores depend on, as a dict for JSON."""
        return {'scorer': 'resnet', 'network': self.network, 'weights_sha1': self._sha1,
                'classes': self.classes.tolist(), 'top_k': self.top_k}

    def __call__(self, squares):
        """Score images.

        Parameters
        ----------
        squares : numpy.ndarray
            ``(N, 256, 256, 3)`` uint8.

        Returns
        -------
        (numpy.ndarray, list)
            ``(N,)`` probabilities, and a list of N objections: None, or why the image is refused whatever its score.
        """
        import mxnet as mx
        edge = (SIZE - CROP) // 2
        middle = squares[:, edge:edge + CROP, edge:edge + CROP]
        middle = (middle / np.float32(255) - backbones.MEAN) / backbones.STD
        batch = mx.nd.empty((len(squares), 3, CROP, CROP), self._ctx or mx.cpu())
        batch[:] = middle.transpose(0, 3, 1, 2)
        probabilities = mx.nd.softmax(self._net(batch)).asnumpy()
        order = np.argsort(-probabilities, axis=1, kind='stable')
        return probabilities[:, self.classes].sum(1), [self._objection(ranking) for ranking in order]

    def _objection(self, ranking):
        """None, or the objection to an image whose classes are ranked by probability."""
        if np.isin(ranking[:self.top_k], self.classes).any():
            return None
        if self.top_k == 1:
            return f'{_name(ranking[0])} comes first'
        return f'not among the first {self.top_k}, which begin with {_name(ranking[0])}'


def _name(number):
    """The name of a class of ImageNet."""
    from gluoncv.data import ImageNet1kAttr
    return ImageNet1kAttr().classes[number]
