"""Alarms: what goes wrong with GANs, said in words with a remedy, once, when it begins."""
import json
import logging
from collections import deque
from pathlib import Path

import numpy as np

from .. import storage, viz
from ..checks import whole_number
from ..files import append, whole
from . import monitor
from .callbacks import Callback, refuse_anothers
from .checkpoint import file_of
from .engine import RUN_AHEAD
from .rules import Judge

log = logging.getLogger('gluon_gan')


class Diverged(ArithmeticError):
    """A network holds NaN or Inf, and nothing can be learned from there. The message, one line, names step, layer and remedy."""


class Alarms(Callback):
    """Watches for the ways in which GANs fail: see :data:`gluon_gan.train.rules.RULES`, and NaN or Inf, which ends the training.

    An alarm is a warning of the logger ``gluon_gan`` and a line ``{"step", "name", "message", "remedy"}`` in ``alarms.jsonl``; it is raised
    when it begins and not again while it lasts. Put this before the callbacks that save and draw: its `on_end` then has the
    last word about why a training failed.

    Parameters
    ----------
    folder : path-like, optional
        A run's, for ``alarms.jsonl``. Alarms there that lie after the step at which a resumed training goes on are dropped, and its
        ``history.jsonl`` tells what was usual before.
    every : int
        Steps between two looks at the rules. NaN and Inf are watched for at every step, without waiting for it.

    Attributes
    ----------
    raised : list of dict
        The lines.
    """

    def __init__(self, folder=None, every=25):
        self.folder, self.every, self.raised = folder and Path(folder), whole_number('every', every), []

    def on_begin(self, trainer):
        self._watched, self._before, self._diverged, self._judge = deque(), None, None, Judge(trainer.game.loss, trainer.game.feature_weight)
        monitor.of(trainer).begin(trainer)
        if self.folder:
            refuse_anothers(self._path, trainer)
            self.raised = _until(trainer.steps, self._path)
            for record in _until(trainer.steps, self.folder / 'history.jsonl'):
                self._judge(record)
            with whole(self._path) as unfinished:
                unfinished.write_text(''.join(json.dumps(alarm) + '\n' for alarm in self.raised))

    def on_step(self, trainer):
        # `fit` waits for what lies RUN_AHEAD steps back, so that reading what lies further back waits for nothing.
        self._watched.append((trainer.steps, monitor.of(trainer).weights(trainer)))
        while len(self._watched) > RUN_AHEAD + 1:
            self._check(trainer, *self._watched.popleft())
        if trainer.steps % self.every == 0:
            for name, message, remedy in self._judge(monitor.of(trainer).record(trainer)):
                log.warning('step %d: %s: %s; %s', trainer.steps, name, message, remedy)
                self._raise(trainer.steps, name, message, remedy)

    def on_end(self, trainer):
        while self._watched and not self._diverged:
            self._check(trainer, *self._watched.popleft())
        if self._diverged:
            raise Diverged(self._diverged) from None     # instead of what others said about the same NaN

    @property
    def _path(self):
        return self.folder / 'alarms.jsonl'

    def _raise(self, step, name, message, remedy):
        self.raised.append({'step': step, 'name': name, 'message': message, 'remedy': remedy})
        if self.folder:
            append(self._path, json.dumps(self.raised[-1]) + '\n')

    def _check(self, trainer, step, sums):
        """Raise Diverged if a weight was not finite after ``step``. A gradient may be: float16 skips such an update."""
        squares = dict(zip(monitor.weights_of(trainer), sums.asnumpy()))
        bad = [name for name, value in squares.items() if not np.isfinite(value)]
        if not bad:
            self._before = squares
            return
        message, remedy = f'at step {step} {self._where(trainer, bad)}', self._remedy(trainer)
        self._raise(step, 'NaN or Inf', message, remedy)
        self._diverged = f'training has diverged: {message}; {remedy}'
        raise Diverged(self._diverged)

    def _where(self, trainer, bad):
        net = max(bad, key=lambda name: name[0] == 'netD')[0]       # D learns first in a step: where both are bad, G's comes from it
        places = [place for owner, place in bad if owner == net]
        if len(places) < len(storage.named(getattr(trainer, net))):
            return f'{net} {places[0]} became NaN, Inf or larger than 1e19'
        text = f'all of {net} became NaN, Inf or larger than 1e19 at once'
        if self._before:
            scales = {name: (self._before[name] / array.size) ** 0.5 for name, array in monitor.weights_of(trainer).items()
                      if array.ndim > 1}                               # the scale of a batch norm means something else
            largest = max(scales, key=scales.get)
            text += f" (the largest weights before: {' '.join(largest)}, {scales[largest]:.2g})"
        return text

    def _remedy(self, trainer):
        lower = f'start a new training with a lower lr than {trainer.lr}'
        file = self.folder and file_of(self.folder)
        if not file or not file.is_file():
            return f'{lower}; there is no checkpoint to go on from'
        try:
            steps = storage.read(file)[1].get('steps')
        except storage.StorageError:
            return f'{lower}; the checkpoint {file} cannot be read'
        return f'{lower}, for --resume {self.folder} goes on from {file} (step {steps}), where all was well, to the same end'


def _until(step, path):
    """The lines of a file up to a step; none if there is no file."""
    return [line for line in viz.read_history(path) if line['step'] <= step] if path.exists() else []
