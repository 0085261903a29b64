"""Chance by number: what image i draws follows from the seed and i alone, on any machine and in batches of any length.

The k-th draw of image i is a 64-bit hash of (seed, i, k): the output function of SplitMix64 (Steele, Lea, Flood 2014,
"Fast splittable pseudorandom number generators", section 3) over a counter, once for each of the three. Its upper 24 bits
are the float32. Integers wrap and floats are only added, multiplied and rooted here and in the rest of `drawn`: IEEE 754
fixes all of those to the last bit, as it does not for sines and exponentials.
"""
import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class Chance:
    """Draws for a row of images, one number an image at a time.

    Parameters
    ----------
    seed : int
        0 to 2**64 - 1.
    index : array of int
        ``(N,)``, the images' numbers.
    """

    def __init__(self, seed, index):
        seeded = _mix(np.array([seed], np.uint64) + GOLDEN)
        self._images = _mix(seeded + GOLDEN * (np.asarray(index).astype(np.uint64) + np.uint64(1)))
        self._drawn = 0

    def uniform(self, least=0.0, most=1.0):
        """``(N,)`` float32, least <= value < most; either may be an array of N."""
        self._drawn += 1
        bits = _mix(self._images + GOLDEN * np.array([self._drawn], np.uint64)) >> np.uint64(40)
        least, most = np.float32(least), np.float32(most)
        return least + (most - least) * (bits.astype(np.float32) * np.float32(2 ** -24))

    def bell(self, middle=0.0, reach=1.0):
        """``(N,)`` float32 around the middle, never further than the reach: the mean of three uniform draws."""
        return middle + np.float32(reach) * ((self.uniform(-1) + self.uniform(-1) + self.uniform(-1)) / np.float32(3))

    def happens(self, probability):
        """``(N,)`` bool, true as often as the probability says; it may be an array of N."""
        return self.uniform() < np.float32(probability)

    def pick(self, *weights):
        """``(N,)`` int64 from 0 to len(weights) - 1; each weight is a number or an array of N."""
        ends = np.cumsum(np.stack(np.broadcast_arrays(*weights)).astype(np.float32), axis=0)
        return (self.uniform() * ends[-1] >= ends[:-1].reshape(len(weights) - 1, -1)).sum(axis=0)


def _mix(bits):
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
