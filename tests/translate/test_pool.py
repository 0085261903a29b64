"""The pool of earlier pictures."""
import mxnet as mx
import numpy as np
import pytest
from gluon_gan.translate import Pool


def numbered(*numbers):
    return mx.nd.array(numbers).reshape((-1, 1, 1, 1))


def values(array):
    return [int(value) for value in array.asnumpy().ravel()]


def test_it_fills_up_and_then_half_of_what_is_seen_is_old():
    pool, rng = Pool(4), np.random.default_rng(0)
    assert values(pool(numbered(0, 1, 2, 3), rng)) == [0, 1, 2, 3] and len(pool) == 4
    seen = [values(pool(numbered(number), rng))[0] for number in range(4, 404)]
    old = [shown for number, shown in zip(range(4, 404), seen) if shown != number]
    assert 160 < len(old) < 240
    # Nothing is shown twice, or lost: what was given is what was shown and what is held.
    assert sorted(seen + values(mx.nd.array(pool.array())) + [0, 1, 2, 3]) == sorted([*range(404), 0, 1, 2, 3])


def test_of_size_none_it_gives_what_it_gets():
    pictures = numbered(1, 2)
    assert Pool(0)(pictures, None) is pictures and Pool(0).array() is None


def test_it_goes_on_from_what_it_held():
    first, rng = Pool(3), np.random.default_rng(1)
    first(numbered(1, 2, 3), rng)
    second, state = Pool(3), rng.bit_generator.state
    second.restore(first.array(), mx.cpu())
    wanted = [values(first(numbered(n), rng)) for n in range(9)]
    rng.bit_generator.state = state
    assert [values(second(numbered(n), rng)) for n in range(9)] == wanted
    with pytest.raises(ValueError, match='more than a pool of 2'):
        Pool(2).restore(first.array(), mx.cpu())


def test_what_it_holds_does_not_change_with_the_batch():
    pool, batch = Pool(2), numbered(5)
    pool(batch, np.random.default_rng(0))
    batch[:] = 7
    assert values(mx.nd.array(pool.array())) == [5]
