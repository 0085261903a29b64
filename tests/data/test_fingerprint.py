"""The fingerprint of a data set: equal pixels have the same one, whatever they are called."""
import numpy as np

from gluon_gan.data import ImageArray, TwoDomains
from gluon_gan.data.fingerprint import fingerprint

PIXELS = np.random.default_rng(0).integers(0, 256, (300, 8, 8, 3), dtype=np.uint8)


def test_pixels_and_shape_count_and_the_name_does_not():
    known = fingerprint(ImageArray(PIXELS, 'one'))
    assert len(known) == 16 and known == fingerprint(ImageArray(PIXELS.copy(), 'other', stand_in=True))
    others = [255 - PIXELS, PIXELS[:299], PIXELS[::-1], PIXELS.reshape(300, 4, 16, 3)]
    assert len({known, *(fingerprint(ImageArray(np.ascontiguousarray(pixels))) for pixels in others)}) == 5


def test_labels_count_only_for_conditional_networks():
    one, other = (ImageArray(PIXELS, labels=np.full(300, label, kind)) for label, kind in ((1, 'i4'), (2, 'u1')))
    assert fingerprint(one) == fingerprint(other)
    assert fingerprint(one, labels=True) != fingerprint(other, labels=True)
    assert fingerprint(one, labels=True) == fingerprint(ImageArray(PIXELS, labels=np.full(300, 1)), labels=True)


def test_both_domains_count():
    a, b = ImageArray(PIXELS, 'a'), ImageArray(255 - PIXELS, 'b')
    assert len({fingerprint(TwoDomains(*pair)) for pair in ((a, b), (b, a), (a, a))}) == 3
