"""Generator and discriminator of a DCGAN for 28, 32, 64 and 128 px (Radford, Metz, Chintala 2015).

The depth follows from the size: each block doubles (generator) or halves (discriminator) height and width, between the
picture and a map of 4x4; 28 px goes by way of 4, 7, 14. ``ngf`` and ``ndf`` are the feature maps beside the picture; they
double with every block away from it.
"""
from numbers import Integral

import mxnet as mx
from mxnet.gluon import HybridBlock, nn

from .blocks import DownBlock, Project, Spectral, ToImage, ToLogit, UpBlock, planes
from .checks import whole_number

FIRST = 4                                              # height and width of the smallest map
SIZES = {28: 3, 32: 3, 64: 4, 128: 5}                  # size: how often it doubles up to there
CHANNELS = (1, 3)
NORMS = ('batch', 'spectral')
SETTLED = 20                                           # power iterations from random vectors, until they say the norm well


class _Network(HybridBlock):
    """A HybridBlock that remembers how it was made and begins as a DCGAN does."""

    classes = 0

    def __call__(self, x, *classes):
        if len(classes) != bool(self.classes):
            raise ValueError(f'this {type(self).__name__} knows {self.classes} classes: call it with the input and the number of '
                             'a class for each sample, (N,)' if self.classes else
                             f'this {type(self).__name__} knows no classes: call it with the input alone, or make it with classes=...')
        return super().__call__(x, *classes)

    def initialize(self, init=None, ctx=None, verbose=False, force_reinit=False):
        """Like ``Block.initialize``, with N(0, 0.02) for the weights where no initializer is given."""
        super().initialize(init or mx.init.Normal(0.02), ctx, verbose, force_reinit)
        for block in spectral_blocks(self):
            block.iterate(SETTLED)

    def _remember(self, **config):
        self.config = config
        for name, value in config.items():
            setattr(self, name, value)

    def _one_hot(self, F, classes):
        """``(N, classes)`` of the numbers ``(N,)``, or None in a network that knows none."""
        return F.one_hot(classes, depth=self.classes) if self.classes else None


def spectral_blocks(net):
    """list of Spectral: the layers of a network whose singular vectors want a power iteration before each update."""
    blocks = []
    net.apply(lambda block: blocks.append(block) if isinstance(block, Spectral) else None)
    return blocks


def _beside(F, x, one_hot, size):
    """Maps ``(N, C, size, size)`` with the classes as further maps, where there are any."""
    return x if one_hot is None else F.concat(x, planes(F, one_hot, size), dim=1)


class Generator(_Network):
    """Noise to pictures: z ``(N, nz)`` to ``(N, channels, size, size)`` in [-1, 1]; with classes ``netG(z, labels)``.

    Project -> UpBlock ... -> ToImage: batch norm and ReLU in every layer but the last, tanh there (paper, section 3).

    Parameters
    ----------
    size : int
        28, 32, 64 or 128: height and width in pixels.
    channels : int
        1 (grey) or 3 (RGB).
    nz : int
        Dimensions of the noise.
    ngf : int
        Feature maps of the last hidden layer; twice as many in each layer before it.
    kernel : int
        4, or 5 as in the paper.
    classes : int
        0, or how many there are: the network then takes labels too, ``(N,)`` from 0 to classes - 1, which are concatenated
        to what every layer sees, as one-hot vector or maps (the original MNIST model, Newmu/dcgan_code, mnist/train_cond_dcgan.py).

    Attributes
    ----------
    config : dict
        The arguments above: ``Generator(**netG.config)`` is the same architecture.

    Raises
    ------
    ValueError
        If an argument is not one of the above; the message names it and the values that would do.
    """

    def __init__(self, size=64, channels=3, nz=100, ngf=64, kernel=4, classes=0, **kwargs):
        doublings, size, channels = _check(size, channels)
        nz, ngf, classes = whole_number('nz', nz), whole_number('ngf', ngf), whole_number('classes', classes, 0)
        super().__init__(**kwargs)
        self._remember(size=size, channels=channels, nz=nz, ngf=ngf, kernel=kernel, classes=classes)
        self._maps = _maps(size)
        widths = [ngf * 2 ** i for i in reversed(range(doublings))]
        with self.name_scope():
            self.project = Project(nz + classes, widths[0], FIRST)
            self.up = nn.HybridSequential()
            for i, (wide, narrow) in enumerate(zip(widths, widths[1:])):
                self.up.add(UpBlock(wide + classes, narrow, kernel, odd=size == 28 and i == 0))
            self.to_image = ToImage(widths[-1] + classes, channels, kernel)

    def hybrid_forward(self, F, z, labels=None):
        one_hot = self._one_hot(F, labels)
        x = self.project(z if one_hot is None else F.concat(z, one_hot, dim=1))
        for size, block in zip(self._maps, [*self.up, self.to_image]):
            x = block(_beside(F, x, one_hot, size))
        return x


