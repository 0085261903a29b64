"""Curate a folder of photographs: score every image, decide, copy what is kept, and record each decision."""
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..data import image_files
from ..support import files, signals
from ..support.checks import number, whole_number
from ..support.fetch import checksum
from .duplicates import HashIndex, fingerprint
from .manifest import NAME, Manifest, counts
from .scorers import LEAST_CORPUS

BATCH = 32          # images that are scored, copied and recorded together; a killed process loses at most one batch
DIGITS = 6          # decimal places of a score
SAMPLE = 2000       # images to which a scorer adapts; a larger folder is represented by a random sample


@dataclass
class Summary:
    """The result of a curation.

    Attributes
    ----------
    folder : pathlib.Path
        The folder that holds ``kept/``, ``manifest.jsonl`` and the contact sheets.
    counts : dict
        The number of images that were ``kept``, ``refused``, ``duplicate``, ``tiny`` and ``broken``.
    sheets : list of pathlib.Path
        The contact sheets.
    """

    folder: Path
    counts: dict
    sheets: list

    def __str__(self):
        found = ', '.join(f'{count:,} {decision}' for decision, count in self.counts.items())
        return f'{found} of {sum(self.counts.values()):,} images'


def curate(src, dst, scorer, threshold=None, least_side=64, distance=4, link=False, progress=True, adapt=True):
    """Copy the images of one subject out of a folder of scraped photographs.

    The method follows penetrails, the quilt GAN of 2018. Every image file below `src` gets one decision, in the order
    of the paths:

    - broken: the file cannot be read;
    - tiny: a side has fewer than `least_side` pixels;
    - refused: the score is below the threshold, or the scorer objects;
    - duplicate: the image, or its mirror image, resembles an earlier one that was kept;
    - kept: all other images.

    A scorer with the method ``adapted`` is adapted to `src` before the first decision, if `src` holds at least 100
    files: it is trained again, on up to 2,000 images of `src` besides its examples.

    ``dst/manifest.jsonl`` records each decision with its reason, one line of JSON for each image. `src` is only read.

    The process may be stopped at any time, by Ctrl-C, a kill or a power failure. The same call resumes it, and the
    manifest becomes byte for byte what it would have been without the interruption. At the end, the contact sheets
    ``kept.png`` and ``refused.png`` show images over the whole range of scores, ``close.png`` the images next to the
    threshold, and ``duplicates.png`` some pairs of duplicates.

    Parameters
    ----------
    src : path
        The folder of photographs.
    dst : path
        A new folder, or the folder of an earlier call with the same settings. Neither of `src` and `dst` may lie within
        the other.
    scorer : ResNetScorer, ExampleScorer or other
        An object with the attributes ``size`` (pixels) and ``threshold`` and the method ``settings()``, which returns a
        dict. It is called with ``(N, size, size, 3)`` uint8 and returns ``(N,)`` scores from 0 to 1 and a list of N
        objections, each a str or None. It may be called with an image again, and must return the same result. It may
        have the method ``adapted(batches)``, which returns the adapted scorer.
    threshold : float, optional
        The least score that is kept, at least 0 and less than 1; by default that of the scorer.
    least_side : int
        The least number of pixels of the shorter side.
    distance : int
        The largest number of bits, out of 64, in which the hashes of an image and its duplicate may differ. With 0,
        only equal hashes are duplicates; -1 turns the search for duplicates off.
    link : bool
        Make hard links instead of copies. Links take no disk space, but a change to one file also changes the other.
    progress : bool
        Show a progress bar, if there is a terminal.
    adapt : bool
        False to score with the scorer as it is. A curation that an earlier version of this package began needs this.

    Returns
    -------
    Summary

    Raises
    ------
    ValueError
        If `src` holds no images, if `dst` is not as described above or has other settings, or if another process is
        using it.
    OSError
        If `dst` cannot be written, or a link cannot be made.
    """
    src, dst = Path(src), Path(dst)
    threshold = scorer.threshold if threshold is None else threshold
    threshold = number('threshold', threshold, 'at least 0 and less than 1', 0.0, 1.0)
    least_side, distance = whole_number('least_side', least_side), whole_number('distance', distance, -1)
    paths = _paths(src, dst)
    listing = json.dumps([[str(path), (src / path).stat().st_size] for path in paths])
    settings = {'images': len(paths), 'files_sha256': hashlib.sha256(listing.encode()).hexdigest(), **scorer.settings(),
                'threshold': threshold, 'least_side': least_side, 'distance': distance}
    adapt = adapt and hasattr(scorer, 'adapted') and len(paths) >= LEAST_CORPUS
    if adapt:
        settings['adapt'] = True
    dst.mkdir(parents=True, exist_ok=True)
    newly_locked = files.lock(dst, 'curating')
    try:
        files.sweep(dst)
        manifest = Manifest(dst, settings, BATCH)
        index, kept = HashIndex(distance), []
        for row in manifest.rows:
            if row['decision'] == 'kept':
                index.add(int(row['hash'], 16))
                kept.append(row['path'])
        done = len(manifest.rows)
        hidden = None if progress else True
        if adapt and done < len(paths):
            scorer = scorer.adapted(_sample(src, paths, scorer.size, least_side, hidden))
        bar = tqdm(total=len(paths), initial=done, unit='image', desc='curating', disable=hidden)
        with bar, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for start in range(done, len(paths), BATCH):
                signals.check()
                batch = paths[start:start + BATCH]
                inspected = list(pool.map(lambda path: _inspect(src / path, scorer.size, least_side), batch))
                rows = _decide(batch, inspected, scorer, threshold, index, kept)
                for row in rows:
                    if row['decision'] == 'kept':
                        _copy(src / row['path'], dst / 'kept' / row['path'], link)
                manifest.add(rows)
                bar.update(len(rows))
        from . import contact_sheets  # imports matplotlib
        return Summary(dst, counts(manifest.rows), contact_sheets.write_sheets(src, dst, manifest.rows, threshold))
    finally:
        if newly_locked:
            files.unlock(dst)


