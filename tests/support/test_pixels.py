"""The conversion between the pixel formats of files and of networks."""
import numpy as np
import pytest

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
