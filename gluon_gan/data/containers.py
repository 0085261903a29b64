"""Where picture files lie: a folder, a zip or a tar, read in one order whatever it is."""
import hashlib
import tarfile
import zipfile
from functools import cached_property
from pathlib import Path

from .idx import CorruptFile
from .pictures import SUFFIXES, files

MOST_BYTES = 256 << 20       # of one file: more is no photograph


class Container:
    """The picture files in a folder, a zip or a tar (compressed or not), as ``(name, bytes)``: sorted, or in a tar as they lie there.

    Parameters
    ----------
    path : path
    wanted : callable, optional
        Which names to take, of those that end like a picture: ``wanted(name)``, with '/' between folders.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    CorruptFile
        If it is a file, but neither a zip nor a tar that can be read.
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
            raise CorruptFile(f'{self.path} is neither a folder nor a zip nor a tar that can be read: get it anew')

    @cached_property
    def fingerprint(self):
        """str: changes with every file that is added, removed or changed. An archive is told by its own length and time."""
        digest = hashlib.sha256()
        for name, stamp in self._files.items() if self._kind == 'folder' else [('', _stamp(self.path))]:
            digest.update(f'{name}\n{stamp}\n'.encode('utf-8', 'surrogateescape'))
        return digest.hexdigest()

    def __len__(self):
        return len(self._sizes)

    def __iter__(self):
        """Yield (name, bytes), or (name, None) for a file of more than ``MOST_BYTES``."""
        if self._kind == 'folder':
            for name in self._sizes:
                yield name, self._within(name, (self.path / name).read_bytes)
        elif self._kind == 'zip':
            with self._opened(zipfile.ZipFile) as archive:
                for name in self._sizes:
                    yield name, self._within(name, lambda: self._unzipped(archive, name))
        else:
            with self._opened(tarfile.open) as archive:
                for info in archive:
                    if info.isfile() and info.name in self._sizes:
                        yield info.name, self._within(info.name, archive.extractfile(info).read)
                    archive.members = []     # else it remembers each, to no use here

    @cached_property
    def _sizes(self):
        """{name: bytes} of the pictures, sorted; of an archive made when it is first needed, for that takes a while."""
        if self._kind == 'folder':
            return {name: size for name, (size, _) in self._files.items()}
        if self._kind == 'zip':
            with self._opened(zipfile.ZipFile) as archive:
                found = [(info.filename, info.file_size) for info in archive.infolist() if _is_picture(info.filename)]
        else:
            with self._opened(tarfile.open) as archive:
                found = [(info.name, info.size) for info in archive if info.isfile() and _is_picture(info.name)]
        return {name: size for name, size in sorted(found) if self._wanted(name)}

    @cached_property
    def _files(self):
        """{name: (bytes, time)} of a folder's pictures, sorted: each is asked for once."""
        names = sorted(name.as_posix() for name in files(self.path))
        return {name: _stamp(self.path / name) for name in names if self._wanted(name)}

    def _within(self, name, read):
        return read() if self._sizes[name] <= MOST_BYTES else None

    def _unzipped(self, archive, name):
        try:
            return archive.read(name)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError):      # a wrong CRC, a password, an odd method
            return b''

    def _opened(self, opener):
        try:
            return opener(self.path)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
            raise CorruptFile(f'{self.path} cannot be read ({error}): get it anew') from error


def _stamp(path):
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _is_picture(name):
    """Whether a name inside an archive ends like a picture and is not hidden, nor one of the Mac's companions."""
    parts = name.split('/')
    return '.' + parts[-1].lower().rpartition('.')[2] in SUFFIXES and not any(part.startswith(('.', '__MACOSX')) for part in parts)
