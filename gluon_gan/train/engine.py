"""What every training here has, whatever its networks play: two Adams, a loop that can be stopped, checkpoints that go on exactly."""
import math
from collections import deque
from contextlib import ExitStack

import mxnet as mx
from mxnet import gluon

from .. import storage
from . import checkpoint
from .entry import check_goal
from .interrupt import stop_on_interrupt

RUN_AHEAD = 4   # steps that may be queued before `fit` waits: MXNet returns at once, and its queue holds every batch


class Engine:
    """The part of a trainer that does not depend on what a step is.

    A subclass makes ``netG``, ``netD``, ``trainerG``, ``trainerD``, ``contexts``, ``cluster``, ``game`` and what else
    :class:`~gluon_gan.GANTrainer` names among its attributes, and has ``step``, ``options``, ``updates``, ``generator()`` and
    ``pictures()``.
    """

    NETWORKS = ()            # the classes of netG and netD that a checkpoint can build anew, from their ``config``
    TASK = None              # what a checkpoint says it is of

    def _ready(self):
        """Put the networks on the devices, and begin to count."""
        for net in (self.netG, self.netD):
            # One whose shapes wait for the first batch has been initialized too, though it has no data yet.
            if any(parameter._data is None and not parameter._deferred_init for parameter in net.collect_params().values()):
                net.initialize(ctx=self.contexts)
            net.collect_params().reset_ctx(self.contexts)
            # With static_shape MXNet 1.9.1 computes, in G's step, a weight gradient of D that nobody asked for.
            net.hybridize(static_alloc=True)
        self.steps = self.epoch = 0
        self.outputs, self.position, self.home, self.interrupted, self.halfway = None, None, None, False, False

    def memory(self):
        """dict of ndarray: what a checkpoint has to hold beside networks and Adams; :meth:`recall` takes it back."""
        return {}

    def recall(self, arrays):
        """Take back what :meth:`memory` gave; ValueError for what it cannot have given."""
        if arrays:
            raise ValueError(f'a {type(self).__name__} remembers no {next(iter(arrays))!r}')

    def _adam(self, net, lr):
        # The parameters in the order of construction: by name, as Gluon sorts a dict, the order would depend on how many
        # networks the process made before. One device alone has no need of a kvstore; several of them, or workers, sum their gradients
        # in one, and each then makes the same update.
        parameters, store = list(storage.named(net).values()), None
        if self.cluster:
            store = self.cluster.store(len(parameters))
        elif len(self.contexts) > 1:
            store = 'device'
        trainer = gluon.Trainer(parameters, 'adam', {'learning_rate': lr, 'beta1': self.beta1}, kvstore=store,
                                update_on_kvstore=None if store is None else False)
        if self.cluster:
            if any(parameter._deferred_init for parameter in parameters):
                raise ValueError(f'the shapes of this {type(net).__name__} wait for the first batch, which is too late for several '
                                 'workers: give its layers in_units and in_channels')
            trainer.allreduce_grads()     # sends out worker 0's weights; Gluon by itself would do so after the first gradient
        return trainer

    def fit(self, loader, epochs=None, steps=None, callbacks=()):
        """Train until ``epochs`` passes or ``steps`` updates are done, counted from the beginning of this training.

        Ctrl-C finishes the step under way and ends cleanly (``interrupted`` is True then, and the callbacks have saved what
        they save); a second Ctrl-C raises KeyboardInterrupt at once. Of several workers, all end after the same step, a few
        later.

        Parameters
        ----------
        loader : iterable of NDArray, or of pairs
            Batches ``(N, C, H, W)`` in [-1, 1], or pairs of one and its labels ``(N,)``, once through for an epoch:
            :func:`gluon_gan.data.batches`, or any other. Only one with ``state()`` and ``restore(state)`` goes on exactly where a checkpoint was made.
        epochs, steps : int, optional
            The totals; training ends with the first that is reached. At least one of them; ``epochs`` needs a loader with a
            length.
        callbacks : sequence of gluon_gan.train.callbacks.Callback

        Raises
        ------
        ValueError
            If there is no goal, the loader gives no batch or one that :meth:`step` refuses, or the workers do not agree about
            what to do.
        """
        check_goal(epochs, steps)
        if epochs is not None and not hasattr(loader, '__len__'):
            raise ValueError(f'a {type(loader).__name__} has no length: pass steps=... instead of epochs')
        self.loader, self.interrupted = loader, False
        self.goal = min(math.inf if steps is None else steps, math.inf if epochs is None else epochs * len(loader))
        if self.position is not None and hasattr(loader, 'restore'):
            loader.restore(self.position)
            self.position = None
        if self.cluster:
            self.cluster.check_agreement('settings, data or checkpoint', self.steps, self.goal, self.options,
                                         getattr(loader, 'images', None), hasattr(loader, 'state') and loader.state())
        running, stopped = deque(), False
        with ExitStack() as endings, stop_on_interrupt() as stop:
            for callback in callbacks:
                callback.on_begin(self)
                endings.callback(callback.on_end, self)      # called however training ends, and whatever another one raises
            while self.steps < self.goal and (epochs is None or self.epoch < epochs) and not stopped:
                passed = 0
                for passed, batch in enumerate(loader, 1):
                    running.append(self.step(*batch if isinstance(batch, (tuple, list)) else (batch,))[1])
                    if len(running) > RUN_AHEAD:
                        running.popleft().wait_to_read()
                    ended = _at_the_end(loader, passed)
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
                    raise ValueError('the loader gave no batch')
            self.interrupted = stopped

    def _stopped(self, stop):
        """Whether to stop after this step: in all workers alike, for one that left would be waited for for ever.

        Workers go in lockstep: with several steps under way in one of them, networks whose steps take a few milliseconds have hung.
        """
        if not self.cluster:
            return stop.is_set()
        mx.nd.waitall()
        return bool(self.cluster.row(stop.is_set()).asnumpy().any())

    def save(self, path):
        """Write all that exact continuation needs to ``path`` (``.npz`` is added), whole or not at all.

        The position in the data is that of the loader that :meth:`fit` was given; whoever calls :meth:`step` in a loop of their
        own keeps ``loader.state()`` too. Where ``path`` is a folder, the file there is named after the step.

        Returns
        -------
        pathlib.Path

        Raises
        ------
        gluon_gan.storage.StorageError
            If a parameter is NaN or Inf, has no value yet, or an update was cut short; the file that was there stays.
        OSError
            If the file cannot be written.
        """
        return checkpoint.save(self, path)

    @classmethod
    def load(cls, path, ctx=None, netG=None, netD=None, cluster=None):
        """A trainer that goes on where :meth:`save` was called; nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            What `save` was given, or a run's folder (its newest checkpoint then).
        ctx : mxnet.Context, optional
            The device to go on with; it need not be the one of before.
        netG, netD : mxnet.gluon.HybridBlock, optional
            Needed only for networks of your own, which a file cannot rebuild.
        cluster : gluon_gan.distributed.Cluster, optional
            The workers to go on with; every one of them reads the file.

        Raises
        ------
        gluon_gan.storage.StorageError
            If the file is missing, damaged or of other networks; one line, which names the checkpoint before it if there is
            one that can be read.
        """
        return checkpoint.load(cls, path, ctx, netG, netD, cluster)


def _at_the_end(loader, passed):
    """Whether the last of ``passed`` batches was the last of an epoch; of a loader without a length nobody knows."""
    if hasattr(loader, 'state'):
        return loader.state()['batch'] == 0          # the position of the next
    return hasattr(loader, '__len__') and passed == len(loader)
