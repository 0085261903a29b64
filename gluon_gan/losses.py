"""GAN objectives on logits: for each a loss of the discriminator and one of the generator.

D's loss takes the logits of real and of fake pictures, G's loss those of the fake ones; all ``(N, 1)``. Each returns
one value a sample, ``(N,)``, as Gluon's losses do. Where they settle once D cannot tell real from fake says
:func:`equilibrium`: the summed cross entropy of D, for one, at 2 ln 2 = 1.386, with ``p = sigmoid(logit)`` = 1/2 everywhere.
"""
import math
from typing import NamedTuple

import mxnet as mx
from mxnet.gluon.loss import Loss

from .checks import number


def softplus(F, x):
    """``log(1 + exp(x))``, elementwise and without overflow: ``-log(sigmoid(-x))``.

    The positive part is written with ``abs``, whose slope at 0 is 0, so that the whole has its slope of 1/2 there; with ``relu`` it
    would be 0, and a D whose logits begin at 0 would never learn.
    """
    return 0.5 * (x + F.abs(x)) + F.Activation(-F.abs(x), act_type='softrelu')


class _GANLoss(Loss):
    def __init__(self, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    def _per_sample(self, F, loss):
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class DiscriminatorLoss(_GANLoss):
    """``as_real(real_logits) + as_fake(fake_logits)``, the form that D's part of every objective here has.

    ``real_logits`` and ``fake_logits`` ``(N, 1)`` to ``(N,)``. ``flip_real`` and ``flip_fake`` ``(N, 1)``, if given, hold 1 where a
    sample is scored under the other label, else 0.
    """

    smooths = False     # whether there is a target for real pictures that could be less than 1

    def hybrid_forward(self, F, real_logits, fake_logits, flip_real=None, flip_fake=None):
        real, fake = self.as_real(F, real_logits), self.as_fake(F, fake_logits)
        if flip_real is not None:
            real = real + flip_real * (self.as_fake(F, real_logits) - real)
            fake = fake + flip_fake * (self.as_real(F, fake_logits) - fake)
        return self._per_sample(F, real + fake)

    def as_real(self, F, logits):
        """``(N, 1)``: what D pays for pictures that are labelled real."""
        raise NotImplementedError

    def as_fake(self, F, logits):
        """``(N, 1)``: what D pays for pictures that are labelled fake."""
        raise NotImplementedError

    def probability(self, logits):
        """``(N, 1)``: D's output as a probability of being real, for people to read."""
        return mx.nd.sigmoid(logits)


class _Smoothed(DiscriminatorLoss):
    smooths = True

    def __init__(self, real_label=1.0, **kwargs):
        super().__init__(**kwargs)
        self._real_label = number('real_label', real_label, 'a target above 0, up to 1', least=1e-6, below=1 + 1e-9)


class DiscriminatorBCE(_Smoothed):
    """``-log p(real) - log(1 - p(fake))``: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1, negated.

    ``real_logits`` and ``fake_logits`` ``(N, 1)`` to ``(N,)``, each at least 0. ``real_label`` below 1 is one-sided label smoothing
    (Salimans et al. 2016, arXiv:1606.03498, section 3.4): the cross entropy of real pictures against that probability.
    """

    def as_real(self, F, logits):
        loss = softplus(F, -logits)
        # A target t < 1 adds (1 - t) of what the other label would cost: softplus(x) - softplus(-x) = x.
        return loss if self._real_label == 1 else loss + (1 - self._real_label) * logits

    def as_fake(self, F, logits):
        return softplus(F, logits)


class GeneratorNonSaturating(_GANLoss):
    """``-log p(fake)``: Goodfellow et al. 2014, section 3, the form that keeps a gradient while D wins.

    ``fake_logits`` ``(N, 1)`` to ``(N,)``, each at least 0.
    """

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, softplus(F, -fake_logits))


class GeneratorMinimax(_GANLoss):
    """``log(1 - p(fake))``: Goodfellow et al. 2014, equation 1. Its gradient vanishes where D is sure.

    ``fake_logits`` ``(N, 1)`` to ``(N,)``, each at most 0.
    """

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, -softplus(F, fake_logits))


class DiscriminatorLeastSquares(_Smoothed):
    """``(D(real) - 1)^2 / 2 + D(fake)^2 / 2``: Mao et al. 2017 (arXiv:1611.04076), equation 9, the 0-1 coding.

    ``real_logits`` and ``fake_logits`` ``(N, 1)`` to ``(N,)``; D's output is taken as it is, without a sigmoid. ``real_label`` replaces
    the target 1 of real pictures.
    """

    def as_real(self, F, logits):
        return 0.5 * F.square(logits - self._real_label)

    def as_fake(self, F, logits):
        return 0.5 * F.square(logits)

    def probability(self, logits):
        """``(N, 1)``: D's output itself, which aims at 0 and 1, cut off there."""
        return mx.nd.clip(logits, 0, 1)


class GeneratorLeastSquares(_GANLoss):
    """``(D(fake) - 1)^2 / 2``: Mao et al. 2017, equation 9. ``fake_logits`` ``(N, 1)`` to ``(N,)``."""

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, 0.5 * F.square(fake_logits - 1))


class DiscriminatorHinge(DiscriminatorLoss):
    """``max(0, 1 - D(real)) + max(0, 1 + D(fake))``: Lim and Ye 2017 (arXiv:1705.02894); Miyato et al. 2018, equation 16.

    ``real_logits`` and ``fake_logits`` ``(N, 1)`` to ``(N,)``.
    """

    def as_real(self, F, logits):
        return F.relu(1 - logits)

    def as_fake(self, F, logits):
        return F.relu(1 + logits)


