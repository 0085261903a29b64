"""Feature extractors: the images they accept and reject, and independence of the batch size."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.support.pixels import to_float


@pytest.fixture(scope='module')
def colour():
    return np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), dtype=np.uint8)


def test_features_do_not_depend_on_the_form_of_the_images_or_the_batch_size(colour):
    expected, floats = metrics.extract('random64', colour), mx.nd.array(to_float(colour))
    images = gg.data.ImageArray(colour, labels=np.arange(11))
    loader = gg.data.batches(images, 3, shuffle=False, drop_last=False, labels=True)
    assert expected.shape == (11, 64)
    parts = (floats[i:i + 2] for i in range(0, 11, 2))
    for pictures, size in ((colour, 1), (images, 4), (floats, 5), (loader, 128), (parts, 128)):
        np.testing.assert_allclose(metrics.extract('random64', pictures, size), expected, rtol=1e-4, atol=1e-6)


def test_streams_are_lazy(colour):
    assert [part.shape for part in metrics.stream('pixels8', colour, 4)] == [(4, 192), (4, 192), (3, 192)]

    def endless():
        while True:
            yield mx.nd.zeros((2, 1, 8, 8))

    stream = metrics.stream('random64', endless())
    assert next(stream).shape == next(stream).shape == (2, 64)


def test_a_callable_gives_its_name_to_the_extractor(colour):
    def brightness(pictures):
        return pictures.mean(axis=(2, 3))

    extractor = metrics.named(brightness)
    np.testing.assert_allclose(metrics.extract(extractor, colour), to_float(colour).mean((2, 3)), atol=1e-5)
    assert (extractor.name, extractor.dim) == ('brightness', 3)
    assert metrics.named(extractor) is extractor and not hasattr(extractor, 'probabilities')
    netD = gg.Discriminator(32, 3, ndf=2)
    netD.initialize()
    assert metrics.extract(netD, colour).shape == (11, 1)


@pytest.mark.parametrize('value', [np.nan, np.inf, 1.5, -200])
def test_an_invalid_pixel_is_rejected_with_the_index_of_the_image(value):
    pictures = np.zeros((9, 1, 28, 28), np.float32)
    pictures[7, 0, 3, 3] = value
    with pytest.raises(ValueError, match='image 7 has pixels from .* must lie in'):
        metrics.extract('random64', mx.nd.array(pictures), batch_size=2)


def test_unknown_extractors_and_invalid_features_are_rejected(colour):
    with pytest.raises(ValueError, match="no extractor 'inceptoin': use a callable, or one of lenet, .*inception"):
        metrics.named('inceptoin')
    with pytest.raises(ValueError, match='name or a callable, not 7'):
        metrics.named(7)
    with pytest.raises(ValueError, match=r'returned \(3,\) float32 for 11 images'):
        metrics.extract(lambda pictures: pictures.mean(axis=(0, 2, 3)), colour)
    with pytest.raises(ValueError, match='no images'):
        metrics.extract('pixels', [])


def test_images_may_be_numpy_floats_or_have_another_precision(colour):
    expected = metrics.extract('pixels', colour)
    floats = to_float(colour)
    for images in (floats, floats.astype(np.float64), mx.nd.array(floats, dtype='float64'),
                   mx.nd.array(floats, dtype='float32')):
        np.testing.assert_array_equal(metrics.extract('pixels', images), expected)
    with pytest.raises(ValueError, match='the images of a batch must be floats in .-1, 1., not uint8: pass x.astype'):
        metrics.extract('pixels', mx.nd.array(colour.transpose(0, 3, 1, 2), dtype='uint8'))


def test_features_do_not_depend_on_the_mode_of_autograd():
    net = gg.Discriminator(28, 1, ndf=2)
    net.initialize(mx.init.Normal(0.5))
    digits = mx.nd.random.uniform(-1, 1, (6, 1, 28, 28))
    for extractor in ('lenet', net, metrics.discriminator(net)):
        expected = metrics.extract(extractor, digits)
        with autograd.record():
            np.testing.assert_array_equal(metrics.extract(extractor, digits), expected)
