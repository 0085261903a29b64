"""Layers whose weights have a spectral norm of 1 (Miyato et al. 2018, arXiv:1802.05957)."""
import mxnet as mx
from mxnet.gluon import nn

from .resampling import MeanConv

TINY = 1e-12                     # added to a norm before dividing by it


class SpectralNorm:
    """Mixin for a layer that divides its weight by the largest singular value (Miyato et al. 2018, arXiv:1802.05957).

    The layer computes with ``weight / (u^T W v)``, where W is the weight reshaped to a matrix ``(outputs, rest)``, and
    u and v estimate the left and right singular vectors of its largest singular value. Both are stored as parameters
    without a gradient, like running statistics, and :meth:`iterate` improves them. The gradient flows through the
    division, with u and v held constant (equation 12).
    """

    def _add_singular_vectors(self, outputs, rest):
        for name, length in (('u', outputs), ('v', rest)):
            setattr(self, name, self.params.get(name, shape=(length,), init=mx.init.Normal(1), grad_req='null'))

    def iterate(self, times=1):
        """Run ``times`` power iterations for u and v, on every device.

        One per update of the discriminator is enough, because its weights change slowly (appendix A).
        """
        for ctx in self.weight.list_ctx():
            matrix, u, v = self.weight.data(ctx).reshape((0, -1)), self.u.data(ctx), self.v.data(ctx)
            for _ in range(times):
                v[:] = _unit(mx.nd.dot(matrix, u, transpose_a=True))
                u[:] = _unit(mx.nd.dot(matrix, v))

    def _normalized(self, F, weight, u, v):
        return F.broadcast_div(weight, F.sum(u * F.dot(F.reshape(weight, shape=(0, -1)), v)) + TINY)


class SpectralConv2D(SpectralNorm, nn.Conv2D):
    """``nn.Conv2D`` with a weight of spectral norm 1. ``kernel_size`` is an int, and ``in_channels`` is required."""

    def __init__(self, channels, kernel_size, in_channels, **kwargs):
        super().__init__(channels, kernel_size, in_channels=in_channels, **kwargs)
        with self.name_scope():
            self._add_singular_vectors(channels, in_channels * kernel_size ** 2)

    def hybrid_forward(self, F, x, weight, u, v, bias=None, **fixed):
        return super().hybrid_forward(F, x, self._normalized(F, weight, u, v), bias=bias, **fixed)


class SpectralMeanConv(SpectralConv2D, MeanConv):
    """:class:`~gluon_gan.blocks.resampling.MeanConv` with a weight of spectral norm 1, before the means."""


class SpectralDense(SpectralNorm, nn.Dense):
    """``nn.Dense`` with a weight of spectral norm 1. ``in_units`` is required."""

    def __init__(self, units, in_units, **kwargs):
        super().__init__(units, in_units=in_units, **kwargs)
        with self.name_scope():
            self._add_singular_vectors(units, in_units)

    def hybrid_forward(self, F, x, weight, u, v, bias=None):
        return super().hybrid_forward(F, x, self._normalized(F, weight, u, v), bias)


def _unit(vector):
    return vector / (vector.norm() + TINY)
