"""Features of a convolutional network that nobody trained, the same for everyone: for pictures that no network at hand knows.

Naeem et al. 2020 (arXiv:2002.09797) measure generated pictures in 64 numbers of a VGG16 at random weights, since a network of ImageNet judges
by what photographs have in ImageNet, and found the ranking sensible. Here it is a smaller network, which a few thousand pictures are enough for.
"""
import mxnet as mx
import numpy as np

from .extractors import Extractor

MAPS = 32, 64, 64
KERNEL = 3


class Random(Extractor):
    """Three 3x3 convolutions of stride 2 with ReLU, and the mean of each of the last 64 maps: pictures of any size to ``(N, 64)``.

    The weights are drawn from N(0, 2 / inputs) (He et al. 2015) by NumPy's PCG64 at the seed 0. Grey pictures are shown as three equal channels.
    Scores see blur, noise, tints, checkerboards, missing kinds of pictures and repeated ones, but know no objects: a face with three
    eyes is as good as any.
    """

    def __init__(self, ctx=None):
        super().__init__(f'random{MAPS[-1]}', MAPS[-1], ctx=ctx)
        rng, inputs, self._weights = np.random.default_rng(0), 3, []
        for maps in MAPS:
            weight = rng.normal(0, (2 / (inputs * KERNEL ** 2)) ** 0.5, (maps, inputs, KERNEL, KERNEL))
            self._weights.append(mx.nd.array(weight, ctx=self.ctx, dtype='float32'))
            inputs = maps

    def _features(self, pictures):
        x = mx.nd.broadcast_axis(pictures, axis=1, size=3) if pictures.shape[1] == 1 else pictures
        for weight in self._weights:
            x = mx.nd.Convolution(x, weight, kernel=(KERNEL,) * 2, stride=(2, 2), pad=(KERNEL // 2,) * 2, num_filter=len(weight), no_bias=True)
            x = mx.nd.relu(x)
        return x.mean(axis=(2, 3))
