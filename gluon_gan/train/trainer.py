"""The training of a GAN: what it is made of, one step, and many."""
import math
from collections import deque
from contextlib import ExitStack

import mxnet as mx
import numpy as np
from mxnet import gluon

from .. import latent, losses, pixels, runtime, storage
from ..checks import number, whole_number
from ..models import Discriminator, Generator
from . import checkpoint
from .average import Average
from .interrupt import stop_on_interrupt
from .step import update

RUN_AHEAD = 4   # steps that may be queued before `fit` waits: MXNet returns at once, and its queue holds every batch


class GANTrainer:
    """Two networks, an objective and two Adams.

    It neither prints, plots nor downloads: callbacks do.

    Parameters
    ----------
    netG, netD : mxnet.gluon.HybridBlock
        z ``(N, nz)`` to pictures ``(N, C, H, W)`` in [-1, 1], and pictures to logits ``(N, 1)``. netG has an attribute ``nz``.
        They are initialized here unless they are already, put on ``ctx`` and hybridized.
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES`.
    lr, beta1 : float
        Of Adam, for both networks: 2e-4 and 0.5 (DCGAN paper, section 4).
    average : float or None
        Decay per step, below 1, of an exponential moving average of G's weights (Yazıcı et al. 2019, arXiv:1806.04498),
        from which samples are then taken; None or 0 for none.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.
    seed : int, optional
        What every draw of z follows from; by default taken from NumPy's global state, so that ``gg.seed(0)`` settles it.
    cluster : gluon_gan.distributed.Cluster, optional
        The workers to train with. Every one makes the same trainer and gives it its own part of each batch; they begin with
        the weights of worker 0, and all have the same after each step. Running batch statistics are each worker's own.

    Attributes
    ----------
    trainerG, trainerD : mxnet.gluon.Trainer
    steps, epoch : int
        Updates done, and passes through the data completed.
    halfway : bool
        Whether an update was cut short, by a second Ctrl-C or an error: nothing is saved then.
    outputs : dict of NDArray
        What the last :func:`~gluon_gan.train.step.update` returned.
    fixed_z : NDArray
        ``(64, nz)``: the noise whose pictures show the progress.

    Raises
    ------
    ValueError
        If there is no such loss, lr, beta1, average or seed is out of range, netG has no ``nz``, ctx is no context, or the two
        networks are of different sizes.
    """

    def __init__(self, netG, netD, loss='nonsaturating', lr=2e-4, beta1=0.5, average=None, ctx=None, seed=None, cluster=None):
        _check_networks(netG, netD, average)
        self.netG, self.netD, self.loss = netG, netD, loss
        self.lr = number('lr', lr, 'a positive number', least=1e-30)
        self.beta1 = number('beta1', beta1, 'from 0 up to, not including, 1', below=1)
        average = number('average', average or 0, 'a decay from 0 (none) up to, not including, 1', below=1)
        self.lossD, self.lossG = losses.objective(loss)
        if ctx is not None and not isinstance(ctx, mx.Context):
            raise ValueError(f'ctx must be an mxnet.Context, such as mx.cpu(), not {ctx!r}')
        self.ctx = ctx or runtime.device()
        self.seed = whole_number('seed', np.random.randint(2 ** 31) if seed is None else seed, 0)
        for net in (netG, netD):
            # One whose shapes wait for the first batch has been initialized too, though it has no data yet.
            if any(parameter._data is None and not parameter._deferred_init for parameter in net.collect_params().values()):
                net.initialize(ctx=self.ctx)
            net.collect_params().reset_ctx(self.ctx)
            net.hybridize(static_alloc=True, static_shape=True)
        self.cluster, self.workers = cluster, cluster.workers if cluster else 1
        self.trainerG, self.trainerD = self._adam(netG), self._adam(netD)
        self.average = Average(netG, average, self.ctx) if average else None
        self.fixed_z = latent.draw(64, netG.nz, seed=[self.seed, 0], ctx=self.ctx)
        self.steps = self.epoch = 0
        self.outputs, self.position, self.interrupted, self.halfway = None, None, False, False

    def _adam(self, net):
        # The parameters in the order of construction: by name, as Gluon sorts a dict, the order would depend on how many
        # networks the process made before.
        parameters = list(storage.named(net).values())
        store = self.cluster.store(len(parameters)) if self.cluster else None
        trainer = gluon.Trainer(parameters, 'adam', {'learning_rate': self.lr, 'beta1': self.beta1}, kvstore=store,
                                update_on_kvstore=False)
        if store:
            if any(parameter._deferred_init for parameter in parameters):
                raise ValueError(f'the shapes of this {type(net).__name__} wait for the first batch, which is too late for several '
                                 'workers: give its layers in_units and in_channels')
            trainer.allreduce_grads()     # sends out worker 0's weights; Gluon by itself would do so after the first gradient
        return trainer

    def step(self, real):
        """One alternating update.

        Parameters
        ----------
        real : NDArray
            ``(N, C, H, W)`` in [-1, 1].

        Returns
        -------
        errD, errG : NDArray
            ``(N,)`` each: the losses before the update. Nothing has been waited for.

        Raises
        ------
        ValueError
            If ``real`` is no NDArray, or its pictures are not of netD's size and channels.
        """
        self._check_batch(real)
        # The noise of one process with all of the batch, and of that this worker's rows.
        z = latent.draw(real.shape[0] * self.workers, self.netG.nz, seed=[self.seed, self.steps + 1], ctx=self.ctx)
        z = self.cluster.share(z) if self.cluster else z
        self.halfway = True
        self.outputs = update(self.netG, self.netD, self.lossG, self.lossD, self.trainerG, self.trainerD,
                              real.as_in_context(self.ctx), z, self.workers)
        if self.average:
            self.average.update(self.steps + 1)
        self.steps += 1
        self.halfway = False
        return self.outputs['errD'], self.outputs['errG']

    def _check_batch(self, real):
        if not isinstance(real, mx.nd.NDArray) or real.ndim != 4:
            raise ValueError(f'a batch must be an NDArray (N, C, H, W) in [-1, 1], not {pixels.describe(real)}')
        wanted = _picture(self.netD)
        if wanted and real.shape[1:] != wanted:
            raise ValueError(f"a batch of {' x '.join(map(str, wanted))} is needed, not {real.shape[1:]}")

    def fit(self, loader, epochs=None, steps=None, callbacks=()):
        """Train until ``epochs`` passes or ``steps`` updates are done, counted from the beginning of this training.

        Ctrl-C finishes the step under way and ends cleanly (``interrupted`` is True then, and the callbacks have saved what
        they save); a second Ctrl-C raises KeyboardInterrupt at once. Of several workers, all end after the same step, a few
        later.

        Parameters
        ----------
        loader : iterable of NDArray
            Batches ``(N, C, H, W)`` in [-1, 1], once through for an epoch: :func:`gluon_gan.data.batches`, or any other. Only
            one with ``state()`` and ``restore(state)`` goes on exactly where a checkpoint was made.
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
            self.cluster.check_agreement('settings, data or checkpoint', self.steps, self.goal, self.seed, self.loss, self.lr,
                                         self.beta1, getattr(loader, 'images', None), hasattr(loader, 'state') and loader.state())
        running, flags, stopped = deque(), deque(), False
        with ExitStack() as endings, stop_on_interrupt() as stop:
            for callback in callbacks:
                callback.on_begin(self)
                endings.callback(callback.on_end, self)      # called however training ends, and whatever another one raises
            while self.steps < self.goal and (epochs is None or self.epoch < epochs) and not stopped:
                passed = 0
                for passed, real in enumerate(loader, 1):
                    running.append(self.step(real)[1])
                    if len(running) > RUN_AHEAD:
                        running.popleft().wait_to_read()
                    ended = _at_the_end(loader, passed)
                    if ended:
                        self.epoch += 1
                    for callback in callbacks:
                        callback.on_step(self)
                        if ended:
                            callback.on_epoch(self)
                    stopped = self._stopped(stop, flags)
                    if self.steps >= self.goal or stopped:
                        break
                if not passed:
                    raise ValueError('the loader gave no batch')
            self.interrupted = stopped

    def _stopped(self, stop, flags):
        """Whether to stop after this step: in all workers alike, for one that left would be waited for for ever."""
        if not self.cluster:
            return stop.is_set()
        flags.append(self.cluster.row(stop.is_set()))
        return len(flags) > RUN_AHEAD and bool(flags.popleft().asnumpy().any())      # of some steps ago, so that nothing waits

    def generator(self):
        """The network to sample from: the averaged one with fresh batch statistics where there is one, else netG."""
        return self.average.generator(self.steps) if self.average else self.netG

    def save(self, path):
        """Write all that exact continuation needs to ``path`` (``.npz`` is added), whole or not at all.

        The position in the data is that of the loader that :meth:`fit` was given; whoever calls :meth:`step` in a loop of their
        own keeps ``loader.state()`` too.

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
            What `save` was given, or a run's folder (its ``checkpoints/last.npz`` then).
        ctx : mxnet.Context, optional
            The device to go on with; it need not be the one of before.
        netG, netD : mxnet.gluon.HybridBlock, optional
            Needed only for networks of your own, which a file cannot rebuild.
        cluster : gluon_gan.distributed.Cluster, optional
            The workers to go on with; every one of them reads the file.

        Raises
        ------
        gluon_gan.storage.StorageError
            If the file is missing, damaged or of other networks; one line.
        """
        return checkpoint.load(cls, path, ctx, netG, netD, cluster)


def check_goal(epochs, steps):
    """Raise ValueError unless there is a goal, and each part of it is an int of at least 1 or None."""
    if epochs is None and steps is None:
        raise ValueError('training needs epochs=... or steps=... to know when to end')
    for name, value in (('epochs', epochs), ('steps', steps)):
        if value is not None:
            whole_number(name, value)


def _at_the_end(loader, passed):
    """Whether the last of ``passed`` batches was the last of an epoch; of a loader without a length nobody knows."""
    if hasattr(loader, 'state'):
        return loader.state()['batch'] == 0          # the position of the next
    return hasattr(loader, '__len__') and passed == len(loader)


def _check_networks(netG, netD, average):
    if not hasattr(netG, 'nz'):
        raise ValueError(f'this {type(netG).__name__} does not say how many dimensions its noise has: set netG.nz')
    if average and not hasattr(netG, 'config'):
        raise ValueError(f'a {type(netG).__name__} without a config cannot be copied: average must be None for it')
    made, seen = _picture(netG), _picture(netD)
    if made and seen and made != seen:
        raise ValueError(f'netG makes pictures of {made} and netD sees {seen}: size and channels must be the same in both')


def _picture(net):
    """(channels, height, width) of a network of ours; None for any other."""
    return (net.channels, net.size, net.size) if isinstance(net, (Generator, Discriminator)) else None
