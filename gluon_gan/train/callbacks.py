"""What happens while a GAN trains: a bar, a history, samples of the same noise, checkpoints.

A callback is an object with the four methods of :class:`Callback`; `GANTrainer.fit` calls them with the trainer.
"""
import json
import time
from pathlib import Path

import mxnet as mx
from tqdm.auto import tqdm

from .. import viz
from ..checks import whole_number
from ..files import whole


class Callback:
    """Does nothing; override what you need."""

    def on_begin(self, trainer):
        """Called once before the first step."""

    def on_step(self, trainer):
        """Called after every step. Reading an array here makes training wait for it."""

    def on_epoch(self, trainer):
        """Called after every full pass through the data."""

    def on_end(self, trainer):
        """Called at the end, after Ctrl-C or an error too."""


class ProgressBar(Callback):
    """A tqdm bar over the steps; silent where there is no terminal."""

    def on_begin(self, trainer):
        self.bar = tqdm(total=trainer.goal, initial=trainer.steps, unit='step', disable=None)

    def on_step(self, trainer):
        self.bar.update()

    def on_end(self, trainer):
        self.bar.close()


class History(Callback):
    """Losses and probabilities, as a list of dicts and a line each in a file.

    Each record has ``step``, ``epoch`` (a fraction), ``errD``, ``errG`` (means over the batch), ``D(x)``, ``D(G(z))`` (mean
    probabilities, from D's own step) and ``images/s`` since the record before.

    Parameters
    ----------
    path : path-like, optional
        ``history.jsonl``; lines there that lie after the step at which a resumed training goes on are dropped.
    every : int
        Steps between two records. Each waits for the step to be computed.
    """

    def __init__(self, path=None, every=25):
        self.path, self.every, self.records = path and Path(path), whole_number('every', every), []

    def on_begin(self, trainer):
        if self.path:
            _refuse_anothers(self.path, trainer)
        if self.path and self.path.exists():
            self.records = [record for record in viz.read_history(self.path) if record['step'] <= trainer.steps]
        if self.path:
            with whole(self.path) as unfinished:
                unfinished.write_text(''.join(json.dumps(record) + '\n' for record in self.records))
        self._since, self._images = time.perf_counter(), 0

    def on_step(self, trainer):
        self._images += trainer.outputs['errD'].shape[0] * trainer.workers
        if trainer.steps % self.every == 0:
            self.records.append(self._record(trainer))
            if self.path:
                with open(self.path, 'a') as file:
                    file.write(json.dumps(self.records[-1]) + '\n')

    def _record(self, trainer):
        outputs = trainer.outputs
        probability = {'D(x)': outputs['real_logits'], 'D(G(z))': outputs['fake_logits']}
        record = {'step': trainer.steps}
        if hasattr(trainer.loader, '__len__'):
            record['epoch'] = round(trainer.steps / len(trainer.loader), 4)
        record.update({name: _number(outputs[name]) for name in ('errD', 'errG')})
        record.update({name: _number(mx.nd.sigmoid(logits)) for name, logits in probability.items()})
        now = time.perf_counter()
        record['images/s'] = round(self._images / (now - self._since), 1)
        self._since, self._images = now, 0
        return record


class Samples(Callback):
    """A grid of the pictures that ``fixed_z`` gives, every so often, as ``samples/step-0001000.png``.

    Parameters
    ----------
    folder : path-like
        Grids there that lie after the step at which a resumed training goes on are removed.
    every : int or None
        Steps between two grids; None for one an epoch.
    scale : int
        How many times each pixel is repeated, for small images.
    """

    def __init__(self, folder, every=None, scale=1):
        self.folder, self.scale = Path(folder), scale
        self.every = None if every is None else whole_number('every', every)

    def on_begin(self, trainer):
        for grid in self.folder.glob('step-*.png'):
            _refuse_anothers(grid, trainer)
            if grid.stem[5:].isdigit() and int(grid.stem[5:]) > trainer.steps:     # it went further than its last checkpoint
                grid.unlink()
        self._written_at = None
        self._write(trainer)

    def on_step(self, trainer):
        if self.every and trainer.steps % self.every == 0:
            self._write(trainer)

    def on_epoch(self, trainer):
        if not self.every:
            self._write(trainer)

    def on_end(self, trainer):
        self._write(trainer)

    def _write(self, trainer):
        if trainer.steps != self._written_at:
            self._written_at = trainer.steps     # first: what cannot be drawn is not tried again at the end
            images = trainer.generator()(trainer.fixed_z)
            viz.save(viz.grid(images, scale=self.scale), self.folder / f'step-{trainer.steps:07d}.png')


class Checkpoint(Callback):
    """``last.npz``, written after every epoch and at the end: what a later ``GANTrainer.load`` goes on from.

    Parameters
    ----------
    folder : path-like
        A run's ``checkpoints/``.
    every : int or None
        Steps between two checkpoints; None for one an epoch.
    """

    def __init__(self, folder, every=None):
        self.folder, self.every = Path(folder), None if every is None else whole_number('every', every)

    def on_begin(self, trainer):
        _refuse_anothers(self.folder / 'last.npz', trainer)
        self._saved_at = trainer.steps

    def on_step(self, trainer):
        if self.every and trainer.steps % self.every == 0:
            self._save(trainer)

    def on_epoch(self, trainer):
        if not self.every:
            self._save(trainer)

    def on_end(self, trainer):
        if trainer.steps != self._saved_at and not trainer.halfway:
            self._save(trainer)

    def _save(self, trainer):
        self._saved_at = trainer.steps           # first: what cannot be saved is not tried again at the end
        trainer.save(self.folder / 'last')


class LinearDecay(Callback):
    """The learning rates stay until ``start`` (a fraction of all steps), then fall linearly to zero at the end.

    The original MNIST model decayed in this way over its second hundred epochs (Newmu/dcgan_code, mnist/train_cond_dcgan.py).

    Parameters
    ----------
    start : float
        In [0, 1]; 1 for never. A training that is resumed with a later end has another schedule from there on.

    Raises
    ------
    ValueError
        If start is no such fraction.
    """

    def __init__(self, start=0.5):
        if not 0 <= start <= 1:
            raise ValueError(f'the start of the decay must be a fraction from 0 to 1 (never), not {start!r}')
        self.start = start

    def on_begin(self, trainer):
        self.on_step(trainer)

    def on_step(self, trainer):
        left, falling = max(0, 1 - trainer.steps / trainer.goal), 1 - self.start
        rate = trainer.lr * (left / falling if left < falling else 1)
        trainer.trainerG.set_learning_rate(rate)
        trainer.trainerD.set_learning_rate(rate)


def _refuse_anothers(path, trainer):
    """A training that begins may not write over what another one left."""
    if not trainer.steps and path.exists():
        raise ValueError(f'{path} is of an earlier training: choose another folder, or move it away')


def _number(array):
    return round(float(array.mean().asscalar()), 6)
