"""Crop the blocks of all quilts in a folder of photographs, and record the grid of each photograph."""
import fnmatch
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from ..data import image_files
from ..support import files, signals
from ..support.checks import number, whole_number
from .block_crops import crop_side, crops, places
from .block_grid import CONFIDENCE, find_grid
from .manifest import NAME

BATCH = 16          # photographs that are examined together; a signal is noticed between two batches
DIGITS = 4          # decimal places of a grid


@dataclass
class CropSummary:
    """The result of :func:`crop_folder`.

    Attributes
    ----------
    folder : pathlib.Path
        The folder that holds the crops and ``manifest.jsonl``.
    photographs : int
        The number of photographs.
    grids : int
        The number of photographs in which a grid was found.
    cropped : int
        The number of photographs with crops.
    crops : int
        The number of crops.
    broken : int
        The number of files that cannot be read.
    """

    folder: Path
    photographs: int
    grids: int
    cropped: int
    crops: int
    broken: int

    def __str__(self):
        return (f'{self.crops:,} crops of {self.cropped:,} photographs; a grid in {self.grids:,} of '
                f'{self.photographs:,} photographs, {self.broken:,} broken')


def crop_folder(src, dst, size=64, blocks=2, least_side=48, confidence=CONFIDENCE, exclude=(), progress=True):
    """Crop squares of ``blocks x blocks`` blocks from all photographs of quilts below a folder.

    ``dst`` receives one PNG for each crop, named after the photograph, the row and the column, such as
    ``quilt_0004_r01_c03.png``. Photographs of the same name in different subfolders are distinguished by a number.
    ``dst/manifest.jsonl`` holds the settings in its first line, then one line for each photograph: its path, the grid
    and its confidence, and the names of the crops or the reason why there are none. A photograph in which no repetition
    is found with enough confidence is not cropped. `src` is only read.

    The crops are written to a hidden folder beside `dst`, which is renamed at the end: `dst` is complete or absent. An
    interruption removes the hidden folder. After a kill or a power failure, the next call removes it.

    Parameters
    ----------
    src : path
        The folder of photographs.
    dst : path
        A new or empty folder. Neither of `src` and `dst` may lie within the other.
    size : int
        Pixels a side of the crops, 1 to 4,096.
    blocks : int
        Blocks along a side of a crop, at least 1.
    least_side : int
        The least number of pixels of the photograph along a side of a crop.
    confidence : float
        The least confidence of a grid, at least 0 and less than 1; see :func:`~gluon_gan.curation.find_grid`.
    exclude : sequence of str
        Patterns of paths, relative to `src`, that are left out, such as ``labels/*`` (:mod:`fnmatch`).
    progress : bool
        Show a progress bar, if there is a terminal.

    Returns
    -------
    CropSummary

    Raises
    ------
    ValueError
        If `src` holds no images, if `dst` is not as described above, or if another process is writing it.
    OSError
        If `dst` cannot be written.
    """
    src, dst = Path(src), Path(dst)
    size, blocks = whole_number('size', size, 1, 4096), whole_number('blocks', blocks)
    least_side = whole_number('least_side', least_side)
    confidence = number('confidence', confidence, 'at least 0 and less than 1', 0.0, 1.0)
    paths = _paths(src, dst, exclude)
    stems = _stems(paths)
    settings = {'images': len(paths), 'size': size, 'blocks': blocks, 'least_side': least_side,
                'confidence': confidence, 'exclude': list(exclude)}
    unfinished = _begin(dst)
    try:
        def examine(number):
            signals.check()
            return _crop(src, paths[number], stems[number], unfinished, settings)
        rows = []
        bar = tqdm(total=len(paths), unit='image', desc='cropping', disable=None if progress else True)
        with bar, ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
            for start in range(0, len(paths), BATCH):
                signals.check()
                rows += pool.map(examine, range(start, min(start + BATCH, len(paths))))
                bar.update(len(rows) - bar.n)
        with files.atomic_write(unfinished / NAME) as manifest:
            manifest.write_text(''.join(json.dumps(row) + '\n' for row in (settings, *rows)))
        _end(unfinished, dst)
    except BaseException:
        _remove(unfinished)
        raise
    return CropSummary(dst, len(rows), sum(row['grid'] is not None for row in rows),
                       sum(bool(row['crops']) for row in rows), sum(len(row['crops']) for row in rows),
                       sum(row['width'] is None for row in rows))


