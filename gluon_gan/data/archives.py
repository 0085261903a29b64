"""Read image files from a folder, a zip or a tar in the same way."""
import hashlib
import tarfile
import zipfile
from functools import cached_property, partial
from pathlib import Path

from .idx import CorruptFile
from .image_files import SUFFIXES, files

MAX_FILE_BYTES = 256 << 20       # larger files are not photographs


class Container:
    """The image files in a folder, a zip or a tar, which may be compressed.

    Iterating yields ``(name, bytes)``. A folder and a zip are read in the order of the names, a tar in its own order.

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
        self.path = Path(path)
        self._wanted = wanted or (lambda name: True)
        if self.path.is_dir():
            self._kind = 'folder'
        elif not self.path.is_file():
            raise FileNotFoundError(f'there is no {self.path}')
        elif zipfile.is_zipfile(self.path):
            self._kind = 'zip'
        elif tarfile.is_tarfile(self.path):
            self._kind = 'tar'
        else:
            raise CorruptFile(f'{self.path} is not a folder, a readable zip or a readable tar: get it again')

    @cached_property
    def fingerprint(self):
        """str: a hash of the names, lengths and times of a folder's images, or of an archive's length and time."""
        digest = hashlib.sha256()
        for name, stamp in self._files.items() if self._kind == 'folder' else [('', _stamp(self.path))]:
            digest.update(f'{name}\n{stamp}\n'.encode('utf-8', 'surrogateescape'))
        return digest.hexdigest()

    def __len__(self):
        return len(self._sizes)

    def __iter__(self):
        """Yield (name, bytes), or (name, None) for a file of more than ``MAX_FILE_BYTES``."""
        if self._kind == 'folder':
            for name in self._sizes:
                yield name, self._read_bounded(name, (self.path / name).read_bytes)
        elif self._kind == 'zip':
            with self._open(zipfile.ZipFile) as archive:
                for name in self._sizes:
                    yield name, self._read_bounded(name, partial(_unzip, archive, name))
        else:
            with self._open(tarfile.open) as archive:
                for info in archive:
                    if info.isfile() and info.name in self._sizes:
                        yield info.name, self._read_bounded(info.name, archive.extractfile(info).read)
                    archive.members = []     # the archive would keep every member in memory

    @cached_property
    def _sizes(self):
        """{name: length} of the images, sorted; computed when first needed, since listing an archive takes a while."""
        if self._kind == 'folder':
            return {name: size for name, (size, _) in self._files.items()}
        if self._kind == 'zip':
            with self._open(zipfile.ZipFile) as archive:
                found = [(info.filename, info.file_size) for info in archive.infolist() if _is_image(info.filename)]
        else:
            with self._open(tarfile.open) as archive:
                found = [(info.name, info.size) for info in archive if info.isfile() and _is_image(info.name)]
        return {name: size for name, size in sorted(found) if self._wanted(name)}

    @cached_property
    def _files(self):
        """{name: (length, modification time)} of the images in a folder, sorted."""
        names = sorted(name.as_posix() for name in files(self.path))
        return {name: _stamp(self.path / name) for name in names if self._wanted(name)}

    def _read_bounded(self, name, read):
        return read() if self._sizes[name] <= MAX_FILE_BYTES else None

    def _open(self, opener):
        try:
            return opener(self.path)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
            raise CorruptFile(f'{self.path} cannot be read ({error}): get it again') from error


def _unzip(archive, name):
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError):
        return b''          # wrong checksum, password or unknown compression: one unusable image


def _stamp(path):
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _is_image(name):
    """Whether a name in an archive has an image suffix, and is neither hidden nor a macOS metadata file."""
    parts = name.split('/')
    hidden = any(part.startswith(('.', '__MACOSX')) for part in parts)
    return '.' + parts[-1].lower().rpartition('.')[2] in SUFFIXES and not hidden
