"""Near-duplicates: the same photograph at another size, quality, brightness, or mirrored."""
import numpy as np

SIDE, BITS = 32, 8        # of the thumbnail, and of the corner of its spectrum
# Rows 1 to 8 of the DCT-II, without the constant one.
COSINES = np.cos(np.pi / SIDE * np.outer(np.arange(1, BITS + 1), np.arange(SIDE) + 0.5))


def fingerprint(image):
    """64 bits that hardly change when a picture is resized, compressed again or made brighter.

    A perceptual hash: which of the 8 x 8 lowest frequencies of a 32 x 32 grey thumbnail (DCT-II, without the constant row and column) lie
    above their median (Zauner 2010, Implementation and Benchmarking of Perceptual Image Hash Functions, section 3.2.1).

    Parameters
    ----------
    image : PIL.Image.Image
        Of any size; the whole of it counts, not the central square.

    Returns
    -------
    (int, int)
        The hash, and that of the mirrored picture.
    """
    grey = np.asarray(image.convert('L').resize((SIDE, SIDE), reducing_gap=3.0), np.float64)
    return _hash(grey), _hash(grey[:, ::-1])


class Seen:
    """Hashes of the pictures that were kept so far.

    All of them are compared at once by NumPy: 5 ms for a picture among 100,000, and no index to keep.

    Parameters
    ----------
    distance : int
        Bits of 64 in which two pictures may differ and still be one; -1 takes none for the same.
    """

    def __init__(self, distance):
        self.distance, self._hashes, self._count = distance, np.zeros(1024, np.uint64), 0

    def add(self, hash):
        """Keep one in mind; its number is how many there were before."""
        if self._count == len(self._hashes):
            self._hashes = np.concatenate([self._hashes, np.zeros_like(self._hashes)])
        self._hashes[self._count] = hash
        self._count += 1

    def nearest(self, hash, mirrored):
        """The one that is most like a picture, the first of several.

        Returns
        -------
        (int, int, bool) or None
            Its number, the bits that differ, and whether it is like the mirrored picture; None if all are further than `distance`.
        """
        if not self._count:
            return None
        hashes = self._hashes[:self._count]
        best = None
        for flipped, own in enumerate((hash, mirrored)):
            differ = popcount(hashes ^ np.uint64(own))
            number = int(differ.argmin())
            if differ[number] <= (self.distance if best is None else best[1] - 1):
                best = number, int(differ[number]), bool(flipped)
        return best


def popcount(words):
    """How many bits are set in each of an array of uint64; NumPy 2 would have ``bitwise_count``."""
    words = words - ((words >> np.uint64(1)) & np.uint64(0x5555555555555555))
    words = (words & np.uint64(0x3333333333333333)) + ((words >> np.uint64(2)) & np.uint64(0x3333333333333333))
    words = (words + (words >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return ((words * np.uint64(0x0101010101010101)) >> np.uint64(56)).astype(np.int64)


def _hash(grey):
    low = np.round(COSINES @ grey @ COSINES.T, 3)        # of a blank picture nothing remains, not the last digits of a sum
    bits = (low > np.median(low)).ravel()
    return int.from_bytes(np.packbits(bits).tobytes(), 'big')
