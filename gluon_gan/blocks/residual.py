"""Residual blocks as in SNGAN (Miyato et al. 2018, arXiv:1802.05957, appendix B.4) and WGAN-GP (Gulrajani et al. 2017).

    x + f(x),    f: normalisation, ReLU, 3x3 convolution, normalisation, ReLU, 3x3 convolution

In a generator the first convolution doubles height and width; in a discriminator, 2x2 means after the second halve
them. x is resized in the same way, and brought to the new number of feature maps by a 1x1 convolution. The sum itself
has no activation function, so the ReLU of the last block is at the beginning of the layer that follows.
"""
from mxnet.gluon import HybridBlock, nn

from .layers import batch_norm
from .resampling import MeanConv, ToImageConv, Upsample, cropped, upsampling_conv
from .spectral import SpectralConv2D, SpectralDense, SpectralMeanConv


class ResidualBlock(HybridBlock):
    """Base class: ``f(x) + shortcut(x)`` with the parts of f in :meth:`stages`."""

    def hybrid_forward(self, F, x):
        y = x
        for stage in self.stages(F):
            y = stage(y)
        return y + self.skip(F, x)

    def stages(self, F):
        """list of callable: the parts of f. All but the last end in a ReLU, and the last is linear."""
        raise NotImplementedError

    def skip(self, F, x):
        """The input with the size and the number of feature maps of the output; linear in ``x``."""
        raise NotImplementedError


class ResidualUpBlock(ResidualBlock):
    """A hidden block of a residual generator: from ``(N, in_channels, H, W)`` to ``(N, channels, 2H, 2W)``.

    The parameters are those of :class:`~gluon_gan.blocks.dcgan.UpBlock`. With 'transposed', the shortcut is resized to
    the nearest pixel.
    """

    def __init__(self, in_channels, channels, kernel=4, odd=False, upsampling='nearest', **kwargs):
        super().__init__(**kwargs)
        self._odd = odd
        with self.name_scope():
            self.norm1, self.norm2 = batch_norm(in_channels), batch_norm(channels)
            self.conv1 = upsampling_conv(channels, in_channels, upsampling, kernel, odd)
            self.conv2 = nn.Conv2D(channels, 3, padding=1, in_channels=channels, use_bias=False)
            self.shortcut = nn.Conv2D(channels, 1, in_channels=in_channels, use_bias=False)
            self.resize = Upsample(channels, 'nearest' if upsampling == 'transposed' else upsampling)

    def stages(self, F):
        return [lambda x: F.relu(self.norm1(x)), lambda x: F.relu(self.norm2(self.conv1(x))), self.conv2]

    def skip(self, F, x):
        # The 1x1 convolution commutes with the resizing, and takes a quarter of the time before it.
        return cropped(F, self.resize(self.shortcut(x)), self._odd)


class ResidualDownBlock(ResidualBlock):
    """A block of a residual discriminator: from ``(N, in_channels, H, W)`` to ``(N, channels, H/2, W/2)``.

    Parameters
    ----------
    in_channels, channels : int
        Number of feature maps of the input and of the output.
    norm : bool
        Whether there is batch normalisation.
    odd : bool
        True for an odd H and W: the output is ``((H + 1) / 2, (W + 1) / 2)``.
    spectral : bool
        True for weights of spectral norm 1.
    first : bool
        True for the block that reads the image: f begins with its first convolution.
    halve : bool
        False for an output of ``(N, channels, H, W)``.
    """

    def __init__(self, in_channels, channels, norm=True, odd=False, spectral=False, first=False, halve=True, **kwargs):
        super().__init__(**kwargs)
        conv, mean_conv = (SpectralConv2D, SpectralMeanConv) if spectral else (nn.Conv2D, MeanConv)
        last = (lambda *args, **kwargs: mean_conv(*args, odd=odd, **kwargs)) if halve else conv
        hidden, self._first = channels if first else in_channels, first
        with self.name_scope():
            self.norm1 = batch_norm(in_channels) if norm and not first else None
            self.norm2 = batch_norm(hidden) if norm else None
            self.conv1 = conv(hidden, 3, in_channels=in_channels, padding=1, use_bias=not norm)
            self.conv2 = last(channels, 3, in_channels=hidden, padding=1)
            # The means commute with the 1x1 convolution.
            self.shortcut = (last(channels, 1, in_channels=in_channels, use_bias=False)
                             if halve or in_channels != channels else None)

    def stages(self, F):
        def before(x):
            return F.relu(self.norm1(x) if self.norm1 else x)

        def between(x):
            x = self.conv1(x)
            return F.relu(self.norm2(x) if self.norm2 else x)
        return [between, self.conv2] if self._first else [before, between, self.conv2]

    def skip(self, F, x):
        return self.shortcut(x) if self.shortcut else x


class ResidualToImage(HybridBlock):
    """The last block of a residual generator: from ``(N, in_channels, H, W)`` to images ``(N, channels, H, W)``.

    Batch normalisation, ReLU, 3x3 convolution, tanh.
    """

    def __init__(self, in_channels, channels, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.norm = batch_norm(in_channels)
            self.conv = ToImageConv(channels, 3, padding=1, in_channels=in_channels)

    def hybrid_forward(self, F, x):
        return F.Activation(self.conv(F.relu(self.norm(x))), act_type='tanh')


class ResidualToLogit(HybridBlock):
    """The last block of a residual discriminator: from feature maps ``(N, channels, H, W)`` to logits ``(N, 1)``.

    ReLU, the sum over all pixels, and a dense layer, with a weight of spectral norm 1 if ``spectral`` is True.
    """

    def __init__(self, channels, spectral=False, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.dense = (SpectralDense if spectral else nn.Dense)(1, in_units=channels)

    def hybrid_forward(self, F, x):
        return self.dense(F.sum(F.relu(x), axis=(2, 3)))
