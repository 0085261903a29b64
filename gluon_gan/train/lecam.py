"""LeCam regularisation of D's outputs for training on few images (Tseng et al. 2021, arXiv:2104.03310).

With few images, D's outputs for real and for generated images drift apart as it memorises the real ones. The penalty
keeps them near each other: with the moving averages ``a_real`` and ``a_fake`` of D's logits,

    weight * (mean (D(real) - a_fake)^2 + mean (D(fake) - a_real)^2)

is added to D's loss.
"""
import mxnet as mx
import numpy as np

from ..support.checks import number

DECAY = 0.99     # of the moving averages, as in the paper


class LeCam:
    """The penalty and its moving averages.

    Parameters
    ----------
    weight : float
        At least 0; 0 for no penalty.

    Attributes
    ----------
    averages : NDArray or None
        ``(2,)``: the moving averages of the logits of real and of generated images. None for the weight 0, and before
        the first step, which has no penalty.

    Raises
    ------
    ValueError
        If the weight is out of range.
    """

    def __init__(self, weight=0.0):
        self.weight, self.averages = number('lecam', weight, 'a weight of at least 0'), None

    def __call__(self, real_logits, fake_logits):
        """Return the penalty ``(N,)`` of logits ``(N, 1)``; there must be averages."""
        averages = self.averages.as_in_context(real_logits.context)
        drift = (real_logits - averages[1]).square() + (fake_logits - averages[0]).square()
        return self.weight * drift.reshape(shape=(-1,))

    def observe(self, logits, cluster=None):
        """Follow D after an update.

        Parameters
        ----------
        logits : list of list of NDArray
            The logits ``(N, 1)`` of real and of generated images, on each device.
        cluster : gluon_gan.distributed.Cluster, optional
            All workers must call this; they get the same averages.
        """
        if not self.weight:
            return
        means = mx.nd.concat(*[mx.nd.concat(*[part.as_in_context(mx.cpu()) for part in parts], dim=0).mean().detach()
                               for parts in logits], dim=0)
        if cluster is not None:
            means = mx.nd.concat(*[cluster.gather(mean).mean() for mean in means], dim=0)
        self.averages = means if self.averages is None else DECAY * self.averages + (1 - DECAY) * means

    def state(self):
        """dict of ndarray: the averages, for a checkpoint."""
        return {} if self.averages is None else {'lecam': self.averages.asnumpy()}

    def restore(self, arrays):
        """Take from ``arrays`` what :meth:`state` returned, if it is there; ValueError if it cannot come from it."""
        if self.weight and 'lecam' in arrays:
            averages = np.asarray(arrays.pop('lecam'), 'float32')
            if averages.shape != (2,):
                raise ValueError(f'the averages of LeCam regularisation must be two numbers, not {averages.shape}')
            self.averages = mx.nd.array(averages)
