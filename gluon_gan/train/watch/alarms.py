"""Alarms: detect the ways in which GAN training fails, and describe each with a remedy when it begins."""
import json
import logging
from collections import deque
from pathlib import Path

import numpy as np

from ... import viz
from ...support import storage
from ...support.checks import whole_number
from ...support.errors import GluonGanError
from ...support.files import append, atomic_write
from ..callbacks import Callback, refuse_to_overwrite
from ..checkpoint import file_of
from ..engine import RUN_AHEAD
from . import monitor
from .rules import AlarmRules

log = logging.getLogger('gluon_gan')


class Diverged(GluonGanError, ArithmeticError):
    """A network contains NaN or Inf, so training cannot continue. The message is one line: step, layer and remedy."""


class Alarms(Callback):
    """Detects the failures in :data:`gluon_gan.train.watch.rules.RULES`, and ends a training at NaN or Inf.

    An alarm is logged as a warning of the logger ``gluon_gan`` and appended to ``alarms.jsonl`` as a line ``{"step",
    "name", "message", "remedy"}``. It is raised when it begins and not again while it lasts. Place this callback before
    those that save files and images: its `on_end` is then called after theirs, and its error replaces theirs.

    Parameters
    ----------
    folder : path-like, optional
        The folder of a run, for ``alarms.jsonl``. A resumed training removes the alarms after its first step from that
        file, and learns the typical values from the run's ``history.jsonl``. Alarms that lasted until the end of that
        file and are missing, because an earlier version did not know them, are added.
    every : int
        The number of steps between two checks of the rules. NaN and Inf are checked at every step, without waiting for
        that step.

    Attributes
    ----------
    raised : list of dict
        The alarms so far, as in ``alarms.jsonl``.
    """

    def __init__(self, folder=None, every=25):
        self.folder, self.every, self.raised = folder and Path(folder), whole_number('every', every), []

    def on_begin(self, trainer):
        self._pending, self._before, self._diverged = deque(), None, None
        self._rules = AlarmRules(trainer.game.loss, trainer.game.feature_weight, trainer.game.real_label)
        monitor.of(trainer).begin(trainer)
        if self.folder:
            refuse_to_overwrite(self._path, trainer)
            self.raised = _until(trainer.steps, self._path)
            self._replay(_until(trainer.steps, self.folder / 'history.jsonl'))
            with atomic_write(self._path) as unfinished:
                unfinished.write_text(''.join(json.dumps(alarm) + '\n' for alarm in self.raised))

    def on_step(self, trainer):
        # `fit` waits for the step that is RUN_AHEAD steps back. Reading results older than that causes no further wait.
        self._pending.append((trainer.steps, monitor.of(trainer).weights(trainer)))
        while len(self._pending) > RUN_AHEAD + 1:
            self._check_finite(trainer, *self._pending.popleft())
        if trainer.steps % self.every == 0:
            for name, message, remedy in self._rules(monitor.of(trainer).record(trainer)):
                log.warning('step %d: %s: %s; %s', trainer.steps, name, message, remedy)
                self._report(trainer.steps, name, message, remedy)

    def on_end(self, trainer):
        while self._pending and not self._diverged:
            self._check_finite(trainer, *self._pending.popleft())
        if self._diverged:
            raise Diverged(self._diverged) from None     # replaces the errors of other callbacks about the same NaN

    @property
    def _path(self):
        return self.folder / 'alarms.jsonl'

    def _replay(self, records):
        """Learn from the records of a resumed training.

        Alarms that lasted until its end and are not known yet, as earlier versions had fewer rules, are added.
        """
        begun = {}
        for record in records:
            begun.update({name: (record['step'], *rest) for name, *rest in self._rules(record)})
        known = {alarm['name'] for alarm in self.raised}
        for name in begun:
            if name in self._rules.active - known:
                step, message, remedy = begun[name]
                log.warning('step %d: %s: %s; %s', step, name, message, remedy)
                self.raised.append({'step': step, 'name': name, 'message': message, 'remedy': remedy})

    def _report(self, step, name, message, remedy):
        self.raised.append({'step': step, 'name': name, 'message': message, 'remedy': remedy})
        if self.folder:
            append(self._path, json.dumps(self.raised[-1]) + '\n')

    def _check_finite(self, trainer, step, sums):
        """Raise Diverged if a weight was not finite after ``step``.

        Gradients are not checked: in float16, an update with gradients that are not finite is skipped.
        """
        squares = dict(zip(monitor.weights_of(trainer), sums.asnumpy()))
        bad = [name for name, value in squares.items() if not np.isfinite(value)]
        if not bad:
            self._before = squares
            return
        message, remedy = f'at step {step} {self._describe(trainer, bad)}', self._remedy(trainer)
        self._report(step, 'NaN or Inf', message, remedy)
        self._diverged = f'training has diverged: {message}; {remedy}'
        raise Diverged(self._diverged)

    def _describe(self, trainer, bad):
        """Where the weights became NaN or Inf, and if that was everywhere, which weights were the largest before."""
        # D is updated first in a step: if both networks are bad, G's NaN comes from D.
        net = max(bad, key=lambda name: name[0] == 'netD')[0]
        places = [place for owner, place in bad if owner == net]
        if len(places) < len(storage.named(getattr(trainer, net))):
            return f'{net} {places[0]} became NaN, Inf or larger than 1e19'
        text = f'all of {net} became NaN, Inf or larger than 1e19 at once'
        if self._before:
            # Weight matrices only: the scale of batch norm parameters is not comparable.
            scales = {name: (self._before[name] / array.size) ** 0.5
                      for name, array in monitor.weights_of(trainer).items() if array.ndim > 1}
            largest = max(scales, key=scales.get)
            text += f" (the largest weights before: {' '.join(largest)}, {scales[largest]:.2g})"
        return text

    def _remedy(self, trainer):
        lower = f'start a new training with a lower lr than {trainer.lr}'
        file = self.folder and file_of(self.folder)
        if not file or not file.is_file():
            return f'{lower}; there is no checkpoint to resume from'
        try:
            steps = storage.read(file)[1].get('steps')
        except storage.StorageError:
            return f'{lower}; the checkpoint {file} cannot be read'
        return (f'{lower}; --resume {self.folder} would resume from {file} (step {steps}), before the failure, '
                'with the same settings, and diverge again')


def _until(step, path):
    """The lines of a JSON Lines file up to a step; an empty list if there is no file."""
    return [line for line in viz.read_history(path) if line['step'] <= step] if path.exists() else []
