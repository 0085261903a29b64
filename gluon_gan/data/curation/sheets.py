"""Contact sheets: what a curation decided, for eyes to check."""
import numpy as np
from PIL import Image

from ... import viz
from .. import pictures

SIDE, ROW, MOST = 96, 10, 60          # pixels of a picture, pictures in a row, pictures in a sheet


def draw(src, dst, rows, threshold):
    """Write ``kept.png``, ``refused.png``, ``close.png`` and ``duplicates.png``; one that would be empty is not there.

    Under each picture stands its score, with a minus where it was refused.

    Parameters
    ----------
    src, dst : pathlib.Path
        The pictures, and where the sheets go.
    rows : list of dict
        Of the manifest.
    threshold : float

    Returns
    -------
    list of pathlib.Path
        What was written.
    """
    scored = sorted((row for row in rows if row['verdict'] in ('kept', 'refused')), key=lambda row: (-row['score'], row['path']))
    kept, refused = ([row for row in scored if row['verdict'] == verdict] for verdict in ('kept', 'refused'))
    close = sorted(scored, key=lambda row: abs(row['score'] - threshold))[:MOST]
    close.sort(key=lambda row: (-row['score'], row['path']))
    pairs = [each for row in _spread([row for row in rows if row['verdict'] == 'duplicate'], MOST // 2)
             for each in ((row['of'], 'kept'), (row['path'], row['reason'].partition(' of')[0] + ' bits'))]
    written = []
    sheets = {'kept': _captions(_spread(kept)), 'refused': _captions(_spread(refused)), 'close': _captions(close), 'duplicates': pairs}
    for name, shown in sheets.items():
        path = dst / f'{name}.png'
        if shown:
            written.append(viz.save(_sheet(src, shown), path))
        else:
            path.unlink(missing_ok=True)
    return written


def _spread(rows, most=MOST):
    """At most so many of them, evenly over the order they are in."""
    return [rows[i] for i in np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).round().astype(int))]


def _captions(rows):
    return [(row['path'], f"{row['score']:.3f}" if row['verdict'] == 'kept' else f"- {row['score']:.3f}") for row in rows]


def _sheet(src, shown):
    """Rows of pictures with captions, one below the other."""
    strips = []
    for start in range(0, len(shown), ROW):
        part = shown[start:start + ROW]
        strips.append(viz.strip(np.stack([_thumbnail(src / path) for path, _ in part]), [caption for _, caption in part]))
    sheet = Image.new('RGB', (max(strip.width for strip in strips), sum(strip.height for strip in strips)), 'white')
    for number, strip in enumerate(strips):
        sheet.paste(strip, (0, number * strips[0].height))
    return sheet


def _thumbnail(path):
    """A picture's central square, or grey if it has been taken away since."""
    try:
        return pictures.square(pictures.read(path, draft=SIDE), SIDE)
    except pictures.BadPicture:
        return np.full((SIDE, SIDE, 3), 128, np.uint8)
