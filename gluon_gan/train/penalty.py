"""The penalty on D's gradient in a training: in which steps it is applied, and its random numbers.

The random numbers of a step are those of the effective batch, and follow from (seed, step). So a training with a
penalty can be resumed exactly, and several workers compute what one process would.
"""
import mxnet as mx
import numpy as np

from ..penalties import PENALTIES, GradientPenalty
from ..support.checks import one_of, whole_number

NONE = 'none'


def make(netD, seed, penalty, gamma, every):
    """The :class:`StepPenalty` of a training, or None for the penalty 'none'; ValueError for a wrong argument."""
    every = whole_number('penalty_every', every)
    if one_of('penalty', penalty, (NONE, *PENALTIES)) != NONE:
        return StepPenalty(netD, seed, penalty, gamma, every)
    if gamma is not None or every != 1:
        name, value = ('gamma', gamma) if gamma is not None else ('penalty_every', every)
        raise ValueError(f"{name}={value!r} belongs to a penalty on D's gradient, and there is none: set penalty='r1', "
                         f'or leave {name}=... out')
    return None


class StepPenalty:
    """A penalty that is applied in every ``every``-th step, with ``every`` times its weight.

    Parameters
    ----------
    netD : mxnet.gluon.Block
        See :class:`gluon_gan.penalties.InputGradient`.
    seed : int
    name, gamma
        See :class:`gluon_gan.penalties.GradientPenalty`.
    every : int
        In the first step and in every ``every``-th after it (lazy regularisation: Karras et al. 2020, arXiv:1912.04958,
        appendix B).
    """

    def __init__(self, netD, seed, name, gamma, every):
        self.penalty, self.seed, self.every = GradientPenalty(netD, name, gamma), seed, every

    def begin(self, step, real, cluster, split):
        """Prepare a step.

        Parameters
        ----------
        step : int
            From 1.
        real : NDArray
            The real images of this process, ``(N, C, H, W)``.
        cluster : gluon_gan.distributed.Cluster or None
            All workers must call this.
        split : callable
            Splits an NDArray of N rows into a list with one part for each device.

        Returns
        -------
        bool
            Whether the penalty is applied in this step.
        """
        if (step - 1) % self.every:
            return False
        shape = (len(real) * (cluster.workers if cluster else 1), *real.shape[1:])
        # Five numbers with a last one other than 0, so that they differ from the seeds of z and of the game.
        numbers = self.penalty.random_numbers(shape, np.random.default_rng([self.seed, step, 1, 0, 1]))
        self._random, self._deviation = {}, None
        if numbers is not None:
            numbers = mx.nd.array(numbers)
            parts = split(cluster.share(numbers) if cluster else numbers)
            self._random = {part.context: part for part in parts}
        if 'around' in self.penalty.points:
            self._deviation = _deviation(real, cluster)
        return True

    def __call__(self, real, fake, lossD, *labels):
        """Return the :class:`gluon_gan.penalties.WithLoss` of the inputs of D on one device."""
        return self.penalty.with_loss(real, fake, lossD, *labels, random=self._random.get(real.context),
                                      deviation=self._deviation, times=self.every)


def _deviation(images, cluster):
    """The standard deviation of all values of the effective batch, a float."""
    values = images.asnumpy().astype(np.float64)
    moments = values.mean(), np.square(values).mean()
    if cluster:
        moments = [cluster.gather(moment).asnumpy().mean(dtype=np.float64) for moment in moments]
    return float(np.sqrt(max(moments[1] - moments[0] ** 2, 0)))