def _paths(src, dst, exclude):
    """The photographs below `src`, after a check of both folders."""
    if not src.is_dir():
        raise ValueError(f'{src} is not a folder of images')
    inner, outer = dst.resolve(), src.resolve()
    if inner == outer or outer in inner.parents or inner in outer.parents:
        raise ValueError(f'{dst} and {src} overlap: choose a folder for the crops outside the folder of images')
    if dst.exists() and not dst.is_dir():
        raise ValueError(f'{dst} is a file: choose another folder for the crops')
    if dst.exists() and any(dst.iterdir()):
        raise ValueError(f'{dst} is not empty: choose a new folder for the crops, or remove it')
    found = image_files.files(src)
    if not found:
        raise ValueError(f'{src} holds no images ({", ".join(sorted(image_files.SUFFIXES))})')
    paths = [path for path in found if not any(fnmatch.fnmatch(path.as_posix(), pattern) for pattern in exclude)]
    if not paths:
        raise ValueError(f'exclude={list(exclude)!r} leaves none of the {len(found):,} images in {src}: use fewer '
                         'patterns')
    return paths


def _stems(paths):
    """A name for each photograph; photographs of the same name get a number, also if only the case differs."""
    used, stems = {path.stem.casefold() for path in paths}, []
    first = set()
    for path in paths:
        stem, count = path.stem, 1
        if stem.casefold() in first:
            while f'{stem}-{count + 1}'.casefold() in used:
                count += 1
            stem = f'{stem}-{count + 1}'
            used.add(stem.casefold())
        first.add(stem.casefold())
        stems.append(stem)
    return stems


def _begin(dst):
    """Create and lock the hidden folder beside `dst`; what a killed process left there is removed."""
    unfinished = dst.absolute().with_name(f'.{dst.absolute().name}.cropping')
    if unfinished.exists() and not (unfinished / '.lock').is_file():
        raise ValueError(f'{unfinished} is in the way of the unfinished crops: move it, or choose another folder')
    unfinished.mkdir(parents=True, exist_ok=True)
    if not files.lock(unfinished, 'cropping'):
        raise ValueError(f'this process is already cropping into {dst}: wait until it has ended')
    for left in unfinished.iterdir():
        if left.name != '.lock':
            left.unlink()
    return unfinished


def _end(unfinished, dst):
    """Give the complete folder its name."""
    if dst.exists():
        dst.rmdir()             # fails if another program has written to it since
    (unfinished / '.lock').unlink()
    files.unlock(unfinished)
    os.rename(unfinished, dst)
    files.sync_folder(dst.absolute().parent)


def _remove(unfinished):
    """Remove the hidden folder of this process."""
    if (unfinished / '.lock').exists():
        files.unlock(unfinished)
    shutil.rmtree(unfinished, ignore_errors=True)


def _crop(src, path, stem, folder, settings):
    """Crop one photograph.

    Returns
    -------
    dict
        Its row of the manifest.
    """
    row = {'source': str(path), 'width': None, 'height': None, 'grid': None, 'confidence': None, 'crops': [],
           'reason': None}
    try:
        image = np.asarray(image_files.read(src / path))
    except image_files.UnusableImage as error:
        return {**row, 'reason': str(error)}
    except OSError as error:
        return {**row, 'reason': f'cannot be read: {error.strerror}'}
    row['height'], row['width'] = image.shape[:2]
    grid, blocks = find_grid(image, 0.0), settings['blocks']
    if grid is None:
        return {**row, 'confidence': 0.0, 'reason': 'no repetition'}
    row['confidence'] = round(grid.confidence, DIGITS)
    if grid.confidence < settings['confidence']:
        return {**row, 'reason': f"the confidence is below {settings['confidence']:g}"}
    row['grid'] = {name: round(value, DIGITS) for name, value in grid._asdict().items() if name != 'confidence'}
    side = crop_side(grid, blocks)
    if side < settings['least_side']:
        return {**row, 'reason': f"a crop would have {side:.1f} pixels a side, less than {settings['least_side']}"}
    found = places(image, grid, blocks)
    for (line, column), crop in zip(found, crops(image, grid, blocks, settings['size'], found)):
        name = f'{stem}_r{line:02}_c{column:02}.png'
        with files.atomic_write(folder / name) as unfinished:
            Image.fromarray(crop).save(unfinished, 'PNG')
        row['crops'].append(name)
    return row if row['crops'] else {**row, 'reason': f'no square of {blocks} x {blocks} blocks lies in the quilt'}
