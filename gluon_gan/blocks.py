"""The blocks of a DCGAN (Radford, Metz, Chintala 2015, arXiv:1511.06434, section 3).

All are HybridBlocks whose shapes are known when they are made, so that parameters exist (and can be counted,
seeded and saved) before the first image. Shapes are ``(N, C, H, W)``.
"""
import mxnet as mx
from mxnet.gluon import HybridBlock, nn

MOMENTUM, EPSILON = 0.9, 1e-5    # of every batch normalisation
SLOPE = 0.2                      # of every LeakyReLU
TINY = 1e-12                     # keeps a division by a norm from being one by zero


@mx.init.register
class NearOne(mx.init.Initializer):
    """N(1, sigma), for the gamma of a batch normalisation (Newmu/dcgan_code: sigma 0.02)."""

    def __init__(self, sigma=0.02):
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _, array):
        mx.random.normal(1, self.sigma, out=array)


def batch_norm(channels):
    """Batch normalisation with gamma ~ N(1, 0.02) and beta 0.

    Gamma has an initializer of its own: one without it would be drawn like the weights, N(0, 0.02), for Gluon hands
    every parameter to the network's initializer as a weight.
    """
    return nn.BatchNorm(momentum=MOMENTUM, epsilon=EPSILON, in_channels=channels, gamma_initializer=NearOne())


