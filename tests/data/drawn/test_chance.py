import numpy as np
import pytest

from gluon_gan.data.drawn.chance import Chance


def splitmix(bits):
    """The reference, in Python's own integers."""
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 % 2 ** 64
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB % 2 ** 64
    return bits ^ bits >> 31


def test_draws_are_the_documented_hash():
    golden = 0x9E3779B97F4A7C15
    draw = Chance(7, np.array([0, 41]))
    for k in (1, 2):
        for value, index in zip(draw.uniform(), (0, 41)):
            image = splitmix((splitmix((7 + golden) % 2 ** 64) + golden * (index + 1)) % 2 ** 64)
            assert value == (splitmix((image + golden * k) % 2 ** 64) >> 40) / 2 ** 24


def test_draws_are_even_and_unrelated():
    draw = Chance(0, np.arange(20000))
    first, second = draw.uniform(), draw.uniform()
    assert first.dtype == np.float32 and first.min() >= 0 and first.max() < 1
    assert abs(np.histogram(first, 10, (0, 1))[0] / 2000 - 1).max() < 0.1
    for other in (second, np.roll(first, 1), Chance(1, np.arange(20000)).uniform()):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.03


def test_kinds_of_draws():
    draw = Chance(0, np.arange(20000))
    assert abs(draw.uniform(2, 4).mean() - 3) < 0.02
    bell = draw.bell(1, 0.5)
    assert bell.min() >= 0.5 and bell.max() <= 1.5 and abs(bell.mean() - 1) < 0.01
    assert abs(draw.happens(0.3).mean() - 0.3) < 0.02
    assert np.bincount(draw.pick(1, 2, 1)) / 20000 == pytest.approx([0.25, 0.5, 0.25], abs=0.02)
    assert set(draw.pick(np.arange(20000) % 2, 0, (np.arange(20000) + 1) % 2)[:4].tolist()) == {0, 2}


def test_seeds_to_the_last():
    assert Chance(2 ** 64 - 1, np.arange(3)).uniform().tolist() != Chance(0, np.arange(3)).uniform().tolist()
