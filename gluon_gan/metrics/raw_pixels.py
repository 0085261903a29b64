"""Pixels, or their means over a grid, as features."""
import mxnet as mx
import numpy as np

from ..support.checks import whole_number
from .base import Extractor


class Pixels(Extractor):
    """The pixels of an image, or with ``side`` the means over a side x side grid of areas. Nothing is learned.

    Distances between pixels depend on colours and their positions, and agree poorly with what people perceive. Use
    them where no suitable network exists.

    Parameters
    ----------
    side : int, optional
        Side of the grid; by default every pixel is a feature.
    channels : tuple of int
        Accepted numbers of channels.
    ctx : mxnet.Context, optional
        Device; :func:`gluon_gan.device` by default.
    """

    def __init__(self, side=None, channels=(1, 3), ctx=None):
        self._side = None if side is None else whole_number('side', side)
        super().__init__(f"pixels{side or ''}", channels=channels, ctx=ctx)

    def _features(self, pictures):
        if self._side:
            pictures = mx.nd.contrib.AdaptiveAvgPooling2D(pictures, output_size=self._side)
        self.dim = int(np.prod(pictures.shape[1:]))
        return pictures.flatten()
