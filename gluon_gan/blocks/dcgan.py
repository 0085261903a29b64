"""The blocks of a DCGAN (Radford, Metz, Chintala 2015, arXiv:1511.06434, section 3)."""
from mxnet.gluon import HybridBlock, nn

from .layers import batch_norm, doubling, halving
from .resampling import ResizeToImage, upsampling_conv
from .spectral import SpectralConv2D, SpectralDense

SLOPE = 0.2                      # of every LeakyReLU, for negative inputs


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
    norm : bool
        False for the dense layer alone, before residual blocks, which begin with both.
    """

    def __init__(self, nz, channels, size, norm=True, **kwargs):
        super().__init__(**kwargs)
        self._shape = (-1, channels, size, size)
        with self.name_scope():
            self.dense = nn.Dense(channels * size * size, in_units=nz, use_bias=False)
            self.norm = batch_norm(channels) if norm else None
            self.act = nn.Activation('relu')

    def hybrid_forward(self, F, z):
        x = F.reshape(self.dense(z), shape=self._shape)
        return self.act(self.norm(x)) if self.norm else x


class UpBlock(HybridBlock):
    """A hidden block of a generator: from ``(N, in_channels, H, W)`` to ``(N, channels, 2H, 2W)``.

    Transposed convolution of stride 2, or a resize and a 3x3 convolution; batch normalisation, ReLU. The convolution
    has no bias, because the batch normalisation would subtract it.

    Parameters
    ----------
    in_channels, channels : int
        Number of feature maps of the input and of the output.
    kernel : int
        4 or 5.
    odd : bool
        True for an output of ``(2H - 1, 2W - 1)``: from 4x4 to the 7x7 that a 28 px image needs.
    upsampling : str
        'transposed', or 'nearest' or 'bilinear' for a :class:`~gluon_gan.blocks.resampling.ResizeConv`, where kernel
        has no effect.
    """

    def __init__(self, in_channels, channels, kernel=4, odd=False, upsampling='transposed', **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv = upsampling_conv(channels, in_channels, upsampling, kernel, odd)
            self.norm = batch_norm(channels)
            self.act = nn.Activation('relu')

    def hybrid_forward(self, F, x):
        return self.act(self.norm(self.conv(x)))


class ToImage(HybridBlock):
    """The last block of a generator: from ``(N, in_channels, H, W)`` to images ``(N, channels, 2H, 2W)`` in [-1, 1].

    Transposed convolution of stride 2, or a resize and a 3x3 convolution, with a bias; tanh. There is no batch
    normalisation, because with it in this layer samples oscillate and training becomes unstable (paper, section 3).

    A transposed convolution computes a grey image as the first of two channels. On a CPU, MXNet 1.9.1 cannot train one
    from 16 or more channels to one: the backward pass fails with "could not create a primitive descriptor for a
    reorder primitive". The second channel costs little and gets no gradient.

    Parameters
    ----------
    in_channels : int
        Number of feature maps of the input.
    channels : int
        1 (grey) or 3 (RGB).
    kernel, upsampling
        As for :class:`UpBlock`.
    """

    def __init__(self, in_channels, channels, kernel=4, upsampling='transposed', **kwargs):
        super().__init__(**kwargs)
        self._channels = channels
        with self.name_scope():
            if upsampling == 'transposed':
                self.conv = nn.Conv2DTranspose(max(channels, 2), in_channels=in_channels, **doubling(kernel))
            else:
                self.conv = ResizeToImage(channels, in_channels, upsampling)

    def hybrid_forward(self, F, x):
        x = self.conv(x)
        if self._channels < 2 and isinstance(self.conv, nn.Conv2DTranspose):
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
