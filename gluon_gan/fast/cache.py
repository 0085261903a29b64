"""Where compiled libraries lie: a folder with a checksum for each, in the cache of the package.

A library is written in a temporary folder and renamed when it is complete. A process that is killed leaves nothing that
would be used, and two processes may write the same library at the same time. A library is code that this process will
run, so one that another user can change is not used.
"""
import atexit
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from ..support.files import atomic_write, sync_folder
from .requirements import Unavailable

LIBRARY, CHECKSUM = 'gluon_gan_fast.so', 'checksum.json'
DAY = 86400

log = logging.getLogger('gluon_gan')
_own = []            # the folder for libraries of this process, if the cache cannot be written


def folder():
    """pathlib.Path: where compiled libraries lie, ``fast`` in the cache of :func:`gluon_gan.data.cache.folder`."""
    try:
        if chosen := os.environ.get('GLUON_GAN_CACHE'):
            return Path(chosen).expanduser() / 'fast'
        return Path(os.environ.get('XDG_CACHE_HOME') or '~/.cache').expanduser() / 'gluon_gan' / 'fast'
    except RuntimeError:             # a container may run as a user without a home folder
        raise Unavailable('this user has no home folder for the cache: set GLUON_GAN_CACHE to a folder') from None


def find(key):
    """The library of this key, as an absolute path; None if it is missing, damaged or open to other users."""
    for base in (folder(), *_own):
        if path := verified(base / key):
            return path
    return None


def keep(made, base, key):
    """Move a folder that :func:`seal` completed to its place.

    Parameters
    ----------
    made : pathlib.Path
    base : pathlib.Path
        The folder for libraries that :func:`workplace` chose.
    key : str

    Returns
    -------
    pathlib.Path
        The library: `made`, or that of another process that was faster.

    Raises
    ------
    Unavailable
        If it cannot be read back.
    """
    place = base / key
    if not _install(made, place):
        log.warning('%s cannot be replaced: the fast step is compiled again in each process; remove it, or set '
                    'GLUON_GAN_CACHE to another folder', place)
        place = own_folder() / key
        shutil.copytree(made, place, dirs_exist_ok=True)
    if path := verified(place):
        return path
    raise Unavailable(f'{place} is damaged just after it was written: check the disk, or set GLUON_GAN_CACHE to '
                      'another folder')


def seal(made):
    """Write the checksum of the library in the folder `made`, and wait until both are on the disk."""
    library = made / LIBRARY
    made.chmod(0o700)
    library.chmod(0o700)
    with atomic_write(made / CHECKSUM) as unfinished:
        unfinished.write_text(json.dumps(_checksum(library)))
    with open(library, 'rb') as file:
        os.fsync(file.fileno())
    sync_folder(made)


@contextmanager
def workplace():
    """Choose the folder for libraries, and remove what killed processes left there.

    Yields
    ------
    base : pathlib.Path
        The cache, or a temporary folder of this process if the cache cannot be written.
    work : pathlib.Path
        A temporary folder in it, which is removed at the end of the block.
    """
    base = folder()
    try:
        base.mkdir(parents=True, exist_ok=True)
        work = tempfile.mkdtemp(dir=base, prefix='.', suffix='.tmp')
    except OSError as error:
        log.warning('%s cannot be written (%s): the fast step is compiled again in each process; set GLUON_GAN_CACHE '
                    'to another folder', base, error.strerror)
        base = own_folder()
        work = tempfile.mkdtemp(dir=base, prefix='.', suffix='.tmp')
    try:
        for abandoned in base.glob('.*.tmp'):       # a recent one may be in use
            with suppress(OSError):                 # another process removes it too
                if time.time() - abandoned.stat().st_mtime > DAY:
                    shutil.rmtree(abandoned)
        yield base, Path(work)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def own_folder():
    """pathlib.Path: a temporary folder of this process, which is removed when it ends."""
    if not _own:
        try:
            _own.append(Path(tempfile.mkdtemp(prefix='gluon_gan_fast.')))
        except OSError as error:
            raise Unavailable(f'no temporary folder can be written ({error.strerror}): set GLUON_GAN_CACHE to a folder '
                              'on a disk with free space') from error
        atexit.register(_remove, _own[0], os.getpid())
    return _own[0]


def verified(place):
    """The path of the library in a folder; None if it is missing, damaged or open to other users."""
    try:
        if not place.is_dir() or not (_private(place) and _private(place / LIBRARY)):
            return None
        if json.loads((place / CHECKSUM).read_text()) == _checksum(place / LIBRARY):
            return (place / LIBRARY).absolute()
    except (OSError, ValueError):
        pass
    log.warning('the compiled fast step in %s is damaged: it is compiled again', place)
    return None


def _install(made, place):
    """Rename the folder `made` to `place`. Return whether a usable library is there."""
    if not _private(made):           # a file system without owners or permissions
        return False
    for attempt in range(3):
        try:
            made.rename(place)
            return True
        except OSError:              # something is there
            if verified(place):
                return True
            with suppress(OSError):
                place.rename(made.with_name(f'damaged {attempt}'))
    return False


def _private(path):
    """Whether a file or folder belongs to this user, and no other user may write to it. A link does not."""
    found = os.lstat(path)
    return found.st_uid == os.getuid() and not found.st_mode & 0o022


def _checksum(library):
    content = library.read_bytes()
    return {'size': len(content), 'sha256': hashlib.sha256(content).hexdigest()}


def _remove(path, process):
    if os.getpid() == process:       # not in a forked child
        shutil.rmtree(path, ignore_errors=True)
