"""Where compiled libraries lie: a folder with a checksum for each, in the cache of the package.

A library is written in a temporary folder and renamed when it is complete. A process that is killed leaves nothing that
would be used, and two processes may write the same library at the same time. A library is code that this process will
run, so one that another user can change or replace is not used. One that was not used for a month is removed.
"""
import atexit
import errno
import hashlib
import json
import logging
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from ..support import locate
from ..support.files import atomic_write, sync_folder
from .requirements import Failed

LIBRARY, CHECKSUM = 'gluon_gan_fast.so', 'checksum.json'
DAY = 86400
UNUSED = 30 * DAY    # the age at which a library is removed

log = logging.getLogger('gluon_gan')
_own = []            # the folder for libraries of this process, if the cache cannot be written


def folder():
    """pathlib.Path: where compiled libraries lie, ``fast`` in :func:`gluon_gan.support.locate.cache`, without links."""
    try:
        return Path(os.path.realpath(locate.cache() / 'fast'))
    except NotADirectoryError as error:
        raise Failed(str(error)) from None
    except FileNotFoundError:
        raise Failed('the current folder was removed, and the cache is relative to it: set GLUON_GAN_CACHE to an '
                     'absolute path') from None


def find(key):
    """The library of this key, as an absolute path; None if it is missing, damaged or open to other users."""
    for base in (folder(), *_own):
        if not open_to_others(base) and (path := verified(base / key)):
            return path
    return None


def open_to_others(place):
    """Find where another user could replace what lies in a folder, by the rule of ssh for its keys.

    The folder and its parents must belong to this user or to root. No other user may write to them, except to those
    with the sticky bit, such as ``/tmp``.

    Parameters
    ----------
    place : pathlib.Path
        An absolute path without links. The folder may be missing.

    Returns
    -------
    pathlib.Path or None
        The outermost folder that breaks the rule.
    """
    for each in reversed((place, *place.parents)):
        try:
            found = os.lstat(each)
        except OSError:              # what is missing can be replaced by nobody who cannot write to its parents
            return None
        if found.st_uid not in (0, os.getuid()) or (found.st_mode & 0o022 and not found.st_mode & stat.S_ISVTX):
            return each
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
    Failed
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
    raise Failed(f'{place} is damaged just after it was written: check the disk, or set GLUON_GAN_CACHE to another '
                 'folder')


def mark_used(path):
    """Keep a library that is used for another month. The time stamp of its folder changes once a day at most."""
    with suppress(OSError):          # a cache that cannot be written
        if time.time() - path.parent.stat().st_mtime > DAY:
            os.utime(path.parent)


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

    If the block ends without an exception, libraries that were not used for a month are removed too.

    Yields
    ------
    base : pathlib.Path
        The cache, or a temporary folder of this process if the cache cannot be written or is open to other users.
    work : pathlib.Path
        A temporary folder in it, which is removed at the end of the block.
    """
    base = folder()
    try:
        _create(base)
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
        _remove_unused(base, Path(work))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def own_folder():
    """pathlib.Path: a temporary folder of this process, which is removed when it ends."""
    if not _own:
        try:
            within = Path(os.path.realpath(tempfile.gettempdir()))
            if opened := open_to_others(within):
                raise Failed(f'other users can replace what is compiled in {within} (see the owner and mode of '
                             f'{opened}): set TMPDIR or GLUON_GAN_CACHE to a folder that is closed to them')
            _own.append(Path(tempfile.mkdtemp(dir=within, prefix='gluon_gan_fast.')))
        except OSError as error:
            raise Failed(f'no temporary folder can be written ({error.strerror}): set GLUON_GAN_CACHE to a folder on '
                         'a disk with free space') from error
        atexit.register(_remove, _own[0], os.getpid())
    return _own[0]


def verified(place):
    """The path of the library in a folder; None if it is missing, damaged or open to other users."""
    try:
        if not place.is_dir() or not (_private(place) and _private(place / LIBRARY)):
            return None
        if json.loads((place / CHECKSUM).read_text()) == _checksum(place / LIBRARY):
            return (place / LIBRARY).absolute()
    except (OSError, ValueError, RecursionError):      # JSON may be nested too deeply
        pass
    log.warning('the compiled fast step in %s is damaged: it is compiled again', place)
    return None


def _create(base):
    """Create the folder for libraries, readable by this user only. It is an OSError if it would be open to others."""
    for created in (False, True):
        # First, so that root leaves nothing in the home folder of a user. And again, since in a sticky folder another
        # user may have been faster.
        if opened := open_to_others(base):
            raise PermissionError(errno.EPERM, f'other users can change {opened}, see its owner and mode')
        for each in reversed((base, *base.parents)):
            if not created and not each.is_dir():
                each.mkdir(0o700, exist_ok=True)


def _remove_unused(base, work):
    """Remove the libraries of this user that were not used for a month. A process that has loaded one keeps it."""
    with suppress(OSError):
        for library in base.glob(f'[!.]*/{LIBRARY}'):
            with suppress(OSError):      # another process removes it too
                found = os.lstat(library.parent)
                if found.st_uid == os.getuid() and time.time() - found.st_mtime > UNUSED:
                    library.parent.rename(work / f'unused {library.parent.name}')      # removed with `work`


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
