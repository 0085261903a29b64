"""The test for reproduced training images."""
import cv2
import numpy as np
import pytest

from gluon_gan import data
from gluon_gan.metrics import reproduction
from gluon_gan.support import pixels

QUILTS = pixels.to_float(data.render_quilts(60).images)
TRAINING, OTHERS = QUILTS[:40], QUILTS[40:]


def test_a_training_image_is_found_again():
    found = reproduction(TRAINING[::-1], TRAINING)
    np.testing.assert_allclose(found.correlations, 1, atol=1e-6)
    assert found.indices.tolist() == list(range(40))[::-1] and not found.mirrored.any()


def test_shifts_mirroring_contrast_noise_and_lost_detail_do_not_hide_it():
    rng = np.random.default_rng(0)
    changed = np.roll(TRAINING, (4, -5), axis=(2, 3))[..., ::-1] * 0.6 + 0.2
    blurred = [cv2.GaussianBlur(image.transpose(1, 2, 0), (7, 7), 1.5) for image in changed]
    changed = np.stack(blurred).transpose(0, 3, 1, 2)
    changed = (changed + rng.normal(0, 0.1, changed.shape)).astype('float32')
    found = reproduction(changed, TRAINING)
    assert found.indices.tolist() == list(range(40)) and found.mirrored.mean() > 0.8     # a few quilts are symmetric
    assert np.median(found.correlations) > np.median(reproduction(OTHERS, TRAINING).correlations) + 0.1


def test_the_correlation_is_that_of_numpy():
    one, other = np.random.default_rng(0).normal(0, 1, (2, 1, 1, 20, 20)).astype('float32')
    shifts = [np.corrcoef(one[0, 0, 2:18, 2:18].ravel(), image[top:top + 16, left:left + 16].ravel())[0, 1]
              for image in (other[0, 0], other[0, 0, :, ::-1]) for top in range(5) for left in range(5)]
    assert reproduction(one, other).correlations[0] == pytest.approx(max(shifts))


def test_sizes_may_differ_and_plain_images_correlate_with_nothing():
    large = TRAINING.repeat(2, axis=2).repeat(2, axis=3)
    np.testing.assert_allclose(reproduction(large, TRAINING).correlations, 1, atol=1e-3)
    assert reproduction(np.full((2, 3, 64, 64), 0.3, 'float32'), TRAINING).correlations.tolist() == [0, 0]


@pytest.mark.parametrize('images, message', [
    (QUILTS[:0], 'images must be a float array .* not'), (QUILTS[0], 'images must be a float array'),
    (QUILTS[:, :1], 'images have 1 channels and training images 3'), (QUILTS[..., :16], 'at least one image and 20')])
def test_wrong_arguments(images, message):
    with pytest.raises(ValueError, match=message):
        reproduction(images, TRAINING)
