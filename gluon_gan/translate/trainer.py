"""The trainer of a CycleGAN: two translations that invert each other (Zhu et al. 2017, arXiv:1703.10593)."""
import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import losses
from ..support.checks import number, whole_number
from ..support.pixels import describe
from ..train.arguments import check_pixels, check_type, resolve_devices
from ..train.engine import Engine
from ..train.game import Game
from . import fast
from .discriminators import Critics
from .generators import Translators
from .image_pool import ImagePool
from .step import update_critics, update_translators

SHOWN = 8        # images of each domain whose translations show the progress


class CycleTrainer(Engine):
    """Trains two generators and two discriminators with a cycle-consistency loss.

    Everything else is the same as in :class:`~gluon_gan.GANTrainer`: fit, save, load, callbacks and alarms.

    Parameters
    ----------
    netG : Translators
    netD : Critics
        Both are initialised if necessary, moved to ``ctx`` and hybridized.
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES` that needs no features and no pairs of images; 'least_squares' in
        the paper (section 4). 'wasserstein' needs a bound on D's weights, which this trainer does not set.
    lr, beta1 : float
        Of both Adam optimisers: 2e-4 and 0.5 (section 4, and the authors' code).
    cycle : float
        Weight of the cycle-consistency loss ``|ba(ab(a)) - a| + |ab(ba(b)) - b|``, a mean over pixels, relative to the
        GAN objective: lambda, 10 in the paper.
    identity : float
        Weight of the identity loss ``|ab(b) - b| + |ba(a) - a|``, relative to ``cycle``: 0.5 (section 5.2); 0 for none.
    pool : int
        Number of earlier images of each generator that are kept for its discriminator: 50 (section 4).
    real_label : float
        Target for real images.
    ctx : mxnet.Context, optional
        One device; :func:`gluon_gan.device` by default.
    seed : int, optional
        Seed of the random numbers of the pools. By default it is sampled from NumPy's global state.
    precision : str
        'float32' or 'bfloat16', as for :class:`~gluon_gan.GANTrainer`.
    fixed : pair of NDArray, optional
        Images of A and of B, ``(n, C, H, W)``, whose translations show the progress. By default :meth:`fit` takes them
        from its loader.

    Attributes
    ----------
    pools : dict of ImagePool
        Earlier images that were translated to domain 'a' and to domain 'b'.
    outputs : dict of NDArray
        Of the last step: the losses ``errD`` and ``errG`` and the distances ``cycle`` and ``identity``, each ``(N,)``
        and the mean of both directions; ``real_logits`` and ``fake_logits``.

    Raises
    ------
    ValueError
        If an option is out of range, a network has another class, or the two networks have different image sizes.
    """

    NETWORKS, TASK = (Translators, Critics), 'translate'
    LOSSES = 'errD', 'errG', 'cycle', 'identity'
    average, workers, fixed_labels = None, 1, None

    def __init__(self, netG, netD, loss='least_squares', lr=2e-4, beta1=0.5, cycle=10.0, identity=0.5, pool=50,
                 real_label=1.0, ctx=None, seed=None, fixed=None, cluster=None, precision='float32'):
        _check_networks(netG, netD)
        self.netG, self.netD, self.fixed = netG, netD, fixed
        self.lr = self.lrG = self.lrD = number('lr', lr, 'a positive number', least=1e-30)
        self.beta1 = number('beta1', beta1, 'from 0 up to, not including, 1', below=1)
        self.cycle = number('cycle', cycle, 'a weight of at least 0')
        self.identity = number('identity', identity, 'a weight of at least 0')
        self.seed = whole_number('seed', np.random.randint(2 ** 31) if seed is None else seed, 0, None)
        if losses.objective(loss)[1] is None:
            raise ValueError(f'a translation cannot match features: choose another loss than {loss!r}')
        if losses.OBJECTIVES[loss].pairs:
            raise ValueError(f'a translation has no pairs of real and generated images to compare: choose another loss '
                             f'than {loss!r}')
        self.games = {side: Game(getattr(netD, side), self.seed, loss, real_label=real_label) for side in 'ab'}
        self.game = self.games['a']           # for callbacks: the objective is the same in both domains
        self.pools = {side: ImagePool(whole_number('pool', pool, 0)) for side in 'ab'}
        self.contexts = resolve_devices(ctx)
        self.ctx, self.cluster = self.contexts[0], cluster
        if len(self.contexts) > 1 or cluster:
            raise ValueError('a translation trains on one device, in one process: leave --workers and further devices '
                             'out')
        # Gradients of several graphs are accumulated: see update_translators.
        netG.collect_params().setattr('grad_req', 'add')
        self._prepare()
        self.precision, self.fast = precision, fast.make(netG, netD, self.contexts, precision)
        for side, game in self.games.items():
            game.fast = self.fast and self.fast.critics[side]
        self.trainerG, self.trainerD = self._adam('G', self.lr), self._adam('D', self.lr)

    @property
    def updates(self):
        """(int, int): the number of updates of the generators, and of the discriminators."""
        return self.steps, self.steps

    @property
    def options(self):
        """dict: the arguments of this trainer, except networks, devices and fixed images."""
        return dict(lr=self.lr, beta1=self.beta1, cycle=self.cycle, identity=self.identity, pool=self.pools['a'].size,
                    seed=self.seed, loss=self.game.loss, real_label=self.game.real_label, precision=self.precision)

    def extra_state(self):
        """Return the images of both pools, by name, for a checkpoint."""
        return {f'pool/{side}': pool.array() for side, pool in self.pools.items() if len(pool)}

    def restore_extra_state(self, arrays):
        unknown = sorted(set(arrays) - {f'pool/{side}' for side in self.pools})
        if unknown:
            raise ValueError(f'a CycleTrainer has no state {unknown[0]!r}')
        for side, pool in self.pools.items():
            pool.restore(arrays.get(f'pool/{side}'), self.ctx)

    def step(self, a, b):
        """One update of all four networks.

        Parameters
        ----------
        a, b : NDArray
            Images of domain A and of domain B, ``(N, C, H, W)`` in [-1, 1]: equally many, but not paired.

        Returns
        -------
        errD, errG : NDArray
            The losses before the update, ``(N,)`` each. The step runs asynchronously: they may not be computed yet.

        Raises
        ------
        ValueError
            If a or b is not such an NDArray, has another size or number of channels than the networks, or a pixel that
            is NaN or Inf, or if the first batch has another range.
        """
        a, b = (_check_batch(self.netG, name, batch).as_in_context(self.ctx) for name, batch in (('A', a), ('B', b)))
        if len(a) != len(b):
            raise ValueError(f'a batch needs equally many images of both domains, not {len(a)} and {len(b)}')
        check_pixels(self, domain_A=a, domain_B=b)
        self.mid_update = True
        number = self.steps + 1
        for game in self.games.values():
            game.begin(number)
        with autograd.record():
            netG = self.fast or self.netG
            fakes = {'b': netG.ab(a), 'a': netG.ba(b)}
        rngs = {side: np.random.default_rng([self.seed, number, 3, index]) for index, side in enumerate('ab', 1)}
        shown = {side: self.pools[side](fakes[side].detach(), rngs[side]) for side in 'ab'}
        # Detached: when MXNet clears a graph after its backward pass, arrays shared with other graphs lose those too.
        outputs = update_critics(self.games, self.trainerD, {'a': a.detach(), 'b': b.detach()}, shown)
        outputs.update(update_translators(self.netG, self.games, self.trainerG, {'a': a, 'b': b}, fakes, self.cycle,
                                          self.identity, self.fast))
        self.outputs = outputs
        self.steps = number
        self.mid_update = False
        return outputs['errD'], outputs['errG']

    def fit(self, loader, epochs=None, steps=None, callbacks=()):
        if self.fixed is None:
            if not hasattr(loader, 'fixed'):
                raise ValueError(f'a {type(loader).__name__} has no fixed images whose translations show the progress: '
                                 'pass fixed=(a, b) to the trainer')
            self.fixed = loader.fixed(SHOWN)
        super().fit(loader, epochs, steps, callbacks)

    fit.__doc__ = Engine.fit.__doc__

    def generator(self):
        """Return both generators, as Translators."""
        return self.netG

    def pictures(self, averaged=False, context_size=0):
        """Return the translations of the fixed images, NDArray ``(2 n, C, H, W)``: A to B first, then B to A.

        The arguments have no effect; they are those of :meth:`GANTrainer.pictures`.
        """
        a, b = (images.as_in_context(self.ctx) for images in self.fixed)
        # One image at a time, as in most steps. Another batch size would trace both generators again, here and in the
        # next step.
        return mx.nd.concat(*[net(images[i:i + 1]) for net, images in ((self.netG.ab, a), (self.netG.ba, b))
                              for i in range(len(images))], dim=0)


def _check_networks(netG, netD):
    for name, net, wanted in (('netG', netG, Translators), ('netD', netD, Critics)):
        if not isinstance(net, wanted):
            raise ValueError(f'{name} must be a {wanted.__name__}, not {type(net).__name__}')
    output, expected = ((net.channels, net.size) for net in (netG, netD))
    if output != expected:
        raise ValueError(f'netG outputs images of {output[0]} x {output[1]} and netD expects {expected[0]} x '
                         f'{expected[1]} (channels x size): they must be the same')


def _check_batch(netG, name, batch):
    wanted = (netG.channels, netG.size, netG.size)
    if not isinstance(batch, mx.nd.NDArray) or batch.ndim != 4 or batch.shape[1:] != wanted:
        raise ValueError(f"a batch of domain {name} must be an NDArray (N, {', '.join(map(str, wanted))}) in [-1, 1], "
                         f'not {describe(batch)}')
    check_type(batch, f'the images of domain {name}')
    return batch
