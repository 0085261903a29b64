"""Atomic writes, and locks that let one process at a time write to a folder."""
import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:              # on Windows, where folders are not locked
    fcntl = None

_held = {}      # the locks of this process: from (device, inode) of the lock file to its descriptor


@contextmanager
def atomic_write(path):
    """Write a file so that it is complete or absent, never partial.

    The context manager yields a temporary file in the same folder, which is renamed to `path` if the block ends without
    an exception. Missing folders are created.

    Whatever happens, including a full disk, a kill -9 and a power failure, the file at `path` is the old one or the new
    one. This rests on four steps:

    1. The bytes are on the disk (``fsync`` of the file) before the file is renamed.
    2. POSIX lets ``rename`` replace a file atomically.
    3. A journaling file system may lose the rename in a power failure, but the old file is then still there.
    4. The rename is on the disk (``fsync`` of the folder) when this function returns. A caller who then removes older
       files never removes the only one.

    A kill -9 leaves the temporary file behind, for :func:`sweep`.

    Yields
    ------
    pathlib.Path
        An empty file to write to.

    Raises
    ------
    OSError
        If the file cannot be written; its ``filename`` is `path`.
    """
    path = Path(path)
    unfinished = None
    try:
        _make_folder(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f'.{path.name}.', suffix='.tmp')
        os.close(handle)
        unfinished = Path(name)
        yield unfinished
        unfinished.chmod(0o666 & ~_umask())      # mkstemp's mode 0600 would hide the file from other users
        _sync(unfinished, os.O_RDWR)
        os.replace(unfinished, path)
        sync_folder(path.parent)
    except OSError as error:
        # The error of a full disk names no file, and the temporary name would mean nothing to the user.
        if error.filename is None or unfinished is None or str(error.filename) == str(unfinished):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        if unfinished:
            unfinished.unlink(missing_ok=True)


def append(path, text):
    """Append `text` to a file. The text is on the disk when this function returns.

    A full disk or a kill -9 may leave only the beginning of the text. An OSError names the file.
    """
    try:
        with open(path, 'a') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(path)
        raise


def read_history(path):
    """Read a file of JSON Lines, such as ``history.jsonl``.

    An incomplete last line, from a process that was killed while it wrote, is left out.

    Returns
    -------
    list of dict
        One for each line.

    Raises
    ------
    ValueError
        If another line is not JSON; the message gives its number.
    """
    lines = Path(path).read_text(encoding='utf-8').splitlines()
    points = []
    for number, line in enumerate(lines, 1):
        try:
            points.append(json.loads(line))
        except json.JSONDecodeError:
            if number < len(lines):
                raise ValueError(f'{path}, line {number} is not JSON: {line[:40]!r}') from None
    return points


def sweep(folder):
    """Remove the temporary files that killed processes left in `folder`. The caller must hold its :func:`lock`."""
    for left in Path(folder).glob('.*.????????.tmp'):
        left.unlink(missing_ok=True)


def lock(folder, doing='training'):
    """Lock `folder` against other processes, until :func:`unlock` or the end of this process.

    The lock is a ``flock`` on the file ``.lock``. The kernel releases it when the process ends, even by a kill -9, so a
    ``.lock`` file that was left behind locks nothing. On a file system without locks, this function does nothing.

    Parameters
    ----------
    folder : path
    doing : str
        What this process does in the folder, for the message to another process.

    Returns
    -------
    bool
        True if the lock is new, False if this process holds it already.

    Raises
    ------
    ValueError
        If another process holds the lock.
    """
    folder = Path(folder)
    handle = os.open(folder / '.lock', os.O_RDWR | os.O_CREAT, 0o666)
    own = _identity(handle)
    if own in _held:
        os.close(handle)
        return False
    try:
        if fcntl:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise ValueError(f'another process is {doing} in {folder}: wait until it has ended, or stop it') from error
    except OSError:
        pass
    _held[own] = handle
    return True


def unlock(folder):
    """Release the lock of :func:`lock`."""
    handle = os.open(Path(folder) / '.lock', os.O_RDWR)
    own = _identity(handle)
    os.close(handle)
    os.close(_held.pop(own))


def sync_folder(folder):
    """Write the directory entries of `folder` to the disk (``fsync``)."""
    if hasattr(os, 'O_DIRECTORY'):
        _sync(folder, os.O_DIRECTORY)


def _make_folder(folder):
    """Create a folder and its missing parents, and sync each of them."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        sync_folder(each.parent)


def _identity(handle):
    """Device and inode of an open file, which stay the same when its folder is renamed."""
    status = os.fstat(handle)
    return status.st_dev, status.st_ino


def _sync(path, flags):
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask
