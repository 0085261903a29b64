"""Where picture files lie: a folder, a zip or a tar, read in one order whatever it is."""
import hashlib
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from .idx import CorruptFile
from .pictures import SUFFIXES, files

MOST_BYTES = 256 << 20       # of one file: more is no photograph


class Container:
    """The picture files in a folder, a zip or a tar (compressed or not), as ``(name, bytes)`` in the order of their names.

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
            self._kind, entries = 'folder', [(name.as_posix(), self._stamp(self.path / name)) for name in files(self.path)]
        elif not self.path.is_file():
            raise FileNotFoundError(f'there is no {self.path}')
        elif zipfile.is_zipfile(self.path):
            self._kind = 'zip'
            with self._opened(zipfile.ZipFile) as archive:
                entries = [(info.filename, (info.file_size, info.CRC)) for info in archive.infolist() if not info.is_dir()]
        elif tarfile.is_tarfile(self.path):
            self._kind = 'tar'
            with self._opened(tarfile.open) as archive:
                entries = [(info.name, (info.size, info.mtime)) for info in archive if info.isfile()]
        else:
            raise CorruptFile(f'{self.path} is neither a folder nor a zip nor a tar that can be read: get it anew')
        self._sizes = {name: stamp[0] for name, stamp in sorted(entries) if self._is_wanted(name)}
        digest = hashlib.sha256()
        for name, stamp in sorted(entries):
            if name in self._sizes:
                digest.update(repr((name, *stamp)).encode('utf-8', 'surrogateescape'))
        self.fingerprint = digest.hexdigest()
        """Changes with every file that is added, removed or changed."""

    @property
    def names(self):
        """list of str: what there is, sorted."""
        return list(self._sizes)

    def __len__(self):
        return len(self._sizes)

    def __iter__(self):
        """Yield (name, bytes), or (name, None) for a file of more than ``MOST_BYTES``; a tar's in the order in which they lie there."""
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

    def _within(self, name, read):
        return read() if self._sizes[name] <= MOST_BYTES else None

    def _unzipped(self, archive, name):
        try:
            return archive.read(name)
        except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError):      # a wrong CRC, a password, an odd method
            return b''

    def _is_wanted(self, name):
        path = PurePosixPath(name)
        return path.suffix.lower() in SUFFIXES and not any(part.startswith(('.', '__MACOSX')) for part in path.parts) and self._wanted(name)

    def _opened(self, opener):
        try:
            return opener(self.path)
        except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
            raise CorruptFile(f'{self.path} cannot be read ({error}): get it anew') from error

    @staticmethod
    def _stamp(path):
        status = path.stat()
        return status.st_size, status.st_mtime_ns
