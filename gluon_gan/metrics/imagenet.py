"""Features of networks trained on ImageNet, from GluonCV's model zoo.

The Fréchet Inception distance (Heusel et al. 2017, arXiv:1706.08500) is defined by one file of weights: TF-slim's
Inception of 2015. GluonCV's Inception v3 has the same architecture, but its weights come from another training run.
Distances in its features differ from published FIDs by an unknown amount. They are named ``frechet_inception``, never
FID, and compare only with each other.
"""
from pathlib import Path

import mxnet as mx
from mxnet import autograd
from mxnet.gluon import nn

from ..support.scopes import weaken
from ..zoo import backbones
from .base import Extractor

# name: (GluonCV's name, side of the images it was trained on, number of features)
NETWORKS = {'inception': ('inceptionv3', 299, 2048), 'resnet50': ('resnet50_v1b', 224, 2048),
            'resnet18': ('resnet18_v1b', 224, 512)}


class ImageNet(Extractor):
    """The input of the last layer of a network that classifies ImageNet's 1,000 classes.

    Images of any size are resized bilinearly to the size that the network was trained on. Grey images are repeated
    over three channels.

    Parameters
    ----------
    name : str
        'inception' (the architecture of the Inception score and the FID), 'resnet50' or 'resnet18', which is faster.
    weights : path-like, optional
        A ``.params`` file of that network. By default the file is searched for in ``~/.mxnet/models`` (or
        ``$MXNET_HOME/models``), downloaded if it is missing, and verified against the SHA-1 that GluonCV publishes.
    ctx : mxnet.Context, optional
        Device; :func:`gluon_gan.device` by default.

    Attributes
    ----------
    weights_sha1 : str
        SHA-1 of the weights file, to be recorded with a score.

    Raises
    ------
    ValueError
        If the file does not belong to that network.
    gluon_gan.data.DownloadError
        If the weights are not available; the message says how to obtain them by hand.
    """

    def __init__(self, name, weights=None, ctx=None):
        if name not in NETWORKS:
            raise ValueError(f"there is no ImageNet network {name!r}: use one of {', '.join(NETWORKS)}")
        network, self._side, dim = NETWORKS[name]
        super().__init__(name, dim, ctx=ctx)
        hint = 'pass its path as weights=...'
        path = Path(weights) if weights is not None else backbones.fetch(network, hint)
        self.weights_sha1 = backbones.checksum(path)
        *body, self._head = backbones.load(network, path, self.ctx)._children.values()
        self._body = nn.HybridSequential(prefix='')
        self._body.add(*body)
        weaken(self._body).hybridize(static_alloc=True)
        self._mean, self._std = (mx.nd.array(numbers.reshape(1, 3, 1, 1), ctx=self.ctx)
                                 for numbers in (backbones.MEAN, backbones.STD))

    def _features(self, pictures):
        if pictures.shape[1] == 1:
            pictures = mx.nd.broadcast_axis(pictures, axis=1, size=3)
        pictures = mx.nd.contrib.BilinearResize2D(pictures, height=self._side, width=self._side, align_corners=False)
        return self._body(((pictures + 1) / 2 - self._mean) / self._std).flatten()

    def probabilities(self, pictures):
        """Class probabilities ``(N, 1000)`` float32."""
        with autograd.pause():
            return mx.nd.softmax(self._head(self._features(self._checked(pictures)))).asnumpy()
