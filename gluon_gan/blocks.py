"""The building blocks of a DCGAN (Radford, Metz, Chintala 2015, arXiv:1511.06434, section 3).

Every block is a ``HybridBlock``. Its constructor takes the number of input channels, so its parameters have a shape,
and can be counted, seeded and saved, before the first forward pass. Images and feature maps are ``(N, C, H, W)``.
"""
import mxnet as mx
from mxnet.gluon import HybridBlock, nn

MOMENTUM, EPSILON = 0.9, 1e-5    # of every batch normalisation
SLOPE = 0.2                      # of every LeakyReLU, for negative inputs
TINY = 1e-12                     # added to a norm before dividing by it


@mx.init.register
class NearOne(mx.init.Initializer):
    """Initialise from N(1, sigma), for the gamma of a batch normalisation (Newmu/dcgan_code: sigma 0.02).

    Parameters
    ----------
    sigma : float
        The standard deviation.
    """

    def __init__(self, sigma=0.02):
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _, array):
        mx.random.normal(1, self.sigma, out=array)


def batch_norm(channels):
    """Batch normalisation of ``channels`` feature maps, with gamma ~ N(1, 0.02) and beta 0.

    Gamma has its own initializer. Gluon passes every parameter without one to the network's initializer as a weight,
    which would sample gamma from N(0, 0.02).
    """
    return nn.BatchNorm(momentum=MOMENTUM, epsilon=EPSILON, in_channels=channels, gamma_initializer=NearOne())


def halving(kernel, odd=False):
    """Return the arguments with which a convolution halves height and width.

    Parameters
    ----------
    kernel : int
        4 or 5: both map a side of 2n to n.
    odd : bool
        True for an odd side: 2n - 1 becomes n. A kernel of 4 is then replaced by 3.

    Returns
    -------
    dict
        ``kernel_size``, ``strides`` and ``padding`` of ``nn.Conv2D``.

    Raises
    ------
    ValueError
        If kernel is neither 4 nor 5.
    """
    if kernel not in (4, 5):
        raise ValueError(f'kernel must be 4 or 5 (each halves and doubles a size exactly), not {kernel!r}')
    kernel = 3 if odd and kernel == 4 else kernel
    return dict(kernel_size=kernel, strides=2, padding=(kernel - 1) // 2)


def doubling(kernel, odd=False):
    """Return the arguments with which a transposed convolution doubles height and width.

    The inverse of :func:`halving`: a side of n becomes 2n, or 2n - 1 with ``odd=True``.
    """
    # Without output padding, an odd kernel always gives 2n - 1; the padding adds the missing row and column.
    return dict(halving(kernel, odd), output_padding=0 if odd else kernel - 4)


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

    def hybrid_forward(self, F, x, weight, u, v, bias=None):
        return super().hybrid_forward(F, x, self._normalized(F, weight, u, v), bias)


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


def class_feature_maps(F, one_hot, size):
    """Expand one-hot classes ``(N, K)`` to feature maps ``(N, K, size, size)``: ones for the class, zeros elsewhere."""
    return F.broadcast_axis(F.reshape(one_hot, shape=(0, 0, 1, 1)), axis=(2, 3), size=(size, size))


class Project(HybridBlock):
    """The first block of a generator: from the noise ``(N, nz)`` to feature maps ``(N, channels, size, size)``.

    Dense, reshape, batch normalisation, ReLU. The dense layer computes the same as a transposed convolution of a 1x1
    feature map, but its output has a memory layout in which the batch normalisation is faster on a CPU.

    Parameters
    ----------
    nz : int
        Dimensions of the noise.
    channels, size : int
        Number of the feature maps, and their height and width.
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
    """A hidden block of a generator: from ``(N, in_channels, H, W)`` to ``(N, channels, 2H, 2W)``.

    Transposed convolution of stride 2, batch normalisation, ReLU. The convolution has no bias, because the batch
    normalisation would subtract it.

    Parameters
    ----------
    in_channels, channels : int
        Number of feature maps of the input and of the output.
    kernel : int
        4 or 5.
    odd : bool
        True for an output of ``(2H - 1, 2W - 1)``: from 4x4 to the 7x7 that a 28 px image needs.
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
    """The last block of a generator: from ``(N, in_channels, H, W)`` to images ``(N, channels, 2H, 2W)`` in [-1, 1].

    Transposed convolution of stride 2 with a bias, tanh. There is no batch normalisation, because with it in this
    layer samples oscillate and training becomes unstable (paper, section 3).

    A grey image is computed as the first of two channels. On a CPU, MXNet 1.9.1 cannot train a transposed convolution
    from 16 or more channels to one: the backward pass fails with "could not create a primitive descriptor for a
    reorder primitive". The second channel costs little and gets no gradient.

    Parameters
    ----------
    in_channels : int
        Number of feature maps of the input.
    channels : int
        1 (grey) or 3 (RGB).
    kernel : int
        4 or 5.
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
        return F.Activation(x, act_type='tanh')     # vectorised by oneDNN, unlike F.tanh


class DownBlock(HybridBlock):
    """A block of a discriminator: from ``(N, in_channels, H, W)`` to ``(N, channels, H/2, W/2)``.

    Convolution of stride 2, batch normalisation, LeakyReLU with slope 0.2 (paper, section 3).

    Parameters
    ----------
    in_channels, channels : int
        Number of feature maps of the input and of the output.
    kernel : int
        4 or 5.
    norm : bool
        False for a bias instead of batch normalisation, as in the block that reads the image (paper, section 3).
    odd : bool
        True for an odd H and W: the output is ``((H + 1) / 2, (W + 1) / 2)``, from 7x7 to 4x4.
    spectral : bool
        True for a weight of spectral norm 1 (:class:`SpectralConv2D`).
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
    """The last block of a discriminator: from feature maps ``(N, channels, size, size)`` to logits ``(N, 1)``.

    A dense layer. The loss applies the sigmoid, which is numerically stable there.

    Parameters
    ----------
    channels, size : int
        Number of the feature maps, and their height and width.
    spectral : bool
        True for a weight of spectral norm 1 (:class:`SpectralDense`).
    """

    def __init__(self, channels, size, spectral=False, **kwargs):
        super().__init__(**kwargs)
        dense = SpectralDense if spectral else nn.Dense
        with self.name_scope():
            self.dense = dense(1, in_units=channels * size * size)

    def hybrid_forward(self, F, x):
        return self.dense(x)
