"""The IDX format of the MNIST files.

A file consists of two zero bytes, one byte for the type of the entries (8 for unsigned bytes, the only type that is
used here), one byte for the number of dimensions, each dimension as a big-endian 32-bit number, and the entries in C
order. The files are usually gzipped.
"""
import gzip
import math
import zlib
from pathlib import Path

import numpy as np

from ..support.errors import GluonGanError

GZIP_MAGIC = b'\x1f\x8b'
POINTER = b'version https://git-lfs'      # the first bytes of a file that Git LFS has not downloaded yet
REMEDY = 'delete it, and it will be downloaded, or replaced by the stand-in'


class CorruptFile(GluonGanError, ValueError):
    """The content of a data file is not what its name promises."""


def read_idx(path, ndim, remedy=REMEDY):
    """Read an IDX file of unsigned bytes.

    Parameters
    ----------
    path : path
        The file, gzipped or not; its first bytes decide, not its name.
    ndim : int
        The number of dimensions it must have: 3 for MNIST's images, 1 for its labels.
    remedy : str
        What to do about a corrupt file, for the message.

    Returns
    -------
    numpy.ndarray
        uint8, read-only, with `ndim` dimensions.

    Raises
    ------
    CorruptFile
        If the file is truncated, too long, not IDX, or has other dimensions or entries. The message names the file and
        the remedy.
    """
    path = Path(path)
    content = path.read_bytes()
    if content.startswith(POINTER):
        raise corrupt(path, 'is a pointer of Git LFS, not the file itself', 'run git lfs pull in its repository, or '
                                                                            'get the file elsewhere')
    if content[:2] == GZIP_MAGIC:
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise corrupt(path, f'is truncated or damaged ({error})', remedy) from None
    header = 4 + 4 * ndim
    if len(content) < header:
        raise corrupt(path, f'is truncated: {len(content)} bytes do not hold the header of {header}', remedy)
    magic = bytes((0, 0, 8, ndim))
    if content[:4] != magic:
        raise corrupt(path, f'is not an IDX file of {ndim}-dimensional bytes: it begins with {content[:4].hex()}, '
                            f'not {magic.hex()}', remedy)
    shape = tuple(int(side) for side in np.frombuffer(content, '>u4', count=ndim, offset=4))
    expected = math.prod(shape)
    if expected != len(content) - header:
        raise corrupt(path, f'should hold {" x ".join(map(str, shape))} = {expected} bytes according to its header, '
                            f'and holds {len(content) - header}', remedy)
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def corrupt(path, problem, remedy=REMEDY):
    """A :class:`CorruptFile` whose message names the file, the problem and the remedy."""
    return CorruptFile(f'{path} {problem}: {remedy}')
