"""Files that are written whole or not at all, and folders that one process at a time writes to."""
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:              # not on Windows: there, nobody is kept out
    fcntl = None

_held = {}      # the locks of this process: (device, inode) of the file, to its descriptor


@contextmanager
def whole(path):
    """A temporary neighbour of ``path`` that takes its name only if the block ends well; missing folders are made.

    Whatever happens, a full disk, a kill -9 or a lost power supply included, the file at ``path`` is the old one or the new
    one. That rests on four things in this order: the bytes are on the disk (``fsync`` of the file) before the name is theirs;
    POSIX lets ``rename`` replace a name in one go; a journal may forget that for a while, but then the old file is still
    there; and it cannot be forgotten any more when this returns (``fsync`` of the folder), so that whoever removes an older
    file afterwards never removes the only one. A kill -9 leaves the temporary file behind: :func:`sweep`.

    Yields
    ------
    pathlib.Path
        An empty file to write to.

    Raises
    ------
    OSError
        If it cannot be written; ``filename`` is ``path``.
    """
    path = Path(path)
    unfinished = None
    try:
        _make(path.parent)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f'.{path.name}.', suffix='.tmp')
        os.close(handle)
        unfinished = Path(name)
        yield unfinished
        unfinished.chmod(0o666 & ~_umask())      # mkstemp's 0600 would hide the file from others
        _sync(unfinished, os.O_RDWR)
        os.replace(unfinished, path)
        sync_folder(path.parent)
    except OSError as error:
        # A full disk does not say what it was full for, and the temporary name means nothing to anyone.
        if error.filename is None or unfinished is None or str(error.filename) == str(unfinished):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        if unfinished:
            unfinished.unlink(missing_ok=True)


def append(path, text):
    """Add ``text`` to the end of a file, on the disk when this returns.

    A full disk or a kill -9 can cut the text in the middle; the OSError names the file.
    """
    try:
        with open(path, 'a') as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        error.filename = str(path)
        raise


def sweep(folder):
    """Remove the temporary files that killed processes left in ``folder``: only for who holds its :func:`lock`."""
    for left in Path(folder).glob('.*.????????.tmp'):
        left.unlink(missing_ok=True)


def lock(folder, doing='training'):
    """Keep other processes out of ``folder`` until :func:`unlock` or the end of this one, be it a kill -9.

    The kernel holds the lock (``flock`` on the file ``.lock``) and drops it with the process; a file that was left behind
    says nothing. A file system that knows no locks keeps nobody out.

    Parameters
    ----------
    folder : path
    doing : str
        What the process does there, for the message to another.

    Returns
    -------
    bool
        Whether it is new: False if this process has it already.

    Raises
    ------
    ValueError
        If another process has it.
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
    """Let go of what :func:`lock` holds."""
    handle = os.open(Path(folder) / '.lock', os.O_RDWR)
    own = _identity(handle)
    os.close(handle)
    os.close(_held.pop(own))


def sync_folder(folder):
    """Put on the disk which names ``folder`` has."""
    if hasattr(os, 'O_DIRECTORY'):
        _sync(folder, os.O_DIRECTORY)


def _make(folder):
    """Make a folder and those above it, each synced into the one above."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in reversed(missing):
        sync_folder(each.parent)


def _identity(handle):
    """A file's own number, which stays when its folder is renamed."""
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
