"""A small network that recognises the block of a synthetic quilt, and the feature extractor made from it.

It was trained on synthetic quilts, whose blocks are known exactly, and does not work on photographs. Mirrored, rotated,
noisy and blurred quilts were part of the training, because generated quilts are not as clean as rendered ones.
``weights/quilt_classifier.json`` beside the weights records the data, the command, and the accuracy for each block on
held-out quilts.
"""
from pathlib import Path

import mxnet as mx
from mxnet import autograd
from mxnet.gluon import HybridBlock, nn

from ..support import storage
from ..synthetic import BLOCKS
from .base import Extractor

WEIGHTS = Path(__file__).parent / 'weights' / 'quilt_classifier.npz'
SIZE = 64
CONVOLUTIONS = ((3, 32, 2), (32, 64, 2), (64, 64, 1), (64, 96, 2), (96, 128, 1))     # inputs, outputs, stride
FEATURES = CONVOLUTIONS[-1][1]


class QuiltNet(HybridBlock):
    """Map images ``(N, 3, 64, 64)`` in [-1, 1] to features ``(N, 128)`` and logits ``(N, 16)``.

    The features are means over the last feature maps, so they are not negative, and hardly depend on where in the image
    a block lies. The receptive field has 39 pixels.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            for inputs, outputs, stride in CONVOLUTIONS:
                self.body.add(nn.Conv2D(outputs, 3, stride, 1, in_channels=inputs, use_bias=False),
                              nn.BatchNorm(in_channels=outputs), nn.Activation('relu'))
            self.body.add(nn.GlobalAvgPool2D(), nn.Flatten())
            self.output = nn.Dense(len(BLOCKS), in_units=FEATURES)

    def hybrid_forward(self, F, x):
        features = self.body(x)
        return features, self.output(features)


class QuiltPatternClassifier(Extractor):
    """The 128 features of the shipped :class:`QuiltNet` for colour images of 64 px, and its probabilities of 16 blocks.

    Parameters
    ----------
    path : path-like
        Weights; by default those that ship with the package.
    ctx : mxnet.Context, optional
        Device; :func:`gluon_gan.device` by default.

    Attributes
    ----------
    names : tuple of str
        The blocks, in the order of the probabilities: :data:`gluon_gan.synthetic.BLOCKS`.

    Raises
    ------
    gluon_gan.support.storage.StorageError
        If the file is missing, damaged or does not hold a QuiltNet.
    """
    names = BLOCKS

    def __init__(self, path=WEIGHTS, ctx=None):
        super().__init__('quilt_patterns', FEATURES, (3,), SIZE, ctx)
        self._net = storage.read_network(path, lambda meta: QuiltNet(), self.ctx)

    def _features(self, pictures):
        return self._net(pictures)[0]

    def probabilities(self, pictures):
        """Compute the probabilities of the blocks.

        Parameters
        ----------
        pictures : NDArray
            Images ``(N, 3, 64, 64)`` in [-1, 1].

        Returns
        -------
        numpy.ndarray
            ``(N, 16)`` float32; a row sums to 1.

        Raises
        ------
        ValueError
            If the images have another shape.
        """
        with autograd.pause():
            return mx.nd.softmax(self._net(self._checked(pictures))[1]).asnumpy()


def save(path, net):
    """Write the weights of a :class:`QuiltNet` as float16."""
    storage.write_network(path, net, {'network': 'quilt_classifier'})
