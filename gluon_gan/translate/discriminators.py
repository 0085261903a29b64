"""What looks at a picture of a domain, place by place: a map of logits, of which each judges the patch that it sees."""
import mxnet as mx
from mxnet.gluon import Block, HybridBlock, nn

from ..blocks import SLOPE
from ..checks import whole_number
from .generators import among, check
from .layers import FewMaps, Normed, Picturewise

DEEPEST = 3      # halvings: with it a patch is of 70 x 70 pixels


class SingleDiscriminator(HybridBlock):
    """One convolution, 4x4 of stride 2, as "Convolutional dreams" has it: ``(N, channels, size, size)`` to logits ``(N, 1, size/2, size/2)``.

    A linear filter knows the mean colour and edges of a domain, and no more.
    """

    def __init__(self, size=64, channels=3, **kwargs):
        check(size, channels, 1)
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv = FewMaps(1, 4, strides=2, padding=1, in_channels=channels)

    def hybrid_forward(self, F, x):
        return self.conv(x)


class PatchDiscriminator(Picturewise):
    """CycleGAN's discriminator (arXiv:1703.10593, appendix 7.2; Isola et al. 2017, arXiv:1611.07004): ``(N, channels, size, size)`` to logits
    ``(N, 1, H, W)``, one for each overlapping patch.

    C64-C128-C256-C512, 4x4 convolutions, all but the last of stride 2, LeakyReLU 0.2, instance normalisation in all but the first; then one
    to a logit. A patch is 70 x 70 pixels with three halvings, 34 with two and 16 with one.

    Parameters
    ----------
    size, channels : int
        Of the pictures.
    ndf : int
        Maps of the first layer, 64 in the paper; doubled in each further one.
    halvings : int, optional
        1 to 3; by default 3 from 128 pixels on, and 2 below, where 70 pixels would be more than the picture.
    """

    def __init__(self, size=64, channels=3, ndf=64, halvings=None, **kwargs):
        check(size, channels, ndf)
        halvings = (DEEPEST if size >= 128 else DEEPEST - 1) if halvings is None else whole_number('halvings', halvings)
        if halvings > DEEPEST:
            raise ValueError(f'halvings must be 1 to {DEEPEST}, for a patch of 16, 34 or 70 pixels, not {halvings}')
        super().__init__(**kwargs)
        with self.name_scope():
            self.body = nn.HybridSequential()
            self.body.add(nn.Conv2D(ndf, 4, strides=2, padding=1, in_channels=channels), nn.LeakyReLU(SLOPE))
            for i in range(1, halvings + 1):
                maps = ndf * 2 ** i
                conv = nn.Conv2D(maps, 4, strides=1 if i == halvings else 2, padding=1, in_channels=maps // 2, use_bias=False)
                self.body.add(Normed(maps, conv, SLOPE))
            self.to_logits = FewMaps(1, 4, padding=1, in_channels=ndf * 2 ** halvings)

    def hybrid_forward(self, F, x):
        return self.to_logits(self.body(x))


DISCRIMINATORS = {'single': SingleDiscriminator, 'patch': PatchDiscriminator}


class Critics(Block):
    """Both discriminators of a translation: ``.a`` knows domain A, and ``.b`` domain B.

    Parameters
    ----------
    kind : str
        'patch' or 'single': a key of :data:`DISCRIMINATORS`.
    size, channels
        As for :class:`PatchDiscriminator`.
    ndf, halvings : int, optional
        Of 'patch'.

    Attributes
    ----------
    config : dict
        The arguments above: ``Critics(**netD.config)`` is the same architecture.

    Raises
    ------
    ValueError
        If an argument is not one of the above; the message names it and what would do.
    """

    def __init__(self, kind='patch', size=64, channels=3, ndf=None, halvings=None, **kwargs):
        kind = among(kind, DISCRIMINATORS)
        options = {name: value for name, value in dict(ndf=ndf, halvings=halvings).items() if value is not None}
        if options and kind != 'patch':
            raise ValueError(f'a {kind!r} discriminator is one convolution: leave {next(iter(options))} out')
        super().__init__(**kwargs)
        self.config = dict(kind=kind, size=size, channels=channels, ndf=ndf, halvings=halvings)
        self.kind, self.size, self.channels, self.ndf, self.halvings = kind, size, channels, ndf, halvings
        with self.name_scope():
            self.a, self.b = (DISCRIMINATORS[kind](size=size, channels=channels, **options) for _ in 'ab')

    def initialize(self, init=None, ctx=None, verbose=False, force_reinit=False):
        """Like ``Block.initialize``, with N(0, 0.02) for the weights where no initializer is given."""
        super().initialize(init or mx.init.Normal(0.02), ctx, verbose, force_reinit)

    def forward(self, a, b):
        return self.a(a), self.b(b)