class DiscriminatorWasserstein(DiscriminatorLoss):
    """``-D(real) + D(fake)``: Arjovsky et al. 2017 (arXiv:1701.07875), algorithm 1, whose D ("critic") has clipped weights.

    ``real_logits`` and ``fake_logits`` ``(N, 1)`` to ``(N,)``; its mean, negated, estimates the distance times a constant.
    """

    def as_real(self, F, logits):
        return -logits

    def as_fake(self, F, logits):
        return 1 * logits


class GeneratorLinear(_GANLoss):
    """``-D(fake)``: of the hinge and the Wasserstein objective. ``fake_logits`` ``(N, 1)`` to ``(N,)``."""

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, -fake_logits)


class _FeatureLoss(_GANLoss):
    """``lossG(real_features, fake_features)``, both ``(N, ...)`` of one layer of D, to ``(N,)``."""

    @staticmethod
    def _flat(F, features):
        return F.reshape(features, shape=(0, -1))


class FeatureMeans(_FeatureLoss):
    """``||mean f(real) - mean f(fake)||^2``: Salimans et al. 2016 (arXiv:1606.03498), section 3.1; one value, N times.

    ``real_features`` and ``fake_features`` ``(N, ...)`` to ``(N,)``.
    """

    def hybrid_forward(self, F, real_features, fake_features):
        real, fake = self._flat(F, real_features), self._flat(F, fake_features)
        distance = F.sum(F.square(F.mean(real, axis=0, keepdims=True) - F.mean(fake, axis=0, keepdims=True)), axis=1)
        return F.broadcast_add(F.zeros_like(F.sum(fake, axis=1)), distance)


class FeaturePairs(_FeatureLoss):
    """``||f(real_i) - f(fake_i)||^2``, each fake against the real picture in its place, as "Difficulties in training a GAN" has it
    (shekkizh/TensorflowProjects). Its weight there, 0.1 / 64^2 of half the sum over a batch of 64, is 0.00078 here.

    ``real_features`` and ``fake_features`` ``(N, ...)`` to ``(N,)``.
    """

    def hybrid_forward(self, F, real_features, fake_features):
        return F.sum(F.square(self._flat(F, real_features) - self._flat(F, fake_features)), axis=1)


class Objective(NamedTuple):
    """A row of :data:`OBJECTIVES`: the classes of both losses, and to what D's weights are clipped after its updates.

    ``lossG`` is None where G has only the features to match.
    """

    lossD: type
    lossG: type = None
    clip: float = None


OBJECTIVES = {
    'nonsaturating': Objective(DiscriminatorBCE, GeneratorNonSaturating),
    'minimax': Objective(DiscriminatorBCE, GeneratorMinimax),
    'least_squares': Objective(DiscriminatorLeastSquares, GeneratorLeastSquares),
    'hinge': Objective(DiscriminatorHinge, GeneratorLinear),
    'wasserstein': Objective(DiscriminatorWasserstein, GeneratorLinear, clip=0.01),      # algorithm 1 of its paper
    'feature_matching': Objective(DiscriminatorBCE),
}
FEATURES = {'means': FeatureMeans, 'pairs': FeaturePairs}


def objective(name, real_label=1.0):
    """The pair ``(lossD, lossG)`` of a named objective.

    Parameters
    ----------
    name : str
        A key of :data:`OBJECTIVES`.
    real_label : float
        The target of real pictures, in (0, 1]; below 1 for one-sided label smoothing.

    Returns
    -------
    (DiscriminatorLoss, mxnet.gluon.loss.Loss or None)
        lossG is None for 'feature_matching', whose G only matches features (:data:`FEATURES`).

    Raises
    ------
    ValueError
        If there is no such objective (the message lists those there are), or it has no label to smooth.
    """
    row = _row(name)
    if real_label != 1 and not row.lossD.smooths:
        raise ValueError(f'the loss {name!r} has no label to smooth: real_label must be 1, not {real_label!r}')
    lossD = row.lossD(real_label) if row.lossD.smooths else row.lossD()
    return lossD, row.lossG and row.lossG()


def equilibrium(name, real_label=1.0):
    """Where the losses settle when D cannot tell real pictures from fake ones and can do no better.

    Parameters
    ----------
    name, real_label
        As for :func:`objective`.

    Returns
    -------
    dict
        'errD' and 'errG', where there is such a level, to (how to write it, its value): with the nonsaturating objective
        ``{'errD': ('2 ln 2', 1.386...), 'errG': ('ln 2', 0.693...)}``. D's best output is then ``real_label / 2`` everywhere
        (Goodfellow et al. 2014, section 4.1; Mao et al. 2017); with the hinge any between -1 and 1, so that G's has no level.
    """
    lossD, lossG = _row(name)[:2]
    best = real_label / 2
    if lossD is DiscriminatorBCE:
        levels = {'errD': ('2 ln 2', -real_label * math.log(best) - (2 - real_label) * math.log(1 - best))}
        levels['errG'] = {GeneratorNonSaturating: ('ln 2', -math.log(best)), GeneratorMinimax: ('-ln 2', math.log(1 - best)),
                          None: ('0', 0.0)}[lossG]
    elif lossD is DiscriminatorLeastSquares:
        levels = {'errD': ('1/4', real_label ** 2 / 4), 'errG': ('1/8', (best - 1) ** 2 / 2)}
    else:
        return {'errD': ('2', 2.0) if lossD is DiscriminatorHinge else ('0', 0.0)}
    if real_label == 1:
        return levels
    return {key: (text if text == '0' else f'{level:.3f}', level) for key, (text, level) in levels.items()}


def _row(name):
    if name not in OBJECTIVES:
        raise ValueError(f"there is no loss {name!r}; the losses are {', '.join(OBJECTIVES)}")
    return OBJECTIVES[name]
