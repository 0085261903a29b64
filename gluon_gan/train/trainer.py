"""The training of a GAN: what it is made of, and one step; many of them are the :mod:`.engine`'s."""
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon
from mxnet.contrib import amp

from .. import latent, losses, storage
from ..checks import number, whole_number
from ..models import Discriminator, Generator, spectral_blocks
from .average import Average
from .engine import Engine
from .entry import check_batch, check_networks, devices_of
from .game import Game
from .step import generate, update_D, update_G


class GANTrainer(Engine):
    """Two networks, an objective and two Adams.

    It neither prints, plots nor downloads: callbacks do.

    Parameters
    ----------
    netG, netD : mxnet.gluon.HybridBlock
        z ``(N, nz)`` to pictures ``(N, C, H, W)`` in [-1, 1], and pictures to logits ``(N, 1)``. netG has an attribute ``nz``.
        They are initialized here unless they are already, put on ``ctx`` and hybridized. Two that know classes are called with
        labels as well.
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES`.
    lr, beta1 : float
        Of Adam, for both networks: 2e-4 and 0.5 (DCGAN paper, section 4).
    average : float or None
        Decay per step, below 1, of an exponential moving average of G's weights (Yazıcı et al. 2019, arXiv:1806.04498),
        from which samples are then taken; None or 0 for none.
    ctx : mxnet.Context or list of mxnet.Context, optional
        :func:`gluon_gan.device` by default. With several devices each gets an equal part of every batch, with batch statistics of
        its own, and the gradients are summed.
    half : bool
        Compute convolutions in float16, with the weights kept in float32 and a loss scale (``mxnet.contrib.amp``); on a GPU only. It
        holds for the whole process. The loss scale is no part of a checkpoint, so resuming is not bit for bit.
    seed : int, optional
        What every draw of z follows from; by default taken from NumPy's global state, so that ``gg.seed(0)`` settles it.
    cluster : gluon_gan.distributed.Cluster, optional
        The workers to train with. Every one makes the same trainer and gives it its own part of each batch; they begin with
        the weights of worker 0, and all have the same after each step. Running batch statistics are each worker's own.
    lrG, lrD : float, optional
        A learning rate of its own for one network (two time-scales: Heusel et al. 2017, arXiv:1706.08500).
    d_steps : int
        Steps of D for one of G: G learns in every ``d_steps``-th step only (Wasserstein GAN, algorithm 1: 5).
    g_steps : int
        Updates of G for one of D, the further ones on noise of their own ("Difficulties in training a GAN": 2).
    clip : float, optional
        D's weights and biases are cut off at this size after its updates; by default 0.01 for 'wasserstein' (Arjovsky et al. 2017,
        algorithm 1) and 0, which is not at all, for other losses. The scale and shift of batch norms are left alone, for
        they do not bound what D computes.
    real_label : float
        The target of real pictures: 0.9 is one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4).
    swap_labels : bool
        Train D to give real pictures 0 and fakes 1. By symmetry this changes the sign of its output and nothing else.
    flip : float
        The probability with which a picture is scored under the other label in D's turn, below 1/2.
    noise : float
        Standard deviation of Gaussian noise on all that D sees (Sønderby et al. 2017, arXiv:1610.04490; Arjovsky and Bottou 2017,
        arXiv:1701.04862); :class:`~gluon_gan.train.Schedule` lets it fade.
    feature_weight : float, optional
        How much the distance of D's features of fake pictures from those of real ones counts in G's loss, beside the objective, or 1
        alone where the loss is 'feature_matching'; by default 0 for other losses.
    features : str
        'means' of the batch (Salimans et al. 2016, section 3.1) or 'pairs': a key of :data:`gluon_gan.losses.FEATURES`.
    feature_layer : int
        Which of D's convolutional blocks they are taken from, -1 for the last.
    diff_augment : str
        What is changed in all that D sees, real pictures and G's, so that it cannot learn few of them by heart (Zhao et al. 2020,
        arXiv:2006.10738): 'none', or one or more of 'color', 'translation' and 'cutout' with commas between; see
        :mod:`.diffaugment`.

    Attributes
    ----------
    trainerG, trainerD : mxnet.gluon.Trainer
    game : gluon_gan.train.game.Game
        The objective and the tricks; ``game.noise``, ``game.flip`` and ``game.feature_weight`` may be changed between steps.
    contexts : list of mxnet.Context
        All devices; ``ctx`` is the first of them.
    steps, epoch : int
        Updates done, and passes through the data completed.
    halfway : bool
        Whether an update was cut short, by a second Ctrl-C or an error: nothing is saved then.
    home : pathlib.Path or None
        The folder of the checkpoint that this training goes on from, or where it keeps its own.
    outputs : dict of NDArray
        What :func:`~gluon_gan.train.step.update` returns, of the last step.
    fixed_z, fixed_labels : NDArray
        ``(64, nz)``: the noise whose pictures show the progress. With K classes ``(8 K, nz)``, and the labels ``(8 K,)`` in turn, else
        None.

    Raises
    ------
    ValueError
        If there is no such loss, an option is out of range or does not go with the loss, netG has no ``nz``, ctx is no context, or
        the two networks are of different sizes or classes.
    """

    NETWORKS, TASK = (Generator, Discriminator), 'generate'

    def __init__(self, netG, netD, loss='nonsaturating', lr=2e-4, beta1=0.5, average=None, ctx=None, seed=None, lrG=None, lrD=None,
                 d_steps=1, g_steps=1, clip=None, half=False, cluster=None, **rules):
        check_networks(netG, netD, average)
        self.netG, self.netD = netG, netD
        self.lr = number('lr', lr, 'a positive number', least=1e-30)
        self.lrG = self.lr if lrG is None else number('lrG', lrG, 'a positive number', least=1e-30)
        self.lrD = self.lr if lrD is None else number('lrD', lrD, 'a positive number', least=1e-30)
        self.beta1 = number('beta1', beta1, 'from 0 up to, not including, 1', below=1)
        average = number('average', average or 0, 'a decay from 0 (none) up to, not including, 1', below=1)
        self.d_steps, self.g_steps = whole_number('d_steps', d_steps), whole_number('g_steps', g_steps)
        self.seed = whole_number('seed', np.random.randint(2 ** 31) if seed is None else seed, 0)
        self.game = Game(netD, self.seed, loss, rank=cluster.rank if cluster else 0, **rules)
        self.clip = number('clip', losses.OBJECTIVES[loss].clip or 0 if clip is None else clip, 'a number of at least 0 (0 for none)')
        self.contexts = devices_of(ctx)
        self.ctx, self.half = self.contexts[0], bool(half)
        if cluster and len(self.contexts) > 1:
            raise ValueError(f'each of several workers trains on one device, not on {self.contexts}')
        if half:
            if any(context.device_type != 'gpu' for context in self.contexts):
                raise ValueError(f'half=True needs a GPU, and this trains on {self.ctx}: leave it out')
            amp.init()                 # before anything is traced
        self._ready()
        self.cluster, self.workers = cluster, cluster.workers if cluster else 1
        self.trainerG, self.trainerD = self._adam(netG, self.lrG), self._adam(netD, self.lrD)
        if half:
            amp.init_trainer(self.trainerG)
            amp.init_trainer(self.trainerD)
        self.average = Average(netG, average, self.ctx) if average else None
        self._spectral = spectral_blocks(netD)
        self._clipped = [parameter for name, parameter in storage.named(netD).items() if name.endswith(('weight', 'bias'))]
        classes = getattr(netG, 'classes', 0)
        self.fixed_z = latent.draw(8 * classes or 64, netG.nz, seed=[self.seed, 0], ctx=self.ctx)
        self.fixed_labels = latent.labels(8 * classes, classes, ctx=self.ctx) if classes else None

    @property
    def updates(self):
        """(int, int): how often G and D have learned."""
        return self.steps // self.d_steps * self.g_steps, self.steps

    @property
    def options(self):
        """dict: the arguments of this trainer, but for networks and devices, as they are now."""
        return dict(lr=self.lr, beta1=self.beta1, average=self.average and self.average.decay, seed=self.seed, lrG=self.lrG, lrD=self.lrD,
                    d_steps=self.d_steps, g_steps=self.g_steps, clip=self.clip, half=self.half, **self.game.options)

    def step(self, real, labels=None):
        """One alternating update.

        Parameters
        ----------
        real : NDArray
            ``(N, C, H, W)`` in [-1, 1].
        labels : NDArray, optional
            ``(N,)``: the class of each picture, of the real ones and of those that G makes; for networks that know classes.

        Returns
        -------
        errD, errG : NDArray
            ``(N,)`` each: the losses before the update. Nothing has been waited for.

        Raises
        ------
        ValueError
            If ``real`` is no NDArray, its pictures are not of netD's size and channels, N is no multiple of the number of devices,
            or labels are missing or not wanted.
        """
        check_batch(self.netD, len(self.contexts), real, labels)
        self.halfway = True
        number = self.steps + 1
        labels = [] if labels is None else self._parts(labels)
        self.game.begin(number, labels)
        reals, fakes = self._parts(real), self._generate([self.seed, number], len(real), labels)
        for block in self._spectral:
            block.iterate()
        outputs = update_D(self.game.judge, self.game.lossD, self.trainerD, reals, fakes, self.workers)
        self._clip()
        self.game.look(reals)
        if number % self.d_steps:
            outputs['errG'] = self.game.score(fakes)
        else:
            outputs['errG'] = update_G(self.game.judge_G, self.game.lossG, self.trainerG, fakes, self.workers)
            for again in range(1, self.g_steps):       # not 0: NumPy takes [seed, step, 0] for [seed, step]
                fakes = self._generate([self.seed, number, again + 1], len(real), labels)
                update_G(self.game.judge_G, self.game.lossG, self.trainerG, fakes, self.workers)
            if self.average:
                self.average.update(number)
        self.outputs = {name: self._joined(arrays) for name, arrays in outputs.items()}
        self.steps = number
        self.halfway = False
        return self.outputs['errD'], self.outputs['errG']

    def _generate(self, seed, count, labels):
        """Pictures of new noise, recorded, on each device."""
        # The noise of one process with all of the batch, and of that this worker's rows.
        z = latent.draw(count * self.workers, self.netG.nz, seed=seed)
        z = self._parts(self.cluster.share(z) if self.cluster else z)
        if not labels:
            return generate(self.netG, z)
        return generate(lambda pair: self.netG(*pair), zip(z, labels))

    def _parts(self, array):
        """A batch as one part on each device."""
        if len(self.contexts) == 1:
            return [array.as_in_context(self.ctx)]
        return gluon.utils.split_and_load(array, self.contexts)

    def _joined(self, arrays):
        """The parts of all devices, on the first."""
        return arrays[0] if len(arrays) == 1 else mx.nd.concat(*[array.as_in_context(self.ctx) for array in arrays], dim=0)

    def _clip(self):
        if self.clip:
            for parameter in self._clipped:
                for weight in parameter.list_data():
                    mx.nd.clip(weight, -self.clip, self.clip, out=weight)

    def generator(self):
        """The network to sample from: the averaged one with fresh batch statistics where there is one, else netG."""
        return self.average.generator(self.steps) if self.average else self.netG

    def fixed_samples(self):
        """NDArray: the pictures ``(N, C, H, W)`` that :meth:`generator` makes of ``fixed_z``."""
        return self.generator()(*[array for array in (self.fixed_z, self.fixed_labels) if array is not None])

    def pictures(self, averaged=False, company=0):
        """NDArray: the pictures ``(N, C, H, W)`` in [-1, 1] that ``fixed_z`` gives, with the statistics of their own batch.

        In training mode, not recorded: no running statistic moves, and MXNet keeps the weights in the layout that training reads.

        Parameters
        ----------
        averaged : bool
            Of the averaged generator, where there is one.
        company : int
            How many more are drawn, and left out, to make the statistics of the batch steadier.
        """
        netG = self.average.netG if averaged and self.average else self.netG
        classes, inputs = getattr(netG, 'classes', 0), [self.fixed_z]
        if company:
            inputs = [mx.nd.concat(self.fixed_z, latent.draw(company, netG.nz, seed=[self.seed, 0, 1], ctx=self.ctx), dim=0)]
        if classes:
            inputs.append(mx.nd.concat(self.fixed_labels, latent.labels(company, classes, ctx=self.ctx), dim=0)
                          if company else self.fixed_labels)
        with autograd.train_mode():
            return netG(*inputs)[:len(self.fixed_z)]
