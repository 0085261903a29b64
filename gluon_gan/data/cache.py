"""The cache of decoded images: cropped, resized and stored as one uint8 array on disk, so that a batch is one gather.

Each array lies in its own folder, as ``images.npy`` with ``source.json`` beside it. The name of the folder contains a
hash of the source (the name, length and modification time of every file) and of the settings, so a change of either
makes a new array. An array is written to a temporary folder, synced and renamed. The folders may be deleted at any
time: an array that is damaged, or is not the one that ``source.json`` describes, is decoded again.
"""
import hashlib
import json
import logging
import math
import mmap
import os
import shutil
import tempfile
import time
import zlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from ..runtime import physical_cores
from ..support import locate
from ..support.files import atomic_write, sync_folder
from . import image_files, stored_array

VERSION = 1                  # of the format; another number invalidates all cached arrays
MAX_BAD_SHARE = 0.05         # the fraction of images that may be unusable; see `tolerating`
CHUNK = 64                   # images that a thread decodes at a time
MARGIN = 64 << 20            # bytes of disk space that stay free
DAY = 86400
DARK = 64                    # an image of at most 14 bits is below this level if it was scaled as one of 16 bits

log = logging.getLogger('gluon_gan')
_tolerated = ContextVar('tolerated', default=MAX_BAD_SHARE)


def decoded(container, size, name='images', crop='square', cut=None, max_bad_share=None, progress=True,
            channels=3):
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
    max_bad_share : float, optional
        The fraction of images that may be unusable, by default that of :func:`tolerating` or 0.05. These are left out,
        and the logger ``gluon_gan`` says so. If there are more, all are listed in a file beside the cached arrays.
    progress : bool
        Whether to show a progress bar in a terminal.
    channels : int, optional
        3 for RGB. With None, images that are all grey have one channel.

    Returns
    -------
    images : numpy.memmap
        ``(N, size, size, 3)`` uint8, or one channel of it, read-only.
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
    place = locate.cache() / f'{"".join(c if c.isalnum() else "-" for c in name)}-{size}-{key}'
    max_bad_share = _tolerated.get() if max_bad_share is None else max_bad_share
    for attempt in range(2):
        if not place.exists():
            _fill(place, container, size, name, crop, cut, max_bad_share, progress)
        try:
            images, source = stored_array.read(place, size)
            break
        except stored_array.Damaged as damage:
            if attempt:
                raise OSError(f'{place} is damaged just after it was written ({damage}): check the disk, or set '
                              'GLUON_GAN_CACHE to another one') from damage
            log.warning('%s: the decoded images in %s are damaged (%s); they are decoded again', name, place, damage)
            stored_array.remove(place)
    # Logged at every load, since whoever reads this log may not have seen the decoding.
    _report(name, place, container, images, source)
    grey = channels is None and (source['grey'] if 'grey' in source else _all_grey(images))
    return images[..., :1] if grey else images, source['names']


@contextmanager
def tolerating(share):
    """Let this fraction of the images be unusable in a ``with`` block, where no other fraction is given."""
    token = _tolerated.set(share)
    try:
        yield
    finally:
        _tolerated.reset(token)


def release_pages(array):
    """Release the memory of a memory-mapped array; its pages stay in the page cache. Leave other arrays alone."""
    while array is not None and not isinstance(array, mmap.mmap):
        if getattr(array, 'mode', 'r') == 'c':
            return               # copy on write: the changes exist only in memory
        array = getattr(array, '_mmap', None) or getattr(array, 'base', None)
    if array is not None and hasattr(mmap, 'MADV_DONTNEED'):
        array.madvise(mmap.MADV_DONTNEED)


def _report(name, place, container, images, source):
    """Log what was left out and what was changed."""
    bad, names = source['bad'], source['names']
    if bad:
        first, reason = next(iter(bad.items()))
        log.warning('%s: %s of %s images left out, such as %s, which %s; all are listed in %s', name, f'{len(bad):,}',
                    f'{len(bad) + len(names):,}', first, reason, place / 'source.json')
    # A folder has been listed, and may contain other files than when it was decoded.
    unread = container.unread if container.is_folder else source.get('unread')
    if unread:
        total = sum(unread.values())
        log.warning('%s: %s: %s', name, '1 file is not read as an image' if total == 1 else
                    f'{total:,} files are not read as images', _counts(unread))
    if source.get('white'):
        log.warning('%s: the images of 16 bits use levels up to %s only, so that %s became white', name,
                    f"{source['levels']:,}", f"{source['white']:,}")
    if 'crc32' not in source and all((images[at:at + CHUNK] < DARK).all() for at in range(0, len(images), CHUNK)):
        log.warning('%s: the images in %s were decoded by an earlier version and are nearly black: delete that folder, '
                    'and images of 16 bits will be scaled by the levels that they use', name, place)


def _counts(unread):
    """'12 .heic, 3 .dng': the numbers of unread files."""
    return ', '.join(f'{count:,} {kind}' for kind, count in unread.items())


