"""The training engine: the loop over batches, both Adam optimisers, and checkpoints.

It is independent of what a step does.
"""
import math
from collections import deque
from contextlib import ExitStack

import mxnet as mx
from mxnet import gluon

from ..support import signals, storage
from ..support.scopes import weaken
from . import checkpoint, position
from .arguments import check_goal
from .interrupt import stop_on_interrupt

# Steps that may be queued before `fit` waits. MXNet executes asynchronously, and its queue keeps every batch in memory.
RUN_AHEAD = 4


class Engine:
    """Base class of trainers: everything that does not depend on what a step does.

    A subclass sets ``netG``, ``netD``, ``trainerG``, ``trainerD``, ``contexts``, ``cluster``, ``game`` and the other
    attributes listed in :class:`~gluon_gan.GANTrainer`, and defines ``step``, ``options``, ``updates``, ``generator()``
    and ``pictures()``.
    """

    NETWORKS = ()            # the classes of netG and netD that a checkpoint can create again from their ``config``
    LOSSES = 'errD', 'errG'  # the losses in ``outputs``
    TASK = None              # the task named in checkpoints; a trainer only loads checkpoints of its own task

    def _prepare(self):
        """Initialise the networks, move them to the devices, hybridize them, and set the counters to zero."""
        for net in (self.netG, self.netD):
            # A parameter with deferred initialisation has no data yet, but its initialiser has already been chosen.
            parameters = weaken(net).collect_params()
            if any(parameter._data is None and not parameter._deferred_init for parameter in parameters.values()):
                net.initialize(ctx=self.contexts)
            parameters.reset_ctx(self.contexts)
            # With static_shape, MXNet 1.9.1 computes an unneeded weight gradient of D in G's update.
            net.hybridize(static_alloc=True)
        self.steps = self.epoch = 0
        self.outputs = self.position = self.checkpoint_folder = None
        self.beside_D = {}                       # Parameters that are trained together with D
        self.fitted = self.shift = 0             # see position.py
        self.loader_facts, self.scheduled = {}, None
        self.interrupted = self.mid_update = False
        self.stopped_by = None
        self.checked_loader = ()                 # the loader whose first batch has been checked

    def extra_state(self):
        """dict of ndarray: the state that a checkpoint must contain besides networks and optimisers."""
        return {}

    def restore_extra_state(self, arrays):
        """Restore what :meth:`extra_state` returned; ValueError if the arrays cannot come from it."""
        if arrays:
            raise ValueError(f'a {type(self).__name__} has no state {next(iter(arrays))!r}')

    def trained(self, side):
        """dict of Parameter: those of the optimiser of 'G' or of 'D', by their places in the network."""
        net, more = (self.netG, {}) if side == 'G' else (self.netD, self.beside_D)
        return {**storage.named(net), **more}

    def _adam(self, side, lr):
        # The parameters are in the order of construction. Gluon sorts a dict by name, and names depend on how many
        # networks the process has created before. A single device needs no kvstore. Several devices, or workers, sum
        # their gradients in one, and each then makes the same update.
        parameters, store = list(self.trained(side).values()), None
        if self.cluster:
            store = self.cluster.store(len(parameters))
        elif len(self.contexts) > 1:
            store = 'device'
        trainer = gluon.Trainer(parameters, 'adam', {'learning_rate': lr, 'beta1': self.beta1}, kvstore=store,
                                update_on_kvstore=None if store is None else False)
        for parameter in parameters:
            # Gluon needs this reference for sparse parameters only. It closes a cycle through the optimizer, which
            # would keep all arrays of a training alive until the garbage collector finds them.
            parameter._set_trainer(None)
        if self.cluster:
            if any(parameter._deferred_init for parameter in parameters):
                raise ValueError(f'the shapes of net{side} are deferred until the first batch, which '
                                 'several workers do not support: specify in_units and in_channels of its layers')
            # Broadcasts worker 0's weights. By default, Gluon would do so after the first gradient.
            trainer.allreduce_grads()
        return trainer

    def fit(self, loader, epochs=None, steps=None, callbacks=()):
        """Train until ``epochs`` passes or ``steps`` updates are done, counted from the start of this training.

        Both are totals, so that a script can be run again after an interruption: ``fit(loader, epochs=5)`` trains the
        epochs that are missing, and a further ``fit(loader, epochs=5)`` only warns that nothing is left to do. To train
        one more epoch, pass ``epochs=trainer.epoch + 1``.

        The first Ctrl-C, SIGTERM or SIGHUP finishes the current step and ends cleanly: ``interrupted`` is then True,
        ``stopped_by`` is the number of the signal, and the callbacks have saved their output. A second Ctrl-C raises
        KeyboardInterrupt at once; one that arrives after the last step raises it when the output is saved. After
        SIGTERM and SIGHUP, which end a script, SystemExit with 128 + the number is raised when it is saved. With
        several workers, all of them end after the same step, a few steps later.

        Parameters
        ----------
        loader : iterable of NDArray or of (NDArray, NDArray)
            Batches ``(N, C, H, W)`` in [-1, 1], optionally paired with labels ``(N,)``. One iteration is an epoch.
            :func:`gluon_gan.data.batches` makes such a loader. Only a loader with ``state()`` and ``restore(state)``
            can be resumed at the exact position of a checkpoint. Batches that were taken from it outside of a training
            do not move the position of the training. With another batch size, training continues at the same image of
            the epoch, rounded down to a complete batch.
        epochs, steps : int, optional
            Totals. At least one is required; training ends when the first is reached. ``epochs`` requires a loader with
            a length.
        callbacks : sequence of gluon_gan.train.callbacks.Callback

        Raises
        ------
        ValueError
            If neither ``epochs`` nor ``steps`` is given, the loader is empty, :meth:`step` rejects a batch, the loader
            has other data than that of a checkpoint saved within an epoch, or the workers disagree about
            settings, data or checkpoint.
        """
        check_goal(epochs, steps)
        if not hasattr(loader, '__iter__'):
            raise ValueError(f'a {type(loader).__name__} is no loader: pass an iterable of batches, '
                             'such as gluon_gan.data.batches(images)')
        if epochs is not None and not hasattr(loader, '__len__'):
            raise ValueError(f'a {type(loader).__name__} has no length: pass steps=... instead of epochs')
        self.loader, self.interrupted, self.stopped_by = loader, False, None
        position.begin(self, loader)
        self.goal = min(math.inf if steps is None else steps,
                        math.inf if epochs is None else epochs * len(loader) + self.shift)
        if self.steps >= self.goal or (epochs is not None and self.epoch >= epochs):
            position.warn_finished(self, epochs, steps)
        if self.cluster:
            self.cluster.check_agreement('settings, data or checkpoint', self.steps, self.goal, self.options,
                                         getattr(loader, 'images', None), hasattr(loader, 'state') and loader.state())
        queued, stopped = deque(), 0
        with ExitStack() as endings, stop_on_interrupt() as stop:
            endings.callback(position.end, self, loader)
            for callback in callbacks:
                callback.on_begin(self)
                # Called however the training ends, and whatever the other callbacks raise.
                endings.callback(callback.on_end, self)
            while self.steps < self.goal and (epochs is None or self.epoch < epochs) and not stopped:
                passed = 0
                for passed, batch in enumerate(loader, 1):
                    queued.append(self.step(*batch if isinstance(batch, (tuple, list)) else (batch,))[1])
                    if len(queued) > RUN_AHEAD:
                        queued.popleft().wait_to_read()
                    ended = _ends_epoch(loader, passed)
                    if ended:
                        self.epoch += 1
                    for callback in callbacks:
                        callback.on_step(self)
                        if ended:
                            callback.on_epoch(self)
                    stopped = self._stopped(stop)
                    if self.steps >= self.goal or stopped:
                        break
                if not passed:
                    raise ValueError('the loader is empty: it must yield at least one batch')
            self.interrupted, self.stopped_by = bool(stopped), stopped or None
            if stopped:              # a cluster may send the signal to all workers, of which one may get it only now
                signals.note(stopped)
        if stop.number and not stopped:
            raise signals.Stopped(stop.number)
        if stopped and not self.cluster and signals.kills(stopped):
            raise SystemExit(128 + stopped)

    def _stopped(self, stop):
        """The number of the signal to stop for after this step, or 0.

        All workers decide alike: the others would wait forever for one that left.

        Workers run in lockstep. With several steps queued in a worker, networks whose steps take a few milliseconds
        have deadlocked.
        """
        if not self.cluster:
            return stop.number
        mx.nd.waitall()
        return int(self.cluster.gather(stop.number).asnumpy().max())

    def save(self, path):
        """Write a checkpoint, from which training can be resumed exactly. The file is written completely or not at all.

        The position in the data is that of the loader passed to :meth:`fit`. If you call :meth:`step` in a
        custom loop, save ``loader.state()`` too.

        Parameters
        ----------
        path : path-like
            A file, to which ``.npz`` is added, or a folder, in which the file is named after the step.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        gluon_gan.support.storage.StorageError
            If a parameter is NaN or Inf or has no value yet, or an update was interrupted. An existing file is kept.
        OSError
            If the file cannot be written.
        """
        return checkpoint.save(self, path)

    @classmethod
    def load(cls, path, ctx=None, netG=None, netD=None, cluster=None):
        """Create a trainer that resumes the training saved in a checkpoint. No code in the file is executed.

        Parameters
        ----------
        path : path-like
            The path passed to :meth:`save`, or the folder of a run, whose newest checkpoint is loaded.
        ctx : mxnet.Context, optional
            The device to train on. It may differ from the previous one.
        netG, netD : mxnet.gluon.HybridBlock, optional
            Required for custom networks only, which cannot be created from a file.
        cluster : gluon_gan.distributed.Cluster, optional
            The workers to train with. Each of them reads the file.

        Raises
        ------
        gluon_gan.support.storage.StorageError
            If the file is missing, is damaged, or belongs to other networks. The message is one line and names the
            newest earlier checkpoint that can be read, if there is one.
        """
        return checkpoint.load(cls, path, ctx, netG, netD, cluster)


def _ends_epoch(loader, passed):
    """Whether the last of ``passed`` batches was the last of an epoch; False for a loader without a length."""
    if hasattr(loader, 'state'):
        return loader.state()['batch'] == 0          # the position of the next batch
    return hasattr(loader, '__len__') and passed == len(loader)
