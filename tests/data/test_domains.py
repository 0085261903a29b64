"""Two domains: folders, zips, synthetic domains, and pairs of batches."""
import zipfile

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan.catalogue import domain
from gluon_gan.data import ImageArray, Pairs, TwoDomains, domains, synthetic_sets, two_domains
from gluon_gan.support.pixels import to_uint8


def images(count, size=8, channels=3, name='images'):
    rng = np.random.default_rng(count)
    return ImageArray(rng.integers(0, 256, (count, size, size, channels), dtype=np.uint8), name)


def test_a_zip_is_read_like_a_folder(tmp_path, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    with zipfile.ZipFile(tmp_path / 'horse2zebra.zip', 'w') as archive:
        for part, count in (('trainA', 3), ('trainB', 2), ('testA', 1), ('testB', 1)):
            for i in range(count):
                Image.fromarray(np.full((8, 8, 3), 10 * i, np.uint8)).save(tmp_path / 'one.png')
                archive.write(tmp_path / 'one.png', f'horse2zebra/{part}/{i}.png')
    a, b = two_domains('horse2zebra', size=8)
    assert (len(a), len(b), a.name) == (3, 2, 'horse2zebra-trainA (3 pictures)')
    assert [len(part) for part in two_domains(tmp_path / 'horse2zebra.zip', 'test', size=8)] == [1, 1]


def test_horse2zebra_is_downloaded_from_either_address(tmp_path, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.delenv('GLUON_GAN_OFFLINE', raising=False)
    calls = []

    def failing_download(*arguments):
        calls.append(arguments)
        raise domains.fetch.DownloadError('no')

    monkeypatch.setattr(domains.fetch, 'download', failing_download)
    with pytest.raises(domains.fetch.DownloadError):
        two_domains('horse2zebra')
    (urls, path, sha256, size), = calls
    assert len(urls) == 2 and path == tmp_path / 'horse2zebra.zip'
    assert len(sha256) == 64 and size == 116_867_962
    for download in (False, None):
        monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
        with pytest.raises(FileNotFoundError, match='trainA, trainB'):
            two_domains('horse2zebra', download=download)
    assert len(calls) == 1


@pytest.mark.parametrize('a, b, name, constant', [
    ('synthetic_red', 'synthetic_teal', 'block', 'palette'),
    ('synthetic_plain', 'synthetic_glasses', 'smile', 'glasses')])
def test_synthetic_domains_differ_in_one_parameter_and_share_no_image(monkeypatch, a, b, name, constant):
    splits_a, splits_b = ({'train': (first, first + 6), 'test': (first + 10, first + 13)} for first in (0, 100))
    rows = zip(synthetic_sets.DOMAINS.items(), 2 * [splits_a, splits_b])
    small = {key: (kind, fixed, splits) for (key, (kind, fixed, _)), splits in rows}
    monkeypatch.setattr(synthetic_sets, 'DOMAINS', small)
    parts = {(side, split): domain(side, split, 16) for side in (a, b) for split in ('train', 'test')}
    assert [len(part) for part in parts.values()] == [6, 3, 6, 3]
    assert all(len(set(part.parameters[constant])) == 1 for part in parts.values())
    pixels = [image.tobytes() for part in parts.values() for image in part.images]
    assert len(set(pixels)) == len(pixels)
    source = parts[a, 'test']
    translated = gg.data.render_domain(b, source.parameters, 16)
    np.testing.assert_array_equal(translated.parameters[name], source.parameters[name])
    np.testing.assert_array_equal(gg.data.render_domain(a, translated.parameters, 16).images, source.images)
    assert not np.array_equal(translated.images, source.images)


def test_domains_must_match():
    both = TwoDomains(images(3), images(5, channels=1))
    assert (len(both), both.channels, both.b.channels) == (5, 3, 3)
    assert TwoDomains(images(3, channels=1), images(2, channels=1)).channels == 1
    with pytest.raises(ValueError, match='domain B, nothing, is empty'):
        TwoDomains(images(3), images(0, name='nothing'))
    with pytest.raises(ValueError, match='of 8 pixels and B of 16'):
        TwoDomains(images(3), images(3, size=16))
    with pytest.raises(ValueError, match='there is no domain'):
        domain('unicorns')
    with pytest.raises(ValueError, match="'train', 'test'"):
        domain('synthetic_red', 'valid')


def test_pairs_pass_through_the_larger_domain_and_repeat_the_smaller():
    a, b = images(5), images(3)
    pairs = Pairs(TwoDomains(a, b), 1, seed=1)
    assert len(pairs) == 5
    seen = [tuple(batch.asnumpy().tobytes() for batch in pair) for _ in range(3) for pair in pairs]
    assert [len({first for first, _ in seen[start:start + 5]}) for start in (0, 5, 10)] == [5, 5, 5]
    assert [len({second for _, second in seen[start:start + 3]}) for start in range(0, 15, 3)] == [3] * 5
    assert {shape.shape for pair in pairs for shape in pair} == {(1, 3, 8, 8)}
    again = Pairs(TwoDomains(a, b), 1, seed=1)
    again.restore({'epoch': 1, 'batch': 2})
    assert tuple(batch.asnumpy().tobytes() for batch in next(iter(again))) == seen[7]
    assert [len(part) for part in pairs.fixed(4)] == [4, 3]


def test_domains_of_equal_length_are_shuffled_differently():
    a = ImageArray(np.arange(12, dtype=np.uint8).reshape(12, 1, 1, 1).repeat(3, axis=3))
    pairs = [[to_uint8(batch).item(0) for batch in pair] for pair in Pairs(TwoDomains(a, a), 1)]
    assert any(one != other for one, other in pairs)
    with pytest.raises(ValueError, match='domains must be a TwoDomains, not ImageArray'):
        Pairs(a)
