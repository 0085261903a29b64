"""The cache of decoded images: correct, complete or absent, and filled once until the source changes."""
import io
import json
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from gluon_gan.data import cache, folder, two_domains
from gluon_gan.data.archives import Container
from gluon_gan.data.idx import CorruptFile

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    return tmp_path / 'cache'


def encoded(colour, size=(20, 16)):
    file = io.BytesIO()
    Image.new('RGB', size, colour).save(file, 'png')
    return file.getvalue()


CONTENT = {'a/1.png': encoded(RED), 'a/2.png': encoded(GREEN), 'b/1.png': encoded(BLUE), 'b/notes.txt': b'no image'}


@pytest.fixture(params=['folder', 'zip', 'tar.gz'])
def place(request, tmp_path):
    """The same three images in a folder, a zip and a tar."""
    path = tmp_path / f'things.{request.param}'
    if request.param == 'folder':
        for name, content in CONTENT.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(content)
    elif request.param == 'zip':
        with zipfile.ZipFile(path, 'w') as archive:
            for name, content in reversed(CONTENT.items()):
                archive.writestr(name, content)
    else:
        with tarfile.open(path, 'w:gz') as archive:
            for name, content in CONTENT.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return path


def test_a_folder_of_classes(place):
    images = folder(place, size=8)
    assert images.shape == (3, 8, 8, 3) and isinstance(images.images, np.memmap) and not images.images.flags.writeable
    assert images.images[:, 4, 4].tolist() == [list(RED), list(GREEN), list(BLUE)]
    assert images.labels.tolist() == [0, 0, 1] and images.classes == ('a', 'b') and not images.stand_in
    assert '3 pictures' in images.name


def test_images_are_decoded_once(place, monkeypatch):
    first = folder(place, size=8)
    monkeypatch.setattr(cache, '_fill', lambda *_: pytest.fail('decoded again'))
    assert (folder(place, size=8).images == first.images).all()


def test_another_size_or_a_new_file_gives_a_new_array(tmp_path, empty_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(encoded(RED))
    folder(tmp_path / 'x', size=8)
    folder(tmp_path / 'x', size=4)
    (tmp_path / 'x/2.png').write_bytes(encoded(BLUE))
    assert len(folder(tmp_path / 'x', size=8)) == 2
    assert len(list(empty_cache.iterdir())) == 3


def test_unusable_files_are_named_and_left_out(tmp_path, caplog):
    names = [f'{number:02}.png' for number in range(30)]
    (tmp_path / 'x').mkdir()
    for number, name in enumerate(names):
        (tmp_path / 'x' / name).write_bytes(encoded((number, 0, 0)))
    (tmp_path / 'x/07.png').write_bytes(encoded(RED)[:45])
    with caplog.at_level(logging.WARNING, 'gluon_gan'):
        images = folder(tmp_path / 'x', size=8)
    assert images.images[:, 0, 0, 0].tolist() == [number for number in range(30) if number != 7]
    assert '1 of 30 images left out, such as 07.png, which is damaged' in caplog.text


def test_too_many_unusable_files_are_an_error_and_leave_nothing(tmp_path, empty_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(encoded(RED))
    (tmp_path / 'x/2.png').write_bytes(b'dear diary')
    message = '1 of the 2 images .* are unusable, and at most 5% may be: 2.png is not a readable image'
    with pytest.raises(ValueError, match=message):
        folder(tmp_path / 'x')
    listing, = empty_cache.iterdir()
    assert listing.read_text() == '2.png\tis not a readable image\n'
    assert len(folder(tmp_path / 'x', max_bad_share=0.5)) == 1
    assert not listing.exists()


def test_the_fraction_of_unusable_files_that_is_tolerated(tmp_path, empty_cache):
    (tmp_path / 'x').mkdir()
    for number in range(3):
        (tmp_path / f'x/{number}.png').write_bytes(b'dear diary' if number else encoded(RED))
    with cache.tolerating(0.5), pytest.raises(ValueError, match='at most 50% may be: .*pass max_bad_share=0.67$'):
        folder(tmp_path / 'x')
    with cache.tolerating(0.67):
        assert len(folder(tmp_path / 'x')) == 1
    (tmp_path / 'x/0.png').write_bytes(b'')
    with pytest.raises(ValueError, match='3 of the 3 images .*; all are listed in .*unreadable.txt$'):
        folder(tmp_path / 'x')


def test_missing_empty_and_corrupt_sources(tmp_path):
    with pytest.raises(FileNotFoundError, match='there is no'):
        folder(tmp_path / 'nowhere')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='holds no images'):
        folder(tmp_path / 'empty')
    (tmp_path / 'a.zip').write_bytes(b'PK no zip')
    with pytest.raises(CorruptFile, match='is not a folder, a readable zip or a readable tar'):
        folder(tmp_path / 'a.zip')


def test_a_wrong_checksum_in_a_zip_is_one_unusable_image(tmp_path):
    path = tmp_path / 'x.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        for number in range(3):
            archive.writestr(f'{number}.bmp', _bmp(number))
    content = bytearray(path.read_bytes())
    content[content.index(_bmp(1)) + 100] ^= 255
    path.write_bytes(content)
    assert folder(path, size=8, max_bad_share=0.4).images[:, 0, 0, 0].tolist() == [0, 2]


def _bmp(level):
    file = io.BytesIO()
    Image.new('RGB', (16, 16), (level, 0, 0)).save(file, 'bmp')
    return file.getvalue()


def test_a_full_disk_is_reported_before_decoding(tmp_path, monkeypatch):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(encoded(RED))
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: type('Usage', (), {'free': 1000}))
    with pytest.raises(OSError, match=r'needs 67 MB in .* \(67 MB of them stay free\), where 0 MB are free: free '):
        folder(tmp_path / 'x')


