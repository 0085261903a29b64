"""Refining a folder of photographs: score, sort out, copy, and keep a record of it all."""
import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ... import files
from ...checks import number, whole_number
from .. import pictures
from ..fetch import checksum
from .duplicates import Seen, fingerprint
from .manifest import NAME, Manifest, counts

BATCH = 32          # images that are scored, copied and recorded together: what a kill can cost
DIGITS = 6          # of a score


@dataclass
class Summary:
    """What a curation came to.

    Attributes
    ----------
    folder : pathlib.Path
        With ``kept/``, ``manifest.jsonl`` and the contact sheets.
    counts : dict
        How many images were ``kept``, ``refused``, ``duplicate``, ``tiny`` and ``broken``.
    sheets : list of pathlib.Path
    """

    folder: Path
    counts: dict
    sheets: list

    def __str__(self):
        return ', '.join(f'{count:,} {verdict}' for verdict, count in self.counts.items()) + f' of {sum(self.counts.values()):,} images'


def curate(src, dst, scorer, threshold=None, least_side=64, distance=4, link=False, progress=True):
    """Copy what belongs to a subject out of a folder of scraped photographs, as the author of penetrails did for his quilt GAN.

    For each picture file below `src`, in the order of the paths: a file that cannot be read is broken; one with a side of less than
    `least_side` pixels is tiny; one whose score is below the threshold, or that the scorer objects to, is refused; one that looks like
    an earlier one that was kept, mirrored or not, is its duplicate; all others are kept. ``dst/manifest.jsonl`` says so of each, in one
    line of JSON, with the reason. `src` is only read.

    It can be stopped at any time, by Ctrl-C, a kill or a power failure: the same call goes on, and the manifest becomes, byte for
    byte, what it would have been. At the end, ``kept.png`` and ``refused.png`` show a choice over all scores, ``close.png`` what lies
    next to the threshold, and ``duplicates.png`` some pairs.

    Parameters
    ----------
    src : path
    dst : path
        A new folder, or that of an earlier call with the same settings; not within `src`, nor around it.
    scorer : ResNetScorer, ExampleScorer or other
        Anything with ``size`` (pixels), ``threshold``, ``settings()`` (a dict) and a call that takes ``(N, size, size, 3)`` uint8 and
        returns ``(N,)`` scores from 0 to 1 and N objections, a str or None each. It may see pictures again, and has to say the same.
    threshold : float, optional
        The least score that is kept, at least 0 and less than 1; by default the scorer's own.
    least_side : int
        Pixels.
    distance : int
        Bits of 64 by which the hashes of a picture and its duplicate may differ; 0 only takes those with the same hash, -1 looks for none.
    link : bool
        Make hard links in place of copies: no room is needed, but a change of the one is a change of the other.
    progress : bool
        A bar, where there is a terminal.

    Returns
    -------
    Summary

    Raises
    ------
    ValueError
        If `src` holds no pictures, `dst` is not as above or of other settings, or another process is at work in it.
    OSError
        If `dst` cannot be written, or a link cannot be made.
    """
    src, dst = Path(src), Path(dst)
    threshold = number('threshold', scorer.threshold if threshold is None else threshold, 'at least 0 and less than 1', 0.0, 1.0)
    least_side, distance = whole_number('least_side', least_side), whole_number('distance', distance, -1)
    paths = _paths(src, dst)
    listing = hashlib.sha256(json.dumps([[str(path), (src / path).stat().st_size] for path in paths]).encode()).hexdigest()
    settings = {'images': len(paths), 'files_sha256': listing, **scorer.settings(),
                'threshold': threshold, 'least_side': least_side, 'distance': distance}
    dst.mkdir(parents=True, exist_ok=True)
    ours = files.lock(dst, 'curating')
    try:
        for folder in (dst, *(path for path in (dst / 'kept').rglob('*') if path.is_dir()), dst / 'kept'):
            files.sweep(folder)
        manifest = Manifest(dst, settings, BATCH)
        seen, kept = Seen(distance), []
        for row in manifest.rows:
            if row['verdict'] == 'kept':
                seen.add(int(row['hash'], 16))
                kept.append(row['path'])
        done = len(manifest.rows)
        bar = tqdm(total=len(paths), initial=done, unit='image', desc='curating', disable=None if progress else True)
        with bar, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for start in range(done, len(paths), BATCH):
                looks = list(pool.map(lambda path: _look(src / path, scorer.size, least_side), paths[start:start + BATCH]))
                rows = _judge(paths[start:start + BATCH], looks, scorer, threshold, seen, kept)
                for row in rows:
                    if row['verdict'] == 'kept':
                        _take(src / row['path'], dst / 'kept' / row['path'], link)
                manifest.add(rows)
                bar.update(len(rows))
        from . import sheets       # brings matplotlib
        return Summary(dst, counts(manifest.rows), sheets.draw(src, dst, manifest.rows, threshold))
    finally:
        if ours:
            files.unlock(dst)


