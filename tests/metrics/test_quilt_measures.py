"""Measures of generated quilts: known quilts, planted failures, and simple shapes."""
import cv2
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.data import synthetic_sets
from gluon_gan.support.pixels import to_float
from gluon_gan.synthetic import BLOCKS

COUNT, FIRST = 400, 62_000      # quilts of higher indices than the data set and the training of the classifier
Y, X = np.mgrid[:64, :64].astype(np.float32) - 31.5


@pytest.fixture(scope='module')
def quilts():
    return synthetic_sets.render_quilts(COUNT, start=FIRST)


@pytest.fixture(scope='module')
def measured(quilts):
    return metrics.quilt_measures(quilts)


def wavy(images, amplitude=1.5, period=16):
    """Images ``(N, H, W, C)`` with seams that are displaced by a sine wave in both directions, in pixels."""
    across, down = (amplitude * np.sin(2 * np.pi / period * line) for line in (Y, X))
    return np.stack([cv2.remap(image, X + 31.5 + across, Y + 31.5 + down, cv2.INTER_LINEAR,
                               borderMode=cv2.BORDER_REFLECT) for image in images])


def noise(count):
    """Blurred noise: ``(count, 64, 64, 3)`` uint8."""
    rng = np.random.default_rng(0)
    smooth = [cv2.GaussianBlur(rng.uniform(-1, 1, (64, 64, 3)), (0, 0), 1.5) for _ in range(count)]
    return np.clip(127.5 + 500 * np.stack(smooth), 0, 255).astype(np.uint8)


def straightness(plane):
    """Straightness of one grey image ``(64, 64)``."""
    return float(metrics.straightness(plane[None, None])[0])


def stripes(degrees):
    """Stripes ``(64, 64)`` at an angle to the vertical."""
    angle = np.radians(degrees)
    return np.sin((X * np.cos(angle) + Y * np.sin(angle)) / 2)


def test_rendered_quilts_have_all_blocks(quilts, measured):
    known = np.bincount(quilts.labels, minlength=16) / COUNT
    assert measured.found == 16 and measured.shares.shape == (16,)
    np.testing.assert_allclose(measured.shares.sum(), 1)
    assert np.abs(measured.shares - known).max() < 0.03
    assert abs(measured.certainty - 0.94) < 0.03 and abs(measured.straightness - 0.40) < 0.04, 'see the documentation'


def test_seams_of_rendered_quilts_are_straighter_than_wavy_ones_and_these_than_noise(quilts, measured):
    slightly, strongly, not_at_all = (metrics.quilt_measures(images).straightness for images in (
        wavy(quilts.images, amplitude=0.7), wavy(quilts.images), noise(COUNT)))
    assert measured.straightness > 2 * slightly and measured.straightness > 2 * strongly
    assert min(slightly, strongly) > 2 * not_at_all


def test_noise_shows_no_clear_block(measured):
    assert metrics.quilt_measures(noise(100)).certainty < measured.certainty - 0.2


def test_blur_and_noise_hardly_change_the_straightness(quilts, measured):
    rng = np.random.default_rng(0)
    blurred = np.stack([cv2.GaussianBlur(image, (0, 0), 0.8) for image in quilts.images])
    noisy = np.clip(quilts.images + rng.normal(0, 10, quilts.images.shape), 0, 255).astype(np.uint8)
    for images in (blurred, noisy):
        found = metrics.straightness(to_float(images)).mean()
        assert abs(found - measured.straightness) < 0.1 * measured.straightness


def test_one_image_repeated_has_one_block(quilts):
    collapsed = metrics.quilt_measures(np.repeat(quilts.images[:1], 50, axis=0))
    assert collapsed.found == 1 and collapsed.shares.max() == 1
    assert BLOCKS[collapsed.shares.argmax()] == BLOCKS[quilts.labels[0]]


@pytest.mark.parametrize('missing', [(0,), (3, 9), range(8)], ids=str)
def test_missing_blocks_are_not_found(quilts, missing):
    kept = quilts.images[~np.isin(quilts.labels, missing)]
    assert metrics.quilt_measures(kept).found == 16 - len(missing)


def test_the_form_of_the_images_does_not_matter(quilts):
    some, floats = quilts[:30], to_float(quilts.images[:30])
    expected = metrics.quilt_measures(some)
    loader = gg.data.batches(some, 7, shuffle=False, drop_last=False)
    for images in (some.images, floats, mx.nd.array(floats), loader):
        found = metrics.quilt_measures(images, metrics.QuiltPatternClassifier())
        np.testing.assert_array_equal(found.shares, expected.shares)
        np.testing.assert_allclose(found[1:], expected[1:], rtol=1e-4)


@pytest.mark.parametrize('degrees', [0, 10, 22.5, 37, 90])
def test_straight_edges_are_straight_at_any_rotation(degrees):
    along = stripes(degrees)
    assert straightness(along) > 0.95
    for other, least, most in ((90, 0.85, 1), (45, 0.85, 1), (22.5, 0, 0.2)):       # multiples of 45 agree
        assert least < straightness(np.where(X > 0, along, stripes(degrees + other))) < most


def test_rings_have_no_orientation():
    assert straightness(np.sin(np.hypot(X, Y) / 2)) < 0.1


def test_an_image_without_edges_has_a_straightness_of_0():
    assert straightness(np.full((64, 64), 0.3)) == 0


@pytest.mark.parametrize('images, message', [
    (np.zeros((2, 32, 32, 3), np.uint8), 'takes colour images of 64x64, not images with 3 channels and size 32x32: '),
    (np.zeros((2, 64, 64), np.uint8), 'takes colour images of 64x64, not images with 1 channel and size 64x64: resize'),
    (np.zeros((2, 64, 64, 3), np.int64), r'must be \(N, H, W, C\) uint8, not \(2, 64, 64, 3\) int64'),
    (np.zeros((64, 64, 3), np.float32), r'must be \(N, H, W, C\) uint8, not \(64, 64, 3\) float32'),
    (np.full((2, 3, 64, 64), 2.0), 'image 0 has pixels from 2 to 2: they must lie in'),
    (np.full((2, 3, 64, 64), np.nan), 'image 0 has pixels from nan to nan'),
    (np.zeros((0, 64, 64, 3), np.uint8), 'there are no images'), ([], 'there are no images'),
    (None, r'must be \(N, 64, 64, 3\) uint8, or .* not NoneType'), (7, 'not int')], ids=str)
def test_other_images_are_rejected_in_one_line(images, message):
    with pytest.raises(ValueError, match=message) as raised:
        metrics.quilt_measures(images)
    assert '\n' not in str(raised.value)


@pytest.mark.parametrize('images', [
    np.zeros((2, 3, 64, 64), np.uint8), np.zeros((64, 64)), np.zeros((2, 3, 7, 64)), None, [[1.0]]], ids=str)
def test_straightness_rejects_other_arrays(images):
    with pytest.raises(ValueError, match=r'images must be \(N, C, H, W\) floats of at least 8 pixels a side, not '):
        metrics.straightness(images)
