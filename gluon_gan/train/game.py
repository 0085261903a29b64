"""The rules that G and D play by: an objective, features to match, and what is done to labels and pictures on the way.

Each of the tricks is an option of :class:`gluon_gan.GANTrainer`; where they come from stands there.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import losses
from ..checks import number
from ..models import Tap
from . import diffaugment


class Game:
    """What is between D and the two losses of a step.

    ``judge`` and ``lossD`` are D's turn, ``judge_G`` and ``lossG`` are G's, as :mod:`gluon_gan.train.step` calls them; before each
    step :meth:`begin` says which step it is.

    Parameters
    ----------
    netD : callable
    seed : int
        What noise and flips follow from, with the number of the step and, of several workers, the ``rank``.
    loss, real_label, swap_labels, flip, noise, feature_weight, features, feature_layer, diff_augment
        See :class:`gluon_gan.GANTrainer`. ``flip``, ``noise`` and ``feature_weight`` may be changed between steps.
    """

    def __init__(self, netD, seed, loss='nonsaturating', rank=0, real_label=1.0, swap_labels=False, flip=0.0, noise=0.0,
                 feature_weight=None, features='means', feature_layer=-1, diff_augment='none'):
        self.netD, self.seed, self.loss, self._rank = netD, seed, loss, rank
        self._lossD, self._lossG = losses.objective(loss, real_label)
        self._lossD_flipped = losses.objective(loss, real_label)[0]       # of four inputs: a hybridized block takes two or four, not both
        self.real_label, self.swap_labels = float(real_label), bool(swap_labels)
        self.flip = number('flip', flip, 'a probability from 0 up to, not including, 1/2', below=0.5)
        self.noise = number('noise', noise, 'a standard deviation of at least 0')
        self.diff_augment, self._policies = diff_augment, diffaugment.policies(diff_augment)
        if features not in losses.FEATURES:
            raise ValueError(f"features must be one of {', '.join(losses.FEATURES)}, not {features!r}")
        alone = self._lossG is None
        self.feature_weight = number('feature_weight', float(alone) if feature_weight is None else feature_weight, 'a number of at least 0')
        if alone and not self.feature_weight:
            raise ValueError(f'the loss {loss!r} needs a feature_weight above 0, not {feature_weight!r}')
        self.features, self.feature_layer = features, feature_layer
        self._match, self._tap = losses.FEATURES[features](), None
        for block in filter(None, (self._lossD, self._lossG, self._match)):
            block.hybridize()             # their small operators would be launched one by one
        if self.feature_weight:
            self._show_features()         # refuses a layer that netD has not got, at the door

    @property
    def options(self):
        """dict: the arguments, as they are now; a game made with them goes on as this one."""
        return {name: getattr(self, name) for name in ('loss', 'real_label', 'swap_labels', 'flip', 'noise', 'feature_weight',
                                                       'features', 'feature_layer', 'diff_augment')}

    def begin(self, step, labels=()):
        """Before step number ``step``: its draws, and the labels ``(N,)`` of its pictures on each device, if netD takes any."""
        self._rng = np.random.default_rng([self.seed, step, 1, self._rank])      # [seed, step] is the noise z
        self._labels = {array.context: array for array in labels}

    def judge(self, pictures):
        """Logits of being real, ``(N, 1)``."""
        return self._signed(self.netD(*self._seen(pictures)))

    def lossD(self, real_logits, fake_logits):
        """D's loss ``(N,)``."""
        if not self.flip:
            return self._lossD(real_logits, fake_logits)
        flips = [mx.nd.array(self._rng.random(logits.shape) < self.flip, ctx=logits.context, dtype='float32')
                 for logits in (real_logits, fake_logits)]
        return self._lossD_flipped(real_logits, fake_logits, *flips)

    def look(self, reals):
        """Before G's turn: the features that its pictures are to have, of real pictures on each device, by today's D."""
        if self.feature_weight:
            self._show_features()
            with autograd.train_mode():
                self._wanted = {real.context: self._tap(*self._seen(real))[1] for real in reals}

    def judge_G(self, pictures):
        """(logits, features) of G's pictures; features is None where none are matched."""
        if not self.feature_weight:
            return self.judge(pictures), None
        logits, features = self._tap(*self._seen(pictures))
        return self._signed(logits), features

    def lossG(self, judged):
        """G's loss ``(N,)`` of what :meth:`judge_G` gave."""
        logits, features = judged
        if features is None:
            return self._lossG(logits)
        matched = self.feature_weight * self._match(self._wanted[logits.context], features)
        return matched if self._lossG is None else self._lossG(logits) + matched

    def score(self, fakes):
        """lossG of pictures on each device, a list of ``(N,)``, in a step in which G does not learn."""
        with autograd.train_mode():
            return [self.lossG(self.judge_G(fake)) for fake in fakes]

    def probability(self, logits):
        """What D's logits say, as probabilities of being real ``(N, 1)``, for people to read."""
        return self._lossD.probability(logits)

    def _seen(self, pictures):
        """What D is called with: pictures, changed and with instance noise, and labels."""
        for policy in self._policies:
            pictures = policy(pictures, self._rng)
        if self.noise:
            noise = self._rng.standard_normal(pictures.shape, dtype=np.float32)
            pictures = pictures + self.noise * mx.nd.array(noise, ctx=pictures.context)
        # Detached: an input that two recorded graphs share is torn out of the one when MXNet clears the other after its backward.
        return (pictures, self._labels[pictures.context].detach()) if self._labels else (pictures,)

    def _signed(self, logits):
        return -logits if self.swap_labels else logits

    def _show_features(self):
        if self._tap is None:
            self._tap = Tap(self.netD, self.feature_layer)
            self._tap.hybridize(static_alloc=True)
