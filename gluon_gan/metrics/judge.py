"""A small network that says of a face which attributes it has and where it looks: the judge of experiments with the drawn faces.

It was trained on drawn faces, whose attributes are exact, and knows nothing of photographs. Glasses, hats and hair
it hardly ever gets wrong, a smile once in fourteen faces, and whether hair is wavy it cannot see. ``weights/judge.json`` beside the weights tells the
data, the command and how often it is right about each attribute, on faces that it never saw.
"""
from pathlib import Path
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet.gluon import HybridBlock, nn

from .. import runtime, storage
from ..data.drawn.faces import DRAWN
from .extractors import stream

WEIGHTS = Path(__file__).parent / 'weights' / 'judge.npz'
SIZE, WIDTHS, HIDDEN = 64, (3, 24, 48, 96, 128), 64


class Judged(NamedTuple):
    """What was said of ``N`` faces.

    ``attributes`` ``(N,)`` bool and ``probabilities`` ``(N,)`` float32 by CelebA's names; ``pose`` ``(N,)`` float32 from about -1 (turned to
    the picture's left by 30 degrees) to 1.
    """
    attributes: dict
    probabilities: dict
    pose: np.ndarray


class FaceNet(HybridBlock):
    """Pictures ``(N, 3, 64, 64)`` in [-1, 1] to ``(N, 38)``: a logit for each of the attributes that a drawing shows, and the pose."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            for inputs, maps in zip(WIDTHS, WIDTHS[1:]):
                self.body.add(nn.Conv2D(maps, 3, 2, 1, in_channels=inputs, use_bias=False), nn.BatchNorm(in_channels=maps), nn.Activation('relu'))
            self.body.add(nn.Dense(HIDDEN, in_units=WIDTHS[-1] * 16, use_bias=False), nn.BatchNorm(in_channels=HIDDEN), nn.Activation('relu'))
            self.output = nn.Dense(len(DRAWN) + 1, in_units=HIDDEN)

    def hybrid_forward(self, F, x):
        return self.output(self.body(x))


class FaceJudge:
    """Says which attributes faces of 64 px have.

    Parameters
    ----------
    path : path-like
        By default the weights that ship with the package.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.

    Attributes
    ----------
    names : tuple of str
        The 37 of CelebA's attributes that it knows.
    """
    names = DRAWN

    def __init__(self, path=WEIGHTS, ctx=None):
        self.ctx = ctx or runtime.device()
        self._net = storage.read_network(path, lambda meta: FaceNet(), self.ctx)

    def __call__(self, pictures):
        """:class:`Judged` of pictures, as :func:`gluon_gan.metrics.stream` takes them: ``(N, 3, 64, 64)`` NDArray in [-1, 1], or ``(N, 64, 64, 3)`` uint8.

        Raises
        ------
        ValueError
            For other pictures, or none.
        """
        outputs = np.concatenate(list(stream(self._outputs, pictures)))
        probabilities = 1 / (1 + np.exp(-outputs[:, :-1].astype(np.float64)))
        by_name = dict(zip(self.names, probabilities.astype(np.float32).T))
        return Judged({name: values > 0.5 for name, values in by_name.items()}, by_name, outputs[:, -1])

    def _outputs(self, pictures):
        if pictures.shape[1:] != (3, SIZE, SIZE):
            raise ValueError(f'the judge knows colour faces of {SIZE}x{SIZE}, not pictures of {pictures.shape[1]} channels and '
                             f'{pictures.shape[2]}x{pictures.shape[3]}')
        return self._net(pictures.as_in_context(self.ctx))


def save(path, net):
    """Write the weights of a :class:`FaceNet` as float16."""
    storage.write_network(path, net, {'network': 'judge'})


def face_judge(ctx=None):
    """The judge that ships with the package, a :class:`FaceJudge`."""
    return FaceJudge(ctx=ctx)


def targets(faces):
    """What :class:`FaceNet` is to say of drawn faces, an ImageArray with attributes and parameters: ``(N, 38)`` NDArray, 0 or 1 each and last the pose, -1 to 1."""
    columns = [faces.attribute_names.index(name) for name in DRAWN]
    return mx.nd.array(np.column_stack([faces.attributes[:, columns], faces.parameters['pose']]))
