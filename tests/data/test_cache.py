"""Decoding once: right, whole or not at all, and not again until something changes."""
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

import numpy as np
import pytest
from gluon_gan.data import cache, folder, two_domains
from gluon_gan.data.containers import Container
from gluon_gan.data.idx import CorruptFile
from PIL import Image

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    return tmp_path / 'cache'


def picture(colour, size=(20, 16)):
    file = io.BytesIO()
    Image.new('RGB', size, colour).save(file, 'png')
    return file.getvalue()


CONTENT = {'a/1.png': picture(RED), 'a/2.png': picture(GREEN), 'b/1.png': picture(BLUE), 'b/notes.txt': b'no picture'}


@pytest.fixture(params=['folder', 'zip', 'tar.gz'])
def place(request, tmp_path):
    """The same three pictures in a folder, a zip and a tar."""
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


def test_it_is_decoded_once(place, monkeypatch):
    first = folder(place, size=8)
    monkeypatch.setattr(cache, '_fill', lambda *_: pytest.fail('decoded again'))
    assert (folder(place, size=8).images == first.images).all()


def test_another_size_or_another_file_is_another_array(tmp_path, own_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(picture(RED))
    folder(tmp_path / 'x', size=8)
    folder(tmp_path / 'x', size=4)
    (tmp_path / 'x/2.png').write_bytes(picture(BLUE))
    assert len(folder(tmp_path / 'x', size=8)) == 2
    assert len(list(own_cache.iterdir())) == 3


def test_bad_files_are_named_and_left_out(tmp_path, caplog):
    names = [f'{number:02}.png' for number in range(30)]
    (tmp_path / 'x').mkdir()
    for number, name in enumerate(names):
        (tmp_path / 'x' / name).write_bytes(picture((number, 0, 0)))
    (tmp_path / 'x/07.png').write_bytes(picture(RED)[:45])
    with caplog.at_level(logging.WARNING, 'gluon_gan'):
        images = folder(tmp_path / 'x', size=8)
    assert images.images[:, 0, 0, 0].tolist() == [number for number in range(30) if number != 7]
    assert '1 of 30 pictures left out, such as 07.png, which is damaged' in caplog.text


def test_too_many_bad_files_are_an_error_that_leaves_nothing(tmp_path, own_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(picture(RED))
    (tmp_path / 'x/2.png').write_bytes(b'dear diary')
    with pytest.raises(ValueError, match='1 of the 2 pictures .* are bad, and 5% may be: 2.png is no picture'):
        folder(tmp_path / 'x')
    assert not list(own_cache.iterdir())
    assert len(folder(tmp_path / 'x', most_bad=0.5)) == 1


def test_nothing_there(tmp_path):
    with pytest.raises(FileNotFoundError, match='there is no'):
        folder(tmp_path / 'nowhere')
    (tmp_path / 'empty').mkdir()
    with pytest.raises(ValueError, match='holds no pictures'):
        folder(tmp_path / 'empty')
    (tmp_path / 'a.zip').write_bytes(b'PK no zip')
    with pytest.raises(CorruptFile, match='neither a folder nor a zip nor a tar'):
        folder(tmp_path / 'a.zip')


def test_a_wrong_checksum_inside_a_zip_is_one_bad_picture(tmp_path):
    path = tmp_path / 'x.zip'
    with zipfile.ZipFile(path, 'w') as archive:
        for number in range(3):
            archive.writestr(f'{number}.bmp', _bmp(number))
    content = bytearray(path.read_bytes())
    content[content.index(_bmp(1)) + 100] ^= 255
    path.write_bytes(content)
    assert folder(path, size=8, most_bad=0.4).images[:, 0, 0, 0].tolist() == [0, 2]


def _bmp(level):
    file = io.BytesIO()
    Image.new('RGB', (16, 16), (level, 0, 0)).save(file, 'bmp')
    return file.getvalue()


def test_a_full_disk_says_so_before_it_begins(tmp_path, monkeypatch, own_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(picture(RED))
    monkeypatch.setattr(shutil, 'disk_usage', lambda _: type('Usage', (), {'free': 1000}))
    with pytest.raises(OSError, match='needs 0 MB in .*, where 0 MB are free: make room, or set GLUON_GAN_CACHE'):
        folder(tmp_path / 'x')


def test_a_killed_decoding_leaves_nothing_that_could_be_taken_for_whole(tmp_path, own_cache):
    (tmp_path / 'x').mkdir()
    for number in range(8):
        (tmp_path / f'x/{number}.png').write_bytes(picture((number, 0, 0)))
    code = ('import os, sys, signal\n'
            'from gluon_gan.data import cache, folder\n'
            'cache.json.dump = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n'
            'folder(sys.argv[1], size=8)')
    child = subprocess.run([sys.executable, '-c', code, str(tmp_path / 'x')], capture_output=True)
    assert child.returncode == -9
    left, = own_cache.iterdir()
    assert left.name.endswith('.tmp')
    assert folder(tmp_path / 'x', size=8).images[:, 0, 0, 0].tolist() == list(range(8))
    os.utime(left, (0, 0))
    folder(tmp_path / 'x', size=4)
    assert not left.exists()


def test_what_was_kept_says_where_from(tmp_path, own_cache):
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(picture(RED))
    folder(tmp_path / 'x', size=8)
    kept, = own_cache.iterdir()
    facts = json.loads((kept / 'source.json').read_text())
    assert facts['source'] == str(tmp_path / 'x') and facts['size'] == 8 and facts['names'] == ['1.png'] and facts['bad'] == {}
    assert np.load(kept / 'images.npy').shape == (1, 8, 8, 3)


def test_a_huge_member_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr('gluon_gan.data.containers.MOST_BYTES', 60)
    (tmp_path / 'x').mkdir()
    (tmp_path / 'x/1.png').write_bytes(picture(RED))
    assert [content for _, content in Container(tmp_path / 'x')] == [None]
    with pytest.raises(ValueError, match='1.png is too long for a picture'):
        folder(tmp_path / 'x')


def test_two_domains(tmp_path, monkeypatch):
    for name, colour, count in (('trainA', RED, 2), ('trainB', BLUE, 3), ('testA', RED, 1)):
        (tmp_path / 'sets/horse2zebra' / name).mkdir(parents=True)
        for number in range(count):
            (tmp_path / 'sets/horse2zebra' / name / f'{number}.png').write_bytes(picture(colour))
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'sets'))
    one, two = two_domains('horse2zebra', size=8)
    assert (len(one), len(two)) == (2, 3) and one.images[0, 0, 0].tolist() == list(RED) and two.images[0, 0, 0].tolist() == list(BLUE)
    with pytest.raises(FileNotFoundError, match='has no testB'):
        two_domains('horse2zebra', 'test')
    with pytest.raises(ValueError, match="split='valid' must be one of 'train', 'test'"):
        two_domains('horse2zebra', 'valid')


@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='reads /proc')
def test_memory_is_given_back(tmp_path):
    """A memory-mapped array that is read all through may not keep the memory; a plain array is left alone."""
    path = tmp_path / 'a.npy'
    np.save(path, np.ones((4000, 32, 32, 3), np.uint8))
    array = np.load(path, mmap_mode='r')
    before = _resident(path)
    assert array[::7].sum() > 0 and array[1::2].sum() > 0
    assert _resident(path) > before + 10_000
    cache.forget(array[5:])
    assert _resident(path) < before + 1000
    cache.forget(np.ones(3))


def test_what_was_written_to_a_copy_is_not_forgotten(tmp_path):
    np.save(tmp_path / 'a.npy', np.zeros((64, 64, 3), np.uint8))
    array = np.load(tmp_path / 'a.npy', mmap_mode='c')
    array[:] = 7
    cache.forget(array)
    cache.forget(array[3:])
    assert (array == 7).all()


def _resident(path):
    """KiB of a file that this process has in its memory."""
    blocks = Path('/proc/self/smaps').read_text().split(str(path))[1:]
    return sum(int(block.split('Rss:')[1].split()[0]) for block in blocks)
