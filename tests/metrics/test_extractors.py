"""Extractors: what they take, what they refuse, and that batches change nothing."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import metrics
from gluon_gan.pixels import to_float


@pytest.fixture(scope='module')
def colour():
    return np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), dtype=np.uint8)


def test_pixels_are_the_pixels(colour):
    features = metrics.extract('pixels', colour)
    assert features.dtype == np.float32 and np.array_equal(features, to_float(colour).reshape(11, -1))
    means = to_float(colour).reshape(11, 3, 8, 4, 8, 4).mean((3, 5))
    np.testing.assert_allclose(metrics.extract('pixels8', colour), means.reshape(11, -1), atol=1e-6)


def test_every_form_of_pictures_and_every_batch_size_gives_the_same(colour):
    whole, floats = metrics.extract('random64', colour), mx.nd.array(to_float(colour))
    images = gg.data.ImageArray(colour, labels=np.arange(11))
    loader = gg.data.batches(images, 3, shuffle=False, drop_last=False, labels=True)
    assert whole.shape == (11, 64)
    for pictures, size in ((colour, 1), (images, 4), (floats, 5), (loader, 128), ((floats[i:i + 2] for i in range(0, 11, 2)), 128)):
        np.testing.assert_allclose(metrics.extract('random64', pictures, size), whole, rtol=1e-4, atol=1e-6)


def test_a_stream_holds_a_batch_at_a_time(colour):
    assert [part.shape for part in metrics.stream('pixels8', colour, 4)] == [(4, 192), (4, 192), (3, 192)]
    def endless():
        while True:
            yield mx.nd.zeros((2, 1, 8, 8))
    stream = metrics.stream('random64', endless())
    assert next(stream).shape == next(stream).shape == (2, 64)


def test_random_features_are_the_same_for_everyone():
    """Worked out without MXNet's convolution, from the stated generator; grey is three equal channels."""
    rng, pictures = np.random.default_rng(0), np.random.default_rng(5).uniform(-1, 1, (2, 3, 8, 8))
    x = pictures
    for maps, inputs in ((32, 3), (64, 32), (64, 64)):
        weight = rng.normal(0, (2 / (inputs * 9)) ** 0.5, (maps, inputs, 3, 3))
        views = np.lib.stride_tricks.sliding_window_view(np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1))), (3, 3), axis=(2, 3))[:, :, ::2, ::2]
        x = np.maximum(np.einsum('ncyxij,mcij->nmyx', views, weight), 0)
    extractor = metrics.named('random64')
    np.testing.assert_allclose(extractor(mx.nd.array(pictures)), x.mean((2, 3)), rtol=1e-4, atol=1e-6)
    grey = mx.nd.array(pictures[:, :1])
    np.testing.assert_array_equal(extractor(grey), extractor(mx.nd.concat(grey, grey, grey, dim=1)))


def test_a_callable_is_named_after_itself(colour):
    def brightness(pictures):
        return pictures.mean(axis=(2, 3))

    extractor = metrics.named(brightness)
    np.testing.assert_allclose(metrics.extract(extractor, colour), to_float(colour).mean((2, 3)), atol=1e-5)
    assert (extractor.name, extractor.dim) == ('brightness', 3)
    assert metrics.named(extractor) is extractor and not hasattr(extractor, 'probabilities')
    netD = gg.Discriminator(32, 3, ndf=2)
    netD.initialize()
    assert metrics.extract(netD, colour).shape == (11, 1)


def test_lenet_names_digits_and_gives_64_features():
    digits = gg.data.mnist('test', download=False)[:200]
    lenet = metrics.named('lenet')
    features, pictures = metrics.extract(lenet, digits), mx.nd.array(to_float(digits.images))
    chances = lenet.probabilities(pictures)
    assert (lenet.name, lenet.dim, features.shape, chances.shape) == ('lenet', 64, (200, 64), (200, 10))
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert (chances.argmax(axis=1) == digits.labels).mean() > 0.97
    assert (features.std(axis=0) > 0.01).all(), 'a feature that is always the same says nothing'


@pytest.mark.parametrize('name, shape, said', [
    ('lenet', (1, 3, 32, 32), 'lenet takes pictures of 1 channels and 28x28, not of 3 and 32x32'),
    ('lenet', (1, 1, 32, 32), 'not of 1 and 32x32'),
    ('pixels', (1, 2, 8, 8), 'pixels takes pictures of 1 or 3 channels and any size, not of 2 and 8x8'),
    ('pixels8', (3, 8, 8), 'must be pictures .* not .3, 8, 8. float32')])
def test_other_pictures_are_refused_in_a_line(name, shape, said):
    with pytest.raises(ValueError, match=said) as caught:
        metrics.extract(name, [mx.nd.zeros(shape)])
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('value', [np.nan, np.inf, 1.5, -200])
def test_a_bad_pixel_is_refused_with_its_picture(value):
    pictures = np.zeros((9, 1, 28, 28), np.float32)
    pictures[7, 0, 3, 3] = value
    with pytest.raises(ValueError, match='picture 7 has pixels from .* must lie in'):
        metrics.extract('random64', mx.nd.array(pictures), batch_size=2)


def test_what_is_no_extractor_or_returns_no_features(colour):
    with pytest.raises(ValueError, match="no extractor 'inceptoin'; there are: lenet, .*inception"):
        metrics.named('inceptoin')
    with pytest.raises(ValueError, match='name or a callable, not 7'):
        metrics.named(7)
    with pytest.raises(ValueError, match=r'returned \(3,\) float32 for 11 pictures'):
        metrics.extract(lambda pictures: pictures.mean(axis=(0, 2, 3)), colour)
    with pytest.raises(ValueError, match='no pictures'):
        metrics.extract('pixels', [])
