"""What both generators make of the same few pictures, a numbered picture an epoch, and all of them on one sheet: generated pictures only."""
from pathlib import Path

import numpy as np

from .. import viz
from ..checks import whole_number
from ..train import monitor
from ..train.callbacks import Periodic, refuse_anothers

SIDES = {'x': 'A to B', 'y': 'B to A'}
COLUMNS, ROWS = 4, 12         # of the sheet, for each direction: rows are spread over the run where there are more epochs


class Sheet(Periodic):
    """``x/0001.png`` and ``y/0001.png`` after the first epoch, and so on, as "Convolutional dreams" has them: A to B, and B to A.

    Parameters
    ----------
    folder : path-like
        A run's ``samples/``. Pictures there of epochs after the one at which a resumed training goes on are removed.
    every : int or None
        Steps between two; None for one an epoch.
    scale : int
        How many times each pixel is repeated.
    """

    def __init__(self, folder, every=None, scale=1):
        super().__init__(every)
        self.folder, self.scale = Path(folder), whole_number('scale', scale)

    def on_begin(self, trainer):
        for picture in self.folder.glob('[xy]/*.png'):
            refuse_anothers(picture, trainer)
            if picture.stem.isdigit() and int(picture.stem) > self._number(trainer):
                picture.unlink()

    def _number(self, trainer):
        return trainer.steps // self.every if self.every else trainer.epoch

    def write(self, trainer):
        made = monitor.of(trainer).samples(trainer)
        shown = len(trainer.fixed[0])
        for side, pictures in (('x', made[:shown]), ('y', made[shown:])):
            viz.save(viz.strip(pictures[:COLUMNS], scale=self.scale), self.folder / side / f'{self._number(trainer):04d}.png')


def whole(folder):
    """The sheet of a run: a row for each picture that :class:`Sheet` wrote, from first to last, A to B on the left and B to A on the right.

    Parameters
    ----------
    folder : path-like
        What the callback was given.

    Returns
    -------
    PIL.Image.Image or None
        None where there are no pictures yet.
    """
    from PIL import Image
    numbers = sorted({int(path.stem) for path in Path(folder).glob('x/*.png') if (Path(folder) / 'y' / path.name).exists()})
    if not numbers:
        return None
    chosen = [numbers[i] for i in sorted({*np.linspace(0, len(numbers) - 1, min(ROWS, len(numbers))).round().astype(int)})]
    rows = []
    for number in chosen:
        halves = []
        for side in SIDES:
            with Image.open(Path(folder) / side / f'{number:04d}.png') as picture:
                halves.append(picture.convert('RGB'))
        rows.append((number, halves))
    return viz.labelled([halves for _, halves in rows], [str(number) for number, _ in rows], list(SIDES.values()))
