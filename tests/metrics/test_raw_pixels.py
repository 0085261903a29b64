"""Pixel features."""
import numpy as np

from gluon_gan import metrics
from gluon_gan.support.pixels import to_float


def test_pixel_features_are_pixels_or_their_means():
    colour = np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), dtype=np.uint8)
    features = metrics.extract('pixels', colour)
    assert features.dtype == np.float32 and np.array_equal(features, to_float(colour).reshape(11, -1))
    means = to_float(colour).reshape(11, 3, 8, 4, 8, 4).mean((3, 5))
    np.testing.assert_allclose(metrics.extract('pixels8', colour), means.reshape(11, -1), atol=1e-6)
