"""Read image files from a folder, a zip or a tar in the same way."""
import hashlib
import logging
import lzma
import tarfile
import zipfile
import zlib
from collections import Counter
from contextlib import contextmanager
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from ..support.checks import path_or_name
from .idx import CorruptFile
from .image_files import NO_IMAGES, UnusableImage, first_line, is_image, scan, unread_kind

MAX_FILE_BYTES = 256 << 20       # larger files are not photographs
# What reading a truncated or damaged archive may raise
DAMAGED = (zipfile.BadZipFile, tarfile.TarError, lzma.LZMAError, zlib.error, EOFError, OSError)

log = logging.getLogger('gluon_gan')


class Container:
    """The image files in a folder, a zip or a tar, which may be compressed.

    Iterating yields ``(name, bytes)``. A folder and a zip are read in the order of the names, a tar in its own order.
    Links from a folder to other folders are followed.

    Parameters
    ----------
    path : path
    wanted : callable, optional
        ``wanted(name)`` says whether to include an image; the name has '/' between folders. By default all are.

    Raises
    ------
    FileNotFoundError
        If `path` does not exist.
    CorruptFile
        If it is a file, but not a readable zip or tar.
    """

    def __init__(self, path, wanted=None):
        self.path = Path(path_or_name('path', path))
        self._wanted = wanted or (lambda name: True)
        if self.path.is_dir():
            self._kind = 'folder'
        elif not self.path.is_file():
            raise FileNotFoundError(f'there is no {self.path}')
        else:
            with self._reading():
                is_zip = zipfile.is_zipfile(self.path)
                self._kind = 'zip' if is_zip else 'tar' if tarfile.is_tarfile(self.path) else self._refuse()

    @cached_property
    def fingerprint(self):
        """str: a hash of the names, lengths and times of a folder's images, or of an archive's length and time."""
        digest = hashlib.sha256()
        for name, stamp in self._files.items() if self._kind == 'folder' else [('', _stamp(self.path))]:
            digest.update(f'{name}\n{stamp}\n'.encode('utf-8', 'surrogateescape'))
        return digest.hexdigest()

    @property
    def is_folder(self):
        """bool: whether this is a folder, which is listed anew each time; an archive is listed when it is decoded."""
        return self._kind == 'folder'

    @property
    def unread(self):
        """dict of str to int: how many files of which suffix are not read as images, the most frequent first.

        Lists, notes and hidden files are not counted; broken links and unreadable folders are.
        """
        return dict((self._scanned[1] if self._kind == 'folder' else self._listed.unread).most_common())

    def __len__(self):
        return len(self._sizes)

    def __iter__(self):
        """Yield (name, content): bytes, an UnusableImage, or None for a file of more than ``MAX_FILE_BYTES``."""
        if self._kind == 'folder':
            for name in self._sizes:
                yield name, self._read_bounded(name, partial(_read_file, self.path / name))
        elif self._kind == 'zip':
            with self._reading(), zipfile.ZipFile(self.path) as archive:
                for name in self._sizes:
                    yield name, self._read_bounded(name, partial(_unzip, archive, self._listed.stored_as[name]))
        else:
            with self._reading(), tarfile.open(self.path, tarinfo=_Entry) as archive:
                for info in archive:
                    name = _plain(info.name)
                    if info.isfile() and name in self._sizes:
                        yield name, self._read_bounded(name, archive.extractfile(info).read)
                    archive.members = []     # the archive would keep every member in memory

    @cached_property
    def _sizes(self):
        """{name: length} of the images, sorted; computed when first needed, since listing an archive takes a while."""
        if self._kind == 'folder':
            return {name: size for name, (size, _) in self._files.items()}
        return {name: size for name, size in sorted(self._listed.sizes.items()) if self._wanted(name)}

    @cached_property
    def _files(self):
        """{name: (length, modification time)} of the images in a folder, sorted."""
        names = sorted(name.as_posix() for name in self._scanned[0])
        return {name: _stamp(self.path / name) for name in names if self._wanted(name)}

    @cached_property
    def _scanned(self):
        return scan(self.path)

    @cached_property
    def _listed(self):
        """The contents of a zip or a tar."""
        listed = _Listed({}, {}, Counter())
        if self._kind == 'zip':
            with self._reading(), zipfile.ZipFile(self.path) as archive:
                for info in archive.infolist():
                    if not info.is_dir():
                        listed.add(info.filename, info.file_size)
            return listed
        with self._reading(), tarfile.open(self.path, tarinfo=_Entry) as archive:
            for info in archive:
                if info.isfile():
                    listed.add(info.name, info.size)
                elif info.islnk() or info.issym():
                    listed.unread['link in a tar'] += is_image(info.name)
                archive.members = []
            if isinstance(archive.end, (tarfile.TruncatedHeaderError, tarfile.InvalidHeaderError)):
                raise tarfile.ReadError(f'{archive.end} after {len(listed.sizes):,} images')
            if not isinstance(archive.end, tarfile.EOFHeaderError):
                log.warning('%s does not end as a tar should, so files may be missing at its end; %s images were found',
                            self.path, f'{len(listed.sizes):,}')
        return listed

    def _read_bounded(self, name, read):
        return read() if self._sizes[name] <= MAX_FILE_BYTES else None

    @contextmanager
    def _reading(self):
        """Raise CorruptFile for what a truncated or damaged archive raises."""
        try:
            yield
        except PermissionError:
            raise
        except DAMAGED as error:
            raise CorruptFile(f'{self.path} is truncated or damaged ({first_line(error)}): get it again') from error

    def _refuse(self):
        """Raise CorruptFile, saying what the file is instead of an archive, as far as that is known."""
        with open(self.path, 'rb') as file:
            head = file.read(256).lstrip().lower()
        for beginning, what in NO_IMAGES:
            if head.startswith(beginning):
                raise CorruptFile(f'{self.path} {what.replace("the image", "the archive")}')
        if head.startswith((b'rar!', b'7z\xbc\xaf')):
            raise CorruptFile(f'{self.path} is an archive of another format: unpack it, and give the folder')
        raise CorruptFile(f'{self.path} is not a folder, a readable zip or a readable tar: get it again')


class _Listed(NamedTuple):
    """The images in an archive by name, with their lengths and the names they are stored as, and what else it holds."""
    sizes: dict
    stored_as: dict
    unread: Counter

    def add(self, stored, size):
        name = _plain(stored)
        hidden = any(part.startswith(('.', '__MACOSX')) for part in name.split('/'))
        if not hidden and is_image(name):
            self.sizes[name], self.stored_as[name] = size, stored
        elif not hidden and (kind := unread_kind(name)):
            self.unread[kind] += 1


class _Entry(tarfile.TarInfo):
    """An entry of a tar. ``archive.end`` then says why the iteration ended: tarfile stops at damage as at the end."""

    @classmethod
    def fromtarfile(cls, archive):
        archive.end = None
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            archive.end = error
            raise


def _plain(name):
    """The name of a file in an archive with '/' between folders, without a leading './'."""
    return PurePosixPath(name if '/' in name else name.replace('\\', '/')).as_posix()


def _read_file(path):
    try:
        return path.read_bytes()
    except OSError as error:
        return UnusableImage(f'cannot be read: {error.strerror or error}')


def _unzip(archive, name):
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError) as error:
        # wrong checksum, password or unknown compression: one unusable image
        return UnusableImage(f'cannot be unpacked: {first_line(error)}')


def _stamp(path):
    status = path.stat()
    return status.st_size, status.st_mtime_ns
