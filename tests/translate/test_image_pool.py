"""The pool of earlier images."""
import mxnet as mx
import numpy as np
import pytest

from gluon_gan import translate
from gluon_gan.translate import ImagePool


def numbered(*numbers):
    return mx.nd.array(numbers).reshape((-1, 1, 1, 1))


def values(array):
    return [int(value) for value in array.asnumpy().ravel()]


def test_the_pool_fills_up_and_then_half_of_the_shown_images_are_earlier_ones():
    pool, rng = ImagePool(4), np.random.default_rng(0)
    assert values(pool(numbered(0, 1, 2, 3), rng)) == [0, 1, 2, 3] and len(pool) == 4
    shown = [values(pool(numbered(number), rng))[0] for number in range(4, 404)]
    earlier = [image for number, image in zip(range(4, 404), shown) if image != number]
    assert 160 < len(earlier) < 240
    # No image is shown twice or lost: all images are those shown and those still in the pool.
    assert sorted(shown + values(mx.nd.array(pool.array())) + [0, 1, 2, 3]) == sorted([*range(404), 0, 1, 2, 3])


def test_an_image_pool_of_size_zero_returns_its_input():
    images = numbered(1, 2)
    assert ImagePool(0)(images, None) is images and ImagePool(0).array() is None


def test_a_restored_pool_continues_exactly():
    first, rng = ImagePool(3), np.random.default_rng(1)
    first(numbered(1, 2, 3), rng)
    second, state = ImagePool(3), rng.bit_generator.state
    second.restore(first.array(), mx.cpu())
    expected = [values(first(numbered(n), rng)) for n in range(9)]
    rng.bit_generator.state = state
    assert [values(second(numbered(n), rng)) for n in range(9)] == expected
    with pytest.raises(ValueError, match='more than a pool of 2'):
        ImagePool(2).restore(first.array(), mx.cpu())


def test_the_pool_copies_its_images():
    pool, batch = ImagePool(2), numbered(5)
    pool(batch, np.random.default_rng(0))
    batch[:] = 7
    assert values(mx.nd.array(pool.array())) == [5]


def test_the_former_name_is_reported_with_the_current_one():
    with pytest.raises(AttributeError, match='use gluon_gan.translate.ImagePool'):
        translate.Pool(3)
