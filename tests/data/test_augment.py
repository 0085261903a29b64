"""Augmentations: random, reproducible, and within their ranges."""
import cv2
import numpy as np
import pytest

from gluon_gan.data import augment, batches
from gluon_gan.data.augment import AUGMENTATIONS, Augmentation, named

NAMES = [name for name in AUGMENTATIONS if name != 'none']


@pytest.fixture
def smooth():
    """Eight smooth colour images of 24 x 20 pixels, all different and none symmetric."""
    pixels = np.random.default_rng(0).integers(40, 200, (8, 4, 4, 3), dtype=np.uint8)
    return np.stack([cv2.resize(image, (20, 24), interpolation=cv2.INTER_CUBIC) for image in pixels])


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('channels', [1, 3])
def test_the_shape_stays_the_pixels_change_and_the_batch_is_not_modified(smooth, name, channels):
    batch = np.ascontiguousarray(smooth[..., :channels])
    before = batch.copy()
    new = named(name)(batch, rng())
    assert new.shape == batch.shape and new.dtype == np.uint8 and (batch == before).all()
    assert (new != batch).any() and not np.shares_memory(new, batch)


@pytest.mark.parametrize('name', NAMES)
def test_seeded(smooth, name):
    first, second, other = (named(name)(smooth, rng(seed)) for seed in (3, 3, 4))
    assert (first == second).all() and (first != other).any()


def test_mirror_is_exact_and_has_probability_one_half(smooth):
    many = np.tile(smooth, (50, 1, 1, 1))
    new = named('mirror')(many, rng())
    unchanged, mirrored = ((new == other).all((1, 2, 3)) for other in (many, many[:, :, ::-1]))
    assert (unchanged ^ mirrored).all() and 160 < mirrored.sum() < 240


def test_vertical_flip(smooth):
    new = Augmentation('a', upside_down=1.0, affine=0.0)(smooth, rng())
    assert (new == smooth[:, ::-1]).all()


def test_zoom_computed_by_hand():
    """A zoom by 2 enlarges a central square of 4 of 12 pixels to 8."""
    batch = np.zeros((1, 12, 12, 1), np.uint8)
    batch[:, 4:8, 4:8] = 200
    new = Augmentation('a', scale=(2, 2))(batch, rng())[0, :, :, 0]
    inside = np.zeros((12, 12), bool)
    inside[2:10, 2:10] = True
    assert ((new > 100) == inside).all()


def test_crop_shift_rotation_and_shear_by_their_matrices():
    """The matrices convert new to old positions; an image of 101 pixels has its centre at 50."""
    def position(x, y, seed=0, **settings):
        return Augmentation('a', **settings)._matrices(500, 101, 101, rng(seed)) @ np.array([x, y, 1.0])
    corners = np.concatenate([position(x, y, crop=0.2) - [x, y] for x in (0, 100) for y in (0, 100)])
    assert 18 < np.abs(corners).max() <= 20.2 and (np.abs(corners).min(0) < 0.2).all()
    moved = position(50, 50, shift=0.1) - 50
    assert np.abs(moved).max() <= 10.1 and np.ptp(moved, 0).min() > 19
    rotated = position(100, 50, rotate=5) - 50
    angles = np.rad2deg(np.arctan2(*rotated.T[::-1]))
    assert np.hypot(*rotated.T) == pytest.approx(50) and 4.8 < np.abs(angles).max() <= 5
    # Shearing leaves rows in place, and tilts columns by the angle.
    assert position(100, 50, shear=5) == pytest.approx(np.tile([100, 50], (500, 1)))
    sheared = position(50, 100, shear=5) - 50
    angles = np.rad2deg(np.arctan2(sheared[:, 0], sheared[:, 1]))
    assert 4.8 < np.abs(angles).max() <= 5.0001


def test_edges_are_reflected_not_black():
    white = np.full((64, 16, 16, 3), 255, np.uint8)
    darkest = named('quilts')(white, rng()).reshape(64, -1).min(1)
    assert (darkest >= 203).all(), 'the brightness is at least 0.8 * 255'


