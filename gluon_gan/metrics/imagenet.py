"""Features of networks that were trained on ImageNet, from GluonCV's zoo.

The Fréchet Inception distance (Heusel et al. 2017, arXiv:1706.08500) is defined by one file of weights, TF-slim's Inception of 2015. GluonCV's
Inception v3 is the same architecture with weights of another training, so that distances in its features differ from published FIDs by an
amount that nobody knows beforehand: they are called ``frechet_inception``, never FID, and compare among themselves only.
"""
from pathlib import Path

import mxnet as mx
from mxnet.gluon import nn

from ..data import backbones
from .extractors import Extractor

# name: (GluonCV's name, the side of the pictures that it was trained on, features)
NETWORKS = {'inception': ('inceptionv3', 299, 2048), 'resnet50': ('resnet50_v1b', 224, 2048), 'resnet18': ('resnet18_v1b', 224, 512)}


class ImageNet(Extractor):
    """What the last layer of a network sees before it names one of ImageNet's 1,000 classes.

    Pictures of any size are resized bilinearly to what the network was trained on; grey ones are shown as three equal channels.

    Parameters
    ----------
    name : str
        'inception' (the Inception score's and FID's architecture), 'resnet50' or 'resnet18', which is quicker.
    weights : path-like, optional
        A ``.params`` file of that network. By default it is looked for in ``~/.mxnet/models`` (or ``$MXNET_HOME/models``), and downloaded there,
        and its sha1 has to be the one that GluonCV knows.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.

    Attributes
    ----------
    weights_sha1 : str
        Of the file, for the record beside a score.

    Raises
    ------
    ValueError
        For a file that is not of that network.
    gluon_gan.data.DownloadError
        If the weights cannot be had; the message says what to do by hand.
    """

    def __init__(self, name, weights=None, ctx=None):
        if name not in NETWORKS:
            raise ValueError(f"there is no ImageNet network {name!r}; there are: {', '.join(NETWORKS)}")
        network, self._side, dim = NETWORKS[name]
        super().__init__(name, dim, ctx=ctx)
        path = Path(weights) if weights is not None else backbones.fetch(network, f"pass it: metrics.named({name!r}, weights='...')")
        self.weights_sha1 = backbones.checksum(path)
        *body, self._head = backbones.load(network, path, self.ctx)._children.values()
        self._body = nn.HybridSequential(prefix='')
        self._body.add(*body)
        self._body.hybridize(static_alloc=True)
        self._mean, self._std = (mx.nd.array(numbers.reshape(1, 3, 1, 1), ctx=self.ctx) for numbers in (backbones.MEAN, backbones.STD))

    def _features(self, pictures):
        pictures = mx.nd.broadcast_axis(pictures, axis=1, size=3) if pictures.shape[1] == 1 else pictures
        pictures = mx.nd.contrib.BilinearResize2D(pictures, height=self._side, width=self._side, align_corners=False)
        return self._body(((pictures + 1) / 2 - self._mean) / self._std).flatten()

    def probabilities(self, pictures):
        """``(N, 1000)`` float32: how likely each class is."""
        return mx.nd.softmax(self._head(self._features(self._taken(pictures)))).asnumpy()
