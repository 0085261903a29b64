"""What all that D sees goes through: pixels where they should be, and gradients that come back through it."""
import mxnet as mx
import numpy as np
import pytest
from gluon_gan.train import diffaugment
from mxnet import autograd

PICTURES = np.random.default_rng(0).uniform(-1, 1, (40, 3, 16, 16)).astype('float32')


def changed(name, pictures=PICTURES, seed=1):
    policy, = diffaugment.policies(name)
    return policy(mx.nd.array(pictures), np.random.default_rng(seed)).asnumpy()


def test_translation_moves_each_picture_by_whole_pixels_and_fills_with_grey():
    moves = set()
    padded = np.pad(PICTURES, ((0, 0), (0, 0), (2, 2), (2, 2)))
    for picture, new in zip(padded, changed('translation')):
        found = [(y, x) for y in range(5) for x in range(5) if np.abs(picture[:, y:y + 16, x:x + 16] - new).max() < 1e-5]
        assert len(found) == 1          # in one place, up to an eighth of the side away
        moves.update(found)
    assert len(moves) > 12


def test_cutout_greys_a_square_and_leaves_the_rest():
    new = changed('cutout', np.ones_like(PICTURES))
    assert set(np.unique(new)) == {0, 1} and (new[:, :1] == new).all()
    grey = new[:, 0] == 0
    assert (grey.any(2).sum(1) <= 8).all() and (grey.any(1).sum(1) <= 8).all()
    assert (grey.any(2).sum(1) * grey.any(1).sum(1) == grey.sum((1, 2))).all()       # rows times columns: a rectangle
    assert grey.sum((1, 2)).max() == 64 and grey.sum((1, 2)).min() < 64             # some reach beyond the edge


def test_color_moves_the_mean_and_keeps_what_is_equal_equal():
    new = changed('color')
    shift = new.mean((1, 2, 3)) - PICTURES.mean((1, 2, 3))
    assert -0.5 <= shift.min() < -0.3 and 0.3 < shift.max() <= 0.5
    grey = np.repeat(PICTURES[:, :1], 3, 1)
    new = changed('color', grey)
    assert np.abs(new - new[:, :1]).max() < 1e-6                                    # no saturation makes a grey picture coloured
    contrast = new.std((1, 2, 3)) / grey.std((1, 2, 3))
    assert 0.5 <= contrast.min() < 0.7 and 1.3 < contrast.max() <= 1.5
    flat = np.repeat(PICTURES[:, :, :1, :1], 16, 2).repeat(16, 3)
    assert np.ptp(changed('color', flat), axis=(2, 3)).max() < 1e-6


@pytest.mark.parametrize('name', diffaugment.POLICIES)
def test_gradients_come_back_through_it(name):
    policy, = diffaugment.policies(name)
    pictures, weight = mx.nd.array(PICTURES), mx.nd.array(PICTURES[::-1])
    pictures.attach_grad()
    with autograd.record():
        new = policy(pictures, np.random.default_rng(1))
        total = (new * weight).sum()
    total.backward()
    # All three are linear but for what color adds, so <grad, x> is <weight, change(x) - change(0)>.
    nothing = policy(mx.nd.zeros(PICTURES.shape), np.random.default_rng(1))
    wanted = ((new - nothing) * weight).sum().asscalar()
    assert (pictures.grad * pictures).sum().asscalar() == pytest.approx(wanted, rel=1e-3, abs=1e-2)


def test_the_same_seed_gives_the_same_pixels_and_another_does_not():
    for name in diffaugment.POLICIES:
        assert (changed(name) == changed(name)).all() and (changed(name) != changed(name, seed=2)).any()


@pytest.mark.parametrize('names', ['colour', 'color,', 'color, cutout', '', None, 3])
def test_an_unknown_policy_is_named(names):
    with pytest.raises(ValueError, match=f'diff_augment must be none or a list of color, translation, cutout with commas between, not {names!r}'):
        diffaugment.policies(names)
