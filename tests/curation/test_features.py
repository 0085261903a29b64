"""The features of images with a known structure."""
import numpy as np
import pytest

from gluon_gan.curation import features


@pytest.mark.parametrize('blank', [0, 255])
def test_the_features_of_a_blank_image_are_finite(blank):
    groups = features.describe(np.full((2, 128, 128, 3), blank, np.uint8))
    assert all(np.isfinite(group).all() and group.dtype == np.float32 and len(group) == 2 for group in groups)
    assert sum(group.shape[1] for group in groups) > 500


def test_the_textures_of_one_bright_pixel():
    """The pixel has no brighter neighbour, each of its eight neighbours has one, and all other pixels have none."""
    lab = np.zeros((128, 128, 3), np.float32)
    lab[50, 50, 0] = 100
    finest = features.textures(lab)[0] ** 2 * 126 * 126
    assert np.allclose(finest, [126 * 126 - 8, 8, 0, 0, 0, 0, 0, 0, 0, 0])
