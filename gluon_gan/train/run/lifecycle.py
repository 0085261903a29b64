"""A training with its folder: start it, resume it, train it."""
import shlex
import time
from contextlib import ExitStack
from difflib import get_close_matches

from ... import runtime
from ...support import files, storage
from ...support.checks import whole_number
from .. import checkpoint
from ..callbacks import LinearDecay, ProgressBar
from ..watch.alarms import Alarms
from ..watch.history import History
from ..watch.page import Page
from ..watch.samples import Samples
from ..watch.tensorboard import TensorBoard
from .checkpoints import Checkpoint, best_of, parse_best
from .folder import check_name, create, find, read_settings, write_config
from .provenance import Provenance
from .report import write_report
from .resumption import (
    check_networks,
    check_records,
    corrected,
    fingerprint_of,
    load_data,
    moved,
    recognised,
    warn_of_workers,
)
from .settings import task_module


class Run:
    """A training, its settings and its folder. :meth:`start` and :meth:`resume` make one.

    Parameters
    ----------
    folder : pathlib.Path or None
        None in a worker that writes nothing.
    settings : Settings
    provenance : Provenance
    trainer : GANTrainer or CycleTrainer
    loader : gluon_gan.data.Batches or gluon_gan.data.Pairs

    Attributes
    ----------
    FRAMES : int
        Sample grids during a training, which become the frames of ``progress.gif``: enough to show the progress in a
        GIF of two or three megabytes.
    HISTORY : type
        The class of the callback that writes ``history.jsonl``.
    HISTORY_EVERY : int
        Steps between two records of the history.
    """

    FRAMES, HISTORY, HISTORY_EVERY = 30, History, 25

    def __init__(self, folder, settings, provenance, trainer, loader):
        self.folder, self.settings, self.provenance = folder, settings, provenance
        self.trainer, self.loader = trainer, loader

    @classmethod
    def start(cls, settings, parent='runs', name=None, ctx=None, cluster=None, command=None):
        """Create a run: load the data, initialise the networks, and write the folder with a first checkpoint.

        The folder is created last, so a wrong setting does not leave one behind.

        Parameters
        ----------
        settings : Settings
        parent : path-like
            The folder that contains the runs.
        name : str, optional
            The name of the new folder there, which must not exist yet. By default it is the name of the preset, with
            -2, -3 ... appended if it is taken.
        ctx : mxnet.Context, optional
        cluster : gluon_gan.distributed.Cluster, optional
            Only worker 0 has a folder.
        command : str, optional
            The command line, for ``config.json``.

        Returns
        -------
        Run

        Raises
        ------
        ValueError
            If a setting has a wrong value, the name is taken or the folder cannot be written.
        """
        if name is not None:
            check_name(name)
        runtime.seed(settings.seed)
        task = task_module(settings.task)
        loader = task.make_loader(settings, cluster)
        settings = settings.fitted_to(loader.images)
        trainer = task.make_trainer(settings, ctx, cluster)
        cls._check_best(settings, loader, trainer)
        provenance = Provenance.collect(loader.images, trainer.ctx, cluster, command, fingerprint_of(loader))
        if cluster and cluster.rank:
            return cls(None, settings, provenance, trainer, loader)

        def write_contents(folder):         # the checkpoint of step 0 makes the run resumable from its first moment
            write_config(folder, settings, provenance)
            trainer.save(folder / 'checkpoints')

        folder = create(parent, name or settings.preset, name is None, write_contents)
        return cls(folder, settings, provenance, trainer, loader)

    @classmethod
    def resume(cls, path, epochs=None, steps=None, more=None, ctx=None, cluster=None, save_every=None, keep=None,
               best=None, data=None, a=None, b=None, accept_data=False):
        """Continue a run from its newest checkpoint or an earlier one.

        No other process may train in the run's folder from now until the end of :meth:`train`.

        Parameters
        ----------
        path : path-like
            The folder of the run, or one of its checkpoints. Everything after that step is removed when the training
            begins.
        epochs, steps : int, optional
            A new end, counted from the beginning of the run. By default the end does not change.
        more : int, optional
            Instead of these: the number of epochs to train from here.
        ctx : mxnet.Context, optional
        cluster : gluon_gan.distributed.Cluster, optional
            All workers read the folder; only worker 0 writes to it.
        save_every, keep, best : optional
            New values of these settings. None keeps the old value.
        data, a, b : str, optional
            The new place of the training data, if they have moved. They are recognised by their fingerprint.
        accept_data : bool
            Continue even if the data are not those of the training so far.

        Returns
        -------
        Run

        Raises
        ------
        ValueError
            If the new end is wrong or has been passed already, the data have changed or are missing, nothing called
            `best` is recorded, the history was edited, or another process is training in the folder.
        gluon_gan.support.storage.StorageError
            If the folder is not a run, or its checkpoint is missing, damaged or from another run. For a damaged
            checkpoint the message names the one before it.
        """
        folder, file = find(path)
        settings, provenance = read_settings(folder)
        changes = dict(save_every=save_every, keep=keep, best=best)
        settings = settings.replace(**{name: value for name, value in changes.items() if value is not None})
        if more is not None:
            whole_number('more', more)
            if epochs is not None or steps is not None:
                raise ValueError(f'more={more} counts from the current step, epochs and steps count from the beginning '
                                 'of the run: give one or the other')
        elif epochs is not None or steps is not None:
            settings = settings.replace(epochs=epochs, steps=steps)
        if not file.exists():
            raise storage.StorageError(f'{folder} has no checkpoint {file.name}')
        writes = not cluster or not cluster.rank
        with ExitStack() as undo:
            if writes and files.lock(folder / 'checkpoints', part_of=folder):
                undo.callback(files.unlock, folder / 'checkpoints')
            _, file = find(path)            # again, now that no other process writes a newer checkpoint
            check_records(folder)
            trainer = _load_trainer(file, settings, ctx, cluster)
            settings = corrected(folder, moved(settings, data=data, a=a, b=b), trainer)
            loader = load_data(folder, settings, provenance, cluster)
            provenance = recognised(folder, loader, provenance, accept_data)
            if accept_data and trainer.loader_facts.get('images', len(loader.images)) != len(loader.images):
                trainer.position = None          # an epoch of the new data begins
            cls._check_best(settings, loader, trainer)
            if more is not None:
                settings = settings.replace(epochs=None, steps=trainer.steps + more * len(loader))
            _check_unfinished(folder, settings.total_steps(len(loader)), trainer, provenance)
            before, workers = provenance.workers or 1, cluster.workers if cluster else None
            provenance = provenance.replace(ended=0, workers=workers)
            if writes:
                warn_of_workers(folder, before, workers or 1)
                files.sweep(folder)
                write_config(folder, settings, provenance)
            undo.pop_all()
        return cls(folder, settings, provenance, trainer, loader)

    @classmethod
    def _check_best(cls, settings, loader, trainer):
        """Raise ValueError if the score does not fit the data, or nothing is recorded that is called ``best``."""
        names = [*cls.HISTORY.names(trainer), *task_module(settings.task).recorded(settings, loader)]
        metric, _ = parse_best(settings.best)
        if metric and metric not in names:
            near = ''.join(f' (did you mean {name}?)' for name in get_close_matches(metric, names, 1))
            raise ValueError(f"best: {metric} is not recorded{near}: the history records {', '.join(names)}")

    @property
    def total_steps(self):
        """int: the step at which the training ends."""
        return self.settings.total_steps(len(self.loader))

    @property
    def newest(self):
        """pathlib.Path: the newest checkpoint."""
        return checkpoint.file_of(self.folder)

    @property
    def best(self):
        """dict or None: the best checkpoint, as :func:`.checkpoints.best_of` describes it."""
        return best_of(self.folder / 'checkpoints')

    def train(self, callbacks=()):
        """Train to the end that the settings state, then write the final images.

        Parameters
        ----------
        callbacks : sequence of Callback
            Additional callbacks. In a training by several workers only worker 0 has them.

        Returns
        -------
        (dict, float)
            The paths of the final images by what they show, and the duration of the training in seconds.
        """
        if self.trainer.cluster and self.trainer.cluster.rank:
            return self._train_without_folder()
        *others, checkpoints = self.callbacks()
        began = time.perf_counter()
        # `start` and `resume` have locked the folder already. The lock is kept until the final images are written.
        files.lock(self.folder / 'checkpoints', part_of=self.folder)
        # This must precede the History, which removes later records: if the process were killed between the two in the
        # other order, the run would have a later checkpoint and a gap in its history before it.
        checkpoints.make_newest(self.trainer)
        self._fit([*others, *callbacks, checkpoints])
        seconds = time.perf_counter() - began
        paths = write_report(self)
        self.provenance = self.provenance.replace(seconds=round((self.provenance.seconds or 0) + seconds),
                                                  ended=self.trainer.steps)
        write_config(self.folder, self.settings, self.provenance)
        files.unlock(self.folder / 'checkpoints')
        return paths, seconds

    def callbacks(self):
        """list of Callback: the callbacks of every run, in their order. The last is the :class:`Checkpoint`.

        ``on_end`` is called in reverse order: the alarms describe a failure after the other callbacks have ended, and
        then the page shows it. The learning rates change after the history, so that each record has the rates of its
        own step.
        """
        every = max(1, self.total_steps // self.FRAMES)
        settings, task, history = self.settings, task_module(self.settings.task), self._history()
        return [*task.recorders(self.folder, settings, self.loader, every, history), Page(self.folder, every),
                Alarms(self.folder), history, Samples(self.folder / 'samples', every, task.pixel_scale(settings)),
                TensorBoard(self.folder / 'events', pictures=every), *self._schedules(), ProgressBar(),
                Checkpoint(self.folder / 'checkpoints', settings.save_every, settings.keep, settings.best, history)]

    def _history(self):
        return self.HISTORY(self.folder / 'history.jsonl', every=self.HISTORY_EVERY)

    def _schedules(self):
        return [LinearDecay(self.settings.decay), *task_module(self.settings.task).schedules(self.settings)]

    def _train_without_folder(self):
        """What a worker other than worker 0 does: it trains and writes nothing."""
        began = time.perf_counter()
        self._fit(self._schedules())
        return {}, time.perf_counter() - began

    def _fit(self, callbacks):
        self.trainer.fit(self.loader, **self.settings.select('epochs', 'steps'), callbacks=callbacks)


def _load_trainer(file, settings, ctx, cluster):
    """The trainer in a checkpoint; StorageError unless its networks are those of the settings."""
    try:
        trainer = task_module(settings.task).TRAINER.load(file, ctx=ctx, cluster=cluster)
    except checkpoint.Damaged as error:
        raise storage.StorageError(f'{error.problem}, or resume from the one before it: '
                                   f'gluon-gan train --resume {shlex.quote(str(error.earlier))}') from error
    check_networks(file, trainer, settings)
    return trainer


def _check_unfinished(folder, total, trainer, provenance):
    """Raise ValueError if a run has nothing left to do.

    A run that was killed between its last step and its final images is not finished: it still has to write them.
    Versions that did not record ``ended`` are taken to have done so.
    """
    ended = total if provenance.ended is None else provenance.ended
    if trainer.steps > total or (trainer.steps == total and ended == total):
        raise ValueError(f'{folder} has completed its {trainer.steps} steps: set a later end, for example '
                         f'--epochs {2 * max(1, trainer.epoch)} or --more 1')
