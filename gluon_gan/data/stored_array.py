"""One array of decoded images on disk, ``images.npy`` with ``source.json`` beside it, and whether both are intact."""
import json
import shutil
import tempfile
import zlib
from pathlib import Path

import numpy as np

from .image_files import first_line

HEADER = 128                 # bytes before the pixels in images.npy
_verified = {}               # folder of an array: its length, time and checksum, as verified in this process


class Damaged(ValueError):
    """An array is not what it was when it was written; the message says how that was noticed."""


def read(place, size):
    """Read an array, and verify its checksum once a process.

    Parameters
    ----------
    place : pathlib.Path
        The folder.
    size : int
        Pixels a side.

    Returns
    -------
    images : numpy.memmap
        ``(N, size, size, 3)`` uint8, read-only.
    source : dict
        The contents of ``source.json``.

    Raises
    ------
    Damaged
        If a file is missing or damaged, or the two do not belong together.
    OSError
        If this user may not read them.
    """
    try:
        source = json.loads((place / 'source.json').read_text())
        _check(source)
        images = np.load(place / 'images.npy', mmap_mode='r', allow_pickle=False)
    except PermissionError as error:
        raise OSError(f'{error.filename} cannot be read ({error.strerror}): make it readable, or set GLUON_GAN_CACHE '
                      'to another folder') from error
    except Exception as error:       # the parsers of JSON and of .npy raise anything for a damaged file
        raise Damaged(first_line(error)) from None
    expected = len(source['names']), size, size, 3
    if images.shape != expected or images.dtype != np.uint8 or not images.flags.c_contiguous:
        raise Damaged(f'images.npy holds {images.dtype} {images.shape}, not uint8 {expected}')
    _verify(place, source)
    return images, source


def checksum(pixels, source):
    """int: the CRC-32 of the pixels, continued over the contents of ``source.json``."""
    rest = {key: value for key, value in source.items() if key != 'crc32'}
    return zlib.crc32(json.dumps(rest, sort_keys=True).encode(), pixels)


def remove(place):
    """Remove a damaged array. It is renamed first, so that no other process finds half of it."""
    try:
        unwanted = Path(tempfile.mkdtemp(dir=place.parent, prefix=f'.{place.name}.', suffix='.tmp'))
        try:
            place.rename(unwanted / place.name)
        except FileNotFoundError:               # another process has removed it
            pass
        shutil.rmtree(unwanted, ignore_errors=True)
    except OSError as error:
        raise OSError(f'{place} is damaged and cannot be removed ({error.strerror}): delete it') from error


def header(count, size):
    """The header of an .npy file: 128 bytes for any count, so it can be rewritten when the count is known."""
    description = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {size}, {size}, 3), }}"
    return b'\x93NUMPY\x01\x00' + (118).to_bytes(2, 'little') + description.ljust(117).encode() + b'\n'


def _check(source):
    """Raise ValueError unless this is what the cache writes to ``source.json``."""
    kinds = {'names': list, 'bad': dict, 'grey': bool, 'levels': int, 'white': int, 'unread': dict, 'crc32': int}
    if not isinstance(source, dict) or not {'names', 'bad'} <= set(source):
        raise ValueError('source.json lists no images')
    wrong = [key for key, kind in kinds.items() if key in source and not isinstance(source[key], kind)]
    if wrong or not all(isinstance(name, str) for name in source['names']):
        raise ValueError(f'source.json has an odd value of {wrong[0] if wrong else "names"}')
    if not all(isinstance(count, int) for count in source.get('unread', {}).values()):
        raise ValueError('source.json has an odd value of unread')
    if ('white' in source) != ('levels' in source):
        raise ValueError('source.json has only one of white and levels')


def _verify(place, source):
    """Raise Damaged if the checksum differs. Arrays of earlier versions have none."""
    status = (place / 'images.npy').stat()
    stamp = status.st_size, status.st_mtime_ns, source.get('crc32')
    if stamp[-1] is None or _verified.get(place) == stamp:
        return
    pixels = 0
    with open(place / 'images.npy', 'rb') as file:
        file.seek(HEADER)
        while block := file.read(1 << 22):
            pixels = zlib.crc32(block, pixels)
    if checksum(pixels, source) != stamp[-1]:
        raise Damaged('the checksum differs')
    _verified[place] = stamp