def test_a_killed_process_leaves_no_array_that_looks_complete(tmp_path, empty_cache):
    (tmp_path / 'x').mkdir()
    for number in range(8):
        (tmp_path / f'x/{number}.png').write_bytes(encoded((number, 0, 0)))
    code = ('import os, sys, signal\n'
            'from gluon_gan.data import cache, folder\n'
            'cache.json.dump = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n'
            'folder(sys.argv[1], size=8)')
    child = subprocess.run([sys.executable, '-c', code, str(tmp_path / 'x')], capture_output=True)
    assert child.returncode == -9
    left, = empty_cache.iterdir()
    assert left.name.endswith('.tmp')
    assert folder(tmp_path / 'x', size=8).images[:, 0, 0, 0].tolist() == list(range(8))
    os.utime(left, (0, 0))
    folder(tmp_path / 'x', size=4)
    assert not left.exists()


def test_source_json_describes_the_array(tmp_path, empty_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(encoded(RED))
    folder(tmp_path / 'x', size=8)
    entry, = empty_cache.iterdir()
    source = json.loads((entry / 'source.json').read_text())
    assert isinstance(source.pop('crc32'), int)
    assert source == {'source': str(tmp_path / 'x'), 'size': 8, 'crop': 'square', 'bad': {}, 'names': ['1.png'],
                      'grey': False}
    assert np.load(entry / 'images.npy').shape == (1, 8, 8, 3)


def test_arrays_of_earlier_versions_are_used(empty_cache):
    """The name of the folder and the keys of source.json are a format that must not change."""
    entry = empty_cache / 'celeba-108-64-659bfb78f72ad923'
    entry.mkdir(parents=True)
    np.save(entry / 'images.npy', np.full((2, 64, 64, 3), 7, np.uint8))
    source = {'source': 'faces.zip', 'size': 64, 'crop': '108', 'bad': {}, 'names': ['1.jpg', '2.jpg']}
    (entry / 'source.json').write_text(json.dumps(source))
    images, names = cache.decoded(SimpleNamespace(fingerprint='f' * 64, is_folder=False), 64, 'celeba-108', '108')
    assert (images == 7).all() and names == ['1.jpg', '2.jpg']


def test_a_huge_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr('gluon_gan.data.archives.MAX_FILE_BYTES', 60)
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(encoded(RED))
    assert [content for _, content in Container(tmp_path / 'x')] == [None]
    with pytest.raises(ValueError, match='1.png is too large for an image file'):
        folder(tmp_path / 'x')


def test_two_domains(tmp_path, monkeypatch):
    for name, colour, count in (('trainA', RED, 2), ('trainB', BLUE, 3), ('testA', RED, 1)):
        (tmp_path / 'sets/horse2zebra' / name).mkdir(parents=True)
        for number in range(count):
            (tmp_path / 'sets/horse2zebra' / name / f'{number}.png').write_bytes(encoded(colour))
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'sets'))
    one, two = two_domains('horse2zebra', size=8)
    assert (len(one), len(two)) == (2, 3)
    assert one.images[0, 0, 0].tolist() == list(RED) and two.images[0, 0, 0].tolist() == list(BLUE)
    with pytest.raises(FileNotFoundError, match='has no testB'):
        two_domains('horse2zebra', 'test')
    with pytest.raises(ValueError, match="split='valid' must be one of 'train', 'test'"):
        two_domains('horse2zebra', 'valid')


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='reads /proc')
def test_release_pages_releases_memory(tmp_path):
    """It releases the memory of a memory-mapped array, also through a view, and leaves a plain array alone."""
    path = tmp_path / 'a.npy'
    np.save(path, np.ones((4000, 32, 32, 3), np.uint8))
    array = np.load(path, mmap_mode='r')
    before = _resident(path)
    assert array[::7].sum() > 0 and array[1::2].sum() > 0
    assert _resident(path) > before + 10_000
    cache.release_pages(array[5:])
    assert _resident(path) < before + 1000
    cache.release_pages(np.ones(3))


def test_release_pages_preserves_changes_of_copy_on_write_arrays(tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((64, 64, 3), np.uint8))
    array = np.load(tmp_path / 'a.npy', mmap_mode='c')
    array[:] = 7
    cache.release_pages(array)
    cache.release_pages(array[3:])
    assert (array == 7).all()


def _resident(path):
    """KiB of a file in the memory of this process."""
    blocks = Path('/proc/self/smaps').read_text().split(str(path))[1:]
    return sum(int(block.split('Rss:')[1].split()[0]) for block in blocks)
