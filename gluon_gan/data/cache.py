"""The cache of decoded images: cropped, resized and stored as one uint8 array on disk, so that a batch is one gather.

Each array lies in its own folder, as ``images.npy`` with ``source.json`` beside it. The name of the folder contains a
hash of the source (the name, length and modification time of every file) and of the settings, so a change of either
makes a new array. An array is written to a temporary folder, synced and renamed. The folders may be deleted at any
time.
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

from ..runtime import physical_cores
from ..support.files import sync_folder
from . import image_files

VERSION = 1                  # of the format; another number invalidates all cached arrays
MAX_BAD_SHARE = 0.05         # the fraction of images that may be unusable
CHUNK = 64                   # images that a thread decodes at a time
MARGIN = 64 << 20            # bytes of disk space that stay free
DAY = 86400

log = logging.getLogger('gluon_gan')


def folder():
    """pathlib.Path: the cache, ``$GLUON_GAN_CACHE``, or else ``gluon_gan`` in ``$XDG_CACHE_HOME`` or ``~/.cache``."""
    if chosen := os.environ.get('GLUON_GAN_CACHE'):
        return Path(chosen).expanduser()
    return Path(os.environ.get('XDG_CACHE_HOME') or '~/.cache').expanduser() / 'gluon_gan'


def decoded(container, size, name='images', crop='square', cut=None, max_bad_share=MAX_BAD_SHARE, progress=True):
    """Decode all images of a container at one size, or read them from the cache.

    Parameters
    ----------
    container : gluon_gan.data.archives.Container
    size : int
        Pixels a side.
    name : str
        The name of the data set, for messages and the folder in the cache.
    crop : str
        The name of `cut`, part of the key in the cache.
    cut : callable, optional
        ``cut(image, size)`` turns an RGB image into ``(size, size, 3)`` uint8; by default the largest central square.
    max_bad_share : float
        The fraction of images that may be unusable. These are left out, and the logger ``gluon_gan`` says so.
    progress : bool
        Whether to show a progress bar in a terminal.

    Returns
    -------
    images : numpy.memmap
        ``(N, size, size, 3)`` uint8, read-only.
    names : list of str
        The name of each image.

    Raises
    ------
    ValueError
        If there are no images, or too many of them are unusable.
    OSError
        If the cache cannot be written, or there is too little disk space.
    """
    key = hashlib.sha256(json.dumps([VERSION, container.fingerprint, size, crop]).encode()).hexdigest()[:16]
    place = folder() / f'{"".join(c if c.isalnum() else "-" for c in name)}-{size}-{key}'
    if not (place / 'source.json').exists():
        _fill(place, container, size, name, crop, cut, max_bad_share, progress)
    source = json.loads((place / 'source.json').read_text())
    bad, names = source['bad'], source['names']
    if bad:
        # Logged at every load, since whoever reads this log may not have seen the decoding.
        first, reason = next(iter(bad.items()))
        log.warning('%s: %s of %s images left out, such as %s, which %s; all are listed in %s', name, f'{len(bad):,}',
                    f'{len(bad) + len(names):,}', first, reason, place / 'source.json')
    return np.load(place / 'images.npy', mmap_mode='r'), names


def release_pages(array):
    """Release the memory of a memory-mapped array; its pages stay in the page cache. Leave other arrays alone."""
    while array is not None and not isinstance(array, mmap.mmap):
        if getattr(array, 'mode', 'r') == 'c':
            return               # copy on write: the changes exist only in memory
        array = getattr(array, '_mmap', None) or getattr(array, 'base', None)
    if array is not None and hasattr(mmap, 'MADV_DONTNEED'):
        array.madvise(mmap.MADV_DONTNEED)


def _fill(place, container, size, name, crop, cut, max_bad_share, progress):
    """Decode into a temporary folder, and rename it when it is complete."""
    count = len(container)
    if not count:
        raise ValueError(f'{container.path} holds no images ({", ".join(sorted(image_files.SUFFIXES))})')
    place.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in place.parent.glob('.*.tmp'):       # left by killed processes; a recent one may be in use
        if time.time() - abandoned.stat().st_mtime > DAY:
            shutil.rmtree(abandoned, ignore_errors=True)
    needed, free = count * size * size * 3, shutil.disk_usage(place.parent).free
    if needed + MARGIN > free:
        raise OSError(f'{name} needs {needed / 1e6:,.0f} MB in {place.parent}, where {free / 1e6:,.0f} MB are free: '
                      'free some disk space, or set GLUON_GAN_CACHE to another disk')
    unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=f'.{place.name}.', suffix='.tmp'))
    try:
        names, bad = [], {}
        bar = tqdm(_images(container, size, cut), total=count, desc=f'decoding {name}', unit=' images',
                   disable=None if progress else True)
        with open(unfinished / 'images.npy', 'wb') as file:
            file.write(_header(0, size))
            for item, image, reason in bar:
                if reason:
                    bad[item] = reason
                    continue
                names.append(item)
                file.write(image.tobytes())
            if len(bad) > max_bad_share * count or not names:
                examples = '; '.join(f'{item} {reason}' for item, reason in islice(bad.items(), 3))
                raise ValueError(f'{len(bad):,} of the {count:,} images of {container.path} are unusable, '
                                 f'and at most {max_bad_share:.0%} may be: {examples}')
            file.seek(0)
            file.write(_header(len(names), size))
            file.flush()
            os.fsync(file.fileno())
        source = {'source': str(container.path), 'size': size, 'crop': crop, 'bad': bad, 'names': names}
        with open(unfinished / 'source.json', 'w') as file:
            json.dump(source, file, indent=0)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(unfinished)
        unfinished.chmod(0o755)                         # mkdtemp's 0700 would hide it from other users
        try:
            unfinished.rename(place)
        except OSError:
            if not (place / 'source.json').exists():    # otherwise another process has finished the same array first
                raise
        sync_folder(place.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _images(container, size, cut):
    """Yield (name, array, None) or (name, None, reason) in the container's order, decoded by one thread a core."""
    draft = 2 * size if cut is None else None           # a custom cut may need every pixel
    cut = cut or image_files.square

    def decode(files):
        results = []
        for item, content in files:
            try:
                if content is None:
                    raise image_files.UnusableImage('is too large for an image file')
                results.append((item, np.ascontiguousarray(cut(image_files.read(content, draft), size)), None))
            except image_files.UnusableImage as error:
                results.append((item, None, str(error)))
        return results

    threads = physical_cores()
    with ThreadPoolExecutor(threads) as pool:      # a bounded number of images is pending
        pending, remaining = deque(), iter(container)
        while True:
            files = list(islice(remaining, CHUNK))
            if files:
                pending.append(pool.submit(decode, files))
            if pending and (not files or len(pending) > threads + 1):
                yield from pending.popleft().result()
            elif not files:
                return


def _header(count, size):
    """The header of an .npy file: 128 bytes for any count, so it can be rewritten when the count is known."""
    description = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {size}, {size}, 3), }}"
    return b'\x93NUMPY\x01\x00' + (118).to_bytes(2, 'little') + description.ljust(117).encode() + b'\n'