def _paths(src, dst):
    if not src.is_dir():
        raise ValueError(f'{src} is no folder of pictures')
    inner, outer = dst.resolve(), src.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise ValueError(f'{dst} and {src} lie within each other: choose a folder for the result that is apart from the pictures')
    if dst.exists() and not dst.is_dir():
        raise ValueError(f'{dst} is a file: choose another folder for the result')
    if dst.exists() and not (dst / NAME).exists() and any(path.name != '.lock' for path in dst.iterdir()):
        raise ValueError(f'{dst} is not empty, and has no {NAME} to go on from: choose a new folder for the result')
    paths = pictures.files(src)
    if not paths:
        raise ValueError(f'{src} holds no pictures ({", ".join(sorted(pictures.SUFFIXES))})')
    return paths


def _look(path, size, least_side):
    """All that can be told of one file by itself: a row of the manifest, and its square and mirrored hash where it is to be scored."""
    row = dict.fromkeys(('path', 'sha256', 'width', 'height', 'hash', 'score', 'verdict', 'reason', 'of'))
    try:
        row['sha256'] = checksum(path)
        row['width'], row['height'] = _extent(path)
        if row['width'] and min(row['width'], row['height']) < least_side:
            row.update(verdict='tiny', reason=f"{row['width']} x {row['height']} pixels, and {least_side} are the least")
        image = pictures.read(path, draft=size)
    except (OSError, pictures.BadPicture) as error:
        row.update(verdict='broken', reason=str(error) if isinstance(error, pictures.BadPicture) else f'cannot be read: {error.strerror}')
        return row, None, None
    own, mirrored = fingerprint(image)
    row['hash'] = f'{own:016x}'
    return row, None if row['verdict'] else pictures.square(image, size), mirrored


def _extent(path):
    """Width and height as the file's header has them, or None twice; what is wrong with it, reading will tell."""
    try:
        with Image.open(path) as image:
            return image.size
    except Exception:       # as in pictures.read: of damaged files, decoders raise anything
        return None, None


def _judge(paths, looks, scorer, threshold, seen, kept):
    """The rows of a batch, complete; `seen` and `kept` get what is kept."""
    squares = [square for _, square, _ in looks if square is not None]
    scores, objections = scorer(np.stack(squares)) if squares else ((), ())
    opinions = iter(zip(scores, objections))
    for path, (row, square, mirrored) in zip(paths, looks):
        row['path'] = str(path)
        if square is None:
            continue
        score, objection = next(opinions)
        row['score'] = score = round(float(score), DIGITS)
        own = int(row['hash'], 16)
        if objection or not score >= threshold:
            row.update(verdict='refused', reason=objection or f'the score is below {threshold:g}')
            continue
        like = seen.nearest(own, mirrored)
        if like:
            which, bits, flipped = like
            row.update(verdict='duplicate', of=kept[which], reason=f"{bits} of 64 bits differ{' when mirrored' if flipped else ''}")
            continue
        row['verdict'] = 'kept'
        seen.add(own)
        kept.append(row['path'])
    return [row for row, _, _ in looks]


def _take(source, target, link):
    """Copy or link a file to its place, whole or not at all."""
    if not link:
        with files.whole(target) as unfinished, open(source, 'rb') as origin, open(unfinished, 'wb') as copy:
            while chunk := origin.read(1 << 20):
                copy.write(chunk)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        os.link(source.resolve(), target)
