"""Event files for TensorBoard, which displays them with ``tensorboard --logdir runs``."""
import re
import time
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import numpy as np
from tensorboardX import summary
from tensorboardX.event_file_writer import EventsWriter
from tensorboardX.proto import event_pb2, summary_pb2

from ... import viz
from ...support.checks import whole_number
from ..callbacks import Callback
from . import monitor
from .measures import equilibrium

TAGS = {   # a record's name to the tag of its chart; TensorBoard groups charts by the part before the slash
    'errD': 'loss/D', 'errG': 'loss/G', 'cycle': 'loss/cycle', 'identity': 'loss/identity',
    'D(x)': 'probability/D_x', 'D(G(z))': 'probability/D_G_z', 'auc': 'probability/auc',
    'gradD': 'gradient/D', 'gradG': 'gradient/G', 'updateD': 'update/D', 'updateG': 'update/G', 'lr': 'update/lr',
    'diversity': 'pictures/diversity', 'saturated': 'pictures/saturated', 'moved': 'pictures/moved',
    'images/s': 'speed/images_a_second',
}
HISTOGRAMS = {'D(x)': 'D/x', 'D(G(z))': 'D/G_z'}     # other tags than the scalars': a tag has only one type
FLUSH = 15           # seconds between two flushes, each of which waits for the disk
BINS = 60            # in a histogram; more would not be visible


class TensorBoard(Callback):
    """Writes scalars, histograms, and grids of the images of ``fixed_z``.

    The histograms are those of :meth:`~gluon_gan.train.watch.monitor.Monitor.arrays`. If a number has an equilibrium,
    or the data has a value of its own, that value is a second curve in the same chart, in a run ``reference`` beside
    the training's run.

    Parameters
    ----------
    folder : path-like
        For the event files. A resumed training purges the events after its first step.
    every : int
        The number of steps between two records.
    pictures : int or None
        The number of steps between two grids, which are written with the histograms; None for one grid per epoch.
    """

    def __init__(self, folder, every=25, pictures=None):
        self.folder, self.every = Path(folder), whole_number('every', every)
        self.pictures = None if pictures is None else whole_number('pictures', pictures)

    def on_begin(self, trainer):
        new = not trainer.steps and trainer.checkpoint_folder is None
        if new and any(self.folder.rglob('events.out.tfevents.*')):
            raise ValueError(f'{self.folder} belongs to an earlier training: choose another folder, or move it away')
        monitor.of(trainer).begin(trainer)
        self._writer = self._open(self.folder, trainer)
        self._reference = self._open(self.folder / 'reference', trainer)
        levels = equilibrium(trainer.game.loss, trainer.game.real_label)
        self._levels = {name: level for name, (_, level) in levels.items()}
        self._flushed = time.monotonic()

    def on_step(self, trainer):
        if trainer.steps % self.every == 0:
            self._write_scalars(trainer)
        if self.pictures and trainer.steps % self.pictures == 0:
            self._write_images(trainer)
        if time.monotonic() - self._flushed > FLUSH:
            self._writer.flush()
            self._reference.flush()
            self._flushed = time.monotonic()

    def on_epoch(self, trainer):
        if not self.pictures:
            self._write_images(trainer)

    def on_end(self, trainer):
        with ExitStack() as both:
            for writer in (self._writer, self._reference):
                # EventsWriter.close does not close the file if a full disk rejects the last bytes.
                both.callback(writer._py_recordio_writer.close)
                both.callback(writer.close)

    def _open(self, folder, trainer):
        # tensorboardX's SummaryWriter is not used: it writes in a separate thread, and after that thread has died of a
        # full disk, adding an event blocks forever.
        folder.mkdir(parents=True, exist_ok=True)
        # File names contain only the second of their creation; the number distinguishes two trainings in one second.
        writer = EventsWriter(str(folder / 'events'), f'.{len(list(folder.glob("events.out.*"))):03d}')
        if trainer.steps or trainer.checkpoint_folder:
            # TensorBoard purges all earlier events from this step on.
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

    def _write_images(self, trainer):
        for tag, array in monitor.of(trainer).arrays(trainer).items():
            if np.isfinite(array).all():
                _write(self._writer, trainer.steps, summary.histogram(HISTOGRAMS.get(tag, tag), array, BINS))
        columns = getattr(trainer.netG, 'classes', 0) or None
        grid = viz.grid(monitor.of(trainer).samples(trainer), ncol=columns)
        file = BytesIO()
        grid.save(file, format='PNG')
        image = summary_pb2.Summary.Image(height=grid.height, width=grid.width, colorspace=len(grid.getbands()),
                                          encoded_image_string=file.getvalue())
        value = summary_pb2.Summary.Value(tag='samples', image=image)
        _write(self._writer, trainer.steps, summary_pb2.Summary(value=[value]))


def _write(writer, step, content):
    writer.write_event(event_pb2.Event(wall_time=time.time(), step=step, summary=content))
