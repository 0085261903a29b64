"""Near-duplicates: the same photograph at another size, quality or brightness, or mirrored.

``imagehash`` (4.3) is not used: its ``phash`` differs from the hashes below, which manifests record, in 22 to 42 of 64
bits, and it has neither mirrored hashes nor a search.
"""
import numpy as np

SIDE, BITS = 32, 8        # side of the thumbnail, and of the low-frequency corner of its spectrum
# Rows 1 to 8 of the DCT-II matrix; row 0, the constant one, is left out.
COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(1, BITS + 1), np.arange(SIDE) + 0.5))


def fingerprint(image):
    """A perceptual hash of 64 bits, which hardly changes when an image is resized, recompressed or brightened.

    The image is reduced to a 32 x 32 grey thumbnail. Each bit says whether one of the 8 x 8 lowest frequencies of its
    DCT-II, without the constant row and column, lies above their median (Zauner 2010, Implementation and Benchmarking
    of Perceptual Image Hash Functions, section 3.2.1).

    Parameters
    ----------
    image : PIL.Image.Image
        An image of any size. The whole image is hashed, not its central square.

    Returns
    -------
    (int, int)
        The hash of the image, and the hash of the mirrored image.
    """
    grey = np.asarray(image.convert('L').resize((SIDE, SIDE), reducing_gap=3.0), np.float64)
    return _hash(grey), _hash(grey[:, ::-1])


class HashIndex:
    """The hashes of the images that have been kept, with a nearest-neighbour search.

    A query is compared with all hashes at once by NumPy, which takes 5 ms for 100,000 hashes.

    Parameters
    ----------
    distance : int
        The largest number of differing bits, out of 64, at which two images count as duplicates; -1 for never.
    """

    def __init__(self, distance):
        self.distance, self._hashes, self._count = distance, np.zeros(1024, np.uint64), 0

    def add(self, hash):
        """Add a hash. Its number is the count of hashes added before it."""
        if self._count == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        self._hashes[self._count] = hash
        self._count += 1

    def nearest(self, hash, mirrored):
        """Find the nearest hash to an image or to its mirror image; the first one if several are equally near.

        Parameters
        ----------
        hash, mirrored : int
            The two hashes of :func:`fingerprint`.

        Returns
        -------
        (int, int, bool) or None
            The number of the nearest hash, the count of differing bits, and whether the mirrored hash is the nearer
            one. None if every hash is further away than `distance`.
        """
        if not self._count:
            return None
        hashes = self._hashes[:self._count]
        best = None
        for is_mirrored, query in enumerate((hash, mirrored)):
            distances = popcount(hashes ^ np.uint64(query))
            number = int(distances.argmin())
            if distances[number] <= (self.distance if best is None else best[1] - 1):
                best = number, int(distances[number]), bool(is_mirrored)
        return best


def popcount(words):
    """Count the bits that are set in each element of a uint64 array (``numpy.bitwise_count`` needs NumPy 2)."""
    words = words - ((words >> np.uint64(1)) & np.uint64(0x5555555555555555))
    words = (words & np.uint64(0x3333333333333333)) + ((words >> np.uint64(2)) & np.uint64(0x3333333333333333))
    words = (words + (words >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((words * np.uint64(0x0101010101010101)) >> np.uint64(56)).astype(np.int64)


def _hash(grey):
    low = np.round(COSINES @ grey @ COSINES.T, 3)        # so that a blank image gives zeros, not rounding errors
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), 'big')
