"""TensorBoard events: ``tensorboard --logdir runs`` shows them."""
import re
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import numpy as np
from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto import event_pb2, summary_pb2

from .. import viz
from ..checks import whole_number
from . import monitor
from .callbacks import Callback
from .measures import equilibrium

TAGS = {   # a record's name: its chart; TensorBoard groups them by what stands before the slash
    'errD': 'loss/D', 'errG': 'loss/G', 'cycle': 'loss/cycle', 'identity': 'loss/identity', 'D(x)': 'probability/D_x', 'D(G(z))': 'probability/D_G_z', 'auc': 'probability/auc',
    'gradD': 'gradient/D', 'gradG': 'gradient/G', 'updateD': 'update/D', 'updateG': 'update/G', 'lr': 'update/lr',
    'diversity': 'pictures/diversity', 'saturated': 'pictures/saturated', 'moved': 'pictures/moved', 'images/s': 'speed/images_a_second',
}
HISTOGRAMS = {'D(x)': 'D/x', 'D(G(z))': 'D/G_z'}     # not the scalars' tags: a tag is of one kind
FLUSH = 15           # seconds between two flushes, each of which waits for the disk
BINS = 60            # of a histogram: more are not seen


class TensorBoard(Callback):
    """Scalars, histograms of :meth:`~gluon_gan.train.monitor.Monitor.arrays` and grids of the pictures of ``fixed_z``.

    Where a number has an equilibrium, or the data its own value of it, that is a second curve in the same chart: the run
    ``reference`` beside the training's.

    Parameters
    ----------
    folder : path-like
        For the event files. What earlier ones hold after the step at which a resumed training goes on is purged.
    every : int
        Steps between two records.
    pictures : int or None
        Steps between two grids, each with its histograms; None for one an epoch.
    """

    def __init__(self, folder, every=25, pictures=None):
        self.folder, self.every = Path(folder), whole_number('every', every)
        self.pictures = None if pictures is None else whole_number('pictures', pictures)

    def on_begin(self, trainer):
        if not trainer.steps and trainer.home is None and any(self.folder.rglob('events.out.tfevents.*')):
            raise ValueError(f'{self.folder} is of an earlier training: choose another folder, or move it away')
        monitor.of(trainer).begin(trainer)
        self._writer, self._reference = self._open(self.folder, trainer), self._open(self.folder / 'reference', trainer)
        self._levels = {name: level for name, (_, level) in equilibrium(trainer.game.loss, trainer.game.real_label).items()}
        self._flushed = time.monotonic()

    def on_step(self, trainer):
        if trainer.steps % self.every == 0:
            self._write_scalars(trainer)
        if self.pictures and trainer.steps % self.pictures == 0:
            self._write_pictures(trainer)
        if time.monotonic() - self._flushed > FLUSH:
            self._writer.flush()
            self._reference.flush()
            self._flushed = time.monotonic()

    def on_epoch(self, trainer):
        if not self.pictures:
            self._write_pictures(trainer)

    def on_end(self, trainer):
        with ExitStack() as both:
            for writer in (self._writer, self._reference):
                both.callback(writer._py_recordio_writer.close)      # its own close stops where a full disk refuses the last bytes
                both.callback(writer.close)

    def _open(self, folder, trainer):
        # Not tensorboardX's SummaryWriter: it writes in a thread of its own, and once that has died of a full disk, whoever adds
        # an event waits for ever.
        folder.mkdir(parents=True, exist_ok=True)
        # Its names have seconds: two trainings in one second would write into the same file.
        writer = EventsWriter(str(folder / 'events'), f'.{len(list(folder.glob("events.out.*"))):03d}')
        if trainer.steps or trainer.home:
            # What TensorBoard knows as purging: of what was written before, nothing from this step on counts.
            start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
            writer.write_event(event_pb2.Event(wall_time=time.time(), step=trainer.steps + 1, session_log=start))
        return writer

    def _write_scalars(self, trainer):
        record = monitor.of(trainer).record(trainer)
        self._levels.update({name[:-5]: value for name, value in record.items() if name.endswith('_data')})
        for name, value in record.items():
            if name not in ('step', 'epoch') and not name.endswith('_data') and value is not None:
                tag = TAGS.get(name) or re.sub(r'[^-/\w.]', '_', name)
                _write(self._writer, trainer.steps, summary.scalar(tag, value))
                if self._levels.get(name) is not None:
                    _write(self._reference, trainer.steps, summary.scalar(tag, self._levels[name]))

    def _write_pictures(self, trainer):
        for tag, array in monitor.of(trainer).arrays(trainer).items():
            if np.isfinite(array).all():
                _write(self._writer, trainer.steps, summary.histogram(HISTOGRAMS.get(tag, tag), array, BINS))
        grid = viz.grid(monitor.of(trainer).samples(trainer), ncol=getattr(trainer.netG, 'classes', 0) or None)
        file = BytesIO()
        grid.save(file, format='PNG')
        image = summary_pb2.Summary.Image(height=grid.height, width=grid.width, colorspace=len(grid.getbands()),
                                          encoded_image_string=file.getvalue())
        _write(self._writer, trainer.steps, summary_pb2.Summary(value=[summary_pb2.Summary.Value(tag='samples', image=image)]))


def _write(writer, step, of_something):
    writer.write_event(event_pb2.Event(wall_time=time.time(), step=step, summary=of_something))
