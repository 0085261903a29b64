"""The progress of a translation: translations of a few fixed images after each epoch, and a contact sheet of them.

Only generated images are written, never those of the data set.
"""
import logging
from pathlib import Path

import numpy as np

from .. import viz
from ..support.checks import whole_number
from ..train.callbacks import Periodic, refuse_to_overwrite
from ..train.watch import monitor

log = logging.getLogger('gluon_gan')
SIDES = {'x': 'A to B', 'y': 'B to A'}
COLUMNS, ROWS = 4, 12         # of the contact sheet, for each direction; with more epochs, rows are evenly spaced


class Sheet(Periodic):
    """Callback that writes a strip of translations in each direction after every epoch, as in "Convolutional dreams".

    The files are ``x/0001.png`` (A to B) and ``y/0001.png`` (B to A) after the first epoch, and so on.
    :func:`contact_sheet` puts them together.

    Parameters
    ----------
    folder : path-like
        A run's ``samples/``. When a training is resumed, files of later epochs there are removed.
    every : int or None
        Steps between two strips; None for one per epoch.
    scale : int
        Enlargement: the number of times each pixel is repeated in each direction.
    """

    def __init__(self, folder, every=None, scale=1):
        super().__init__(every)
        self.folder, self.scale = Path(folder), whole_number('scale', scale)

    def on_begin(self, trainer):
        for path in self.folder.glob('[xy]/*.png'):
            refuse_to_overwrite(path, trainer)
            if path.stem.isdigit() and int(path.stem) > self._number(trainer):
                path.unlink()

    def _number(self, trainer):
        return trainer.steps // self.every if self.every else trainer.epoch

    def write(self, trainer):
        translations = monitor.of(trainer).samples(trainer)
        count = len(trainer.fixed[0])
        for side, images in (('x', translations[:count]), ('y', translations[count:])):
            path = self.folder / side / f'{self._number(trainer):04d}.png'
            viz.save(viz.strip(images[:COLUMNS], scale=self.scale), path)


def contact_sheet(folder):
    """Compose the contact sheet of a run from the strips that :class:`Sheet` wrote.

    Each row shows one epoch, in ascending order, with A to B on the left and B to A on the right.

    Parameters
    ----------
    folder : path-like
        The folder of the callback.

    Returns
    -------
    PIL.Image.Image or None
        None if there are no strips yet, or none can be read. A strip that cannot be read is left out, with a warning.
    """
    from PIL import Image
    folder = Path(folder)
    numbers = sorted({int(path.stem) for path in folder.glob('x/*.png') if (folder / 'y' / path.name).exists()})
    if not numbers:
        return None
    indices = np.linspace(0, len(numbers) - 1, min(ROWS, len(numbers))).round().astype(int)
    chosen = [numbers[i] for i in sorted({*indices})]
    rows = []
    for number in chosen:
        halves = []
        try:
            for side in SIDES:
                with Image.open(folder / side / f'{number:04d}.png') as image:
                    halves.append(image.convert('RGB'))
        except (OSError, SyntaxError, ValueError) as error:      # SyntaxError: a broken PNG
            log.warning('%s cannot be read and is left out of the sheet: %s',
                        folder / side / f'{number:04d}.png', error)
            continue
        rows.append((number, halves))
    if not rows:
        return None
    return viz.labelled([halves for _, halves in rows], [str(number) for number, _ in rows], list(SIDES.values()))
