"""Features of a convolutional network with fixed random weights, for images that no available network was trained on.

Naeem et al. 2020 (arXiv:2002.09797) evaluate generated images with 64 features of a VGG16 at random weights, because
a network trained on ImageNet measures what matters for ImageNet's photographs. They find the resulting ranking of
models plausible. The network here is smaller, so that a few thousand images suffice.
"""
import mxnet as mx
import numpy as np

from .base import Extractor

WIDTHS = 32, 64, 64
KERNEL = 3


class Random(Extractor):
    """Map images of any size to ``(N, 64)`` by a convolutional network with fixed random weights.

    The network has three 3x3 convolutions of stride 2 with ReLU; the features are the means of the last feature maps.
    The weights are samples of N(0, 2 / inputs) (He et al. 2015) from NumPy's PCG64 with seed 0, so they are the same
    everywhere. Grey images are repeated over three channels. Scores respond to blur, noise, colour shifts,
    checkerboard artefacts, missing modes and repeated images. They do not respond to the structure of objects: a face
    with three eyes scores as well as any other.
    """

    def __init__(self, ctx=None):
        super().__init__(f'random{WIDTHS[-1]}', WIDTHS[-1], ctx=ctx)
        rng, inputs, self._weights = np.random.default_rng(0), 3, []
        for outputs in WIDTHS:
            weight = rng.normal(0, (2 / (inputs * KERNEL ** 2)) ** 0.5, (outputs, inputs, KERNEL, KERNEL))
            self._weights.append(mx.nd.array(weight, ctx=self.ctx, dtype='float32'))
            inputs = outputs

    def _features(self, pictures):
        x = mx.nd.broadcast_axis(pictures, axis=1, size=3) if pictures.shape[1] == 1 else pictures
        for weight in self._weights:
            x = mx.nd.Convolution(x, weight, kernel=(KERNEL,) * 2, stride=(2, 2), pad=(KERNEL // 2,) * 2,
                                  num_filter=len(weight), no_bias=True)
            x = mx.nd.relu(x)
        return x.mean(axis=(2, 3))
