"""Generator and discriminator of a DCGAN for 28, 32, 64 and 128 px, and presets (Radford, Metz, Chintala 2015).

The depth follows from the size: each block doubles (generator) or halves (discriminator) height and width, between the
picture and a map of 4x4; 28 px goes by way of 4, 7, 14. ``ngf`` and ``ndf`` are the feature maps beside the picture; they
double with every block away from it.
"""
from numbers import Integral

import mxnet as mx
from mxnet.gluon import HybridBlock, nn

from .blocks import DownBlock, Project, ToImage, ToLogit, UpBlock
from .checks import whole_number

FIRST = 4                                              # height and width of the smallest map
SIZES = {28: 3, 32: 3, 64: 4, 128: 5}                  # size: how often it doubles up to there
CHANNELS = (1, 3)

# Networks and training of each preset. `mnist` lets the learning rate fall over its second half, as the paper's own MNIST
# code does, and halves D: it scores nearly as well as with 64 maps (Frechet distance in a LeNet's features after two epochs 38
# against 36) in 60 % of the time. The faces and quilts of the earlier works are 64 px; `dcgan` is the paper's
# generator (100 -> 1024x4x4, 5x5 kernels, section 4.1); `stronger-g` widens G alone, which the PyTorch DCGAN on MNIST found
# to converge better.
PRESETS = {
    'mnist': dict(data='mnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64, epochs=25, decay=0.5),
    'stronger-g': dict(data='mnist', size=28, channels=1, nz=100, ngf=128, ndf=32, kernel=4, batch_size=64, epochs=25, decay=0.5),
    'cifar10': dict(data='cifar10', size=32, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=50),
    'celeba': dict(data='celeba', size=64, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=25),
    'quilts': dict(data='quilts', size=64, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=100),
    'dcgan': dict(data='celeba', size=64, channels=3, nz=100, ngf=128, ndf=128, kernel=5, batch_size=128, epochs=25),
}


class _Network(HybridBlock):
    """A HybridBlock that remembers how it was made and begins as a DCGAN does."""

    def initialize(self, init=None, ctx=None, verbose=False, force_reinit=False):
        """Like ``Block.initialize``, with N(0, 0.02) for the weights where no initializer is given."""
        super().initialize(init or mx.init.Normal(0.02), ctx, verbose, force_reinit)

    def _remember(self, **config):
        self.config = config
        for name, value in config.items():
            setattr(self, name, value)


class Generator(_Network):
    """Noise to pictures: z ``(N, nz)`` to ``(N, channels, size, size)`` in [-1, 1].

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

    Attributes
    ----------
    config : dict
        The arguments above: ``Generator(**netG.config)`` is the same architecture.

    Raises
    ------
    ValueError
        If an argument is not one of the above; the message names it and the values that would do.
    """

    def __init__(self, size=64, channels=3, nz=100, ngf=64, kernel=4, **kwargs):
        doublings, size, channels = _check(size, channels)
        nz, ngf = whole_number('nz', nz), whole_number('ngf', ngf)
        super().__init__(**kwargs)
        self._remember(size=size, channels=channels, nz=nz, ngf=ngf, kernel=kernel)
        widths = [ngf * 2 ** i for i in reversed(range(doublings))]
        with self.name_scope():
            self.project = Project(nz, widths[0], FIRST)
            self.up = nn.HybridSequential()
            for i, (wide, narrow) in enumerate(zip(widths, widths[1:])):
                self.up.add(UpBlock(wide, narrow, kernel, odd=size == 28 and i == 0))
            self.to_image = ToImage(widths[-1], channels, kernel)

    def hybrid_forward(self, F, z):
        return self.to_image(self.up(self.project(z)))


class Discriminator(_Network):
    """Pictures to logits: ``(N, channels, size, size)`` in [-1, 1] to ``(N, 1)``; positive where it takes them for real.

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

    Attributes
    ----------
    config : dict
        The arguments above: ``Discriminator(**netD.config)`` is the same architecture.

    Raises
    ------
    ValueError
        If an argument is not one of the above; the message names it and the values that would do.
    """

    def __init__(self, size=64, channels=3, ndf=64, kernel=4, **kwargs):
        halvings, size, channels = _check(size, channels)
        ndf = whole_number('ndf', ndf)
        super().__init__(**kwargs)
        self._remember(size=size, channels=channels, ndf=ndf, kernel=kernel)
        widths = [channels] + [ndf * 2 ** i for i in range(halvings)]
        with self.name_scope():
            self.down = nn.HybridSequential()
            for i, (narrow, wide) in enumerate(zip(widths, widths[1:])):
                self.down.add(DownBlock(narrow, wide, kernel, norm=i > 0, odd=size == 28 and i == halvings - 1))
            self.to_logit = ToLogit(widths[-1], FIRST)

    def hybrid_forward(self, F, x):
        return self.to_logit(self.down(x))


def preset(name):
    """A copy of the named row of :data:`PRESETS`.

    Raises
    ------
    ValueError
        If there is no such preset; the message lists those there are.
    """
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; the presets are {', '.join(PRESETS)}")
    return dict(PRESETS[name])


def build(name, **changes):
    """Both networks of a preset, not yet initialised.

    Parameters
    ----------
    name : str
        A key of :data:`PRESETS`.
    **changes
        ``size``, ``channels``, ``nz``, ``ngf``, ``ndf`` or ``kernel`` that differ from the preset's.

    Returns
    -------
    (Generator, Discriminator)

    Raises
    ------
    ValueError
        If there is no such preset, or a change is none of the above or has a wrong value.
    """
    odd = sorted(set(changes) - {'size', 'channels', 'nz', 'ngf', 'ndf', 'kernel'})
    if odd:
        raise ValueError(f'networks have no {odd[0]!r}; they have size, channels, nz, ngf, ndf and kernel')
    row = dict(preset(name), **changes)
    netG = Generator(**{key: row[key] for key in ('size', 'channels', 'nz', 'ngf', 'kernel')})
    netD = Discriminator(**{key: row[key] for key in ('size', 'channels', 'ndf', 'kernel')})
    return netG, netD


def _check(size, channels):
    """(how often a size doubles from 4x4, size, channels), or ValueError for what a network cannot be made of."""
    if isinstance(size, bool) or not isinstance(size, Integral) or size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(map(str, SIZES))} pixels, not {size!r}")
    if isinstance(channels, bool) or not isinstance(channels, Integral) or channels not in CHANNELS:
        raise ValueError(f'channels must be 1 (grey) or 3 (RGB), not {channels!r}')
    return SIZES[size], int(size), int(channels)
