"""The conversion between the pixel formats of files and of networks."""
import re

import numpy as np
import pytest

from gluon_gan.support import pixels
from gluon_gan.support.pixels import to_float, to_uint8


def test_the_round_trip_is_exact_for_every_level():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)
    floats = to_float(levels)
    assert floats.dtype == np.float32 and floats.min() == -1 and floats.max() == 1
    assert np.allclose(floats.ravel(), np.arange(256) / 127.5 - 1, atol=1e-6) and (to_uint8(floats) == levels).all()


def test_the_channels_are_moved():
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 4, 3), dtype=np.uint8)
    floats = to_float(images)
    assert floats.shape == (2, 3, 3, 4) and floats.flags.c_contiguous
    assert floats[1, 2, 0, 3] == pytest.approx(images[1, 0, 3, 2] / 127.5 - 1, abs=1e-6)
    assert (to_uint8(floats) == images).all()


def test_floats_are_rounded_and_clipped():
    values = np.array([-3, -1, 0.6 / 127.5 - 1, 0, 1, 2], np.float64).reshape(6, 1, 1, 1)
    assert to_uint8(values).ravel().tolist() == [0, 0, 1, 128, 255, 255]


@pytest.mark.parametrize('bad', [np.nan, np.inf, -np.inf])
def test_the_error_names_the_image_that_diverged(bad):
    images = np.zeros((5, 1, 2, 2), np.float32)
    images[3, 0, 1, 1] = bad
    with pytest.raises(ValueError, match='image 3 of 5 holds NaN or Inf'):
        to_uint8(images)


@pytest.mark.parametrize('convert, images', [
    (to_float, np.zeros((1, 2, 2, 1), np.float32)), (to_float, np.zeros((2, 2, 1), np.uint8)), (to_float, None),
    (to_uint8, np.zeros((1, 1, 2, 2), np.uint8)), (to_uint8, np.zeros((1, 2, 2)))])
def test_other_arrays_are_refused(convert, images):
    with pytest.raises(ValueError, match='images must be'):
        convert(images)


LEVELS = np.random.default_rng(0).integers(0, 256, (4, 1, 8, 8)).astype(np.float32)


@pytest.mark.parametrize('images', [
    LEVELS / 127.5 - 1, LEVELS.clip(128) / 127.5 - 1, np.zeros((2, 1, 4, 4)), np.ones((2, 1, 4, 4)),
    np.random.default_rng(0).uniform(-1, 1, (2, 3, 8, 8)), np.zeros((0, 1, 4, 4))],
    ids=['8 bits', 'bright 8 bits', 'grey', 'white', 'floats', 'none'])
def test_images_of_the_right_range_pass(images):
    assert pixels.check_range(images.astype(np.float32)) == ''


@pytest.mark.parametrize('images, message', [
    (LEVELS, '^the batches have pixels from .* to 25., and images must lie in .-1, 1.: scale them with x / 127.5 - 1$'),
    (LEVELS / 255, 'they are scaled to .0, 1., so scale them with 2 . x - 1$'),
    (LEVELS / 127.5 - 1.002 + np.float32(1.5), 'must lie in .-1, 1.: scale them$'),
    (np.where(LEVELS > 254, np.nan, 0), '^the batches contain NaN or Inf, image . of 4 first'),
    (np.where(LEVELS > 254, np.inf, 0), '^the batches contain NaN or Inf, image . of 4 first')])
def test_images_of_another_range_are_refused(images, message):
    with pytest.raises(ValueError, match=message):
        pixels.check_range(images.astype(np.float32), 'the batches')


@pytest.mark.parametrize('images, message', [
    (np.random.default_rng(0).uniform(0, 1, (2, 3, 8, 8)), 'if they are scaled to .0, 1., scale them with 2 . x - 1$'),
    (np.random.default_rng(0).uniform(-1.1, 1.1, (2, 3, 8, 8)), 'must lie in .-1, 1.: scale them$')])
def test_images_whose_range_is_unusual_are_only_warned_of(images, message):
    """A bright photograph may have no dark pixel, and interpolation exceeds the range a little."""
    assert re.search(message, pixels.check_range(images.astype(np.float32)))
