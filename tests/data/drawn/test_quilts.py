import hashlib

import numpy as np
import pytest

from gluon_gan.data.drawn import quilts
from gluon_gan.data.drawn.parts import AT_ONCE
from gluon_gan.data.drawn.quilts import BLOCKS, plans
from gluon_gan.data.drawn.sewing import sew

# sha256 of the first 64, 64 pixels wide; new when they are drawn otherwise, which is worth a look at them.
QUILTS = '9ba5b746fcbb3a88c89ea153ccf6209e791d0e44286ebe9d24f5c1e2993e13c5'


def test_a_set_says_what_it_is():
    images = quilts(20)
    assert images.shape == (20, 64, 64, 3) and images.images.dtype == np.uint8 and images.stand_in
    assert images.name == 'quilts stand-in: 20 quilts drawn by gluon_gan'
    assert (images.labels == images.parameters['block']).all() and images.labels.dtype == np.int64
    assert all(values.shape == (20,) and values.dtype == np.float32 for values in images.parameters.values())
    assert {'nine patch', 'log cabin', 'flying geese', 'Ohio star', 'pinwheel'} <= set(BLOCKS)


def test_an_image_follows_from_seed_and_number_alone():
    some = quilts(AT_ONCE + 9, size=32)
    part = quilts(5, size=32, start=AT_ONCE - 2)
    where = slice(AT_ONCE - 2, AT_ONCE + 3)
    assert (part.images == some.images[where]).all() and (part.labels == some.labels[where]).all()
    assert (quilts(1, size=32, start=7).images[0] == some[7]).all()
    assert not (quilts(5, size=32, seed=1).images == some.images[:5]).all(axis=(1, 2, 3)).any()


def test_the_same_pixels_on_every_machine():
    assert hashlib.sha256(quilts(64).images.tobytes()).hexdigest() == QUILTS


def test_no_two_alike_and_every_block_is_there():
    images = quilts(400, size=32)
    assert (np.bincount(images.labels, minlength=len(BLOCKS)) > 8).all()
    flat = images.images[:64].reshape(64, -1).astype(int)
    assert (abs(flat[:, None] - flat[None]).mean(axis=2) + 255 * np.eye(64)).min() > 8


def test_a_block_is_told_from_the_others_in_the_picture():
    """The nearest of the plain blocks, laid flat and without prints, is the right one when another palette draws it."""
    p = {name: values[:1].repeat(len(BLOCKS)) for name, values in plans(0, np.arange(1)).items()}
    p.update(block=np.arange(len(BLOCKS), dtype=np.float32), across=np.full(len(BLOCKS), 2, np.float32))
    plain = ('print', 'fold', 'sash', 'turn', 'bend', 'shift', 'scrappy', 'setting', 'stitch', 'border')
    p.update({name: np.zeros(len(BLOCKS), np.float32) for name in p if name.startswith(plain)}, stitch_rows=p['stitch_rows'])
    p['spread'][:] = 1
    pictures = []
    for palette in (1, 8):
        p['palette'] = np.full(len(BLOCKS), palette, np.float32)
        grey = sew(64, p).mean(axis=3).reshape(len(BLOCKS), -1)
        pictures.append((grey - grey.mean(axis=1, keepdims=True)) / grey.std(axis=1, keepdims=True))
    alike = pictures[0] @ pictures[1].T
    assert alike.argmax(axis=1).tolist() == list(range(len(BLOCKS)))


def test_other_sizes_show_the_same_quilts():
    small, large = quilts(8, size=64).images.astype(float), quilts(8, size=128).images.astype(float)
    assert abs(large.reshape(8, 64, 2, 64, 2, 3).mean(axis=(2, 4)) - small).mean() < 14


def test_none_is_a_set_too():
    assert quilts(0).shape == (0, 64, 64, 3)


@pytest.mark.parametrize('arguments, message', [
    ({'count': -1}, 'count must be an int of at least 0, not -1'), ({'count': 1, 'start': 0.5}, 'start must be an int'),
    ({'count': 1, 'size': 8}, 'size must be an int of at least 16, not 8'),
    ({'count': 1, 'size': 1024}, 'size must be an int from 16 to 512, not 1024'),
    ({'count': 1, 'seed': -1}, 'seed must be an int of at least 0, not -1')])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        quilts(**arguments)