def _all_grey(images):
    """Whether the three channels of all images are equal."""
    return all((part[..., :1] == part).all() for part in (images[at:at + CHUNK] for at in range(0, len(images), CHUNK)))


def _fill(place, container, size, name, crop, cut, max_bad_share, progress):
    """Decode into a temporary folder, and rename it when it is complete."""
    count = len(container)
    if not count:
        unread = container.unread
        raise ValueError(f'{container.path} holds no images ({", ".join(sorted(image_files.SUFFIXES))})'
                         + (f'; it holds {_counts(unread)}' if unread else ''))
    place.parent.mkdir(parents=True, exist_ok=True)
    for abandoned in place.parent.glob('.*.tmp'):       # left by killed processes; a recent one may be in use
        if time.time() - abandoned.stat().st_mtime > DAY:
            shutil.rmtree(abandoned, ignore_errors=True)
    needed, free = count * size * size * 3, shutil.disk_usage(place.parent).free
    if needed + MARGIN > free:
        raise OSError(f'{name} needs {(needed + MARGIN) / 1e6:,.0f} MB in {place.parent} ({MARGIN / 1e6:,.0f} MB of '
                      f'them stay free), where {free / 1e6:,.0f} MB are free: free some disk space, or set '
                      'GLUON_GAN_CACHE to another disk')
    unfinished = Path(tempfile.mkdtemp(dir=place.parent, prefix=f'.{place.name}.', suffix='.tmp'))
    try:
        listing = place.with_name(f'{place.name}.unreadable.txt')
        decode = partial(_write, unfinished / 'images.npy', listing, container, size, name, cut, max_bad_share,
                         progress)
        written = decode(image_files.WHITES[-1])
        # The levels of all images of 16 bits are scaled alike, so they are decoded again if they use fewer bits.
        white = image_files.white_of(written.levels) if written.levels else image_files.WHITES[-1]
        scaled = {}
        if white < image_files.WHITES[-1]:
            written, scaled = decode(white), {'levels': written.levels, 'white': white}
        source = {'source': str(container.path), 'size': size, 'crop': crop, 'bad': written.bad,
                  'names': written.names, 'grey': written.grey, **scaled}
        if unread := container.unread:
            source['unread'] = unread
        source['crc32'] = stored_array.checksum(written.crc32, source)
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
        listing.unlink(missing_ok=True)
        sync_folder(place.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


class _Written(NamedTuple):
    """What was written to images.npy."""
    names: list
    bad: dict
    grey: bool          # whether all images are
    levels: int         # the highest level in an image of 16 bits; 0 without any
    crc32: int


def _write(path, listing, container, size, name, cut, max_bad_share, progress, white):
    """Decode all images to a new images.npy."""
    count, names, bad, grey, levels, crc32 = len(container), [], {}, True, 0, 0
    bar = tqdm(_images(container, size, cut, white), total=count, desc=f'decoding {name}', unit=' images',
               disable=None if progress else True)
    with open(path, 'wb') as file:
        file.write(stored_array.header(0, size))
        for item, image, found in bar:
            if image is None:
                bad[item] = found
                continue
            names.append(item)
            levels, grey = max(levels, found), grey and bool((image[..., :1] == image).all())
            content = image.tobytes()
            crc32 = zlib.crc32(content, crc32)
            file.write(content)
        if len(bad) > max_bad_share * count or not names:
            examples = '; '.join(f'{item} {reason}' for item, reason in islice(bad.items(), 3))
            with atomic_write(listing) as unfinished:
                unfinished.write_text(''.join(f'{item}\t{reason}\n' for item, reason in bad.items()),
                                      errors='surrogateescape')
            share = math.ceil(100 * len(bad) / count) / 100
            remedy = f'; to leave them out, pass max_bad_share={share}' if names else ''
            raise ValueError(f'{len(bad):,} of the {count:,} images of {container.path} are unusable, and at most '
                             f'{max_bad_share:.0%} may be: {examples}; all are listed in {listing}{remedy}')
        file.seek(0)
        file.write(stored_array.header(len(names), size))
        file.flush()
        os.fsync(file.fileno())
    return _Written(names, bad, grey, levels, crc32)


def _images(container, size, cut, white):
    """Yield (name, array, highest level of 16 bits or 0) or (name, None, reason), in the container's order.

    They are decoded by one thread a core.
    """
    draft = 2 * size if cut is None else None           # a custom cut may need every pixel
    cut = cut or image_files.square

    def decode(files):
        results = []
        for item, content in files:
            try:
                if content is None:
                    raise image_files.UnusableImage('is too large for an image file')
                if isinstance(content, image_files.UnusableImage):
                    raise content
                image = image_files.read(content, draft, white)
                level = image.info.get(image_files.LEVELS, 0)
                results.append((item, np.ascontiguousarray(cut(image, size)), level))
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
