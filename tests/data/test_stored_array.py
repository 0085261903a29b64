"""A damaged array in the cache is noticed, named once and decoded again."""
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from gluon_gan.data import folder, stored_array

NOISE = np.random.default_rng(0).integers(0, 256, (4, 12, 12, 3), dtype=np.uint8)


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    (tmp_path / 'set').mkdir()
    for number, image in enumerate(NOISE):
        Image.fromarray(image).save(tmp_path / f'set/{number}.png')
    return tmp_path / 'set'


@pytest.fixture
def entry(place):
    assert (folder(place, 12).images == NOISE).all()
    entry, = (place.parent / 'cache').iterdir()
    stored_array._verified.clear()
    return entry


def change(path, position, to):
    content = bytearray(path.read_bytes())
    content[position] = to(content[position])
    path.write_bytes(content)


DAMAGE = {
    'truncated': lambda entry: (entry / 'images.npy').write_bytes((entry / 'images.npy').read_bytes()[:-100]),
    'empty': lambda entry: (entry / 'images.npy').write_bytes(b''),
    'header only': lambda entry: (entry / 'images.npy').write_bytes((entry / 'images.npy').read_bytes()[:50]),
    'foreign': lambda entry: np.save(entry / 'images.npy', np.zeros((5, 8, 8, 3), np.uint8)),
    'another type': lambda entry: np.save(entry / 'images.npy', np.zeros((4, 12, 12, 3), np.float32)),
    'other pixels': lambda entry: np.save(entry / 'images.npy', NOISE[::-1]),
    'objects': lambda entry: np.save(entry / 'images.npy', np.array([{}]), allow_pickle=True),
    'no images': lambda entry: (entry / 'images.npy').unlink(),
    'a flipped bit': lambda entry: change(entry / 'images.npy', 500, lambda byte: byte ^ 4),
    'torn': lambda entry: (entry / 'source.json').write_bytes((entry / 'source.json').read_bytes()[:60]),
    'no source': lambda entry: (entry / 'source.json').unlink(),
    'no text': lambda entry: (entry / 'source.json').write_bytes(b'\xff\xfe\x00'),
    'odd': lambda entry: (entry / 'source.json').write_text('[1, 2]'),
    'null': lambda entry: (entry / 'source.json').write_text('{"names": null, "bad": {}}'),
    'nested': lambda entry: (entry / 'source.json').write_text('[' * 100_000),
    'numbers': lambda entry: (entry / 'source.json').write_text('{"names": [1, 2, 3, 4], "bad": {}}'),
    'an odd count': lambda entry: (entry / 'source.json').write_text(
        '{"names": ["a", "b", "c", "d"], "bad": {}, "unread": {".x": "many"}}'),
    'half a scale': lambda entry: (entry / 'source.json').write_text(
        '{"names": ["a", "b", "c", "d"], "bad": {}, "white": 4095}'),
    'a folder': lambda entry: ((entry / 'images.npy').unlink(), (entry / 'images.npy').mkdir()),
    'a file': lambda entry: (shutil.rmtree(entry), entry.write_bytes(b'x')),
}


@pytest.mark.parametrize('damage', DAMAGE)
def test_a_damaged_array_is_named_once_and_decoded_again(place, entry, caplog, damage):
    DAMAGE[damage](entry)
    assert (folder(place, 12).images == NOISE).all()
    assert caplog.text.count('are damaged (') == 1 and 'they are decoded again' in caplog.text
    assert [path.name for path in entry.parent.iterdir()] == [entry.name]
    caplog.clear()
    assert (folder(place, 12).images == NOISE).all() and not caplog.text


def test_any_flipped_bit_is_noticed_or_changes_nothing(place, entry):
    rng = np.random.default_rng(0)
    for file in ('images.npy', 'source.json'):
        original = (entry / file).read_bytes()
        for _ in range(30):
            stored_array._verified.clear()
            change(entry / file, rng.integers(len(original)), lambda byte: byte ^ (1 << rng.integers(8)))
            images = folder(place, 12)
            assert (images.images == NOISE).all() and images.name == 'set (4 pictures)'


def test_the_checksum_is_computed_once_a_process(place, entry, monkeypatch):
    folder(place, 12)
    monkeypatch.setattr(stored_array, 'checksum', lambda *_: pytest.fail('computed again'))
    folder(place, 12)


def test_an_array_of_an_earlier_version_has_no_checksum(entry):
    source = json.loads((entry / 'source.json').read_text())
    (entry / 'source.json').write_text(json.dumps({'names': source['names'], 'bad': {}}))
    assert (stored_array.read(entry, 12)[0] == NOISE).all()
    with pytest.raises(stored_array.Damaged, match=r'holds uint8 \(4, 12, 12, 3\), not uint8 \(4, 16, 16, 3\)'):
        stored_array.read(entry, 16)


def test_an_array_that_cannot_be_removed_is_named(entry, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, 'Permission denied')
    monkeypatch.setattr(type(entry), 'rename', refuse)
    with pytest.raises(OSError, match='is damaged and cannot be removed .Permission denied.: delete it'):
        stored_array.remove(entry)
