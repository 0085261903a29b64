"""The generators of a translation, from an image to an image of the same size: a weak one and CycleGAN's."""
import mxnet as mx
from mxnet.gluon import Block, HybridBlock, nn

from ..blocks import ToImageConv
from ..support.checks import whole_number
from ..support.scopes import weaken
from .layers import ConvNormAct, InstanceNormNetwork, ReflectionPadConv, Residual

CHANNELS = (1, 3)
SMALLEST = 16    # pixels
# Default numbers of residual blocks below and from a size of LARGE pixels (appendix 7.2).
BLOCKS, BLOCKS_LARGE, LARGE = 6, 9, 256


class DreamGenerator(HybridBlock):
    """The generator of "Convolutional dreams": three convolutions and one bilinear upsampling.

    ``(N, channels, size, size)`` in [-1, 1] to the same. A 5x5 convolution of stride 2, a 3x3 convolution, upsampling
    by 2, and another 3x3 convolution, with ReLU in between and tanh at the end. The receptive field of a pixel is at
    most 15 x 15. There is no normalisation.

    Parameters
    ----------
    size : int
        Height and width of the images: a multiple of 4, at least 16.
    channels : int
        1 (grey) or 3 (RGB).
    ngf : int
        Number of feature maps of both hidden layers.
    """

    def __init__(self, size=64, channels=3, ngf=64, **kwargs):
        check(size, channels, ngf)
        super().__init__(**kwargs)
        self.config = dict(size=size, channels=channels, ngf=ngf)
        self.size, self.channels = size, channels
        with self.name_scope():
            self.down = nn.Conv2D(ngf, 5, strides=2, padding=2, in_channels=channels)
            self.middle = nn.Conv2D(ngf, 3, padding=1, in_channels=ngf)
            self.to_image = ToImageConv(channels, 3, padding=1, in_channels=ngf)

    def hybrid_forward(self, F, x):
        x = F.relu(self.middle(F.relu(self.down(x))))
        x = F.contrib.BilinearResize2D(x, scale_height=2, scale_width=2)
        return F.Activation(self.to_image(x), act_type='tanh')


class ResNetGenerator(InstanceNormNetwork):
    """CycleGAN's generator (Zhu, Park, Isola, Efros 2017, arXiv:1703.10593, appendix 7.2).

    ``(N, channels, size, size)`` in [-1, 1] to the same. In the paper's notation c7s1-64, d128, d256, six or nine
    R256, u128, u64, c7s1-3: the image is reduced to a quarter of its size, changed by residual blocks, and enlarged
    again. Every layer but the last has instance normalisation and ReLU; the last has tanh.

    Parameters
    ----------
    size : int
        Height and width of the images: a multiple of 4, at least 16.
    channels : int
        1 (grey) or 3 (RGB).
    ngf : int
        Number of feature maps of the first and the last hidden layer, 64 in the paper. The residual blocks have four
        times as many.
    blocks : int, optional
        Number of residual blocks. Default: 6 below 256 pixels, and 9 from 256 on.
    """

    def __init__(self, size=64, channels=3, ngf=64, blocks=None, **kwargs):
        check(size, channels, ngf)
        if blocks is None:
            blocks = BLOCKS_LARGE if size >= LARGE else BLOCKS
        blocks = whole_number('blocks', blocks, 0)
        super().__init__(**kwargs)
        self.config = dict(size=size, channels=channels, ngf=ngf, blocks=blocks)
        self.size, self.channels = size, channels
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(ConvNormAct(ngf, ReflectionPadConv(channels, ngf, 7)))
            for width in (ngf, 2 * ngf):
                down = nn.Conv2D(2 * width, 3, strides=2, padding=1, in_channels=width, use_bias=False)
                self.body.add(ConvNormAct(2 * width, down))
            for _ in range(blocks):
                self.body.add(Residual(4 * ngf))
            for width in (4 * ngf, 2 * ngf):
                up = nn.Conv2DTranspose(width // 2, 3, strides=2, padding=1, output_padding=1, in_channels=width,
                                        use_bias=False)
                self.body.add(ConvNormAct(width // 2, up))
            self.to_image = ReflectionPadConv(ngf, channels, 7, to_image=True)

    def hybrid_forward(self, F, x):
        return F.Activation(self.to_image(self.body(x)), act_type='tanh')


GENERATORS = {'dream': DreamGenerator, 'resnet': ResNetGenerator}


class Translators(Block):
    """Both generators of a translation: ``.ab`` translates from domain A to domain B, and ``.ba`` from B to A.

    Parameters
    ----------
    kind : str
        'resnet' or 'dream': a key of :data:`GENERATORS`.
    size, channels, ngf : int
        As for :class:`ResNetGenerator`.
    blocks : int, optional
        Number of residual blocks; only for 'resnet'.

    Attributes
    ----------
    config : dict
        The arguments above: ``Translators(**netG.config)`` has the same architecture.

    Raises
    ------
    ValueError
        If an argument has another value than those above. The message names the argument and the values it can have.
    """

    def __init__(self, kind='resnet', size=64, channels=3, ngf=64, blocks=None, **kwargs):
        kind = check_kind(kind, GENERATORS)
        options = dict(size=size, channels=channels, ngf=ngf)
        if blocks is not None and kind != 'resnet':
            raise ValueError(f'a {kind!r} generator has no residual blocks: leave blocks={blocks!r} out')
        super().__init__(**kwargs)
        self.config = dict(options, kind=kind, blocks=blocks)
        self.kind, self.size, self.channels, self.ngf, self.blocks = kind, size, channels, ngf, blocks
        if blocks is not None:
            options['blocks'] = blocks
        with self.name_scope():
            self.ab, self.ba = GENERATORS[kind](**options), GENERATORS[kind](**options)

    def initialize(self, init=None, ctx=None, verbose=False, force_reinit=False):
        """Initialise like ``Block.initialize``, by default with weights from N(0, 0.02) (appendix 7.1)."""
        weaken(self)
        super().initialize(init or mx.init.Normal(0.02), ctx, verbose, force_reinit)

    def forward(self, a, b):
        return self.ab(a), self.ba(b)


def check_kind(kind, known):
    """Return ``kind``, or raise ValueError if it is not a key of ``known``."""
    if kind not in known:
        raise ValueError(f"the kind must be one of {', '.join(known)}, not {kind!r}")
    return kind


def check(size, channels, width):
    """Raise ValueError for a size, a number of channels or a width that no network of a translation can have."""
    if whole_number('size', size, SMALLEST) % 4:
        raise ValueError(f'size must be a multiple of 4, because it is halved twice and doubled twice, not {size}')
    if channels not in CHANNELS:
        raise ValueError(f'channels must be 1 (grey) or 3 (RGB), not {channels!r}')
    whole_number('ngf and ndf', width)
