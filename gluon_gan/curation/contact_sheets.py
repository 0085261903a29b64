"""Contact sheets: thumbnails that let a person check the decisions of a curation."""
import numpy as np
from PIL import Image

from .. import viz
from ..data import image_files

SIDE, ROW, MOST = 96, 10, 60          # pixels of a thumbnail, thumbnails in a row, thumbnails in a sheet


def write_sheets(src, dst, rows, threshold):
    """Write ``kept.png``, ``refused.png``, ``close.png`` and ``duplicates.png``.

    A sheet that would be empty is not written, and an old one is removed. Each thumbnail is captioned with its score,
    which has a minus sign in front if the image was refused.

    Parameters
    ----------
    src : pathlib.Path
        The folder with the images.
    dst : pathlib.Path
        The folder for the sheets.
    rows : list of dict
        The rows of the manifest.
    threshold : float
        The least score that was kept. ``close.png`` shows the scores nearest to it.

    Returns
    -------
    list of pathlib.Path
        The sheets that were written.
    """
    scored = [row for row in rows if row['decision'] in ('kept', 'refused')]
    scored.sort(key=lambda row: (-row['score'], row['path']))
    kept, refused = ([row for row in scored if row['decision'] == decision] for decision in ('kept', 'refused'))
    close = sorted(scored, key=lambda row: abs(row['score'] - threshold))[:MOST]
    close.sort(key=lambda row: (-row['score'], row['path']))
    pairs = []
    for row in _evenly([row for row in rows if row['decision'] == 'duplicate'], MOST // 2):
        pairs += (row['of'], 'kept'), (row['path'], row['reason'].partition(' of')[0] + ' bits')
    sheets = {'kept': _captions(_evenly(kept)), 'refused': _captions(_evenly(refused)), 'close': _captions(close),
              'duplicates': pairs}
    written = []
    for name, shown in sheets.items():
        path = dst / f'{name}.png'
        if shown:
            written.append(viz.save(_sheet(src, shown), path))
        else:
            path.unlink(missing_ok=True)
    return written


def _evenly(rows, most=MOST):
    """At most `most` rows, evenly spaced over the list."""
    return [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]


def _captions(rows):
    """List of (path, caption) pairs."""
    return [(row['path'], f"{row['score']:.3f}" if row['decision'] == 'kept' else f"- {row['score']:.3f}")
            for row in rows]


def _sheet(src, shown):
    """Rows of captioned thumbnails, stacked vertically."""
    strips = []
    for start in range(0, len(shown), ROW):
        part = shown[start:start + ROW]
        thumbnails = np.stack([_thumbnail(src / path) for path, _ in part])
        strips.append(viz.strip(thumbnails, [caption for _, caption in part]))
    size = max(strip.width for strip in strips), sum(strip.height for strip in strips)
    sheet = Image.new('RGB', size, 'white')
    for number, strip in enumerate(strips):
        sheet.paste(strip, (0, number * strips[0].height))
    return sheet


def _thumbnail(path):
    """The central square of an image, or grey if the file has been removed or damaged since."""
    try:
        return image_files.square(image_files.read(path, draft=SIDE), SIDE)
    except image_files.UnusableImage:
        return np.full((SIDE, SIDE, 3), 128, np.uint8)
