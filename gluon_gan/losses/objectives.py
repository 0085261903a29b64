"""GAN objectives on logits. An objective is a pair of losses, one for the discriminator and one for the generator.

D's loss takes the logits of real and of fake images, G's loss those of fake images, and those of real ones too if the
objective compares pairs; all are ``(N, 1)``. Like Gluon's losses, each returns one value per sample, ``(N,)``.
:func:`equilibrium` gives the values to which they converge if D cannot distinguish real from fake: 2 ln 2 for D's cross
entropy.
"""
import math
from typing import NamedTuple

import mxnet as mx
from mxnet.gluon.loss import Loss

from ..support.checks import number


def softplus(F, x):
    """Return ``log(1 + exp(x)) = -log(sigmoid(-x))``, elementwise and without overflow.

    The positive part is computed with ``abs``, whose derivative at 0 is 0, so that of softplus at 0 is 1/2, and
    not 0 as with ``relu``: a D whose initial logits are 0 would never learn.
    """
    return 0.5 * (x + F.abs(x)) + F.Activation(-F.abs(x), act_type='softrelu')


class _GANLoss(Loss):
    def __init__(self, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    def _per_sample(self, F, loss):
        return F.mean(loss, axis=self._batch_axis, exclude=True)


class DiscriminatorLoss(_GANLoss):
    """Base class of D's losses, by default of the form ``as_real(real_logits) + as_fake(fake_logits)``.

    ``real_logits`` and ``fake_logits`` are ``(N, 1)``, the loss is ``(N,)``. The optional ``flip_real`` and
    ``flip_fake`` are ``(N, 1)``: 1 for the samples whose label is swapped, 0 for the others.
    """

    smooths = False     # whether there is a target for real images, which could be less than 1
    classifies = True   # whether a probability above 1/2 means that D takes an image for real

    def hybrid_forward(self, F, real_logits, fake_logits, flip_real=None, flip_fake=None):
        real, fake = self.as_real(F, real_logits), self.as_fake(F, fake_logits)
        if flip_real is not None:
            real = real + flip_real * (self.as_fake(F, real_logits) - real)
            fake = fake + flip_fake * (self.as_real(F, fake_logits) - fake)
        return self._per_sample(F, real + fake)

    def as_real(self, F, logits):
        """Return D's loss ``(N, 1)`` for images labelled real."""
        raise NotImplementedError

    def as_fake(self, F, logits):
        """Return D's loss ``(N, 1)`` for images labelled fake."""
        raise NotImplementedError

    def probability(self, logits):
        """Return D's output as the probability of being real, ``(N, 1)``, for display."""
        return mx.nd.sigmoid(logits)


class _Smoothed(DiscriminatorLoss):
    smooths = True

    def __init__(self, real_label=1.0, **kwargs):
        super().__init__(**kwargs)
        self._real_label = number('real_label', real_label, 'a target above 0, up to 1', least=1e-6, below=1 + 1e-9)


class DiscriminatorBCE(_Smoothed):
    """``-log p(real) - log(1 - p(fake))``: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1, negated.

    ``real_logits`` and ``fake_logits`` are ``(N, 1)``; the loss is ``(N,)`` and at least 0. A ``real_label`` below 1 is
    one-sided label smoothing (Salimans et al. 2016, arXiv:1606.03498, section 3.4): the target probability for real
    images in the cross entropy.
    """

    def as_real(self, F, logits):
        loss = softplus(F, -logits)
        # A target t < 1 adds (1 - t) times the difference to the loss of the other label: softplus(x) - softplus(-x)
        # = x.
        return loss if self._real_label == 1 else loss + (1 - self._real_label) * logits

    def as_fake(self, F, logits):
        return softplus(F, logits)


class GeneratorNonSaturating(_GANLoss):
    """``-log p(fake)``: Goodfellow et al. 2014, section 3. Its gradient does not vanish when D is winning.

    ``fake_logits`` are ``(N, 1)``; the loss is ``(N,)`` and at least 0.
    """

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, softplus(F, -fake_logits))


