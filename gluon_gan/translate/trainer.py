"""The training of two translations that undo each other (Zhu, Park, Isola, Efros 2017, arXiv:1703.10593)."""
import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import losses
from ..checks import number, whole_number
from ..pixels import describe
from ..train.engine import Engine
from ..train.entry import devices_of
from ..train.game import Game
from .discriminators import Critics
from .generators import Translators
from .pool import Pool
from .step import update_critics, update_translators

SHOWN = 8        # pictures of each domain whose translations show the progress


class CycleTrainer(Engine):
    """Two generators, two discriminators, and the promise that there and back again is where one was.

    What it does not say of its own it has from :class:`~gluon_gan.GANTrainer`: fit, save, load, callbacks and alarms are the same.

    Parameters
    ----------
    netG : Translators
    netD : Critics
        Both are initialized here unless they are already, put on ``ctx`` and hybridized.
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES` that needs no features; 'least_squares' in the paper (section 4).
    lr, beta1 : float
        Of both Adams: 2e-4 and 0.5 (section 4, and its authors' code).
    cycle : float
        How much ``|ba(ab(a)) - a| + |ab(ba(b)) - b|``, means over pixels, counts beside the objective: lambda, 10 in the paper.
    identity : float
        How much ``|ab(b) - b| + |ba(a) - a|`` counts, as a share of ``cycle``: 0.5 (section 5.2); 0 for not at all.
    pool : int
        How many earlier pictures of each generator are kept for its discriminator: 50 (section 4).
    real_label : float
        The target of real pictures.
    ctx : mxnet.Context, optional
        One device; :func:`gluon_gan.device` by default.
    seed : int, optional
        What every draw of the pools follows from; by default taken from NumPy's global state.
    fixed : pair of NDArray, optional
        Pictures of A and of B, ``(n, C, H, W)``, whose translations show the progress; by default :meth:`fit` takes those that its
        loader names.

    Attributes
    ----------
    pools : dict of Pool
        'a' and 'b': earlier pictures that were translated to that domain.
    outputs : dict of NDArray
        Of the last step: ``errD``, ``errG`` ``(N,)``, means of both directions; ``cycle`` and ``identity`` ``(N,)``, the same of the two
        distances above; ``real_logits`` and ``fake_logits``.

    Raises
    ------
    ValueError
        If an option is out of range, or the networks are of different sizes, or of other classes.
    """

    NETWORKS, TASK = (Translators, Critics), 'translate'
    average, workers, fixed_labels = None, 1, None

    def __init__(self, netG, netD, loss='least_squares', lr=2e-4, beta1=0.5, cycle=10.0, identity=0.5, pool=50, real_label=1.0, ctx=None,
                 seed=None, fixed=None, cluster=None):
        _check_networks(netG, netD)
        self.netG, self.netD, self.fixed = netG, netD, fixed
        self.lr = self.lrG = self.lrD = number('lr', lr, 'a positive number', least=1e-30)
        self.beta1 = number('beta1', beta1, 'from 0 up to, not including, 1', below=1)
        self.cycle, self.identity = (number(name, value, 'a weight of at least 0') for name, value in (('cycle', cycle), ('identity', identity)))
        self.seed = whole_number('seed', np.random.randint(2 ** 31) if seed is None else seed, 0)
        if losses.objective(loss)[1] is None:
            raise ValueError(f'a translation matches no features: choose another loss than {loss!r}')
        self.games = {side: Game(getattr(netD, side), self.seed, loss, real_label=real_label) for side in 'ab'}
        self.game = self.games['a']           # what callbacks ask about the objective, which is the same on both sides
        self.pools = {side: Pool(whole_number('pool', pool, 0)) for side in 'ab'}
        self.contexts = devices_of(ctx)
        self.ctx, self.cluster = self.contexts[0], cluster
        if len(self.contexts) > 1 or cluster:
            raise ValueError('a translation trains on one device, in one process: leave --workers and further devices out')
        # The gradients of two graphs add up in them: see update_translators.
        netG.collect_params().setattr('grad_req', 'add')
        self._ready()
        self.trainerG, self.trainerD = self._adam(netG, self.lr), self._adam(netD, self.lr)

    @property
    def updates(self):
        """(int, int): how often both generators and both discriminators have learned."""
        return self.steps, self.steps

    @property
    def options(self):
        """dict: the arguments of this trainer, but for networks, devices and what is shown."""
        return dict(lr=self.lr, beta1=self.beta1, cycle=self.cycle, identity=self.identity, pool=self.pools['a'].size, seed=self.seed,
                    loss=self.game.loss, real_label=self.game.real_label)

    def memory(self):
        """The pools, which are what a training of this kind remembers beside its weights."""
        return {f'pool/{side}': pool.array() for side, pool in self.pools.items() if len(pool)}

    def recall(self, arrays):
        odd = sorted(set(arrays) - {f'pool/{side}' for side in self.pools})
        if odd:
            raise ValueError(f'a CycleTrainer remembers no {odd[0]!r}')
        for side, pool in self.pools.items():
            pool.restore(arrays.get(f'pool/{side}'), self.ctx)

    def step(self, a, b):
        """One update of all four networks.

        Parameters
        ----------
        a, b : NDArray
            ``(N, C, H, W)`` in [-1, 1]: pictures of either domain, equally many, which need have nothing to do with each other.

        Returns
        -------
        errD, errG : NDArray
            ``(N,)`` each: the losses before the update. Nothing has been waited for.

        Raises
        ------
        ValueError
            If these are no such NDArrays, or not of the networks' size and channels.
        """
        a, b = (_checked(self.netG, name, batch).as_in_context(self.ctx) for name, batch in (('A', a), ('B', b)))
        if len(a) != len(b):
            raise ValueError(f'a batch needs equally many pictures of both domains, not {len(a)} and {len(b)}')
        self.halfway = True
        number = self.steps + 1
        for game in self.games.values():
            game.begin(number)
        with autograd.record():
            fakes = {'b': self.netG.ab(a), 'a': self.netG.ba(b)}
        rngs = {side: np.random.default_rng([self.seed, number, 3, place]) for place, side in enumerate('ab', 1)}
        shown = {side: self.pools[side](fakes[side].detach(), rngs[side]) for side in 'ab'}
        # Detached: what two recorded graphs share is torn out of the one when MXNet clears the other after its backward.
        outputs = update_critics(self.games, self.trainerD, {'a': a.detach(), 'b': b.detach()}, shown)
        outputs.update(update_translators(self.netG, self.games, self.trainerG, {'a': a, 'b': b}, fakes, self.cycle, self.identity))
        self.outputs = outputs
        self.steps = number
        self.halfway = False
        return outputs['errD'], outputs['errG']

    def fit(self, loader, epochs=None, steps=None, callbacks=()):
        if self.fixed is None:
            if not hasattr(loader, 'fixed'):
                raise ValueError(f'a {type(loader).__name__} names no pictures to show the progress by: pass fixed=(a, b) to the trainer')
            self.fixed = loader.fixed(SHOWN)
        super().fit(loader, epochs, steps, callbacks)

    fit.__doc__ = Engine.fit.__doc__

    def generator(self):
        """Translators: both generators."""
        return self.netG

    def pictures(self, averaged=False, company=0):
        """NDArray: the translations ``(2 n, C, H, W)`` of the fixed pictures, of A to B first; neither argument changes them."""
        a, b = (pictures.as_in_context(self.ctx) for pictures in self.fixed)
        # One after the other, as in most steps: for another number of them both generators would be traced anew, and for the next step again.
        return mx.nd.concat(*[net(pictures[i:i + 1]) for net, pictures in ((self.netG.ab, a), (self.netG.ba, b)) for i in range(len(pictures))], dim=0)


def _check_networks(netG, netD):
    for name, net, wanted in (('netG', netG, Translators), ('netD', netD, Critics)):
        if not isinstance(net, wanted):
            raise ValueError(f'{name} must be a {wanted.__name__}, not {type(net).__name__}')
    made, seen = ((net.channels, net.size) for net in (netG, netD))
    if made != seen:
        raise ValueError(f'netG makes pictures of {made[0]} x {made[1]} and netD sees {seen[0]} x {seen[1]} (channels x size): they must be the same')


def _checked(netG, name, batch):
    wanted = (netG.channels, netG.size, netG.size)
    if not isinstance(batch, mx.nd.NDArray) or batch.ndim != 4 or batch.shape[1:] != wanted:
        raise ValueError(f"a batch of domain {name} must be an NDArray (N, {', '.join(map(str, wanted))}) in [-1, 1], not {describe(batch)}")
    return batch
