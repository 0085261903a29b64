"""The history of a training: a record every few steps, in memory and in ``history.jsonl``."""
import json
from pathlib import Path

from ... import viz
from ...support.checks import shown, whole_number
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

    Raises
    ------
    ValueError
        When the training begins, if a line of the file was edited and is no record any more.
    """

    def __init__(self, path=None, every=25):
        self.path, self.every, self.records = path and Path(path), whole_number('every', every), []

    @staticmethod
    def names(trainer):
        """list of str: the names of the numbers that this callback records in a training."""
        return monitor.names(trainer)

    def on_begin(self, trainer):
        if self.path:
            refuse_to_overwrite(self.path, trainer)
        if self.path and self.path.exists():
            self.records = [record for record in read(self.path) if record['step'] <= trainer.steps]
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


def read(path):
    """Read ``history.jsonl`` or ``alarms.jsonl``.

    Returns
    -------
    list of dict
        Each with a ``step``.

    Raises
    ------
    ValueError
        If a line, except an incomplete last one, is not JSON, has no step, or has something else than a number in the
        place of a number. The message names the file and the line.
    """
    records = viz.read_history(path)
    for number, record in enumerate(records, 1):
        step = record.get('step') if isinstance(record, dict) else None
        if not _is_number(step):
            raise ValueError(f"{path}, line {number} has no number as its 'step': correct the line, or remove it")
        for name, value in record.items():
            measured = name in monitor.NAMES or name.startswith('frechet_')
            if measured and value is not None and not _is_number(value):
                raise ValueError(f'{path}, line {number}: {name} must be a number or null, not {shown(value)}: correct '
                                 'the line, or remove it')
    return records


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)