class GeneratorMinimax(_GANLoss):
    """``log(1 - p(fake))``: Goodfellow et al. 2014, equation 1. Its gradient vanishes where D is confident.

    ``fake_logits`` are ``(N, 1)``; the loss is ``(N,)`` and at most 0.
    """

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, -softplus(F, fake_logits))


class DiscriminatorLeastSquares(_Smoothed):
    """``(D(real) - 1)^2 / 2 + D(fake)^2 / 2``: Mao et al. 2017 (arXiv:1611.04076), equation 9, the 0-1 coding.

    ``real_logits`` and ``fake_logits`` are ``(N, 1)``, the loss is ``(N,)``. D's output is used directly, without a
    sigmoid. ``real_label`` replaces the target 1 for real images.
    """

    def as_real(self, F, logits):
        return 0.5 * F.square(logits - self._real_label)

    def as_fake(self, F, logits):
        return 0.5 * F.square(logits)

    def probability(self, logits):
        """Return D's output, whose targets are 0 and 1, clipped to that range; ``(N, 1)``."""
        return mx.nd.clip(logits, 0, 1)


class GeneratorLeastSquares(_GANLoss):
    """``(D(fake) - 1)^2 / 2``: Mao et al. 2017, equation 9. ``fake_logits`` are ``(N, 1)``, the loss is ``(N,)``."""

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, 0.5 * F.square(fake_logits - 1))


class DiscriminatorHinge(DiscriminatorLoss):
    """``max(0, 1 - D(real)) + max(0, 1 + D(fake))``: Lim and Ye 2017 (arXiv:1705.02894); Miyato et al. 2018, equation
    16.

    ``real_logits`` and ``fake_logits`` are ``(N, 1)``, the loss is ``(N,)``.
    """

    def as_real(self, F, logits):
        return F.relu(1 - logits)

    def as_fake(self, F, logits):
        return F.relu(1 + logits)


class DiscriminatorWasserstein(DiscriminatorLoss):
    """``-D(real) + D(fake)``: Arjovsky et al. 2017 (arXiv:1701.07875), algorithm 1, with clipped weights of D.

    Its negated mean estimates the Wasserstein distance up to a constant factor. Shapes are as for the hinge.
    """

    classifies = False

    def as_real(self, F, logits):
        return -logits

    def as_fake(self, F, logits):
        return 1 * logits


class GeneratorLinear(_GANLoss):
    """``-D(fake)`` of the hinge and Wasserstein objectives. ``fake_logits`` are ``(N, 1)``, the loss is ``(N,)``."""

    def hybrid_forward(self, F, fake_logits):
        return self._per_sample(F, -fake_logits)


class DiscriminatorRelativistic(DiscriminatorLoss):
    """``-log sigmoid(D(real) - D(fake))``: Jolicoeur-Martineau 2018 (arXiv:1807.00734); R3GAN (arXiv:2501.05441).

    Each real image is compared with the fake at the same position of the batch. ``real_logits`` and ``fake_logits`` are
    ``(N, 1)``, the loss is ``(N,)`` and at least 0. Where ``flip_real`` is 1, the pair is swapped.
    """

    classifies = False

    def hybrid_forward(self, F, real_logits, fake_logits, flip_real=None, flip_fake=None):
        lead = real_logits - fake_logits
        if flip_real is not None:
            lead = (1 - 2 * flip_real) * lead + 0 * flip_fake      # a hybridized block must use all of its inputs
        return self._per_sample(F, softplus(F, -lead))


class GeneratorRelativistic(_GANLoss):
    """``-log sigmoid(D(fake) - D(real))`` of pairs: the sources of :class:`DiscriminatorRelativistic`.

    ``fake_logits`` and ``real_logits`` are ``(N, 1)``; the loss is ``(N,)`` and at least 0.
    """

    def hybrid_forward(self, F, fake_logits, real_logits):
        return self._per_sample(F, softplus(F, real_logits - fake_logits))


