"""The training of a GAN: what it is made of, one step, and many."""
import math
from collections import deque

import mxnet as mx
import numpy as np
from mxnet import gluon

from .. import latent, losses, runtime, storage
from . import checkpoint
from .average import Average
from .interrupt import stop_on_interrupt
from .step import update

RUN_AHEAD = 4   # steps that may be queued before `fit` waits: MXNet returns at once, and its queue holds every batch


class GANTrainer:
    """Two networks, an objective and two Adams. It neither prints, plots nor downloads: callbacks do.

    Parameters
    ----------
    netG, netD : mxnet.gluon.HybridBlock
        z ``(N, nz)`` to pictures ``(N, C, H, W)`` in [-1, 1], and pictures to logits ``(N, 1)``. netG has an attribute ``nz``.
        They are initialized here unless they are already, and hybridized.
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES`.
    lr, beta1 : float
        Of Adam, for both networks: 2e-4 and 0.5 (DCGAN paper, section 4).
    average : float or None
        Decay per step, in (0, 1), of an exponential moving average of G's weights (Yazıcı et al. 2019, arXiv:1806.04498),
        from which samples are then taken; None for none.
    ctx : mxnet.Context, optional
        :func:`gluon_gan.device` by default.
    seed : int, optional
        What every draw of z follows from; by default taken from NumPy's global state, so that ``gg.seed(0)`` settles it.

    Attributes
    ----------
    trainerG, trainerD : mxnet.gluon.Trainer
    steps, epoch : int
        Updates done, and passes through the data completed.
    outputs : dict of NDArray
        What the last :func:`~gluon_gan.train.step.update` returned.
    fixed_z : NDArray
        ``(64, nz)``: the noise whose pictures show the progress.
    """

    def __init__(self, netG, netD, loss='nonsaturating', lr=2e-4, beta1=0.5, average=None, ctx=None, seed=None):
        _check(lr=lr, beta1=beta1, average=average)
        self.netG, self.netD, self.loss, self.lr, self.beta1 = netG, netD, loss, lr, beta1
        self.lossD, self.lossG = losses.objective(loss)
        self.ctx = ctx or runtime.device()
        self.seed = int(np.random.randint(2 ** 31) if seed is None else seed)
        for net in (netG, netD):
            if any(parameter._data is None for parameter in net.collect_params().values()):
                net.initialize(ctx=self.ctx)
            net.collect_params().reset_ctx(self.ctx)
            net.hybridize(static_alloc=True, static_shape=True)
        self.trainerG, self.trainerD = self._adam(netG), self._adam(netD)
        self.average = Average(netG, average, self.ctx) if average else None
        self.fixed_z = latent.draw(64, netG.nz, seed=[self.seed, 0], ctx=self.ctx)
        self.steps = self.epoch = 0
        self.outputs, self.position, self.interrupted = None, None, False

    def _adam(self, net):
        # The parameters in the order of construction: by name, as Gluon sorts a dict, the order would depend on how many
        # networks the process made before.
        return gluon.Trainer(list(storage.named(net).values()), 'adam',
                             {'learning_rate': self.lr, 'beta1': self.beta1}, kvstore=None)

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
        """
        self.steps += 1
        z = latent.draw(real.shape[0], self.netG.nz, seed=[self.seed, self.steps], ctx=self.ctx)
        self.outputs = update(self.netG, self.netD, self.lossG, self.lossD, self.trainerG, self.trainerD,
                              real.as_in_context(self.ctx), z)
        if self.average:
            self.average.update(self.netG, self.steps)
        return self.outputs['errD'], self.outputs['errG']

    def fit(self, loader, epochs=None, steps=None, callbacks=()):
        """Train until ``epochs`` passes or ``steps`` updates are done, counted from the beginning of this training.

        Ctrl-C finishes the step under way and ends cleanly (``interrupted`` is True then, and the callbacks have saved what
        they save); a second Ctrl-C raises KeyboardInterrupt at once.

        Parameters
        ----------
        loader : iterable of NDArray
            Batches ``(N, C, H, W)`` in [-1, 1], once through for an epoch: :func:`gluon_gan.data.batches`, or any other. Only
            one with ``state()`` and ``restore(state)`` goes on exactly where a checkpoint was made.
        epochs, steps : int, optional
            The totals; training ends with the first that is reached. At least one of them.
        callbacks : sequence of gluon_gan.train.callbacks.Callback
        """
        check_goal(epochs, steps)
        self.loader, self.interrupted = loader, False
        self.goal = min(math.inf if steps is None else steps, math.inf if epochs is None else epochs * len(loader))
        if self.position is not None and hasattr(loader, 'restore'):
            loader.restore(self.position)
            self.position = None
        running = deque()
        for callback in callbacks:
            callback.on_begin(self)
        try:
            with stop_on_interrupt() as stop:
                while self.steps < self.goal and not stop.is_set():
                    before = self.steps
                    for real in loader:
                        running.append(self.step(real)[1])
                        if len(running) > RUN_AHEAD:
                            running.popleft().wait_to_read()
                        for callback in callbacks:
                            callback.on_step(self)
                        if self.steps >= self.goal or stop.is_set():
                            break
                    if self.steps == before:
                        raise ValueError('the loader gave no batch')
                    self.epoch = self.steps // len(loader)
                    if self.steps % len(loader) == 0:
                        for callback in callbacks:
                            callback.on_epoch(self)
                self.interrupted = stop.is_set()
        finally:
            for callback in callbacks:
                callback.on_end(self)

    def generator(self):
        """The network to sample from: the averaged one with fresh batch statistics where there is one, else netG."""
        return self.average.generator(self.steps) if self.average else self.netG

    def save(self, path):
        """Write all that exact continuation needs to ``path`` (``.npz`` is added), whole or not at all.

        Returns
        -------
        pathlib.Path
        """
        return checkpoint.save(self, path)

    @classmethod
    def load(cls, path, ctx=None, netG=None, netD=None):
        """A trainer that goes on where :meth:`save` was called; nothing in the file is executed.

        Parameters
        ----------
        path : path-like
            What `save` was given, or a run's folder (its ``checkpoints/last.npz`` then).
        ctx : mxnet.Context, optional
            The device to go on with; it need not be the one of before.
        netG, netD : mxnet.gluon.HybridBlock, optional
            Needed only for networks of your own, which a file cannot rebuild.

        Raises
        ------
        gluon_gan.storage.StorageError
            If the file is missing, damaged or of other networks; one line.
        """
        return checkpoint.load(cls, path, ctx, netG, netD)


def check_goal(epochs, steps):
    """Raise ValueError unless there is a goal, and each part of it is an int of at least 1 or None."""
    if epochs is None and steps is None:
        raise ValueError('training needs epochs=... or steps=... to know when to end')
    for name, value in (('epochs', epochs), ('steps', steps)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
            raise ValueError(f'{name} must be an int of at least 1, not {value!r}')


def _check(lr, beta1, average):
    if not 0 < lr < math.inf:
        raise ValueError(f'lr must be a positive number, not {lr!r}')
    if not 0 <= beta1 < 1:
        raise ValueError(f'beta1 must be from 0 up to, not including, 1, not {beta1!r}')
    if average is not None and not 0 < average < 1:
        raise ValueError(f'average must be a decay between 0 and 1, or None, not {average!r}')
