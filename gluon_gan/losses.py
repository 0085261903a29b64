"""GAN objectives on logits: for each a loss of the discriminator and one of the generator.

D's loss takes the logits of real and of fake pictures, G's loss those of the fake ones; all ``(N, 1)``. Each returns
one value a sample, ``(N,)``, as Gluon's losses do. With ``p = sigmoid(logit)``, in equilibrium (p = 1/2 everywhere) the summed
cross entropy of D stands at 2 ln 2 = 1.386 and that of G at ln 2 = 0.693.
"""
from mxnet.gluon.loss import Loss


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


class DiscriminatorBCE(_GANLoss):
    """``-log p(real) - log(1 - p(fake))``: Goodfellow et al. 2014 (arXiv:1406.2661), equation 1, negated.

    ``real_logits`` and ``fake_logits`` ``(N, 1)`` to ``(N,)``, each at least 0.
    """

    def hybrid_forward(self, F, real_logits, fake_logits):
        return self._per_sample(F, softplus(F, -real_logits) + softplus(F, fake_logits))


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


OBJECTIVES = {   # name: (class of lossD, class of lossG)
    'nonsaturating': (DiscriminatorBCE, GeneratorNonSaturating),
    'minimax': (DiscriminatorBCE, GeneratorMinimax),
}


def objective(name):
    """The pair ``(lossD, lossG)`` of a named objective.

    Parameters
    ----------
    name : str
        A key of :data:`OBJECTIVES`.

    Raises
    ------
    ValueError
        If there is no such objective; the message lists those there are.
    """
    if name not in OBJECTIVES:
        raise ValueError(f"there is no loss {name!r}; the losses are {', '.join(OBJECTIVES)}")
    lossD, lossG = OBJECTIVES[name]
    return lossD(), lossG()
