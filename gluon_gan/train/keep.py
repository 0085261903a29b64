"""Which checkpoints of a training stay on the disk: the last few, and the best by any number in the history."""
import math
import numbers
from pathlib import Path

from .. import files, storage
from ..checks import whole_number
from . import checkpoint
from .callbacks import Periodic


class Checkpoint(Periodic):
    """``step-0001000.npz`` after every epoch and at the end, of which the last few are kept, and maybe ``best.npz``.

    ``GANTrainer.load(folder)`` goes on from the newest. Let it be the LAST of the callbacks: a checkpoint says that all that
    belongs to its step, the line in the history above all, has been written. A training that goes on from an older step takes
    that step's checkpoint for the newest: those of later steps are removed, a best of a later step too, and a ``last.npz``, which
    is all that older versions wrote, makes way for the file of its step.

    Parameters
    ----------
    folder : path-like
        A run's ``checkpoints/``. Only one process at a time may train there.
    every : int or None
        Steps between two checkpoints; None for one an epoch.
    keep : int
        How many of them stay. The oldest goes when a new one has been written completely, not before.
    best : str, optional
        What the history records, such as ``'errG'`` or ``'diversity:max'``: ``best.npz`` is then the state in which it was
        lowest (``:min``, or nothing) or highest (``:max``). A value that is NaN, Inf or None is never the best.
    history : History, optional
        Needed for ``best``; before this one among the callbacks. Each of its records is looked at.

    Raises
    ------
    ValueError
        If a number is none, or there is a ``best`` and no history; in training, if the folder is another training's or
        another process is training in it, or if nothing of the name ``best`` has been recorded until the first checkpoint.
    """

    def __init__(self, folder, every=None, keep=3, best=None, history=None):
        super().__init__(every)
        self.folder, self.keep, self.history = Path(folder), whole_number('keep', keep), history
        self.metric, self.mode = parse_best(best)
        self._saved_at = None
        if self.metric and history is None:
            raise ValueError(f'best={best!r} needs history=..., the History whose records are compared')

    def on_begin(self, trainer):
        self.folder.mkdir(parents=True, exist_ok=True)
        self._refuse_anothers(trainer)
        self._locked = files.lock(self.folder)
        try:
            if self._saved_at != trainer.steps:
                self.settle(trainer)
        except BaseException:
            self._unlock()
            raise
        self._done, self._judged = trainer.steps, self._latest().get('step')

    def settle(self, trainer):
        """Make the step at which a training goes on the newest of the folder, and remove what a crash or another end left."""
        files.sweep(self.folder)
        self._saved_at, self._best = trainer.steps, None
        if not trainer.steps and trainer.home is None:
            return
        # Written anew, for it may come from the best one, another folder or a 'last.npz'; and before any of the others goes.
        checkpoint.save(trainer, self.folder / checkpoint.name_of(trainer.steps))
        known = best_of(self.folder)
        if known and known['step'] > trainer.steps:
            (self.folder / 'best.npz').unlink()
        elif known and (known['metric'], known['mode']) == (self.metric, self.mode):
            self._best = known['value']
        for steps, path in reversed(checkpoint.of_steps(self.folder)):
            if steps > trainer.steps:
                path.unlink()
        (self.folder / 'last.npz').unlink(missing_ok=True)
        trainer.home = self.folder.resolve()

    def _refuse_anothers(self, trainer):
        there = [path for steps, path in checkpoint.of_steps(self.folder) if steps]      # step 0 has learned nothing
        there += [path for path in (self.folder / 'last.npz', self.folder / 'best.npz') if path.exists()]
        if there and trainer.home != self.folder.resolve():
            raise ValueError(f'{there[-1]} is of an earlier training: choose another folder, or move it away')

    def _unlock(self):
        if self._locked:
            files.unlock(self.folder)

    def on_step(self, trainer):
        if self.metric:
            self._judge(trainer)                 # first: a checkpoint says that its step has been judged
        self._done = trainer.steps
        super().on_step(trainer)

    def on_end(self, trainer):
        try:
            if trainer.steps != self._saved_at and not trainer.halfway:
                if trainer.steps == self._done:
                    self.write(trainer)
                else:
                    # Another callback broke this step off: its line in the history, for one, would be missing for ever. Where
                    # that was because the networks have diverged, this says so.
                    checkpoint.arrays_of(trainer)
        finally:
            self._unlock()

    def write(self, trainer):
        self._saved_at = trainer.steps           # first: what cannot be saved is not tried again at the end
        checkpoint.save(trainer, self.folder / checkpoint.name_of(trainer.steps))
        trainer.home = self.folder.resolve()
        for _, path in checkpoint.of_steps(self.folder)[:-self.keep]:
            path.unlink()
        records = self.history.records if self.metric else []
        if records and not any(self.metric in record for record in records):
            raise ValueError(f'best={self.metric!r} is not recorded; what is: {", ".join(records[-1])}')

    def _judge(self, trainer):
        """Keep this step as the best so far if the record that was just made says so."""
        record = self._latest()
        if record.get('step') not in (self._judged, trainer.steps):
            raise ValueError('a Checkpoint with best=... must come after its History among the callbacks')
        if record.get('step') == self._judged:
            return
        self._judged, value = trainer.steps, record.get(self.metric)
        if value is not None and not isinstance(value, numbers.Real):
            raise ValueError(f'best={self.metric!r} is no number: none is lower or higher than another')
        if value is None or not math.isfinite(value):
            return
        if self._best is None or (value < self._best if self.mode == 'min' else value > self._best):
            note = dict(metric=self.metric, mode=self.mode, value=value, step=trainer.steps)
            checkpoint.save(trainer, self.folder / 'best', best=note)
            self._best = value

    def _latest(self):
        return self.history.records[-1] if self.history and self.history.records else {}


def parse_best(text):
    """('diversity', 'max') for 'diversity:max', ('errG', 'min') for 'errG' and 'errG:min', (None, None) for None."""
    if text is None:
        return None, None
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"best must be the name of a recorded number, with ':max' if more is better, not {text!r}")
    metric, _, mode = text.rpartition(':')
    return (metric, mode) if metric and mode in ('min', 'max') else (text, 'min')


def best_of(folder):
    """dict or None: ``metric``, ``mode``, ``value`` and ``step`` of the ``best.npz`` in a folder of checkpoints."""
    try:
        known = storage.read_meta(Path(folder) / 'best.npz').get('best')
    except storage.StorageError:
        return None
    return known if isinstance(known, dict) and {'metric', 'mode', 'value', 'step'} <= set(known) else None
