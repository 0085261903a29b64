"""Callbacks: the interface, the progress bar, and schedules for the learning rate and the game.

A callback is an object with the four methods of :class:`Callback`. `GANTrainer.fit` calls them with the trainer.
The callbacks that record a training are in :mod:`.watch`.
"""
from tqdm.auto import tqdm

from ..support.checks import ABOVE_1, number, shown, whole_number
from . import adam


class Callback:
    """Base class of callbacks. Every method does nothing; override those that you need."""

    def on_begin(self, trainer):
        """Called once, before the first step."""

    def on_step(self, trainer):
        """Called after every step. Reading an array here makes the training wait for it."""

    def on_epoch(self, trainer):
        """Called after every complete pass through the data."""

    def on_end(self, trainer):
        """Called once at the end, also after Ctrl-C or an error."""


class Periodic(Callback):
    """Call :meth:`write` every ``every`` steps, or after every epoch if ``every`` is None."""

    def __init__(self, every=None):
        self.every = None if every is None else whole_number('every', every)

    def on_step(self, trainer):
        if self.every and trainer.steps % self.every == 0:
            self.write(trainer)

    def on_epoch(self, trainer):
        if not self.every:
            self.write(trainer)

    def write(self, trainer):
        """Write the output of this step. Subclasses implement it."""


class ProgressBar(Callback):
    """A tqdm progress bar over the steps. It is hidden if the output is not a terminal."""

    def on_begin(self, trainer):
        self.bar = tqdm(total=trainer.goal, initial=trainer.steps, unit='step', disable=None)

    def on_step(self, trainer):
        self.bar.update()

    def on_end(self, trainer):
        self.bar.close()


class LinearDecay(Callback):
    """Keep the learning rates constant until ``start``, then decrease them linearly to zero at the end.

    The original MNIST model decays in this way during its second hundred epochs (Newmu/dcgan_code,
    mnist/train_cond_dcgan.py).

    Parameters
    ----------
    start : float
        In [0, 1]: a fraction of all steps; 1 means no decay: rates that were changed by hand are then kept. Resuming a
        training with a different end changes the schedule from there on.

    Raises
    ------
    ValueError
        If ``start`` is not in [0, 1].
    """

    def __init__(self, start=0.5):
        self.start = number('the start of the decay', start, 'a fraction from 0 to 1 (never)', below=ABOVE_1)

    def on_begin(self, trainer):
        self.on_step(trainer)

    def on_step(self, trainer):
        if self.start == 1 and adam.set_by_hand(trainer):
            return
        remaining, decaying = max(0, 1 - trainer.steps / trainer.goal), 1 - self.start
        factor = remaining / decaying if remaining < decaying else 1
        trainer.scheduled = {'G': trainer.lrG * factor, 'D': trainer.lrD * factor}
        trainer.trainerG.set_learning_rate(trainer.scheduled['G'])
        trainer.trainerD.set_learning_rate(trainer.scheduled['D'])


class Schedule(Callback):
    """Change an attribute of ``trainer.game`` linearly from ``start`` to ``end``, then keep it constant.

    Parameters
    ----------
    name : str
        'noise', 'flip' or 'feature_weight'.
    start, end : float
        The value at the first step of the training, and the value from ``until`` on.
    until : float
        In (0, 1]: a fraction of all steps.

    Raises
    ------
    ValueError
        If ``name`` is not one of the three, or ``until`` is not in (0, 1].
    """

    NAMES = ('noise', 'flip', 'feature_weight')

    def __init__(self, name, start, end=0.0, until=1.0):
        if not isinstance(name, str) or name not in self.NAMES:
            raise ValueError(f"only {', '.join(self.NAMES)} can follow a schedule, not {shown(name)}")
        self.until = number('until', until, 'a fraction of the training above 0, up to 1', 1e-30, ABOVE_1)
        self.name = name
        self.start, self.end = (number(what, value, 'a number of at least 0')
                                for what, value in (('start', start), ('end', end)))

    def on_begin(self, trainer):
        self.on_step(trainer)

    def on_step(self, trainer):
        progress = min(1, trainer.steps / (self.until * trainer.goal))
        setattr(trainer.game, self.name, (1 - progress) * self.start + progress * self.end)


def refuse_to_overwrite(path, trainer):
    """Raise ValueError if ``trainer`` starts a new training and ``path`` was left by an earlier one."""
    if not trainer.steps and trainer.checkpoint_folder is None and path.exists():
        raise ValueError(f'{path} belongs to an earlier training: choose another folder, or move it away')
