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
_places = {}    # from the same key to the locked folder, and the folder to which it belongs


class Moved(ValueError):
    """A folder that this process has locked was moved or removed.

    Parameters
    ----------
    message : str
    folder : pathlib.Path or None
        Where the locked folder is now, if it is known.
    """

    def __init__(self, message, folder=None):
        super().__init__(message)
        self.folder = folder


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
    Moved
        If `path` lies in a folder that this process has locked, and the folder was moved since then.
    """
    path = Path(path)
    check_place(path)
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

    A full disk or a kill -9 may leave only the beginning of the text. An OSError names the file. A folder that
    was moved is an error as in :func:`atomic_write`.
    """
    check_place(path)
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
    """Remove the temporary files that killed processes left in `folder` and in the folders below it.

    The caller must hold its :func:`lock`.
    """
    for left in Path(folder).rglob('.*.????????.tmp'):
        left.unlink(missing_ok=True)


def lock(folder, doing='training', part_of=None):
    """Lock `folder` against other processes, until :func:`unlock` or the end of this process.

    The lock is a ``flock`` on the file ``.lock``. The kernel releases it when the process ends, even by a kill -9, so a
    ``.lock`` file that was left behind locks nothing. On a file system without locks, this function does nothing.

    Parameters
    ----------
    folder : path
    doing : str
        What this process does in the folder, for the message to another process.
    part_of : path, optional
        The larger folder that must stay in its place as long as the lock is held, see :func:`check_place`. By default
        `folder` itself.

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
        if part_of:              # this process has renamed the folder
            _keep_place(own, folder, part_of)
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
    _keep_place(own, folder, part_of or folder)
    return True


def unlock(folder):
    """Release the lock of :func:`lock`, also if the folder was moved in the meantime."""
    folder = Path(folder).absolute()
    own = next((own for own, (locked, _) in _places.items() if locked == folder), None)
    if own is None:              # the lock was made under another name of the folder
        own = _identity(folder / '.lock')
    _places.pop(own, None)
    os.close(_held.pop(own))


def _keep_place(own, folder, part_of):
    """Remember where a locked folder is. Another one that was there before has been removed."""
    folder = folder.absolute()
    for other in [other for other, (locked, _) in _places.items() if locked == folder]:
        del _places[other]
    _places[own] = folder, Path(part_of).absolute()


def check_place(path):
    """Raise :class:`Moved` if `path` lies in a folder that this process has locked, and the folder was moved.

    Otherwise, :func:`atomic_write` would create the old folder again, with a part of the files.
    """
    path = Path(path).absolute()
    for own, (locked, whole) in _places.items():
        if whole not in (path, *path.parents):
            continue
        try:
            if _identity(locked / '.lock') == own:
                continue
        except OSError:
            pass
        try:                     # Linux knows where an open file is now
            now = Path(os.readlink(f'/proc/self/fd/{_held[own]}'))
        except OSError:
            now = Path()
        if not now.is_file():
            raise Moved(f'{_short(whole)} was moved or removed while this process was writing to it: leave it in its '
                        'place until the process has ended')
        here = now.parents[len((locked / '.lock').relative_to(whole).parts) - 1]
        raise Moved(f'{_short(whole)} was moved to {_short(here)} while this process was writing to it: resume it '
                    'there', now.parent)


def _short(path):
    """A path as the user would write it: relative to the current folder, if it lies there."""
    try:
        return path.relative_to(Path.cwd())
    except (ValueError, OSError):
        return path


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


def _identity(file):
    """Device and inode of a file, open or by its path, which stay the same when its folder is renamed."""
    status = os.stat(file)
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
