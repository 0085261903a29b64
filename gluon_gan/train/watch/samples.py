"""Images of the same noise at regular intervals during training."""
from pathlib import Path

from ... import viz
from ..callbacks import Periodic, refuse_to_overwrite
from . import monitor


class Samples(Periodic):
    """Saves a grid of the images of ``fixed_z`` at regular intervals, as ``step-0001000.png``.

    The images use the statistics of their own batch (:meth:`gluon_gan.train.watch.monitor.Monitor.samples`). Measuring
    the averaged generator's running statistics again for every grid would take a tenth of the time of a short training.

    Parameters
    ----------
    folder : path-like
        A resumed training removes the grids after its first step from this folder.
    every : int or None
        The number of steps between two grids; None for one grid per epoch.
    scale : int
        The factor by which the grid is enlarged, by repeating pixels.
    """

    def __init__(self, folder, every=None, scale=1):
        super().__init__(every)
        self.folder, self.scale = Path(folder), scale

    def on_begin(self, trainer):
        for grid in self.folder.glob('step-*.png'):
            refuse_to_overwrite(grid, trainer)
            # The training may have continued beyond its last checkpoint.
            if grid.stem[5:].isdigit() and int(grid.stem[5:]) > trainer.steps:
                grid.unlink()
        self._written_at = None
        if not trainer.steps:                # a resumed training writes the same grids as an uninterrupted one
            self.write(trainer)

    def on_end(self, trainer):
        self.write(trainer)

    def write(self, trainer):
        if trainer.steps != self._written_at:
            self._written_at = trainer.steps     # set first: a grid that failed is not tried again at the end
            columns = getattr(trainer.netG, 'classes', 0) or None      # one for each class
            grid = viz.grid(monitor.of(trainer).samples(trainer), ncol=columns, scale=self.scale)
            viz.save(grid, self.folder / f'step-{trainer.steps:07d}.png')
