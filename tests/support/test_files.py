"""Atomic writes, and locks between processes."""
import os
import resource
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from gluon_gan.support import files
from gluon_gan.support.files import append, atomic_write, lock, sweep, unlock


def test_an_exception_leaves_only_the_old_file(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with pytest.raises(KeyboardInterrupt):
        with atomic_write(path) as unfinished:
            unfinished.write_text('half of the n')
            raise KeyboardInterrupt
    assert path.read_text() == 'old' and [p.name for p in tmp_path.iterdir()] == ['a.txt']


def test_success_replaces_the_file_and_creates_folders(tmp_path):
    for text in ('one', 'two'):
        with atomic_write(tmp_path / 'deep' / 'a.txt') as unfinished:
            unfinished.write_text(text)
    assert (tmp_path / 'deep' / 'a.txt').read_text() == 'two' and len(list((tmp_path / 'deep').iterdir())) == 1


def test_the_file_is_readable_for_other_users(tmp_path):
    before = os.umask(0o022)
    try:
        with atomic_write(tmp_path / 'a') as unfinished:
            unfinished.write_text('x')
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / 'a').stat().st_mode) == 0o644


def test_files_and_folders_are_synced_in_a_safe_order(tmp_path, monkeypatch):
    """The bytes are on the disk before the file is renamed, and the name is before the function returns."""
    calls, real = [], {name: getattr(os, name) for name in ('fsync', 'replace')}

    def fsync(handle):
        calls.append(('fsync', os.path.basename(os.readlink(f'/proc/self/fd/{handle}'))))
        real['fsync'](handle)

    def replace(source, target):
        calls.append(('replace', os.path.basename(source), os.path.basename(target)))
        real['replace'](source, target)

    monkeypatch.setattr(os, 'fsync', fsync)
    monkeypatch.setattr(os, 'replace', replace)
    with atomic_write(tmp_path / 'new' / 'a.txt') as unfinished:
        unfinished.write_text('x')
    name = unfinished.name
    assert calls == [('fsync', tmp_path.name), ('fsync', name), ('replace', name, 'a.txt'), ('fsync', 'new')]


@contextmanager
def small_files(size):
    """Limit all files to `size` bytes, to simulate a full disk.

    The limit must be short-lived, because the output of pytest may also go to a file.
    """
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_error_of_a_full_disk_names_the_file(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('old')
    with small_files(1000), pytest.raises(OSError) as caught:
        with atomic_write(path) as unfinished:
            unfinished.write_bytes(bytes(1001))
    assert caught.value.filename == str(path)
    assert path.read_text() == 'old' and [entry.name for entry in tmp_path.iterdir()] == ['a.txt']


def test_the_error_of_an_unwritable_folder_names_the_file(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(OSError) as caught:
        with atomic_write(tmp_path / 'file' / 'a.txt'):
            pass
    assert caught.value.filename == str(tmp_path / 'file' / 'a.txt')


def test_append(tmp_path):
    path = tmp_path / 'a.txt'
    for line in ('one\n', 'two\n'):
        append(path, line)
    assert path.read_text() == 'one\ntwo\n'
    with small_files(10), pytest.raises(OSError) as caught:
        append(path, 'three\n')
    assert caught.value.filename == str(path)
    assert path.read_text() == 'one\ntwo\nth'


def test_sweep_removes_only_the_files_of_killed_processes(tmp_path):
    context = atomic_write(tmp_path / 'a.txt')
    context.__enter__()                                            # and is never left
    others = {'.hidden', 'a.tmp', '.a.tmp', 'b.txt', '.lock'}
    for name in others:
        (tmp_path / name).touch()
    assert len(os.listdir(tmp_path)) == len(others) + 1
    sweep(tmp_path)
    assert set(os.listdir(tmp_path)) == others


LOCK = ('import sys, time; from gluon_gan.support import files; files.lock(sys.argv[1]); '
        "print('locked', flush=True); time.sleep(60)")


def test_a_lock_excludes_other_processes_until_its_own_ends(tmp_path):
    other = subprocess.Popen([sys.executable, '-c', LOCK, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                             env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    try:
        assert other.stdout.readline() == 'locked\n'
        with pytest.raises(ValueError, match='another process is training in .*: wait until it has ended, or stop it'):
            lock(tmp_path)
    finally:
        other.kill()
        other.communicate()
    assert (tmp_path / '.lock').exists()
    assert lock(tmp_path) is True
    assert lock(tmp_path) is False                                 # this process holds it already
    unlock(tmp_path)
    assert lock(tmp_path) is True
    unlock(tmp_path)


def test_a_lock_survives_the_renaming_of_its_folder(tmp_path):
    (tmp_path / 'a').mkdir()
    lock(tmp_path / 'a')
    (tmp_path / 'a').rename(tmp_path / 'b')
    assert lock(tmp_path / 'b') is False
    unlock(tmp_path / 'b')


def test_temporary_files_below_a_folder_are_swept(tmp_path):
    (tmp_path / 'samples' / 'x').mkdir(parents=True)
    left = [tmp_path / '.a.png.12345678.tmp', tmp_path / 'samples' / 'x' / '.b.png.abcd_123.tmp']
    kept = tmp_path / 'samples' / 'x' / 'b.png'
    for path in (*left, kept):
        path.write_text('')
    files.sweep(tmp_path)
    assert kept.exists() and not any(path.exists() for path in left)


@pytest.mark.parametrize('rename', [True, False])
def test_a_locked_folder_that_was_moved_is_not_created_again(tmp_path, monkeypatch, rename):
    monkeypatch.chdir(tmp_path)
    run = Path('runs/mnist')
    (run / 'checkpoints').mkdir(parents=True)
    files.lock(run / 'checkpoints', part_of=run)
    files.append(run / 'history.jsonl', 'a\n')
    if rename:
        run.rename('runs/other')
        message = 'runs/mnist was moved to runs/other while this process was writing to it: resume it there'
    else:
        shutil.rmtree(run)
        message = 'runs/mnist was moved or removed while this process was writing to it'
    for write in (lambda: files.append(run / 'history.jsonl', 'b\n'), lambda: _write(run / 'samples' / 'a.png'),
                  lambda: files.check_place(run / 'checkpoints')):
        with pytest.raises(files.Moved, match=message) as moved:
            write()
    assert moved.value.folder == (tmp_path / 'runs/other/checkpoints' if rename else None)
    assert not run.exists()
    _write(Path('runs/elsewhere/a.png'))                 # other folders are no concern of the lock
    (run / 'checkpoints').mkdir(parents=True)            # nor is a new run of the same name
    assert files.lock(run / 'checkpoints', part_of=run)
    _write(run / 'samples' / 'a.png')
    files.unlock(run / 'checkpoints')


def test_the_lock_of_a_moved_folder_can_be_released(tmp_path):
    (tmp_path / 'a').mkdir()
    files.lock(tmp_path / 'a')
    (tmp_path / 'a').rename(tmp_path / 'b')
    files.unlock(tmp_path / 'a')
    assert files.lock(tmp_path / 'b')
    files.unlock(tmp_path / 'b')


def _write(path):
    with files.atomic_write(path) as unfinished:
        unfinished.write_text('text')