def halving(kernel, odd=False):
    """Arguments with which a convolution halves height and width.

    With a kernel of 4 or 5, 2n becomes n. Where they are odd, 2n - 1 becomes n with a kernel of 3 (for 4) or 5.
    """
    if kernel not in (4, 5):
        raise ValueError(f'kernel must be 4 or 5 (each halves and doubles a size exactly), not {kernel!r}')
    kernel = 3 if odd and kernel == 4 else kernel
    return dict(kernel_size=kernel, strides=2, padding=(kernel - 1) // 2)


def doubling(kernel, odd=False):
    """The same for ``Conv2DTranspose``, which goes the other way: n becomes 2n, or 2n - 1 where that is odd."""
    # An odd kernel would always give 2n - 1; output padding adds the missing row and column.
    return dict(halving(kernel, odd), output_padding=0 if odd else kernel - 4)


class Spectral:
    """What a layer whose weight is divided by its largest singular value has beside it (Miyato et al. 2018, arXiv:1802.05957).

    ``u`` and ``v`` are the estimates of the singular vectors, kept like running statistics. :meth:`iterate` sharpens them; the
    layer itself computes with ``weight / (u^T W v)``, W being the weight as a matrix ``(outputs, rest)``, and the gradient
    goes through the division, u and v held (the paper's equation 12).
    """

    def _add_vectors(self, outputs, rest):
        for name, length in (('u', outputs), ('v', rest)):
            setattr(self, name, self.params.get(name, shape=(length,), init=mx.init.Normal(1), grad_req='null'))

    def iterate(self, times=1):
        """Power iteration, on every device: one for each update of D is enough, as its weights move slowly (appendix A)."""
        for ctx in self.weight.list_ctx():
            matrix, u, v = self.weight.data(ctx).reshape((0, -1)), self.u.data(ctx), self.v.data(ctx)
            for _ in range(times):
                v[:] = _unit(mx.nd.dot(matrix, u, transpose_a=True))
                u[:] = _unit(mx.nd.dot(matrix, v))

    def _normalized(self, F, weight, u, v):
        return F.broadcast_div(weight, F.sum(u * F.dot(F.reshape(weight, shape=(0, -1)), v)) + TINY)


class SpectralConv2D(Spectral, nn.Conv2D):
    """Conv2D whose weight has the spectral norm 1; ``in_channels`` must be given."""

    def __init__(self, channels, kernel_size, in_channels, **kwargs):
        super().__init__(channels, kernel_size, in_channels=in_channels, **kwargs)
        with self.name_scope():
            self._add_vectors(channels, in_channels * kernel_size ** 2)

    def hybrid_forward(self, F, x, weight, u, v, bias=None):
        return super().hybrid_forward(F, x, self._normalized(F, weight, u, v), bias)


class SpectralDense(Spectral, nn.Dense):
    """Dense whose weight has the spectral norm 1; ``in_units`` must be given."""

    def __init__(self, units, in_units, **kwargs):
        super().__init__(units, in_units=in_units, **kwargs)
        with self.name_scope():
            self._add_vectors(units, in_units)

    def hybrid_forward(self, F, x, weight, u, v, bias=None):
        return super().hybrid_forward(F, x, self._normalized(F, weight, u, v), bias)


def _unit(vector):
    return vector / (vector.norm() + TINY)


def planes(F, classes, size):
    """One-hot classes ``(N, K)`` as K maps ``(N, K, size, size)``, one of ones and the others of zeros."""
    return F.broadcast_axis(F.reshape(classes, shape=(0, 0, 1, 1)), axis=(2, 3), size=(size, size))


class Project(HybridBlock):
    """Noise to the first feature maps: ``(N, nz)`` to ``(N, channels, size, size)``, batch norm, ReLU.

    A Dense layer and a reshape. It computes what a transposed convolution of a 1x1 map computes, without the
    layout that makes the batch normalisation after it slow on a CPU.
    """

    def __init__(self, nz, channels, size, **kwargs):
        super().__init__(**kwargs)
        self._shape = (-1, channels, size, size)
        with self.name_scope():
            self.dense = nn.Dense(channels * size * size, in_units=nz, use_bias=False)
            self.norm = batch_norm(channels)
            self.act = nn.Activation('relu')

    def hybrid_forward(self, F, z):
        return self.act(self.norm(F.reshape(self.dense(z), shape=self._shape)))


class UpBlock(HybridBlock):
    """Twice the size: ``(N, in_channels, H, W)`` to ``(N, channels, 2H, 2W)``; batch norm, ReLU.

    ``odd=True`` for one pixel less, ``(2H - 1, 2W - 1)``: from 4x4 to the 7x7 of a 28 px picture.
    """

    def __init__(self, in_channels, channels, kernel=4, odd=False, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv = nn.Conv2DTranspose(channels, in_channels=in_channels, use_bias=False, **doubling(kernel, odd))
            self.norm = batch_norm(channels)
            self.act = nn.Activation('relu')

    def hybrid_forward(self, F, x):
        return self.act(self.norm(self.conv(x)))


class ToImage(HybridBlock):
    """Twice the size and a picture: ``(N, in_channels, H, W)`` to ``(N, channels, 2H, 2W)`` in [-1, 1], by tanh.

    A transposed convolution to ONE channel from 16 or more cannot be trained by MXNet 1.9.1 on the CPU (its backward pass fails:
    "could not create a primitive descriptor for a reorder primitive"), so a grey picture is the first of two channels. The
    second costs little and learns nothing.
    """

    def __init__(self, in_channels, channels, kernel=4, **kwargs):
        super().__init__(**kwargs)
        self._channels = channels
        with self.name_scope():
            self.conv = nn.Conv2DTranspose(max(channels, 2), in_channels=in_channels, **doubling(kernel))

    def hybrid_forward(self, F, x):
        x = self.conv(x)
        if self._channels < 2:
            x = F.slice_axis(x, axis=1, begin=0, end=self._channels)
        return F.Activation(x, act_type='tanh')     # oneDNN's; F.tanh is a loop over single numbers


class DownBlock(HybridBlock):
    """Half the size: ``(N, in_channels, H, W)`` to ``(N, channels, H/2, W/2)``; batch norm, LeakyReLU 0.2.

    ``norm=False`` for the first block of a discriminator, which sees the picture itself (paper, section 3): it has a bias
    instead. ``odd=True`` where H and W are odd: ``((H + 1) / 2, (W + 1) / 2)``, from 7x7 to 4x4. ``spectral=True`` for a weight
    with the spectral norm 1.
    """

    def __init__(self, in_channels, channels, kernel=4, norm=True, odd=False, spectral=False, **kwargs):
        super().__init__(**kwargs)
        conv = SpectralConv2D if spectral else nn.Conv2D
        with self.name_scope():
            self.conv = conv(channels, in_channels=in_channels, use_bias=not norm, **halving(kernel, odd))
            self.norm = batch_norm(channels) if norm else None
            self.act = nn.LeakyReLU(SLOPE)

    def hybrid_forward(self, F, x):
        x = self.conv(x)
        return self.act(self.norm(x) if self.norm else x)


class ToLogit(HybridBlock):
    """Feature maps to one number: ``(N, channels, size, size)`` to logits ``(N, 1)``. The loss owns the sigmoid."""

    def __init__(self, channels, size, spectral=False, **kwargs):
        super().__init__(**kwargs)
        dense = SpectralDense if spectral else nn.Dense
        with self.name_scope():
            self.dense = dense(1, in_units=channels * size * size)

    def hybrid_forward(self, F, x):
        return self.dense(x)
