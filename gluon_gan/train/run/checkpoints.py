"""Which checkpoints of a training stay on the disk: the last few, and the best by a number in the history."""
import math
import numbers
import time
from pathlib import Path

from ...support import files, storage
from ...support.checks import number, whole_number
from .. import checkpoint
from ..callbacks import Periodic


class Checkpoint(Periodic):
    """Write ``step-0001000.npz`` after every epoch and at the end; keep the last few, and optionally ``best.npz``.

    Within an epoch that takes longer, one is written every ten minutes.

    ``GANTrainer.load(folder)`` continues from the newest. This must be the LAST callback: a checkpoint states that
    everything that belongs to its step has been written, above all the record in the history.

    If a training continues from an older step, the checkpoint of that step becomes the newest: checkpoints of later
    steps are removed, and so is a best one of a later step. A ``last.npz``, the only file that older versions wrote, is
    replaced by the file of its step.

    Parameters
    ----------
    folder : path-like
        The ``checkpoints`` folder of a run. Only one process at a time may train there.
    every : int or None
        Steps between two checkpoints; None for one per epoch, and one whenever `minutes` have passed since the last.
    keep : int
        The number of checkpoints that are kept. The oldest is removed after a new one has been written completely.
    best : str, optional
        A number that the history records, such as ``'errG'`` or ``'diversity:max'``. ``best.npz`` is then the state
        with its lowest (``:min``, or no suffix) or highest (``:max``) value. NaN, infinite and None values are ignored.
    history : History, optional
        Required for ``best``. It must precede this callback. Each of its records is compared.
    minutes : float, optional
        Without `every`, a step that ends so many minutes after the last checkpoint writes one. By default 10.

    Raises
    ------
    ValueError
        If an argument is out of range, or ``best`` is given without ``history``. During the training: if the folder
        belongs to another training, another process is training in it, or nothing called ``best`` has been recorded
        before the first checkpoint.
    """

    def __init__(self, folder, every=None, keep=3, best=None, history=None, minutes=10):
        super().__init__(every)
        self.minutes, self._written = number('minutes', minutes, 'at least 0'), time.monotonic()
        self.folder, self.keep, self.history = Path(folder), whole_number('keep', keep), history
        self.metric, self.mode = parse_best(best)
        self._saved_at = None
        if self.metric and history is None:
            raise ValueError(f'best={best!r} needs history=..., the History whose records are compared')

    def on_begin(self, trainer):
        self.folder.mkdir(parents=True, exist_ok=True)
        self._refuse_other_training(trainer)
        self._locked = files.lock(self.folder)
        try:
            if self._saved_at != trainer.steps:
                self.make_newest(trainer)
        except BaseException:
            self._unlock()
            raise
        self._last_step, self._last_compared = trainer.steps, self._latest_record().get('step')
        self._written = time.monotonic()

    def make_newest(self, trainer):
        """Make the current step of the trainer the newest checkpoint of the folder.

        Temporary files of a crash and checkpoints of later steps are removed.
        """
        files.sweep(self.folder)
        self._saved_at, self._best = trainer.steps, None
        if not trainer.steps and trainer.checkpoint_folder is None:
            return
        # The trainer may come from the best checkpoint, another folder or a 'last.npz', so its own file is written
        # first, before any of the others is removed.
        checkpoint.save(trainer, self.folder / checkpoint.name_of(trainer.steps))
        recorded = best_of(self.folder)
        if recorded and recorded['step'] > trainer.steps:
            (self.folder / 'best.npz').unlink()
        elif recorded and (recorded['metric'], recorded['mode']) == (self.metric, self.mode):
            self._best = recorded['value']
        for steps, path in reversed(checkpoint.checkpoints_in(self.folder)):
            if steps > trainer.steps:
                path.unlink()
        (self.folder / 'last.npz').unlink(missing_ok=True)
        trainer.checkpoint_folder = self.folder.resolve()

    def _refuse_other_training(self, trainer):
        # A checkpoint of step 0 is ignored: nothing has been learned there.
        existing = [path for steps, path in checkpoint.checkpoints_in(self.folder) if steps]
        existing += [path for path in (self.folder / 'last.npz', self.folder / 'best.npz') if path.exists()]
        if existing and trainer.checkpoint_folder != self.folder.resolve():
            raise ValueError(f'{existing[-1]} belongs to an earlier training: choose another folder, or move it away')

    def _unlock(self):
        if self._locked:
            files.unlock(self.folder)

    def on_step(self, trainer):
        moved = self._follow()
        if self.metric:
            self._update_best(trainer)       # first: a checkpoint states that its step has been compared
        self._last_step = trainer.steps
        super().on_step(trainer)
        if moved or not self.every and time.monotonic() > self._written + 60 * self.minutes:
            self.write(trainer)
        if moved:
            raise moved

    def _follow(self):
        """Change ``folder`` if it was moved during the training, and return the error that ends the training then."""
        try:
            files.check_place(self.folder)
        except files.Moved as moved:
            if not moved.folder:
                raise
            self.folder = moved.folder
            return moved

    def on_end(self, trainer):
        try:
            if trainer.steps != self._saved_at and not trainer.mid_update:
                if trainer.steps == self._last_step:
                    self.write(trainer)
                else:
                    # Another callback failed in this step, so its record in the history, for example, would be missing
                    # for ever. Nothing is saved. If the networks have diverged, this call raises the error that says
                    # so.
                    checkpoint.arrays_of(trainer)
        finally:
            self._unlock()

    def write(self, trainer):
        self._saved_at = trainer.steps       # first: a checkpoint that cannot be saved is not tried again at the end
        checkpoint.save(trainer, self.folder / checkpoint.name_of(trainer.steps))
        self._written = time.monotonic()
        trainer.checkpoint_folder = self.folder.resolve()
        for _, path in checkpoint.checkpoints_in(self.folder)[:-self.keep]:
            path.unlink()
        records = self.history.records if self.metric else []
        if records and not any(self.metric in record for record in records):
            raise ValueError(f'best={self.metric!r} is not recorded; the history records {", ".join(records[-1])}')

    def _update_best(self, trainer):
        """Save this step as the best one if the history has just recorded a better value."""
        record = self._latest_record()
        if record.get('step') not in (self._last_compared, trainer.steps):
            raise ValueError('a Checkpoint with best=... must come after its History among the callbacks')
        if record.get('step') == self._last_compared:
            return
        self._last_compared, value = trainer.steps, record.get(self.metric)
        if value is not None and not isinstance(value, numbers.Real):
            raise ValueError(f'best={self.metric!r} is not a number, so its values cannot be compared')
        if value is None or not math.isfinite(value):
            return
        if self._best is None or (value < self._best if self.mode == 'min' else value > self._best):
            note = dict(metric=self.metric, mode=self.mode, value=value, step=trainer.steps)
            checkpoint.save(trainer, self.folder / 'best', best=note)
            self._best = value

    def _latest_record(self):
        return self.history.records[-1] if self.history and self.history.records else {}


def parse_best(text):
    """The metric and the mode in the ``best`` argument of :class:`Checkpoint`.

    Returns
    -------
    (str, str) or (None, None)
        ('diversity', 'max') for 'diversity:max'; ('errG', 'min') for 'errG' and 'errG:min'; (None, None) for None.

    Raises
    ------
    ValueError
        If ``text`` is not a name.
    """
    if text is None:
        return None, None
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"best must be the name of a recorded number, with ':max' if more is better, not {text!r}")
    metric, _, mode = text.rpartition(':')
    return (metric, mode) if metric and mode in ('min', 'max') else (text, 'min')


def best_of(folder):
    """dict or None: ``metric``, ``mode``, ``value`` and ``step`` of the ``best.npz`` in a folder of checkpoints."""
    try:
        recorded = storage.read_meta(Path(folder) / 'best.npz').get('best')
    except storage.StorageError:
        return None
    complete = isinstance(recorded, dict) and {'metric', 'mode', 'value', 'step'} <= set(recorded)
    return recorded if complete else None
