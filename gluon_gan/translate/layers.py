"""What the networks of a translation have that a DCGAN has not: a normalisation of each picture by itself, and mirrored edges."""
from mxnet.gluon import HybridBlock, nn

EPSILON = 1e-5
WIDTH = 16       # maps that oneDNN computes at once


class InstanceNorm(HybridBlock):
    """Mean 0 and variance 1 for each map of each picture, ``(N, C, H, W)``, with nothing to learn (Ulyanov et al. 2016, arXiv:1607.08022).

    Products with a row of ones take the means and spread them out again. MXNet 1.9.1's own operator computes the same in three
    times as long on a CPU, its LayerNorm over a picture in twice as long: their sums for the gradients are loops over single numbers.
    """

    def hybrid_forward(self, F, x):
        rows = F.reshape(x, shape=(-3, -1))                                    # a row for each map
        ones = F.BlockGrad(F.ones_like(F.slice_axis(rows, axis=0, begin=0, end=1)))
        share = F.broadcast_div(ones, F.dot(ones, ones, transpose_b=True))
        rows = rows - F.dot(F.dot(rows, share, transpose_b=True), ones)
        variance = F.dot(F.square(rows), share, transpose_b=True)
        return F.reshape_like(rows * F.dot(F.rsqrt(variance + EPSILON), ones), x)


class FewMaps(nn.Conv2D):
    """A convolution to a few maps, as a picture has or a logit: computed as one to 16, of which the others have weights of zero.

    oneDNN, as MXNet 1.9.1 has it, knows its fast convolutions for multiples of 16 only; to three maps it takes three times as long.
    """

    def hybrid_forward(self, F, x, weight, bias):
        spare = WIDTH - self._channels
        zeros = F.BlockGrad(F.zeros_like(F.slice_axis(weight, axis=0, begin=0, end=1)))
        nothing = F.BlockGrad(F.zeros_like(F.slice_axis(bias, axis=0, begin=0, end=1)))
        weight = F.concat(weight, F.broadcast_axis(zeros, axis=0, size=spare), dim=0)
        bias = F.concat(bias, F.broadcast_axis(nothing, axis=0, size=spare), dim=0)
        maps = F.Convolution(x, weight, bias, **dict(self._kwargs, num_filter=WIDTH))
        return F.slice_axis(maps, axis=1, begin=0, end=self._channels)


class Mirrored(HybridBlock):
    """A convolution whose edges are mirrored, not zero, which CycleGAN's authors found to leave fewer artefacts: ``(N, in_channels, H, W)``
    to ``(N, channels, H, W)``, without a bias, which a normalisation after it would take away again; or ``to_picture``, with one."""

    def __init__(self, in_channels, channels, kernel, to_picture=False, **kwargs):
        super().__init__(**kwargs)
        edge = kernel // 2
        self._pad = (0, 0, 0, 0, edge, edge, edge, edge)
        with self.name_scope():
            conv = FewMaps if to_picture else nn.Conv2D
            self.conv = conv(channels, kernel, in_channels=in_channels, use_bias=to_picture)

    def hybrid_forward(self, F, x):
        return self.conv(F.pad(x, mode='reflect', pad_width=self._pad))


class Normed(HybridBlock):
    """A convolution, a normalisation of each picture, and, but for ``slope=None``, a (leaky) ReLU."""

    def __init__(self, conv, slope=0.0, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv, self.norm = conv, InstanceNorm()
            self.act = None if slope is None else nn.LeakyReLU(slope) if slope else nn.Activation('relu')

    def hybrid_forward(self, F, x):
        x = self.norm(self.conv(x))
        return self.act(x) if self.act else x


class Residual(HybridBlock):
    """``x + f(x)`` of two 3x3 convolutions (He et al. 2016; CycleGAN, appendix 7.2: Rk): ``(N, channels, H, W)`` to the same."""

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.first, self.second = Normed(Mirrored(channels, channels, 3)), Normed(Mirrored(channels, channels, 3), slope=None)

    def hybrid_forward(self, F, x):
        return x + self.second(self.first(x))
