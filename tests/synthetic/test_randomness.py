"""The counter-based random generator: its definition and its distributions."""
import numpy as np
import pytest

from gluon_gan.synthetic.randomness import CounterRandom


def splitmix(bits):
    """The reference, in Python's own integers."""
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 % 2 ** 64
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB % 2 ** 64
    return bits ^ bits >> 31


def test_values_are_the_documented_hash():
    golden = 0x9E3779B97F4A7C15
    rng = CounterRandom(7, np.array([0, 41]))
    for k in (1, 2):
        for value, index in zip(rng.uniform(), (0, 41)):
            image = splitmix((splitmix((7 + golden) % 2 ** 64) + golden * (index + 1)) % 2 ** 64)
            assert value == (splitmix((image + golden * k) % 2 ** 64) >> 40) / 2 ** 24


def test_values_are_uniform_and_uncorrelated():
    rng = CounterRandom(0, np.arange(20000))
    first, second = rng.uniform(), rng.uniform()
    assert first.dtype == np.float32 and first.min() >= 0 and first.max() < 1
    assert abs(np.histogram(first, 10, (0, 1))[0] / 2000 - 1).max() < 0.1
    for other in (second, np.roll(first, 1), CounterRandom(1, np.arange(20000)).uniform()):
        assert abs(np.corrcoef(first, other)[0, 1]) < 0.03


def test_distributions():
    rng = CounterRandom(0, np.arange(20000))
    assert abs(rng.uniform(2, 4).mean() - 3) < 0.02
    bell = rng.bates(1, 0.5)
    assert bell.min() >= 0.5 and bell.max() <= 1.5 and abs(bell.mean() - 1) < 0.01
    assert abs(rng.bernoulli(0.3).mean() - 0.3) < 0.02
    assert np.bincount(rng.categorical(1, 2, 1)) / 20000 == pytest.approx([0.25, 0.5, 0.25], abs=0.02)
    assert set(rng.categorical(np.arange(20000) % 2, 0, (np.arange(20000) + 1) % 2)[:4].tolist()) == {0, 2}


def test_the_largest_seed():
    largest, zero = (CounterRandom(seed, np.arange(3)).uniform() for seed in (2 ** 64 - 1, 0))
    assert largest.tolist() != zero.tolist()
