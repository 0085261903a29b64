"""Perceptual hashes, which hardly change with the size, quality or brightness of an image, and the search for them."""
import io

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from gluon_gan.curation.duplicates import HashIndex, fingerprint, popcount


def photo(seed, size=(160, 120)):
    """A smooth image, like a photograph: a few random colours, enlarged."""
    coarse = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC)


def recompressed(image, quality):
    buffer = io.BytesIO()
    image.save(buffer, 'JPEG', quality=quality)
    return Image.open(buffer)


def bits(one, other):
    return bin(one ^ other).count('1')


@pytest.mark.parametrize('change', [
    lambda image: image.resize((64, 48)), lambda image: image.resize((80, 80)),
    lambda image: recompressed(image, 50), lambda image: image.convert('L'),
    lambda image: ImageEnhance.Brightness(image).enhance(0.9)],
    ids=['half', 'stretched', 'quality', 'grey', 'darker'])
def test_a_changed_image_has_nearly_the_same_hash(change):
    for seed in range(20):
        image = photo(seed)
        assert bits(fingerprint(image)[0], fingerprint(change(image))[0]) <= 4


def test_different_images_have_distant_hashes():
    hashes = [fingerprint(photo(seed))[0] for seed in range(60)]
    assert min(bits(one, other) for i, one in enumerate(hashes) for other in hashes[:i]) > 8


def test_the_mirrored_image_swaps_the_hashes():
    image = photo(3)
    own, mirrored = fingerprint(image)
    assert fingerprint(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) == (mirrored, own)
    assert bits(own, mirrored) > 8


def test_half_of_the_64_bits_are_set():
    own, mirrored = fingerprint(photo(0))
    assert own.bit_length() <= 64 and bin(own).count('1') == bin(mirrored).count('1') == 32
    assert fingerprint(Image.new('RGB', (50, 70), 'white')) == (0, 0)


def test_popcount():
    words = np.random.default_rng(0).integers(0, 2 ** 64, 1000, dtype=np.uint64)
    assert popcount(words).tolist() == [bin(word).count('1') for word in words.tolist()]
    assert popcount(np.array([0, 2 ** 64 - 1], np.uint64)).tolist() == [0, 64]


def test_nearest_agrees_with_a_plain_loop():
    """The hashes have few random bits, so that many are near, and exceed the initial capacity of the index."""
    rng = np.random.default_rng(1)
    hashes = [sum(1 << int(place) for place in rng.choice(24, 6, replace=False)) for _ in range(1500)]
    index, known = HashIndex(4), []
    for number, own in enumerate(hashes):
        mirrored = hashes[-1 - number]
        if number % 50 == 0:
            best = min([(bits(other, query), is_mirrored, i) for is_mirrored, query in enumerate((own, mirrored))
                        for i, other in enumerate(known)], default=(99,))
            found = index.nearest(own, mirrored)
            assert (found is None) == (best[0] > 4)
            assert found is None or found == (best[2], best[0], bool(best[1]))
        index.add(own)
        known.append(own)


@pytest.mark.parametrize('distance, found', [(-1, None), (0, None), (2, (0, 2, False))])
def test_hashes_beyond_the_distance_are_not_found(distance, found):
    index = HashIndex(distance)
    assert index.nearest(0b1100, 0) is None
    index.add(0b0101_1100)
    assert index.nearest(0b0101_1111, 0b1111_1111) == found
    assert index.nearest(0b0101_1100, 0) == (None if distance < 0 else (0, 0, False))
