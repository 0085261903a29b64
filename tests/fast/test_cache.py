"""The cache of compiled libraries: complete or absent, and used only as long as nobody else can change it."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gluon_gan import data
from gluon_gan.fast import cache
from gluon_gan.fast.requirements import Unavailable

KEY = '0123abcd'
CONTENT = b'a compiled library'


@pytest.fixture(autouse=True)
def empty(monkeypatch, tmp_path):
    """An empty cache, in a process that has no temporary folder yet."""
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setattr(cache, '_own', [])
    monkeypatch.setattr(cache.atexit, 'register', lambda *called: None)
    monkeypatch.setattr(cache.tempfile, 'tempdir', str(tmp_path))
    return tmp_path / 'cache/fast'


def write(content=CONTENT):
    """Keep a library, as a compilation does."""
    with cache.workplace() as (base, work):
        made = work / 'made'
        made.mkdir()
        (made / cache.LIBRARY).write_bytes(content)
        cache.seal(made)
        return cache.keep(made, base, KEY)


@pytest.mark.parametrize('environment', [
    {'GLUON_GAN_CACHE': '/somewhere/else', 'XDG_CACHE_HOME': '/xdg'}, {'GLUON_GAN_CACHE': '~/mine'},
    {'XDG_CACHE_HOME': '/xdg'}, {}])
def test_the_folder_lies_in_the_cache_of_the_package(monkeypatch, environment):
    for name in ('GLUON_GAN_CACHE', 'XDG_CACHE_HOME'):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert cache.folder() == data.cache.folder() / 'fast'


def test_a_user_without_a_home_folder(monkeypatch):
    def homeless(path):
        raise RuntimeError('Could not determine home directory.')

    monkeypatch.delenv('GLUON_GAN_CACHE')
    monkeypatch.setattr(Path, 'expanduser', homeless)
    with pytest.raises(Unavailable, match='no home folder .*: set GLUON_GAN_CACHE'):
        cache.find(KEY)


def test_a_library_is_found_again_and_nothing_else_is_left(empty):
    assert cache.find(KEY) is None
    path = write()
    assert path == empty / KEY / cache.LIBRARY and path.is_absolute() and path.read_bytes() == CONTENT
    assert cache.find(KEY) == path and cache.find('another') is None
    assert os.listdir(empty) == [KEY] and set(os.listdir(empty / KEY)) == {cache.LIBRARY, cache.CHECKSUM}


@pytest.mark.parametrize('damage', ['truncated', 'flipped', 'longer', 'missing', 'no checksum', 'no JSON',
                                    'other JSON'])
def test_a_damaged_library_is_replaced(empty, caplog, damage):
    path = write()
    checksum = path.with_name(cache.CHECKSUM)
    if damage in ('missing', 'no checksum'):
        (path if damage == 'missing' else checksum).unlink()
    elif damage in ('no JSON', 'other JSON'):
        checksum.write_text({'no JSON': '{"size"', 'other JSON': json.dumps([3])}[damage])
    else:
        path.write_bytes({'truncated': CONTENT[:-1], 'flipped': b'b' + CONTENT[1:], 'longer': CONTENT + b'x'}[damage])
    assert cache.find(KEY) is None and f'{empty / KEY} is damaged' in caplog.text
    assert write() == path and cache.find(KEY) == path and path.read_bytes() == CONTENT
    assert os.listdir(empty) == [KEY]


def test_a_file_in_the_place_of_a_library_is_replaced(empty):
    empty.mkdir(parents=True)
    (empty / KEY).write_text('no folder')
    assert cache.find(KEY) is None and write() == cache.find(KEY) == empty / KEY / cache.LIBRARY


@pytest.mark.parametrize('opened', ['folder', 'library'])
def test_a_library_that_others_can_change_is_replaced(opened):
    path = write()
    (path if opened == 'library' else path.parent).chmod(0o777)
    assert cache.find(KEY) is None
    assert write() == cache.find(KEY) == path and not path.stat().st_mode & 0o022


def test_a_umask_that_lets_others_write(empty):
    before = os.umask(0)
    try:
        assert write() == cache.find(KEY) == empty / KEY / cache.LIBRARY
    finally:
        os.umask(before)


def test_a_link_to_a_library_is_not_used(tmp_path, empty):
    path = write()
    path.parent.rename(tmp_path / 'elsewhere')
    path.parent.symlink_to(tmp_path / 'elsewhere')
    assert cache.find(KEY) is None


def test_a_library_of_another_user_is_not_used(monkeypatch):
    write()
    other = os.getuid() + 1
    monkeypatch.setattr(os, 'getuid', lambda: other)
    assert cache.find(KEY) is None


def test_a_library_that_cannot_be_replaced_is_kept_for_this_process(monkeypatch, empty, caplog):
    old = write(b'of an attacker')
    monkeypatch.setattr(cache, '_install', lambda made, place: False)
    path = write()
    assert path.parent.parent == cache._own[0] and path.read_bytes() == CONTENT
    assert f'{empty / KEY} cannot be replaced' in caplog.text and old.exists()


def test_a_file_system_without_permissions(monkeypatch, empty):
    monkeypatch.setattr(cache, '_private', lambda path, real=cache._private: real(path) and empty not in path.parents)
    path = write()
    assert path.parent.parent == cache._own[0] and cache.find(KEY) == path


def test_the_library_of_a_faster_process_is_used(empty):
    with cache.workplace() as (base, work):
        made = work / 'made'
        made.mkdir()
        (made / cache.LIBRARY).write_bytes(b'of the slower one')
        cache.seal(made)
        first = write()
        assert cache.keep(made, base, KEY) == first
    assert first.read_bytes() == CONTENT and os.listdir(empty) == [KEY]


def test_an_exception_leaves_nothing(empty):
    with pytest.raises(KeyboardInterrupt), cache.workplace() as (_, work):
        (work / 'half').write_text('written')
        raise KeyboardInterrupt
    assert os.listdir(empty) == []


def test_what_killed_processes_left_is_removed_after_a_day(empty):
    for name in ('.old.tmp', '.new.tmp', 'a library'):
        (empty / name).mkdir(parents=True)
        (empty / name / 'operators.s').touch()
    for name in ('.old.tmp', 'a library'):
        os.utime(empty / name, 2 * (time.time() - cache.DAY - 60,))
    write()
    assert sorted(os.listdir(empty)) == sorted(['.new.tmp', 'a library', KEY])


@pytest.mark.parametrize('blocked', ['cache', 'cache/fast'])
def test_a_cache_that_cannot_be_written(tmp_path, caplog, blocked):
    (tmp_path / blocked).parent.mkdir(exist_ok=True)
    (tmp_path / blocked).write_text('a file, where a folder should be')
    path = write()
    assert path.read_bytes() == CONTENT and cache.find(KEY) == path and path.parent.parent == cache._own[0]
    assert 'cannot be written' in caplog.text and 'set GLUON_GAN_CACHE' in caplog.text


def test_no_folder_can_be_written(monkeypatch):
    def full(*args, **options):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(cache.tempfile, 'mkdtemp', full)
    with pytest.raises(Unavailable, match='No space left on device.*: set GLUON_GAN_CACHE'):
        write()


def test_the_temporary_folder_of_a_process_is_removed_at_its_end():
    code = ('import os; from gluon_gan.fast import cache; place = cache.own_folder(); (place / "x").touch(); '
            'print(place, flush=True); child = os.fork(); child and os.waitpid(child, 0); print(place.is_dir())')
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, check=True,
                          env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))})
    place, *there = done.stdout.splitlines()
    assert there == ['True', 'True'], 'at the end of the child, and after it'
    assert not Path(place).exists()
