"""Folders, zips and tars as people have them: made in odd ways, linked, truncated, with files that are not read."""
import io
import os
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from gluon_gan.data import CorruptFile, folder
from gluon_gan.data.archives import Container

POINTER = b'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n'


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))


def png(level, size=16):
    file = io.BytesIO()
    noise = np.random.default_rng(level).integers(0, 256, (size, size, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, 'png')
    return file.getvalue()


FILES = {f'{name}/{number}.png': png(number) for name in ('cat', 'dog') for number in range(3)}


def write(place, files):
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


def tar(path, files, mode='w'):
    with tarfile.open(path, mode) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


def test_a_tar_of_the_current_folder(tmp_path):
    images = folder(tar(tmp_path / 'x.tar', {f'./{name}': content for name, content in FILES.items()}), 8)
    assert len(images) == 6 and images.classes == ('cat', 'dog')


def test_a_zip_with_the_backslashes_of_windows(tmp_path):
    with zipfile.ZipFile(tmp_path / 'x.zip', 'w') as archive:
        for name, content in FILES.items():
            info = zipfile.ZipInfo()
            info.filename = name.replace('/', '\\')
            archive.writestr(info, content)
    assert folder(tmp_path / 'x.zip', 8).classes == ('cat', 'dog')


@pytest.mark.parametrize('mode', ['w', 'w:gz', 'w:xz', 'w:bz2'])
def test_truncated_tars_are_an_error_of_one_line(tmp_path, mode):
    path = tar(tmp_path / 'x.tar', FILES, mode)
    content = path.read_bytes()
    for share in (0.1, 0.3, 0.5, 0.6):
        path.write_bytes(content[:int(share * len(content)) - 100])
        with pytest.raises(CorruptFile, match='x.tar is .*: get it again') as error:
            folder(path, 8)
        assert '\n' not in str(error.value)
    assert not list(tmp_path.glob('cache/*'))


def test_a_damaged_header_in_a_tar_is_not_its_end(tmp_path):
    path = tar(tmp_path / 'x.tar', FILES)
    content = bytearray(path.read_bytes())
    content[content.index(b'dog/0.png') + 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(CorruptFile, match='bad checksum after 3 images'):
        folder(path, 8)


def test_a_tar_that_is_truncated_between_two_files_says_so(tmp_path, caplog):
    path = tar(tmp_path / 'x.tar', FILES)
    content = path.read_bytes()
    path.write_bytes(content[:content.index(b'dog/1.png')])
    assert len(folder(path, 8)) == 4
    assert 'does not end as a tar should' in caplog.text and '4 images' in caplog.text


def test_hard_links_in_a_tar_are_counted(tmp_path, caplog):
    with tarfile.open(tar(tmp_path / 'x.tar', FILES), 'a') as archive:
        info = tarfile.TarInfo('cat/9.png')
        info.type, info.linkname = tarfile.LNKTYPE, 'cat/1.png'
        archive.addfile(info)
    assert len(folder(tmp_path / 'x.tar', 8)) == 6
    assert '1 file is not read as an image: 1 link in a tar' in caplog.text


def test_linked_class_folders_are_read(tmp_path):
    write(tmp_path / 'elsewhere', FILES)
    (tmp_path / 'set').mkdir()
    for name in ('cat', 'dog'):
        (tmp_path / 'set' / name).symlink_to(tmp_path / 'elsewhere' / name)
    images = folder(tmp_path / 'set', 8)
    assert len(images) == 6 and images.classes == ('cat', 'dog')


def test_links_that_never_end_and_links_into_the_folder_itself_add_nothing(tmp_path):
    write(tmp_path / 'set', FILES)
    write(tmp_path / 'outside', {'1.png': png(7)})
    (tmp_path / 'set/cat/all').symlink_to(tmp_path / 'set')
    (tmp_path / 'set/copy').symlink_to(tmp_path / 'set/dog')
    (tmp_path / 'set/out').symlink_to(tmp_path / 'outside')
    (tmp_path / 'outside/back').symlink_to(tmp_path / 'set')
    (tmp_path / 'outside/again').symlink_to(tmp_path / 'outside')
    (tmp_path / 'set/self.png').symlink_to(tmp_path / 'set/self.png')
    assert [name for name, _ in Container(tmp_path / 'set')] == [*sorted(FILES), 'out/1.png']
    assert Container(tmp_path / 'set').unread == {'broken link': 1}


@pytest.mark.parametrize('kind', ['folder', 'zip', 'tar'])
def test_files_that_are_not_read_are_counted_at_every_load(tmp_path, caplog, kind):
    files = {**FILES, **{f'cat/{number}.HEIC': b'x' for number in range(3)}, 'dog/1.dng': b'x', 'labels.csv': b'x',
             '.hidden.heic': b'x', 'README': b'x'}
    place = tmp_path / 'set'
    if kind == 'zip':
        with zipfile.ZipFile(place, 'w') as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        write(place, files) if kind == 'folder' else tar(place, files)
    for _ in range(2):
        caplog.clear()
        assert len(folder(place, 8)) == 6
        assert 'set: 4 files are not read as images: 3 .heic, 1 .dng' in caplog.text


def test_a_folder_without_images_says_what_it_holds(tmp_path):
    with pytest.raises(ValueError, match='holds no images .*; it holds 1 .heic'):
        folder(write(tmp_path / 'set', {'1.heic': b'x'}))


def test_pointers_and_other_files_in_place_of_images_are_named(tmp_path):
    for content, message in (
            (POINTER, '1.png is a Git LFS pointer, not the image: run git lfs pull'), (b'', 'is empty'),
            (b'/annex/objects/MD5-1', 'is a git-annex pointer'), (b'\n<!DOCTYPE html>', 'is a web page')):
        with pytest.raises(ValueError, match=message):
            folder(write(tmp_path / 'set', {'1.png': content}))
    (tmp_path / 'x.zip').write_bytes(POINTER)
    with pytest.raises(CorruptFile, match='x.zip is a Git LFS pointer, not the archive'):
        folder(tmp_path / 'x.zip')
    (tmp_path / 'x.rar').write_bytes(b'Rar!\x1a\x07')
    with pytest.raises(CorruptFile, match='an archive of another format: unpack it'):
        folder(tmp_path / 'x.rar')


def test_an_encrypted_zip_says_so(tmp_path):
    with zipfile.ZipFile(tmp_path / 'x.zip', 'w') as archive:
        archive.writestr('1.png', png(1))
    content = bytearray((tmp_path / 'x.zip').read_bytes())
    for signature, flags in ((b'PK\x03\x04', 6), (b'PK\x01\x02', 8)):
        content[content.index(signature) + flags] |= 1
    (tmp_path / 'x.zip').write_bytes(content)
    with pytest.raises(ValueError, match='1.png cannot be unpacked: .*password'):
        folder(tmp_path / 'x.zip')


@pytest.mark.skipif(not hasattr(os, 'geteuid') or os.geteuid() == 0, reason='this user may read everything')
def test_an_unreadable_file_is_one_unusable_image(tmp_path):
    write(tmp_path / 'set', FILES)
    (tmp_path / 'set/cat/1.png').chmod(0)
    assert len(folder(tmp_path / 'set', 8, max_bad_share=0.5)) == 5


def test_a_file_that_vanishes_while_it_is_decoded_is_one_unusable_image(tmp_path):
    container = Container(write(tmp_path / 'set', FILES))
    assert len(container) == 6
    (tmp_path / 'set/cat/1.png').unlink()
    contents = dict(container)
    assert str(contents['cat/1.png']) == 'cannot be read: No such file or directory'
