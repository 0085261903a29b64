"""Differentiable augmentation: the pixels are as expected, and gradients pass through each policy."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

from gluon_gan.train import diffaugment

IMAGES = np.random.default_rng(0).uniform(-1, 1, (40, 3, 16, 16)).astype('float32')


def augmented(name, images=IMAGES, seed=1):
    policy, = diffaugment.policies(name)
    return policy(mx.nd.array(images), np.random.default_rng(seed)).asnumpy()


def test_translation_shifts_each_image_by_whole_pixels_and_fills_with_grey():
    shifts = set()
    padded = np.pad(IMAGES, ((0, 0), (0, 0), (2, 2), (2, 2)))
    for image, new in zip(padded, augmented('translation')):
        found = [(y, x) for y in range(5) for x in range(5)
                 if np.abs(image[:, y:y + 16, x:x + 16] - new).max() < 1e-5]
        assert len(found) == 1          # a unique shift of up to an eighth of the side
        shifts.update(found)
    assert len(shifts) > 12


def test_cutout_makes_a_square_grey_and_keeps_the_rest():
    new = augmented('cutout', np.ones_like(IMAGES))
    assert set(np.unique(new)) == {0, 1} and (new[:, :1] == new).all()
    grey = new[:, 0] == 0
    assert (grey.any(2).sum(1) <= 8).all() and (grey.any(1).sum(1) <= 8).all()
    # The number of pixels is rows times columns, so the area is a rectangle.
    assert (grey.any(2).sum(1) * grey.any(1).sum(1) == grey.sum((1, 2))).all()
    assert grey.sum((1, 2)).max() == 64 and grey.sum((1, 2)).min() < 64             # some extend beyond the edge


def test_color_shifts_the_mean_and_keeps_equal_values_equal():
    new = augmented('color')
    shift = new.mean((1, 2, 3)) - IMAGES.mean((1, 2, 3))
    assert -0.5 <= shift.min() < -0.3 and 0.3 < shift.max() <= 0.5
    grey = np.repeat(IMAGES[:, :1], 3, 1)
    new = augmented('color', grey)
    assert np.abs(new - new[:, :1]).max() < 1e-6                   # saturation does not colour a grey image
    contrast = new.std((1, 2, 3)) / grey.std((1, 2, 3))
    assert 0.5 <= contrast.min() < 0.7 and 1.3 < contrast.max() <= 1.5
    flat = np.repeat(IMAGES[:, :, :1, :1], 16, 2).repeat(16, 3)
    assert np.ptp(augmented('color', flat), axis=(2, 3)).max() < 1e-6


@pytest.mark.parametrize('name', diffaugment.POLICIES)
def test_gradients_pass_through(name):
    policy, = diffaugment.policies(name)
    images, weight = mx.nd.array(IMAGES), mx.nd.array(IMAGES[::-1])
    images.attach_grad()
    with autograd.record():
        new = policy(images, np.random.default_rng(1))
        total = (new * weight).sum()
    total.backward()
    # All three are affine; color adds a constant. So <grad, x> = <weight, policy(x) - policy(0)>.
    constant = policy(mx.nd.zeros(IMAGES.shape), np.random.default_rng(1))
    expected = ((new - constant) * weight).sum().asscalar()
    assert (images.grad * images).sum().asscalar() == pytest.approx(expected, rel=1e-3, abs=1e-2)


def test_the_same_seed_gives_the_same_pixels_and_another_does_not():
    for name in diffaugment.POLICIES:
        assert (augmented(name) == augmented(name)).all() and (augmented(name) != augmented(name, seed=2)).any()


@pytest.mark.parametrize('names', ['colour', 'color,', 'color, cutout', '', None, 3])
def test_the_error_about_an_unknown_policy_names_it(names):
    message = f'diff_augment must be none or a comma-separated list of color, translation, cutout, not {names!r}'
    with pytest.raises(ValueError, match=message):
        diffaugment.policies(names)


@pytest.mark.parametrize('name', diffaugment.POLICIES)
def test_images_that_are_not_chosen_do_not_change(name):
    policy, = diffaugment.policies(name)
    chosen = np.arange(len(IMAGES)) % 2 == 0
    new = policy(mx.nd.array(IMAGES), np.random.default_rng(1), chosen).asnumpy()
    np.testing.assert_allclose(new[~chosen], IMAGES[~chosen], atol=1e-5)
    np.testing.assert_allclose(new[chosen], augmented(name)[chosen], atol=1e-6)


def test_the_probability_follows_the_outputs_of_d():
    augment = diffaugment.DiffAugment('color', target=0.6)
    images = mx.nd.array(IMAGES)
    assert augment.probability == 0
    np.testing.assert_allclose(augment(images, np.random.default_rng(0)).asnumpy(), IMAGES, atol=1e-6)
    for _ in range(300):
        augment.adapt(sign=0.9, count=64)
    assert augment.probability == pytest.approx(300 * 64 / diffaugment.ADAPTATION)
    changed = (np.abs(augment(images, np.random.default_rng(0)).asnumpy() - IMAGES).max((1, 2, 3)) > 1e-4).mean()
    assert changed == pytest.approx(augment.probability, abs=0.2)
    for _ in range(1000):
        augment.adapt(sign=0.9, count=64)
    assert augment.probability == 1
    for _ in range(2000):
        augment.adapt(sign=0.2, count=64)
    assert augment.probability == 0


@pytest.mark.parametrize('options, message', [
    (dict(names='none', target=0.6), 'augment_target=0.6 adapts an augmentation, and there is none'),
    (dict(names='color', target=1), 'augment_target'), (dict(names='color', target='much'), 'augment_target'),
    (dict(names='color', target=0.6, probability=2), 'augment_p')])
def test_wrong_options_of_an_adaptive_augmentation(options, message):
    with pytest.raises(ValueError, match=message):
        diffaugment.DiffAugment(**options)
