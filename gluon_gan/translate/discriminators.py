"""The discriminators of a translation, from an image to a grid of logits, each for the patch in its receptive field."""
import mxnet as mx
from mxnet.gluon import Block, HybridBlock, nn

from ..blocks import SLOPE, FewChannelsConv
from ..support.checks import whole_number
from ..support.scopes import weaken
from .generators import check, check_kind
from .layers import ConvNormAct, InstanceNormNetwork

MOST_HALVINGS = 3      # for patches of 70 x 70 pixels


class SingleDiscriminator(HybridBlock):
    """The discriminator of "Convolutional dreams": one 4x4 convolution of stride 2.

    ``(N, channels, size, size)`` to logits ``(N, 1, size/2, size/2)``. A linear filter can learn the mean colour and
    the edges of a domain, and no more.

    Parameters
    ----------
    size, channels : int
        Size and number of channels of the images.
    """

    def __init__(self, size=64, channels=3, **kwargs):
        check(size, channels, 1)
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv = FewChannelsConv(1, 4, strides=2, padding=1, in_channels=channels)

    def hybrid_forward(self, F, x):
        return self.conv(x)


class PatchDiscriminator(InstanceNormNetwork):
    """CycleGAN's discriminator (arXiv:1703.10593, appendix 7.2; Isola et al. 2017, arXiv:1611.07004).

    ``(N, channels, size, size)`` to logits ``(N, 1, H, W)``, one for each of the overlapping patches. In the paper's
    notation C64-C128-C256-C512: 4x4 convolutions, all but the last of stride 2, with LeakyReLU 0.2, and with instance
    normalisation in all but the first. One more convolution computes the logits. A patch is 70 x 70 pixels with three
    halvings, 34 x 34 with two and 16 x 16 with one.

    Parameters
    ----------
    size, channels : int
        Size and number of channels of the images.
    ndf : int
        Number of feature maps of the first layer, 64 in the paper. Each further layer has twice as many.
    halvings : int, optional
        Number of convolutions of stride 2, 1 to 3. Default: 3 from 128 pixels on, and 2 below, where a patch of 70
        pixels would be larger than the image.
    """

    def __init__(self, size=64, channels=3, ndf=64, halvings=None, **kwargs):
        check(size, channels, ndf)
        if halvings is None:
            halvings = MOST_HALVINGS if size >= 128 else MOST_HALVINGS - 1
        halvings = whole_number('halvings', halvings)
        if halvings > MOST_HALVINGS:
            raise ValueError(f'halvings must be 1 to {MOST_HALVINGS}, for patches of 16, 34 or 70 pixels, '
                             f'not {halvings}')
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(nn.Conv2D(ndf, 4, strides=2, padding=1, in_channels=channels), nn.LeakyReLU(SLOPE))
            for i in range(1, halvings + 1):
                width, strides = ndf * 2 ** i, 1 if i == halvings else 2
                conv = nn.Conv2D(width, 4, strides=strides, padding=1, in_channels=width // 2, use_bias=False)
                self.body.add(ConvNormAct(width, conv, SLOPE))
            self.to_logits = FewChannelsConv(1, 4, padding=1, in_channels=ndf * 2 ** halvings)

    def hybrid_forward(self, F, x):
        return self.to_logits(self.body(x))


DISCRIMINATORS = {'single': SingleDiscriminator, 'patch': PatchDiscriminator}


class Critics(Block):
    """Both discriminators of a translation: ``.a`` for domain A and ``.b`` for domain B.

    Parameters
    ----------
    kind : str
        'patch' or 'single': a key of :data:`DISCRIMINATORS`.
    size, channels : int
        As for :class:`PatchDiscriminator`.
    ndf, halvings : int, optional
        As for :class:`PatchDiscriminator`; only for 'patch'.

    Attributes
    ----------
    config : dict
        The arguments above: ``Critics(**netD.config)`` has the same architecture.

    Raises
    ------
    ValueError
        If an argument has another value than those above. The message names the argument and the values it can have.
    """

    def __init__(self, kind='patch', size=64, channels=3, ndf=None, halvings=None, **kwargs):
        kind = check_kind(kind, DISCRIMINATORS)
        options = {name: value for name, value in dict(ndf=ndf, halvings=halvings).items() if value is not None}
        if options and kind != 'patch':
            raise ValueError(f'a {kind!r} discriminator is one convolution: leave {next(iter(options))} out')
        super().__init__(**kwargs)
        self.config = dict(kind=kind, size=size, channels=channels, ndf=ndf, halvings=halvings)
        self.kind, self.size, self.channels, self.ndf, self.halvings = kind, size, channels, ndf, halvings
        with self.name_scope():
            self.a, self.b = (DISCRIMINATORS[kind](size=size, channels=channels, **options) for _ in 'ab')

    def initialize(self, init=None, ctx=None, verbose=False, force_reinit=False):
        """Initialise like ``Block.initialize``, by default with weights from N(0, 0.02)."""
        weaken(self)
        super().initialize(init or mx.init.Normal(0.02), ctx, verbose, force_reinit)

    def forward(self, a, b):
        return self.a(a), self.b(b)