def test_brightness_computed_by_hand():
    grey = np.full((400, 2, 2, 3), 100, np.uint8)
    new = Augmentation('a', brightness=0.25, affine=0.0, by_channel=0.5)(grey, rng())
    assert new.min() in (80, 81) and new.max() in (124, 125) and (new == new[:, :1, :1]).all()
    equal_channels = (new[:, 0, 0, :1] == new[:, 0, 0]).all(1)
    assert 150 < equal_channels.sum() < 250
    bright = np.full((50, 2, 2, 1), 250, np.uint8)
    assert (Augmentation('a', brightness=1.0, affine=0.0)(bright, rng()) >= 125).all(), 'no level overflows'


def test_blur_is_slight_and_rare(smooth):
    noise = rng().integers(0, 256, (300, 16, 16, 3), dtype=np.uint8)
    new = Augmentation('a', blur=0.1, affine=0.0)(noise, rng())
    changed = (new != noise).any((1, 2, 3))
    assert 10 < changed.sum() < 60
    widest = cv2.GaussianBlur(noise[changed][0], (5, 5), 0.5)
    assert new[changed].std() >= 0.95 * widest.std()


def test_light_leaves_half_of_the_images_sharp(smooth):
    many = np.tile(smooth, (50, 1, 1, 1))
    new = augment.light(brightness=0.0, mirror=0.0)(many, rng())
    same = (new == many).all((1, 2, 3))
    assert 160 < same.sum() < 240
    assert np.abs(new.astype(int) - many).mean() < 6


def test_single_pixels_and_empty_batches():
    for name in NAMES:
        assert named(name)(np.full((3, 1, 1, 1), 7, np.uint8), rng()).shape == (3, 1, 1, 1)
        assert named(name)(np.zeros((0, 8, 8, 3), np.uint8), rng()).shape == (0, 8, 8, 3)


def test_opencv_uses_one_thread_so_that_mxnet_has_the_cores(smooth):
    named('quilts')(smooth, rng())
    assert cv2.getNumThreads() == 1


def test_augmentations_in_a_loader(smooth):
    loaders = [batches(smooth, 4, seed=5, augment=named('quilts')) for _ in range(2)]
    first, second = ([batch.asnumpy() for batch in loader] for loader in loaders)
    assert np.array_equal(first, second) and len(first) == 2
    assert named('none') is None and batches(smooth, 4, augment=named('none')).augment is None


def test_names_and_reprs():
    assert [named(name).name for name in NAMES] == NAMES
    assert repr(named('mirror')) == 'mirror(mirror=0.5)'
    assert 'scale=(0.8, 1.5)' in repr(named('quilts')) and 'crop=0.1' in repr(augment.quilts(crop=0.1))


@pytest.mark.parametrize('name', ['flip', '', None, ['light']])
def test_unknown_names(name):
    with pytest.raises(ValueError, match='there is no augmentation .*; there are none, mirror, flips, light, quilts'):
        named(name)


@pytest.mark.parametrize('settings, message', [
    ({'mirror': 1.5}, 'mirror must be a number from 0 to 1, not 1.5'), ({'blur': -0.1}, 'blur must be'),
    ({'crop': 0.5}, 'crop must be .* not 0.5'),
    ({'scale': (1.5, 0.8)}, r'scale=\(1.5, 0.8\) must be the smallest and the largest factor'),
    ({'scale': (0, 1)}, 'scale must be two positive'), ({'rotate': 200}, 'rotate must be'),
    ({'shear': 90}, 'shear must be'), ({'brightness': -1}, 'brightness must be'), ({'shift': 2}, 'shift must')])
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        Augmentation('a', **settings)


@pytest.mark.parametrize('batch', [np.zeros((2, 8, 8, 3), np.float32), np.zeros((8, 8, 3), np.uint8), 'x'])
def test_bad_batches(batch):
    with pytest.raises(ValueError, match=r'a batch must be \(N, H, W, C\) uint8, not'):
        named('light')(batch, rng())
