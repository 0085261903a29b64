"""Decode once: pictures cropped, resized and kept as one uint8 array on disk, so that a batch is a gather and no more.

A kept array lies in a folder of its own, ``images.npy`` with ``source.json`` beside it, whose name follows from the source (the
name, length and time or checksum of every file) and the settings: whatever changes makes another one. It is written to a
temporary folder, synced and renamed. Delete any of them at any time.
"""
import hashlib
import json
import logging
import mmap
import os
import shutil
import tempfile
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
from tqdm import tqdm

from ..files import sync_folder
from ..runtime import physical_cores
from . import pictures

VERSION = 1                  # of what is kept: another number makes all of it anew
MOST_BAD = 0.05              # share of pictures that may be bad
TOGETHER = 64                # pictures a thread takes at a time
MARGIN = 64 << 20            # bytes of disk that stay free
DAY = 86400

log = logging.getLogger('gluon_gan')


def folder():
    """pathlib.Path: where decoded pictures are kept: ``$GLUON_GAN_CACHE``, else ``gluon_gan`` in ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    chosen = os.environ.get('GLUON_GAN_CACHE')
    return Path(chosen).expanduser() if chosen else Path(os.environ.get('XDG_CACHE_HOME') or '~/.cache').expanduser() / 'gluon_gan'


def decoded(container, size, name='pictures', crop='square', cut=None, most_bad=MOST_BAD, progress=True):
    """Every picture of a container at one size, from the cache, or decoded now and kept there.

    Parameters
    ----------
    container : gluon_gan.data.containers.Container
    size : int
        Pixels a side.
    name : str
        What these are, for messages and the progress bar.
    crop : str
        The name of `cut`, part of what the array is known by.
    cut : callable, optional
        ``cut(image, size)``: an RGB image to ``(size, size, 3)`` uint8; by default the largest square in the middle.
    most_bad : float
        The share of pictures that may be bad. They are named on the logger ``gluon_gan``, and left out.
    progress : bool
        A progress bar, where there is a terminal.

    Returns
    -------
    (numpy.memmap, list of str)
        ``(N, size, size, 3)`` uint8, read only, and the name of each picture.

    Raises
    ------
    ValueError
        If there are no pictures, or too many of them are bad.
    OSError
        If the cache cannot be written, or its disk is too full.
    """
    key = hashlib.sha256(json.dumps([VERSION, container.fingerprint, size, crop]).encode()).hexdigest()[:16]
    place = folder() / f'{"".join(c if c.isalnum() else "-" for c in name)}-{size}-{key}'
    if not (place / 'source.json').exists():
        _fill(place, container, size, name, crop, cut, most_bad, progress)
    facts = json.loads((place / 'source.json').read_text())
    if facts['bad']:
        # Each time, for who reads this log need not be who decoded them.
        first, reason = next(iter(facts['bad'].items()))
        log.warning('%s: %s of %s pictures left out, such as %s, which %s; %s names all', name, f"{len(facts['bad']):,}",
                    f"{len(facts['bad']) + len(facts['names']):,}", first, reason, place / 'source.json')
    return np.load(place / 'images.npy', mmap_mode='r'), facts['names']


def forget(array):
    """Give back the memory that reading a memory-mapped array has filled; the pages stay in the system's cache. A no-op elsewhere."""
    while array is not None and not isinstance(array, mmap.mmap):
        if getattr(array, 'mode', 'r') == 'c':
            return               # copy on write: what was written is nowhere else
        array = getattr(array, '_mmap', None) or getattr(array, 'base', None)
    if array is not None and hasattr(mmap, 'MADV_DONTNEED'):
        array.madvise(mmap.MADV_DONTNEED)


def _fill(place, container, size, name, crop, cut, most_bad, progress):
    """Decode, and rename the whole folder when it is complete."""
    if not len(container):
        raise ValueError(f'{container.path} holds no pictures: those end in {", ".join(sorted(pictures.SUFFIXES))}')
    place.parent.mkdir(parents=True, exist_ok=True)
    for left in place.parent.glob('.*.tmp'):            # of killed processes; a younger one may be at work
        if time.time() - left.stat().st_mtime > DAY:
            shutil.rmtree(left, ignore_errors=True)
    needed, free = len(container) * size * size * 3, shutil.disk_usage(place.parent).free
    if needed + MARGIN > free:
        raise OSError(f'{name} needs {needed / 1e6:,.0f} MB in {place.parent}, where {free / 1e6:,.0f} MB are free: make room, or set '
                      'GLUON_GAN_CACHE to another disk')
    unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=f'.{place.name}.', suffix='.tmp'))
    try:
        names, bad = [], {}
        with open(unfinished / 'images.npy', 'wb') as file:
            file.write(_header(0, size))
            for item, image, reason in tqdm(_images(container, size, cut), total=len(container), desc=f'decoding {name}', unit=' pictures',
                                            disable=None if progress else True):
                if reason:
                    bad[item] = reason
                    continue
                names.append(item)
                file.write(image.tobytes())
            if len(bad) > most_bad * len(container) or not names:
                shown = '; '.join(f'{item} {reason}' for item, reason in islice(bad.items(), 3))
                raise ValueError(f'{len(bad):,} of the {len(container):,} pictures of {container.path} are bad, and {most_bad:.0%} may be: {shown}')
            file.seek(0)
            file.write(_header(len(names), size))
            file.flush()
            os.fsync(file.fileno())
        facts = {'source': str(container.path), 'size': size, 'crop': crop, 'bad': bad, 'names': names}
        with open(unfinished / 'source.json', 'w') as file:
            json.dump(facts, file, indent=0)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(unfinished)
        unfinished.chmod(0o755)                         # mkdtemp's 0700 would hide it from others
        try:
            unfinished.rename(place)
        except OSError:
            if not (place / 'source.json').exists():    # else another process was quicker, with the same
                raise
        sync_folder(place.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _images(container, size, cut):
    """Yield (name, array, None) or (name, None, reason) in the container's order, decoded by a thread for each core.

    Never more than a few dozen pictures a thread are under way, however large the container is.
    """
    draft = 2 * size if cut is None else None           # another cut may need every pixel
    cut = cut or pictures.square

    def decode(files):
        results = []
        for item, content in files:
            try:
                if content is None:
                    raise pictures.BadPicture('is too long for a picture')
                results.append((item, np.ascontiguousarray(cut(pictures.read(content, draft), size)), None))
            except pictures.BadPicture as error:
                results.append((item, None, str(error)))
        return results

    threads = physical_cores()
    with ThreadPoolExecutor(threads) as pool:
        under_way, reading = deque(), iter(container)
        while True:
            files = list(islice(reading, TOGETHER))
            if files:
                under_way.append(pool.submit(decode, files))
            if under_way and (not files or len(under_way) > threads + 1):
                yield from under_way.popleft().result()
            elif not files:
                return


def _header(count, size):
    """128 bytes of an .npy file, the same length for any count, so that it can be written when the count is known."""
    description = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {size}, {size}, 3), }}"
    return b'\x93NUMPY\x01\x00' + (118).to_bytes(2, 'little') + description.ljust(117).encode() + b'\n'
