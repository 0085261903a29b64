"""A counter-based random generator.

The values for image i depend only on the seed and i: they are the same on any machine and in chunks of any length. The
k-th value of image i is a 64-bit hash of (seed, i, k): the output function of SplitMix64 (Steele, Lea, Flood 2014,
"Fast splittable pseudorandom number generators", section 3), applied to a counter once for each of the three. Its upper
24 bits give a float32.

In :mod:`gluon_gan.synthetic`, integers wrap around, and floats are only added, subtracted, multiplied, divided,
compared, rounded and square-rooted. IEEE 754 specifies the results of these operations to the last bit; it does not
specify those of sines and exponentials.
"""
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class CounterRandom:
    """Random numbers for a batch of images; each call samples one number for each image.

    Parameters
    ----------
    seed : int
        0 to 2**64 - 1.
    index : array of int
        ``(N,)``, the index of each image.
    """

    def __init__(self, seed, index):
        seeded = _mix(np.array([seed], np.uint64) + GOLDEN)
        self._images = _mix(seeded + GOLDEN * (np.asarray(index).astype(np.uint64) + np.uint64(1)))
        self._calls = 0

    def uniform(self, low=0.0, high=1.0):
        """``(N,)`` float32 from the uniform distribution on [low, high); either bound may be an array ``(N,)``."""
        self._calls += 1
        bits = _mix(self._images + GOLDEN * np.array([self._calls], np.uint64)) >> np.uint64(40)
        low, high = np.float32(low), np.float32(high)
        return low + (high - low) * (bits.astype(np.float32) * np.float32(2 ** -24))

    def bates(self, centre=0.0, reach=1.0):
        """``(N,)`` float32 from a bell-shaped distribution on [centre - reach, centre + reach).

        It is a Bates distribution: each value is the mean of three uniform samples.
        """
        return centre + np.float32(reach) * ((self.uniform(-1) + self.uniform(-1) + self.uniform(-1)) / np.float32(3))

    def bernoulli(self, probability):
        """``(N,)`` bool, true with this probability, which may be an array ``(N,)``."""
        return self.uniform() < np.float32(probability)

    def categorical(self, *weights):
        """``(N,)`` int64 from 0 to len(weights) - 1, with probabilities in proportion to the weights.

        Each weight is a number or an array ``(N,)``.
        """
        ends = np.cumsum(np.stack(np.broadcast_arrays(*weights)).astype(np.float32), axis=0)
        return (self.uniform() * ends[-1] >= ends[:-1].reshape(len(weights) - 1, -1)).sum(axis=0)


def _mix(bits):
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
