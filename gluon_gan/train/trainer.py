"""The trainer of a GAN: its components and a single step. The loop over steps is in :mod:`.engine`."""
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon
from mxnet.contrib import amp

from .. import fast, latent
from ..models import Discriminator, Generator, spectral_blocks
from ..support import storage
from ..support.checks import number, whole_number
from .arguments import check_batch, check_gpu, check_networks, check_penalty, check_pixels, freeze, resolve_devices
from .average import Average
from .engine import Engine
from .game import Game
from .step import clip_weights, generate, joined, update_D, update_G


class GANTrainer(Engine):
    """Trains a generator and a discriminator with a GAN objective and one Adam optimiser for each.

    The trainer itself does not print, plot or download anything; callbacks do.

    Parameters
    ----------
    netG, netD : mxnet.gluon.HybridBlock
        netG maps z ``(N, nz)`` to images ``(N, C, H, W)`` in [-1, 1] and has an attribute ``nz``; netD maps images to
        logits ``(N, 1)``. Conditional networks also take labels. Both are initialised if necessary, moved to ``ctx``
        and hybridized.
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES`.
    lr, beta1 : float
        Adam's learning rate and first decay rate, for both networks: 2e-4 and 0.5 in the DCGAN paper (section 4).
    average : float or None
        Decay per step, below 1, of an exponential moving average of G's weights (Yazıcı et al. 2019, arXiv:1806.04498).
        If given, samples are taken from the averaged generator. None or 0 for no average.
    ctx : mxnet.Context or list of mxnet.Context, optional
        :func:`gluon_gan.device` by default. Several devices split every batch equally, compute batch statistics
        separately, and sum their gradients.
    half : bool
        Compute convolutions in float16, with float32 weights and a loss scale (``mxnet.contrib.amp``). Requires a GPU
        and affects the whole process. Resuming is not exact, because checkpoints do not contain the loss scale.
    precision : str
        'float32', or 'bfloat16' for convolutions in bfloat16 on a CPU that has it, with float32 weights, gradients
        and statistics (:mod:`gluon_gan.fast`). Where it is unavailable, float32 is used, with a warning.
    seed : int, optional
        Seed of all random numbers of the training. By default it is sampled from NumPy's global state, so
        ``gg.seed(0)`` determines it.
    cluster : gluon_gan.distributed.Cluster, optional
        The workers to train with. Every worker creates the same trainer and passes its own part of each batch. All
        start from the weights of worker 0 and have the same weights after each step. Running batch statistics differ
        between workers.
    lrG, lrD : float, optional
        Separate learning rates (two time-scale update rule: Heusel et al. 2017, arXiv:1706.08500).
    d_steps : int
        Updates of D for each update of G, which is updated only in every ``d_steps``-th step. The default is 5 for
        'wasserstein' with a penalty (Gulrajani et al. 2017, algorithm 1) and 1 otherwise.
    g_steps : int
        Updates of G for each update of D, each with new noise; 2 in "Difficulties in training a GAN".
    clip : float, optional
        Clip D's weights and biases to [-clip, clip] after each update; 0 for no clipping. The default is 0.01 for
        'wasserstein' without a penalty (Arjovsky et al. 2017, algorithm 1) and 0 otherwise. The scales and shifts of
        batch norms are not clipped, because that would not bound D's output.
    real_label : float
        Target for real images: 0.9 is one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4).
    swap_labels : bool
        Train D with target 0 for real images and 1 for fakes. By symmetry, this only changes the sign of D's output.
    flip : float
        Probability, below 1/2, of swapping the label of a sample in D's update.
    noise : float
        Standard deviation of Gaussian noise added to every input of D (Sønderby et al. 2017, arXiv:1610.04490;
        Arjovsky and Bottou 2017, arXiv:1701.04862). :class:`~gluon_gan.train.Schedule` can decrease it over time.
    feature_weight : float, optional
        Weight, in G's loss, of the distance between D's features of fake and of real images. The default is 1 for
        'feature_matching', whose G has no other loss, and 0 otherwise.
    features : str
        A key of :data:`gluon_gan.losses.FEATURES`: 'means' over the batch (Salimans et al. 2016, section 3.1) or
        'pairs'.
    feature_layer : int
        Index of the convolutional block of D that provides the features; -1 for the last.
    diff_augment : str
        Differentiable augmentation of every input of D, real and fake, so that D cannot memorise a small data set
        (Zhao et al. 2020, arXiv:2006.10738): 'none', or a comma-separated list of 'color', 'translation' and
        'cutout'; see :mod:`.diffaugment`.
    augment_target : float, optional
        Adapt the probability of each of them, ``augment_p``, which begins with 0, to the overfitting of D (Karras et
        al. 2020, arXiv:2006.06676): it rises while the mean sign of D's outputs for real images exceeds this target
        (0.6 in the paper). By default every image is augmented.
    lecam : float
        Weight of LeCam regularisation of D's outputs for small data sets, which ``errD`` contains; see :mod:`.lecam`.
    reconstruction : float
        Weight of the reconstruction of real images from D's features, for small data sets; see :mod:`.reconstruction`.
    freeze_d : int
        Number of D's first blocks that are not trained (FreezeD: Mo et al. 2020, arXiv:2002.10964); their parameters
        get an ``lr_mult`` of 0.
    penalty : str
        A penalty on the gradient of D with respect to the images that it receives: 'none' or a key of
        :data:`gluon_gan.penalties.PENALTIES`. netD must have no batch norm. ``errD`` does not contain it.
    gamma : float, optional
        The weight of the penalty; by default that of its paper.
    penalty_every : int
        Apply the penalty in every ``penalty_every``-th step only, with ``penalty_every`` times its weight (Karras et
        al. 2020, arXiv:1912.04958, appendix B). 16 costs hardly any time.

    Attributes
    ----------
    trainerG, trainerD : mxnet.gluon.Trainer
    game : gluon_gan.train.game.Game
        The objective and the tricks. ``game.noise``, ``game.flip`` and ``game.feature_weight`` may be changed between
        steps.
    fast : gluon_gan.fast.Pair or None
        The fast forms of both networks, if there are any.
    contexts : list of mxnet.Context
        All devices. ``ctx`` is the first of them.
    steps, epoch : int
        Number of completed steps, and of completed passes through the data.
    mid_update : bool
        True during an update, and after an update that a second Ctrl-C or an error interrupted. Nothing is saved then.
    checkpoint_folder : pathlib.Path or None
        The folder of the checkpoint from which this training was resumed, or in which it saves its own.
    real : NDArray
        The batch of real images of the last step.
    outputs : dict of NDArray
        What :func:`~gluon_gan.train.step.update` returned in the last step.
    fixed_z, fixed_labels : NDArray
        The noise whose images show the progress: ``(64, nz)`` and None; ``(8 K, nz)`` and labels with K classes.

    Raises
    ------
    ValueError
        If the loss is unknown, an option is out of range or incompatible with the loss, netG has no ``nz``, ctx is
        not an mxnet.Context, or the two networks have different image sizes or classes.
    """

    NETWORKS, TASK = (Generator, Discriminator), 'generate'

    def __init__(self, netG, netD, loss='nonsaturating', lr=2e-4, beta1=0.5, average=None, ctx=None, seed=None,
                 lrG=None, lrD=None, d_steps=None, g_steps=1, clip=None, half=False, precision='float32', cluster=None,
                 freeze_d=0, **game_options):
        check_networks(netG, netD, average)
        self.netG, self.netD = netG, netD
        self.lr = number('lr', lr, 'a positive number', least=1e-30)
        self.lrG = self.lr if lrG is None else number('lrG', lrG, 'a positive number', least=1e-30)
        self.lrD = self.lr if lrD is None else number('lrD', lrD, 'a positive number', least=1e-30)
        self.beta1 = number('beta1', beta1, 'from 0 up to, not including, 1', below=1)
        average = number('average', average or 0, 'a decay from 0 (none) up to, not including, 1', below=1)
        self.seed = whole_number('seed', np.random.randint(2 ** 31) if seed is None else seed, 0, None)
        self.game = Game(netD, self.seed, loss, rank=cluster.rank if cluster else 0, **game_options)
        self.d_steps, self.clip = check_penalty(loss, self.game.penalty, d_steps, clip, half)
        self.g_steps, self.precision = whole_number('g_steps', g_steps), precision
        self.LOSSES = (*self.LOSSES, *self.game.reported)
        self.contexts = resolve_devices(ctx)
        self.ctx, self.half = self.contexts[0], bool(half)
        if cluster and len(self.contexts) > 1:
            raise ValueError(f'each of several workers trains on one device, not on {self.contexts}: pass a single ctx')
        if half:
            check_gpu(self.contexts)
            amp.init()                 # before anything is traced
        self._prepare()
        self.beside_D = self.game.prepare(self.contexts)
        self.fast = self.game.fast = fast.make(netG, netD, self.contexts, precision)
        self.cluster, self.workers = cluster, cluster.workers if cluster else 1
        self.freeze_d, frozen = freeze_d, freeze(netD, freeze_d)
        self.trainerG, self.trainerD = self._adam('G', self.lrG), self._adam('D', self.lrD)
        for trainer in (self.trainerG, self.trainerD) if half else ():
            amp.init_trainer(trainer)
        self.average = Average(netG, average, self.ctx) if average else None
        self._spectral = spectral_blocks(netD)
        self._clipped = [parameter for name, parameter in storage.named(netD).items()
                         if name.endswith(('weight', 'bias')) and parameter not in frozen]
        classes = getattr(netG, 'classes', 0)
        self.fixed_z = latent.sample_z(8 * classes or 64, netG.nz, seed=[self.seed, 0], ctx=self.ctx)
        self.fixed_labels = latent.labels(8 * classes, classes, ctx=self.ctx) if classes else None

    @property
    def updates(self):
        """(int, int): the numbers of updates of G and of D so far."""
        return self.steps // self.d_steps * self.g_steps, self.steps

    @property
    def options(self):
        """dict: the current arguments of this trainer, without networks and devices."""
        return dict(lr=self.lr, beta1=self.beta1, average=self.average and self.average.decay, seed=self.seed,
                    lrG=self.lrG, lrD=self.lrD, d_steps=self.d_steps, g_steps=self.g_steps, clip=self.clip,
                    half=self.half, precision=self.precision, freeze_d=self.freeze_d, **self.game.options)

    def step(self, real, labels=None):
        """Make one alternating update.

        Parameters
        ----------
        real : NDArray
            ``(N, C, H, W)`` in [-1, 1].
        labels : NDArray, optional
            ``(N,)``, for conditional networks: the classes of the real images, and also of the images that G generates.

        Returns
        -------
        errD, errG : NDArray
            ``(N,)`` each: the losses before the update. They are computed asynchronously.

        Raises
        ------
        ValueError
            If ``real`` is not a float32 NDArray, its images have another size or other channels than netD expects, N is
            not a multiple of the number of devices, labels are missing, unexpected or not classes of the networks, a
            pixel is NaN or Inf, or the first batch has another range.
        """
        check_batch(self.netD, len(self.contexts), real, labels)
        check_pixels(self, a_batch=real)
        self.mid_update, self.real = True, real
        number = self.steps + 1
        labels = [] if labels is None else self._split(labels)
        self.game.begin(number, labels)
        reals, fakes = self._split(real), self._generate([self.seed, number], len(real), labels)
        for block in self._spectral:
            block.iterate()
        game, penalise = self.game, self.game.begin_penalty(number, real, self.cluster, self._split)
        outputs = update_D(game.discriminate_both, game.lossD, self.trainerD, reals, fakes, self.workers, penalise,
                           game.reconstruct)
        game.follow(outputs, self.cluster)
        clip_weights(self._clipped, self.clip)
        game.observe_real(reals)
        if number % self.d_steps:
            outputs['errG'] = self.game.evaluate_lossG(fakes)
        else:
            outputs['errG'] = self._update_G(fakes)
            # From 2: NumPy treats the seed [seed, step, 0] like [seed, step], and the game uses [seed, step, 1].
            for repeat in range(2, self.g_steps + 1):
                self._update_G(self._generate([self.seed, number, repeat], len(real), labels))
            if self.average:
                self.average.update(number)
        self.outputs = {name: joined(arrays) for name, arrays in outputs.items()}
        self.steps, self.mid_update = number, False
        return self.outputs['errD'], self.outputs['errG']

    def extra_state(self):
        """dict of ndarray: what the game needs of the past steps."""
        return self.game.state()

    def restore_extra_state(self, arrays):
        """Restore what :meth:`extra_state` returned; ValueError if the arrays cannot come from it."""
        arrays = dict(arrays)
        self.game.restore(arrays, self.ctx)
        super().restore_extra_state(arrays)

    def _update_G(self, fakes):
        return update_G(self.game.discriminate_fake, self.game.lossG, self.trainerG, fakes, self.workers)

    def _generate(self, seed, count, labels):
        """Images from new noise on each device, with their graphs recorded."""
        # Sample the noise of the effective batch, as a single process would, then take this worker's rows.
        z = latent.sample_z(count * self.workers, self.netG.nz, seed=seed)
        z = self._split(self.cluster.share(z) if self.cluster else z)
        if not labels:
            return generate(self.fast.generator if self.fast else self.netG, z)
        return generate(lambda pair: self.netG(*pair), zip(z, labels))

    def _split(self, array):
        """A batch split into one part on each device."""
        if len(self.contexts) == 1:
            return [array.as_in_context(self.ctx)]
        return gluon.utils.split_and_load(array, self.contexts)

    def generator(self):
        """Return the network to sample from: the averaged generator, with fresh batch statistics, if any, else netG."""
        return self.average.generator(self.steps) if self.average else self.netG

    def fixed_samples(self):
        """Return the images ``(N, C, H, W)``, an NDArray, that :meth:`generator` makes from ``fixed_z``."""
        with autograd.pause():
            return self.generator()(*[array for array in (self.fixed_z, self.fixed_labels) if array is not None])

    def pictures(self, averaged=False, context_size=0):
        """Return the images of ``fixed_z``, with the statistics of their own batch.

        The generator runs in training mode, without recording. Running statistics do not change, and MXNet keeps the
        weights in the memory layout of training.

        Parameters
        ----------
        averaged : bool
            Use the averaged generator, if there is one.
        context_size : int
            Number of additional images in the batch. They make its statistics more precise and are not returned.

        Returns
        -------
        NDArray
            ``(N, C, H, W)`` in [-1, 1].
        """
        netG = self.average.netG if averaged and self.average else self.netG
        classes, inputs = getattr(netG, 'classes', 0), [self.fixed_z]
        if context_size:
            context = latent.sample_z(context_size, netG.nz, seed=[self.seed, 0, 1], ctx=self.ctx)
            inputs = [mx.nd.concat(self.fixed_z, context, dim=0)]
        if classes:
            inputs.append(mx.nd.concat(self.fixed_labels, latent.labels(context_size, classes, ctx=self.ctx), dim=0)
                          if context_size else self.fixed_labels)
        with autograd.train_mode():
            return netG(*inputs)[:len(self.fixed_z)]
