"""Feature matching: distances between the features that a layer of D has for real and for fake images."""
from mxnet.gluon.loss import Loss


class _FeatureLoss(Loss):
    """Base class of losses on features ``(N, ...)`` of a layer of D; the loss is ``(N,)``."""

    def __init__(self, weight=None, batch_axis=0, **kwargs):
        super().__init__(weight, batch_axis, **kwargs)

    @staticmethod
    def _flat(F, features):
        return F.reshape(features, shape=(0, -1))


class FeatureMeans(_FeatureLoss):
    """``||mean f(real) - mean f(fake)||^2``: Salimans et al. 2016 (arXiv:1606.03498), section 3.1.

    ``real_features`` and ``fake_features`` are ``(N, ...)``. The loss is ``(N,)``, the same for every sample.
    """

    def hybrid_forward(self, F, real_features, fake_features):
        real, fake = self._flat(F, real_features), self._flat(F, fake_features)
        distance = F.sum(F.square(F.mean(real, axis=0, keepdims=True) - F.mean(fake, axis=0, keepdims=True)), axis=1)
        return F.broadcast_add(F.zeros_like(F.sum(fake, axis=1)), distance)


class FeaturePairs(_FeatureLoss):
    """``||f(real_i) - f(fake_i)||^2``: "Difficulties in training a GAN" (shekkizh/TensorflowProjects).

    Each fake is paired with the real image at the same position of the batch. ``real_features`` and ``fake_features``
    are ``(N, ...)``, the loss is ``(N,)``. The weight in the source, 0.1 / 64^2 of half the sum over a batch of 64,
    corresponds to 0.00078 here.
    """

    def hybrid_forward(self, F, real_features, fake_features):
        return F.sum(F.square(self._flat(F, real_features) - self._flat(F, fake_features)), axis=1)


FEATURES = {'means': FeatureMeans, 'pairs': FeaturePairs}
