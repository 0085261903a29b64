"""A small network that predicts the attributes and the pose of a synthetic face.

Experiments use it to label generated faces. It was trained on synthetic faces, whose attributes are known exactly,
and does not work on photographs. It hardly ever misclassifies glasses, hats or hair colour. It misclassifies the
smile of one face in fourteen, and cannot recognise wavy hair. ``weights/attribute_classifier.json`` beside the
weights records the data, the command, and the accuracy for each attribute on held-out faces.
"""
from pathlib import Path
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet.gluon import HybridBlock, nn

from .. import runtime
from ..support import storage
from ..synthetic.people import RENDERED
from .base import describe_shape
from .extractors import stream

WEIGHTS = Path(__file__).parent / 'weights' / 'attribute_classifier.npz'
SIZE, WIDTHS, HIDDEN = 64, (3, 24, 48, 96, 128), 64


class AttributePredictions(NamedTuple):
    """Predictions for ``N`` faces.

    Attributes
    ----------
    attributes : dict
        CelebA's attribute names to ``(N,)`` bool.
    probabilities : dict
        CelebA's attribute names to ``(N,)`` float32.
    pose : numpy.ndarray
        ``(N,)`` float32, about -1 to 1; -1 is a head rotated by 30 degrees to the left of the image.
    """
    attributes: dict
    probabilities: dict
    pose: np.ndarray


class FaceNet(HybridBlock):
    """Map images ``(N, 3, 64, 64)`` in [-1, 1] to ``(N, 38)``: a logit for each rendered attribute, and the pose."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            for inputs, outputs in zip(WIDTHS, WIDTHS[1:]):
                self.body.add(nn.Conv2D(outputs, 3, 2, 1, in_channels=inputs, use_bias=False),
                              nn.BatchNorm(in_channels=outputs), nn.Activation('relu'))
            self.body.add(nn.Dense(HIDDEN, in_units=WIDTHS[-1] * 16, use_bias=False), nn.BatchNorm(in_channels=HIDDEN),
                          nn.Activation('relu'))
            self.output = nn.Dense(len(RENDERED) + 1, in_units=HIDDEN)

    def hybrid_forward(self, F, x):
        return self.output(self.body(x))


class FaceAttributeClassifier:
    """Predicts the attributes and the pose of synthetic faces of 64 px.

    Parameters
    ----------
    path : path-like
        Weights; by default those that ship with the package.
    ctx : mxnet.Context, optional
        Device; :func:`gluon_gan.device` by default.

    Attributes
    ----------
    names : tuple of str
        The 37 of CelebA's attributes that it predicts.
    """
    names = RENDERED

    def __init__(self, path=WEIGHTS, ctx=None):
        self.ctx = ctx or runtime.device()
        self._net = storage.read_network(path, lambda meta: FaceNet(), self.ctx)

    def __call__(self, pictures):
        """Predict attributes and pose.

        Parameters
        ----------
        pictures : ImageArray, numpy.ndarray, NDArray or iterable
            Images as for :func:`gluon_gan.metrics.stream`: ``(N, 3, 64, 64)`` NDArray in [-1, 1], or ``(N, 64, 64,
            3)`` uint8.

        Returns
        -------
        AttributePredictions

        Raises
        ------
        ValueError
            If there are no images, or they have another shape.
        """
        outputs = np.concatenate(list(stream(self._outputs, pictures)))
        probabilities = 1 / (1 + np.exp(-outputs[:, :-1].astype(np.float64)))
        by_name = dict(zip(self.names, probabilities.astype(np.float32).T))
        return AttributePredictions({name: values > 0.5 for name, values in by_name.items()}, by_name, outputs[:, -1])

    def _outputs(self, pictures):
        if pictures.shape[1:] != (3, SIZE, SIZE):
            raise ValueError(f'the attribute classifier takes colour faces of {SIZE}x{SIZE}, not images with '
                             f'{describe_shape(pictures)}')
        return self._net(pictures.as_in_context(self.ctx))


def save(path, net):
    """Write the weights of a :class:`FaceNet` as float16."""
    storage.write_network(path, net, {'network': 'attribute_classifier'})


def face_attribute_classifier(ctx=None):
    """The :class:`FaceAttributeClassifier` with the weights that ship with the package."""
    return FaceAttributeClassifier(ctx=ctx)


def targets(faces):
    """Regression targets of :class:`FaceNet` for synthetic faces.

    Parameters
    ----------
    faces : ImageArray
        With attributes and parameters.

    Returns
    -------
    NDArray
        ``(N, 38)``: 0 or 1 for each attribute, then the pose, -1 to 1.
    """
    columns = [faces.attribute_names.index(name) for name in RENDERED]
    return mx.nd.array(np.column_stack([faces.attributes[:, columns], faces.parameters['pose']]))