class Objective(NamedTuple):
    """An entry of :data:`OBJECTIVES`.

    Attributes
    ----------
    lossD : type
        A subclass of :class:`DiscriminatorLoss`.
    lossG : type or None
        G's loss; None if G only matches features.
    clip : float or None
        The bound to which D's weights are clipped after each update, if D's gradient is not penalised.
    d_steps : int
        Updates of D for each update of G, if D's gradient is penalised.
    pairs : bool
        Whether the losses compare pairs: G's loss then takes ``(fake_logits, real_logits)``.
    """

    lossD: type
    lossG: type = None
    clip: float = None
    d_steps: int = 1
    pairs: bool = False


OBJECTIVES = {
    'nonsaturating': Objective(DiscriminatorBCE, GeneratorNonSaturating),
    'minimax': Objective(DiscriminatorBCE, GeneratorMinimax),
    'least_squares': Objective(DiscriminatorLeastSquares, GeneratorLeastSquares),
    'hinge': Objective(DiscriminatorHinge, GeneratorLinear),
    # Clipping: algorithm 1 of its paper. Five updates: algorithm 1 of Gulrajani et al. 2017 (arXiv:1704.00028).
    'wasserstein': Objective(DiscriminatorWasserstein, GeneratorLinear, clip=0.01, d_steps=5),
    'relativistic': Objective(DiscriminatorRelativistic, GeneratorRelativistic, pairs=True),
    'feature_matching': Objective(DiscriminatorBCE),
}


def objective(name, real_label=1.0):
    """Create the pair of losses ``(lossD, lossG)`` of an objective.

    Parameters
    ----------
    name : str
        A key of :data:`OBJECTIVES`.
    real_label : float
        The target for real images, in (0, 1]. Below 1, it is one-sided label smoothing.

    Returns
    -------
    (DiscriminatorLoss, mxnet.gluon.loss.Loss or None)
        lossG is None for 'feature_matching', whose G only matches features (:data:`~gluon_gan.losses.FEATURES`).

    Raises
    ------
    ValueError
        If the objective is unknown (the message lists the known ones), or ``real_label`` is not 1 for an objective
        without a target.
    """
    row = _row(name)
    if real_label != 1 and not row.lossD.smooths:
        raise ValueError(f'the loss {name!r} has no label to smooth: real_label must be 1, not {real_label!r}')
    lossD = row.lossD(real_label) if row.lossD.smooths else row.lossD()
    return lossD, row.lossG and row.lossG()


def equilibrium(name, real_label=1.0):
    """Return the values of the losses if fake images have the distribution of real ones and D is optimal.

    Parameters
    ----------
    name, real_label
        See :func:`objective`.

    Returns
    -------
    dict
        (formula, value) for 'errD' and, if it has a unique value, for 'errG': ``{'errD': ('2 ln 2', 1.386), ...}``.

    Notes
    -----
    For the cross entropy and for least squares, D's optimal output is ``real_label / 2`` everywhere (Goodfellow et al.
    2014, section 4.1; Mao et al. 2017). The relativistic loss then compares equal logits. For the hinge, every constant
    between -1 and 1 is optimal, so G's loss has no unique value.
    """
    lossD, lossG = _row(name)[:2]
    best = real_label / 2
    if lossD is DiscriminatorBCE:
        levels = {'errD': ('2 ln 2', -real_label * math.log(best) - (2 - real_label) * math.log(1 - best))}
        levels['errG'] = {GeneratorNonSaturating: ('ln 2', -math.log(best)),
                          GeneratorMinimax: ('-ln 2', math.log(1 - best)), None: ('0', 0.0)}[lossG]
    elif lossD is DiscriminatorLeastSquares:
        levels = {'errD': ('1/4', real_label ** 2 / 4), 'errG': ('1/8', (best - 1) ** 2 / 2)}
    elif lossD is DiscriminatorRelativistic:
        levels = {'errD': ('ln 2', math.log(2)), 'errG': ('ln 2', math.log(2))}
    else:
        return {'errD': ('2', 2.0) if lossD is DiscriminatorHinge else ('0', 0.0)}
    if real_label == 1:
        return levels
    return {key: (text if text == '0' else f'{level:.3f}', level) for key, (text, level) in levels.items()}


def _row(name):
    if not isinstance(name, str) or name not in OBJECTIVES:
        raise ValueError(f"there is no loss {name!r}; the losses are {', '.join(OBJECTIVES)}")
    return OBJECTIVES[name]
