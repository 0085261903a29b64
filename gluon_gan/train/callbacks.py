"""What happens while a GAN trains: a bar, a history, samples of the same noise; checkpoints are in :mod:`.keep`.

A callback is an object with the four methods of :class:`Callback`; `GANTrainer.fit` calls them with the trainer.
"""
import json
from pathlib import Path

from tqdm.auto import tqdm

from .. import viz
from ..checks import whole_number
from ..files import append, whole
from . import monitor


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


class Periodic(Callback):
    """Does :meth:`write` every ``every`` steps, or, for None, after every epoch."""

    def __init__(self, every=None):
        self.every = None if every is None else whole_number('every', every)

    def on_step(self, trainer):
        if self.every and trainer.steps % self.every == 0:
            self.write(trainer)

    def on_epoch(self, trainer):
        if not self.every:
            self.write(trainer)

    def write(self, trainer):
        """What is due; a subclass says what."""


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

    What a record holds stands at :meth:`gluon_gan.train.monitor.Monitor.record`: losses, probabilities, gradient norms, update
    ratios, the diversity of the pictures of ``fixed_z``, images a second.

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
            refuse_anothers(self.path, trainer)
        if self.path and self.path.exists():
            self.records = [record for record in viz.read_history(self.path) if record['step'] <= trainer.steps]
        if self.path:
            with whole(self.path) as unfinished:
                unfinished.write_text(''.join(json.dumps(record) + '\n' for record in self.records))
        monitor.of(trainer).begin(trainer)

    def on_step(self, trainer):
        if trainer.steps % self.every == 0:
            self.records.append(self._record(trainer))
            if self.path:
                append(self.path, json.dumps(self.records[-1]) + '\n')

    def _record(self, trainer):
        return monitor.of(trainer).record(trainer)


class Samples(Periodic):
    """A grid of the pictures that ``fixed_z`` gives, every so often, as ``samples/step-0001000.png``.

    They are made with the statistics of their own batch (:meth:`gluon_gan.train.monitor.Monitor.samples`): measuring the
    averaged generator's running statistics anew for every grid would cost a short training a tenth of its time.

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
        super().__init__(every)
        self.folder, self.scale = Path(folder), scale

    def on_begin(self, trainer):
        for grid in self.folder.glob('step-*.png'):
            refuse_anothers(grid, trainer)
            if grid.stem[5:].isdigit() and int(grid.stem[5:]) > trainer.steps:     # it went further than its last checkpoint
                grid.unlink()
        self._written_at = None
        if not trainer.steps:                # a resumed training has the grids that it needs, and an uninterrupted one no more
            self.write(trainer)

    def on_end(self, trainer):
        self.write(trainer)

    def write(self, trainer):
        if trainer.steps != self._written_at:
            self._written_at = trainer.steps     # first: what cannot be drawn is not tried again at the end
            classes = getattr(trainer.netG, 'classes', 0)
            grid = viz.grid(monitor.of(trainer).samples(trainer), ncol=classes or None, scale=self.scale)     # a column for each class
            viz.save(grid, self.folder / f'step-{trainer.steps:07d}.png')


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
        share = left / falling if left < falling else 1
        trainer.trainerG.set_learning_rate(trainer.lrG * share)
        trainer.trainerD.set_learning_rate(trainer.lrD * share)


class Schedule(Callback):
    """One of the numbers of ``trainer.game`` goes linearly from ``start`` to ``end`` and stays there.

    Parameters
    ----------
    name : str
        'noise', 'flip' or 'feature_weight'.
    start, end : float
        Values at the first step of all and from ``until`` on.
    until : float
        In (0, 1]: a fraction of all steps.

    Raises
    ------
    ValueError
        If there is no such number to change, or until is no such fraction.
    """

    NAMES = ('noise', 'flip', 'feature_weight')

    def __init__(self, name, start, end=0.0, until=1.0):
        if name not in self.NAMES:
            raise ValueError(f"only {', '.join(self.NAMES)} follow a schedule, not {name!r}")
        if not 0 < until <= 1:
            raise ValueError(f'until must be a fraction of the training above 0, up to 1, not {until!r}')
        self.name, self.start, self.end, self.until = name, float(start), float(end), until

    def on_begin(self, trainer):
        self.on_step(trainer)

    def on_step(self, trainer):
        gone = min(1, trainer.steps / (self.until * trainer.goal))
        setattr(trainer.game, self.name, (1 - gone) * self.start + gone * self.end)


def refuse_anothers(path, trainer):
    """A training that begins may not write over what another one left."""
    if not trainer.steps and trainer.home is None and path.exists():
        raise ValueError(f'{path} is of an earlier training: choose another folder, or move it away')