class Discriminator(_Network):
    """Pictures to logits: ``(N, channels, size, size)`` in [-1, 1] to ``(N, 1)``; positive where it takes them for real. With
    classes ``netD(pictures, labels)``.

    DownBlock ... -> ToLogit: strided convolutions, LeakyReLU 0.2, batch norm in every block but the first (paper, section 3).

    Parameters
    ----------
    size : int
        28, 32, 64 or 128: height and width in pixels.
    channels : int
        1 (grey) or 3 (RGB).
    ndf : int
        Feature maps of the first layer; twice as many in each layer after it.
    kernel : int
        4, or 5 as in the paper.
    classes : int
        0, or how many there are, as for :class:`Generator`.
    norm : str
        'batch', or 'spectral' for weights of spectral norm 1 in every layer and no batch norm (SNGAN: Miyato et al. 2018,
        arXiv:1802.05957).

    Attributes
    ----------
    config : dict
        The arguments above: ``Discriminator(**netD.config)`` is the same architecture.

    Raises
    ------
    ValueError
        If an argument is not one of the above; the message names it and the values that would do.
    """

    def __init__(self, size=64, channels=3, ndf=64, kernel=4, classes=0, norm='batch', **kwargs):
        halvings, size, channels = _check(size, channels)
        ndf, classes = whole_number('ndf', ndf), whole_number('classes', classes, 0)
        if norm not in NORMS:
            raise ValueError(f"norm must be one of {', '.join(NORMS)}, not {norm!r}")
        super().__init__(**kwargs)
        self._remember(size=size, channels=channels, ndf=ndf, kernel=kernel, classes=classes, norm=norm)
        self._maps = [size, *reversed(_maps(size))]
        widths, spectral = [channels] + [ndf * 2 ** i for i in range(halvings)], norm == 'spectral'
        with self.name_scope():
            self.down = nn.HybridSequential()
            for i, (narrow, wide) in enumerate(zip(widths, widths[1:])):
                self.down.add(DownBlock(narrow + classes, wide, kernel, norm=i > 0 and not spectral,
                                        odd=size == 28 and i == halvings - 1, spectral=spectral))
            self.to_logit = ToLogit(widths[-1] + classes, FIRST, spectral=spectral)

    def hybrid_forward(self, F, x, labels=None):
        one_hot = self._one_hot(F, labels)
        for size, block in zip(self._maps, [*self.down, self.to_logit]):
            x = block(_beside(F, x, one_hot, size))
        return x


class Tap(HybridBlock):
    """A discriminator that shows a layer: ``tap(x)`` or ``tap(x, labels)`` to (logits ``(N, 1)``, features ``(N, C, H, W)``).

    Parameters
    ----------
    netD : Discriminator
        Its blocks are shared, not copied.
    layer : int
        Of its convolutional blocks, from 0; -1 for the last.

    Raises
    ------
    ValueError
        If netD has no such layer, or is none of ours.
    """

    def __init__(self, netD, layer=-1, **kwargs):
        if not isinstance(netD, Discriminator):
            raise ValueError(f'features can be taken from a gluon_gan.Discriminator only, not from a {type(netD).__name__}')
        depth = len(netD.down)
        if isinstance(layer, bool) or not isinstance(layer, Integral) or not -depth <= layer < depth:
            raise ValueError(f'feature_layer must be an int from {-depth} to {depth - 1}, for this D has {depth} layers, not {layer!r}')
        super().__init__(**kwargs)
        self.netD, self._layer = netD, int(layer) % depth

    def hybrid_forward(self, F, x, labels=None):
        netD, features = self.netD, None
        one_hot = netD._one_hot(F, labels)
        for i, (size, block) in enumerate(zip(netD._maps, [*netD.down, netD.to_logit])):
            x = block(_beside(F, x, one_hot, size))
            features = x if i == self._layer else features
        return x, features


def _maps(size):
    """Height and width of the maps from the smallest up to the last before the picture: [4, 7, 14] for 28 px."""
    sizes = [size]
    while sizes[0] > FIRST:
        sizes.insert(0, (sizes[0] + 1) // 2)
    return sizes[:-1]


def _check(size, channels):
    """(how often a size doubles from 4x4, size, channels), or ValueError for what a network cannot be made of."""
    if isinstance(size, bool) or not isinstance(size, Integral) or size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(map(str, SIZES))} pixels, not {size!r}")
    if isinstance(channels, bool) or not isinstance(channels, Integral) or channels not in CHANNELS:
        raise ValueError(f'channels must be 1 (grey) or 3 (RGB), not {channels!r}')
    return SIZES[size], int(size), int(channels)
