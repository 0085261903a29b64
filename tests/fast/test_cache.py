"""The cache of compiled libraries: complete or absent, and used only as long as nobody else can change it."""
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gluon_gan.fast import cache
from gluon_gan.fast.requirements import Failed
from gluon_gan.support import locate

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
    assert cache.folder() == locate.cache() / 'fast'


def test_a_user_without_a_home_folder(monkeypatch):
    def homeless(path):
        raise RuntimeError('Could not determine home directory.')

    monkeypatch.delenv('GLUON_GAN_CACHE')
    monkeypatch.setattr(Path, 'expanduser', homeless)
    with pytest.raises(Failed, match='no home folder: set GLUON_GAN_CACHE'):
        cache.find(KEY)


def test_a_current_folder_that_was_removed(monkeypatch, tmp_path):
    (tmp_path / 'here').mkdir()
    monkeypatch.chdir(tmp_path / 'here')
    monkeypatch.setenv('GLUON_GAN_CACHE', 'cache')
    assert cache.folder() == tmp_path / 'here/cache/fast'
    (tmp_path / 'here').rmdir()
    with pytest.raises(Failed, match='set GLUON_GAN_CACHE to an absolute path'):
        cache.find(KEY)


def test_a_library_is_found_again_and_nothing_else_is_left(empty):
    assert cache.find(KEY) is None
    path = write()
    assert path == empty / KEY / cache.LIBRARY and path.is_absolute() and path.read_bytes() == CONTENT
    assert cache.find(KEY) == path and cache.find('another') is None
    assert os.listdir(empty) == [KEY] and set(os.listdir(empty / KEY)) == {cache.LIBRARY, cache.CHECKSUM}


@pytest.mark.parametrize('damage', ['truncated', 'flipped', 'longer', 'missing', 'no checksum', 'no JSON',
                                    'other JSON', 'deep JSON'])
def test_a_damaged_library_is_replaced(empty, caplog, damage):
    path = write()
    checksum = path.with_name(cache.CHECKSUM)
    if damage in ('missing', 'no checksum'):
        (path if damage == 'missing' else checksum).unlink()
    elif damage.endswith('JSON'):
        checksum.write_text({'no': '{"size"', 'other': json.dumps([3]), 'deep': '[' * 100_000}[damage.split()[0]])
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
    assert [path.stat().st_mode & 0o777 for path in (empty.parent, empty, empty / KEY)] == [0o700] * 3


@pytest.mark.parametrize('mode', [0o777, 0o770, 0o702])
@pytest.mark.parametrize('opened', ['', 'cache', 'cache/fast'])
def test_a_library_that_others_can_replace_is_not_used(tmp_path, monkeypatch, caplog, opened, mode):
    (tmp_path / 'shared').mkdir(0o700)
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'shared/cache'))
    old, place = write(), tmp_path / 'shared' / opened
    place.chmod(mode)
    assert cache.find(KEY) is None
    path = write()
    assert path.parent.parent == cache._own[0] and cache.find(KEY) == path and old.exists()
    assert f'other users can change {place}, see' in caplog.text and 'set GLUON_GAN_CACHE' in caplog.text
    place.chmod(mode | 0o1000)
    assert cache.find(KEY) == old, 'in a folder with the sticky bit, others can change nothing of this user'


def test_a_link_does_not_hide_a_folder_that_others_can_change(tmp_path, monkeypatch):
    (tmp_path / 'shared/cache').mkdir(parents=True)
    (tmp_path / 'link').symlink_to(tmp_path / 'shared/cache')
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'link'))
    assert write() == tmp_path / 'shared/cache/fast' / KEY / cache.LIBRARY == cache.find(KEY)
    (tmp_path / 'shared').chmod(0o777)
    assert cache.find(KEY) is None


def test_root_leaves_nothing_in_the_home_folder_of_a_user(tmp_path, monkeypatch, caplog):
    home = tmp_path / 'home'
    home.mkdir()

    def lstat(path, real=os.lstat):
        found = list(real(path))
        found[4] = os.getuid() + 1 if Path(path) == home else found[4]
        return os.stat_result(found)

    monkeypatch.setattr(os, 'lstat', lstat)
    monkeypatch.setenv('GLUON_GAN_CACHE', str(home / 'cache'))
    assert write().parent.parent == cache._own[0] and os.listdir(home) == []
    assert f'other users can change {home}' in caplog.text


def test_a_temporary_folder_that_others_can_change_is_not_used(tmp_path, monkeypatch):
    (tmp_path / 'temporary').mkdir()
    (tmp_path / 'temporary').chmod(0o777)
    monkeypatch.setattr(cache.tempfile, 'tempdir', str(tmp_path / 'temporary'))
    with pytest.raises(Failed, match='other users can replace .*: set TMPDIR or GLUON_GAN_CACHE'):
        cache.own_folder()
    assert os.listdir(tmp_path / 'temporary') == [] and not cache._own


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


def test_a_library_that_was_not_used_for_a_month_is_removed(empty):
    for name, days in (('unused', 31), ('used', 29), ('unfinished', 31), ('touched', 31)):
        (empty / name).mkdir(parents=True)
        (empty / name / ('notes' if name == 'unfinished' else cache.LIBRARY)).touch()
        os.utime(empty / name, 2 * (time.time() - days * cache.DAY,))
    cache.mark_used(empty / 'touched' / cache.LIBRARY)
    with open(empty / 'unused' / cache.LIBRARY, 'rb') as loaded:
        path = write()
        assert loaded.read() == b''
    assert sorted(os.listdir(empty)) == sorted([KEY, 'used', 'unfinished', 'touched']) and path.exists()


def test_a_failed_compilation_removes_no_library(empty):
    path = write()
    os.utime(path.parent, (0, 0))
    with pytest.raises(Failed), cache.workplace():
        raise Failed('no: sorry')
    assert path.exists()


def test_the_mark_of_a_used_library_is_written_once_a_day(empty, monkeypatch):
    path = write()
    before = path.parent.stat().st_mtime_ns
    cache.mark_used(path)
    assert path.parent.stat().st_mtime_ns == before
    os.utime(path.parent, (0, 0))
    monkeypatch.setattr(os, 'utime', lambda *_: (_ for _ in ()).throw(PermissionError()))
    cache.mark_used(path)
    assert path.parent.stat().st_mtime == 0 and cache.find(KEY) == path
    cache.mark_used(empty / 'missing' / cache.LIBRARY)


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
    with pytest.raises(Failed, match='No space left on device.*: set GLUON_GAN_CACHE'):
        write()


def test_the_temporary_folder_of_a_process_is_removed_at_its_end():
    code = ('import os; from gluon_gan.fast import cache; place = cache.own_folder(); (place / "x").touch(); '
            'print(place, flush=True); child = os.fork(); child and os.waitpid(child, 0); print(place.is_dir())')
    done = subprocess.run([sys.executable, '-W', 'ignore', '-c', code], capture_output=True, text=True, check=True,
                          env={**os.environ, 'PYTHONPATH': os.pathsep.join(filter(None, sys.path))})
    place, *there = done.stdout.splitlines()
    assert there == ['True', 'True'], 'at the end of the child, and after it'
    assert not Path(place).exists()
