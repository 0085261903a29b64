"""From a picture to a picture of the same size: a generator that can only dream, and one that works."""
import mxnet as mx
from mxnet.gluon import Block, HybridBlock, nn

from ..checks import whole_number
from .layers import Mirrored, Normed, Picturewise, Residual, ToPicture

CHANNELS = (1, 3)
LEAST = 16       # pixels
FEW, MANY, LARGE = 6, 9, 256      # residual blocks, and the size from which there are many (appendix 7.2)


class DreamGenerator(HybridBlock):
    """Three convolutions and one bilinear upsampling, as "Convolutional dreams" has it: ``(N, channels, size, size)`` in [-1, 1] to the same.

    A 5x5 convolution of stride 2, a 3x3 one, twice the size, and another 3x3 one; ReLU between, tanh at the end. Each pixel depends on
    15 x 15 pixels around it at the most, and nothing normalises it.
    """

    def __init__(self, size=64, channels=3, ngf=64, **kwargs):
        check(size, channels, ngf)
        super().__init__(**kwargs)
        with self.name_scope():
            self.down = nn.Conv2D(ngf, 5, strides=2, padding=2, in_channels=channels)
            self.middle = nn.Conv2D(ngf, 3, padding=1, in_channels=ngf)
            self.to_image = ToPicture(channels, 3, padding=1, in_channels=ngf)

    def hybrid_forward(self, F, x):
        x = F.relu(self.middle(F.relu(self.down(x))))
        x = F.contrib.BilinearResize2D(x, scale_height=2, scale_width=2)
        return F.Activation(self.to_image(x), act_type='tanh')


class ResNetGenerator(Picturewise):
    """CycleGAN's generator (Zhu, Park, Isola, Efros 2017, arXiv:1703.10593, appendix 7.2): ``(N, channels, size, size)`` in [-1, 1] to the same.

    c7s1-64, d128, d256, R256 six or nine times, u128, u64, c7s1-3: down to a quarter, changes there, and up again; instance
    normalisation and ReLU after all but the last, tanh there.

    Parameters
    ----------
    size : int
        A multiple of 4 from 16 on.
    channels : int
        1 or 3.
    ngf : int
        Maps of the first and the last layer, 64 in the paper; there are four times as many in the middle.
    blocks : int, optional
        Residual ones; 6 below 256 pixels and 9 from there on.
    """

    def __init__(self, size=64, channels=3, ngf=64, blocks=None, **kwargs):
        check(size, channels, ngf)
        blocks = (MANY if size >= LARGE else FEW) if blocks is None else whole_number('blocks', blocks, 0)
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(Normed(ngf, Mirrored(channels, ngf, 7)))
            for maps in (ngf, 2 * ngf):
                self.body.add(Normed(2 * maps, nn.Conv2D(2 * maps, 3, strides=2, padding=1, in_channels=maps, use_bias=False)))
            for _ in range(blocks):
                self.body.add(Residual(4 * ngf))
            for maps in (4 * ngf, 2 * ngf):
                up = nn.Conv2DTranspose(maps // 2, 3, strides=2, padding=1, output_padding=1, in_channels=maps, use_bias=False)
                self.body.add(Normed(maps // 2, up))
            self.to_image = Mirrored(ngf, channels, 7, to_picture=True)

    def hybrid_forward(self, F, x):
        return F.Activation(self.to_image(self.body(x)), act_type='tanh')


GENERATORS = {'dream': DreamGenerator, 'resnet': ResNetGenerator}


class Translators(Block):
    """Both generators of a translation: ``.ab`` from domain A to domain B, and ``.ba`` back.

    Parameters
    ----------
    kind : str
        'resnet' or 'dream': a key of :data:`GENERATORS`.
    size, channels, ngf
        As for :class:`ResNetGenerator`.
    blocks : int, optional
        Of 'resnet'.

    Attributes
    ----------
    config : dict
        The arguments above: ``Translators(**netG.config)`` is the same architecture.

    Raises
    ------
    ValueError
        If an argument is not one of the above; the message names it and what would do.
    """

    def __init__(self, kind='resnet', size=64, channels=3, ngf=64, blocks=None, **kwargs):
        kind = among(kind, GENERATORS)
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
        """Like ``Block.initialize``, with N(0, 0.02) for the weights where no initializer is given (appendix 7.1)."""
        super().initialize(init or mx.init.Normal(0.02), ctx, verbose, force_reinit)

    def forward(self, a, b):
        return self.ab(a), self.ba(b)


def among(kind, known):
    """``kind``, or ValueError where there is none."""
    if kind not in known:
        raise ValueError(f"the kind must be one of {', '.join(known)}, not {kind!r}")
    return kind


def check(size, channels, maps):
    """ValueError for what no network of a translation can be made of."""
    if whole_number('size', size, LEAST) % 4:
        raise ValueError(f'size must be a multiple of 4, for it is halved twice and doubled again, not {size}')
    if channels not in CHANNELS:
        raise ValueError(f'channels must be 1 (grey) or 3 (RGB), not {channels!r}')
    whole_number('ngf and ndf', maps)
