"""Features of the network with random weights."""
import mxnet as mx
import numpy as np

from gluon_gan import metrics


def test_random_features_agree_with_numpy():
    """The documented random generator reproduces them without MXNet; grey images are three equal channels."""
    rng, pictures = np.random.default_rng(0), np.random.default_rng(5).uniform(-1, 1, (2, 3, 8, 8))
    x = pictures
    for outputs, inputs in ((32, 3), (64, 32), (64, 64)):
        weight = rng.normal(0, (2 / (inputs * 9)) ** 0.5, (outputs, inputs, 3, 3))
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        views = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))[:, :, ::2, ::2]
        x = np.maximum(np.einsum('ncyxij,mcij->nmyx', views, weight), 0)
    extractor = metrics.named('random64')
    np.testing.assert_allclose(extractor(mx.nd.array(pictures)), x.mean((2, 3)), rtol=1e-4, atol=1e-6)
    grey = mx.nd.array(pictures[:, :1])
    np.testing.assert_array_equal(extractor(grey), extractor(mx.nd.concat(grey, grey, grey, dim=1)))