def _paths(src, dst):
    """The image files below `src`, after a check of both folders."""
    if not src.is_dir():
        raise ValueError(f'{src} is not a folder of images')
    inner, outer = dst.resolve(), src.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise ValueError(f'{dst} and {src} overlap: choose a folder for the result outside the folder of images')
    if dst.exists() and not dst.is_dir():
        raise ValueError(f'{dst} is a file: choose another folder for the result')
    if dst.exists() and not (dst / NAME).exists() and any(path.name != '.lock' for path in dst.iterdir()):
        raise ValueError(f'{dst} is not empty, and has no {NAME} to resume from: choose a new folder for the result')
    paths = image_files.files(src)
    if not paths:
        raise ValueError(f'{src} holds no images ({", ".join(sorted(image_files.SUFFIXES))})')
    return paths


def _sample(src, paths, size, least_side, hidden):
    """Yield batches of the central squares of at most SAMPLE different images that are to be scored.

    The images are those with the smallest checksums, in that order, so that they are a random sample, and neither the
    names of the files nor an interruption changes it.
    """
    found = {}
    for path in paths:
        signals.check()
        with suppress(OSError):
            found.setdefault(checksum(src / path), path)
    order = [found[key] for key in sorted(found)]
    left = min(SAMPLE, len(order))
    with (tqdm(total=left, unit='image', desc='adapting', disable=hidden) as bar,
          ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool):
        for start in range(0, len(order), BATCH):
            signals.check()
            inspected = pool.map(lambda path: _inspect(src / path, size, least_side), order[start:start + BATCH])
            squares = [square for _, square, _ in inspected if square is not None][:left]
            if squares:
                yield np.stack(squares)
            left -= len(squares)
            bar.update(len(squares))
            if not left:
                return


def _inspect(path, size, least_side):
    """Examine one file on its own.

    Returns
    -------
    (dict, numpy.ndarray or None, int or None)
        The row of the manifest as far as it is known; the central square, or None if the image is not to be scored; and
        the hash of the mirrored image.
    """
    row = dict.fromkeys(('path', 'sha256', 'width', 'height', 'hash', 'score', 'decision', 'reason', 'of'))
    try:
        row['sha256'] = checksum(path)
        row['width'], row['height'] = _extent(path)
        if row['width'] and min(row['width'], row['height']) < least_side:
            row.update(decision='tiny', reason=f"{row['width']} x {row['height']} pixels, less than {least_side}")
        image = image_files.read(path, draft=size)
    except image_files.UnusableImage as error:
        row.update(decision='broken', reason=str(error))
        return row, None, None
    except OSError as error:
        row.update(decision='broken', reason=f'cannot be read: {error.strerror}')
        return row, None, None
    own, mirrored = fingerprint(image)
    row['hash'] = f'{own:016x}'
    return row, None if row['decision'] else image_files.square(image, size), mirrored


def _extent(path):
    """Width and height according to the file's header, or (None, None) if it cannot be parsed.

    What is wrong with the file is reported by :func:`gluon_gan.data.image_files.read`.
    """
    try:
        with Image.open(path) as image:
            return image.size
    except Exception:       # as in image_files.read: decoders may raise anything for a damaged file
        return None, None


def _decide(paths, inspected, scorer, threshold, index, kept):
    """Complete the rows of a batch. The hashes and paths of kept images are added to `index` and `kept`."""
    squares = [square for _, square, _ in inspected if square is not None]
    scores, objections = scorer(np.stack(squares)) if squares else ((), ())
    results = iter(zip(scores, objections))
    for path, (row, square, mirrored) in zip(paths, inspected):
        row['path'] = str(path)
        if square is None:
            continue
        score, objection = next(results)
        row['score'] = score = round(float(score), DIGITS)
        own = int(row['hash'], 16)
        if objection or not score >= threshold:
            row.update(decision='refused', reason=objection or f'the score is below {threshold:g}')
            continue
        match = index.nearest(own, mirrored)
        if match:
            matched, bits, is_mirrored = match
            row.update(decision='duplicate', of=kept[matched],
                       reason=f"{bits} of 64 bits differ{' when mirrored' if is_mirrored else ''}")
            continue
        row['decision'] = 'kept'
        index.add(own)
        kept.append(row['path'])
    return [row for row, _, _ in inspected]


def _copy(source, target, link):
    """Copy or hard-link a file to its place. A copy is complete or absent, never partial."""
    if not link:
        with files.atomic_write(target) as unfinished, open(source, 'rb') as origin, open(unfinished, 'wb') as copy:
            while chunk := origin.read(1 << 20):
                copy.write(chunk)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        os.link(source.resolve(), target)
