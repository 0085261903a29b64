"""The IDX format of the MNIST files, as their own page described it.

Two zero bytes, one byte for the type of the entries (8 is unsigned bytes, the only one used here), one for the number
of dimensions, each dimension as a big-endian 32-bit number, then the entries in C order. The files are usually
gzipped.
"""
import gzip
import zlib
from pathlib import Path

import numpy as np

GZIP_MAGIC = b'\x1f\x8b'


class CorruptFile(ValueError):
    """A data file is there but is not what its name says."""


def read_idx(path, ndim):
    """One IDX file of unsigned bytes.

    Parameters
    ----------
    path : path
        The file, gzipped or not: its first bytes tell, not its name.
    ndim : int
        How many dimensions it must have: 3 for MNIST's images, 1 for its labels.

    Returns
    -------
    numpy.ndarray
        uint8, read-only, `ndim` dimensions.

    Raises
    ------
    CorruptFile
        If it is cut off, too long, not IDX, or has other dimensions or entries; the message names file and remedy.
    """
    path = Path(path)
    content = path.read_bytes()
    if content[:2] == GZIP_MAGIC:
        try:
            content = gzip.decompress(content)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise corrupt(path, f'is cut off or damaged ({error})') from None
    header = 4 + 4 * ndim
    if len(content) < header:
        raise corrupt(path, f'is cut off: {len(content)} bytes do not hold the header of {header}')
    magic = bytes((0, 0, 8, ndim))
    if content[:4] != magic:
        raise corrupt(path, f'is no IDX file of {ndim}-dimensional bytes: it begins with {content[:4].hex()}, '
                            f'not {magic.hex()}')
    shape = tuple(int(side) for side in np.frombuffer(content, '>u4', count=ndim, offset=4))
    promised = 1
    for side in shape:
        promised *= side
    if promised != len(content) - header:
        raise corrupt(path, f'promises {" x ".join(map(str, shape))} = {promised} bytes '
                            f'and holds {len(content) - header}')
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def corrupt(path, what):
    """The one line for a bad file: which, what is wrong with it, and what to do."""
    return CorruptFile(f'{path} {what}: delete it, and it will be downloaded, or replaced by the stand-in')
