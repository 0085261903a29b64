"""The history of a training: a record every few steps, in memory and in ``history.jsonl``."""
import json
from pathlib import Path

from ... import viz
from ...support.checks import whole_number
from ...support.files import append, atomic_write
from ..callbacks import Callback, refuse_to_overwrite
from . import monitor


class History(Callback):
    """Records losses and other measurements as a list of dicts and, optionally, in a file.

    :meth:`gluon_gan.train.watch.monitor.Monitor.record` documents the contents of a record: losses, probabilities,
    gradient norms, update ratios, the diversity of the images of ``fixed_z``, and images per second.

    Parameters
    ----------
    path : path-like, optional
        The file ``history.jsonl``, with one record a line. A resumed training removes the records after its first step.
    every : int
        The number of steps between two records. Each record waits until its step has been computed.

    Attributes
    ----------
    records : list of dict
    """

    def __init__(self, path=None, every=25):
        self.path, self.every, self.records = path and Path(path), whole_number('every', every), []

    def on_begin(self, trainer):
        if self.path:
            refuse_to_overwrite(self.path, trainer)
        if self.path and self.path.exists():
            self.records = [record for record in viz.read_history(self.path) if record['step'] <= trainer.steps]
        if self.path:
            with atomic_write(self.path) as unfinished:
                unfinished.write_text(''.join(json.dumps(record) + '\n' for record in self.records))
        monitor.of(trainer).begin(trainer)

    def on_step(self, trainer):
        if trainer.steps % self.every == 0:
            self.records.append(self._record(trainer))
            if self.path:
                append(self.path, json.dumps(self.records[-1]) + '\n')

    def _record(self, trainer):
        return monitor.of(trainer).record(trainer)
