"""Files that are written whole or not at all."""
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path):
    """A temporary neighbour of ``path`` that takes its name only if the block ends well; missing folders are made.

    The bytes are synced before the rename and the folder after it: whatever happens, a full disk or a lost power supply
    included, the file at ``path`` is the old one or the new one.

    Yields
    ------
    pathlib.Path
        An empty file to write to.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f'.{path.name}.', suffix='.tmp')
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        unfinished.chmod(0o666 & ~_umask())      # mkstemp's 0600 would hide the file from others
        _sync(unfinished, os.O_RDWR)
        os.replace(unfinished, path)
        if hasattr(os, 'O_DIRECTORY'):
            _sync(path.parent, os.O_DIRECTORY)
    except OSError as error:
        if error.filename is None:               # a full disk does not say what it was full for
            error.filename = str(path)
        raise
    finally:
        unfinished.unlink(missing_ok=True)


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
