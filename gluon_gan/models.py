"""Generator and discriminator of a DCGAN, for images of 28, 32, 64 and 128 pixels (Radford, Metz, Chintala 2015).

The image size determines the depth: each block of the generator doubles height and width, from feature maps of 4x4 to
the image, and each block of the discriminator halves them, from the image to 4x4. Images of 28 pixels pass through 4,
7 and 14. ``ngf`` and ``ndf`` are the numbers of feature maps in the layer next to the image; the number doubles with
every layer further away from it.
"""
from numbers import Integral

import mxnet as mx
from mxnet import autograd
from mxnet.gluon import HybridBlock, nn

from .blocks import (
    DownBlock,
    Project,
    ResidualDownBlock,
    ResidualToImage,
    ResidualToLogit,
    ResidualUpBlock,
    SpectralNorm,
    ToImage,
    ToLogit,
    UpBlock,
    class_feature_maps,
    halving,
)
from .blocks.resampling import UPSAMPLING
from .support.checks import one_of, whole_number
from .support.labels import check_labels
from .support.scopes import weaken

SMALLEST = 4                                           # height and width of the smallest feature maps
SIZES = {28: 3, 32: 3, 64: 4, 128: 5}                  # image size: number of doublings from 4x4
CHANNELS = (1, 3)
BLOCKS = ('plain', 'residual')
NORMS = ('batch', 'spectral', 'none')
INITIAL_POWER_ITERATIONS = 20                          # enough for a good estimate of the norm from random vectors


class _Network(HybridBlock):
    """Base class of both networks: stores the constructor's arguments, checks the inputs and initialises as a DCGAN."""

    classes, block = 0, 'plain'

    def __call__(self, x, *labels):
        name = type(self).__name__
        if self.classes and len(labels) != 1:
            raise ValueError(f'this {name} is conditioned on {self.classes} classes: call it with the input and one '
                             'class index for each sample, (N,)')
        if labels and not self.classes:
            raise ValueError(f'this {name} is unconditional: call it with the input alone, or create it with '
                             'classes=...')
        if labels and isinstance(x, mx.nd.NDArray):
            # The trainer has checked the values in a step, where reading them would make the host wait.
            in_step = autograd.is_recording() or autograd.is_training()
            labels = [check_labels(labels[0], self.classes, x, values=not in_step)]
        try:
            return super().__call__(x, *labels)
        except RuntimeError as error:
            if 'has not been initialized' in str(error):
                raise ValueError(f'this {name} has not been initialised: call its initialize(), or load weights, '
                                 'before it is used') from error
            raise

    def initialize(self, init=None, ctx=None, verbose=False, force_reinit=False):
        """Initialise like ``Block.initialize``, by default with weights from N(0, 0.02) (paper, section 4).

        The default of residual networks is Glorot's uniform distribution, as in SNGAN's code, and that of a plain D
        without normalisation He's for LeakyReLU 0.2 (He et al. 2015, arXiv:1502.01852): with N(0, 0.02), such a D
        learns several times slower (docs/recipes.md).
        """
        weaken(self)
        if self.block != 'plain':
            usual = mx.init.Xavier()
        else:
            usual = mx.init.MSRAPrelu('in', 0.2) if self.config.get('norm') == 'none' else mx.init.Normal(0.02)
        super().initialize(init or usual, ctx, verbose, force_reinit)
        for block in spectral_blocks(self):
            block.iterate(INITIAL_POWER_ITERATIONS)

    def _set_config(self, **config):
        self.config = config
        for name, value in config.items():
            setattr(self, name, value)

    def _one_hot(self, F, labels):
        """Class indices ``(N,)`` as one-hot vectors ``(N, classes)``; None for an unconditional network."""
        return F.one_hot(labels, depth=self.classes) if self.classes else None


def spectral_blocks(net):
    """Return the layers of a network that need a power iteration before each update, as a list of SpectralNorm."""
    blocks = []
    net.apply(lambda block: blocks.append(block) if isinstance(block, SpectralNorm) else None)
    return blocks


def _append_classes(F, x, one_hot, size):
    """Concatenate the classes, if any, to feature maps ``(N, C, size, size)``, as K more feature maps."""
    return x if one_hot is None else F.concat(x, class_feature_maps(F, one_hot, size), dim=1)


class Generator(_Network):
    """The generator: from noise z ``(N, nz)`` to images ``(N, channels, size, size)`` in [-1, 1].

    Project, UpBlock ..., ToImage: every layer but the last has batch normalisation and ReLU, and the last has tanh
    (paper, section 3). A conditional generator is called with labels too: ``netG(z, labels)``.

    With residual blocks it is the ResNet generator of SNGAN (Miyato et al. 2018, arXiv:1802.05957, table 6, for 128 px
    with nz=128), with as many blocks as there are doublings.

    Parameters
    ----------
    size : int
        Height and width of the images: 28, 32, 64 or 128 pixels.
    channels : int
        1 (grey) or 3 (RGB).
    nz : int
        Dimensions of the noise.
    ngf : int
        Number of feature maps of the last hidden layer. Each layer before it has twice as many as the next.
    kernel : int
        Side of the kernels of strided convolutions: 4, or 5 as in the paper. All others are 3x3.
    classes : int
        Number of classes, or 0 for an unconditional network. A conditional network also takes labels ``(N,)``, from 0
        to classes - 1. They are concatenated to the input of every layer, as a one-hot vector or as feature maps (the
        original MNIST model: Newmu/dcgan_code, mnist/train_cond_dcgan.py).
    upsampling : str, optional
        'transposed' for transposed convolutions, the default of plain blocks; or 'nearest', the default of residual
        blocks, or 'bilinear' for a resize followed by a 3x3 convolution (Odena et al. 2016; see
        :mod:`gluon_gan.blocks.resampling`).
    block : str
        'plain' or 'residual'.

    Attributes
    ----------
    config : dict
        The arguments above: ``Generator(**netG.config)`` has the same architecture.

    Raises
    ------
    ValueError
        If an argument has another value than those above. The message names the argument and the values it can have.
    """

    def __init__(self, size=64, channels=3, nz=100, ngf=64, kernel=4, classes=0, upsampling=None, block='plain',
                 **kwargs):
        doublings, size, channels = _check(size, channels, kernel, block)
        nz, ngf, classes = whole_number('nz', nz), whole_number('ngf', ngf), whole_number('classes', classes, 0)
        residual = block == 'residual'
        upsampling = ('nearest' if residual else 'transposed') if upsampling is None else upsampling
        one_of('upsampling', upsampling, UPSAMPLING)
        super().__init__(**kwargs)
        self._set_config(size=size, channels=channels, nz=nz, ngf=ngf, kernel=kernel, classes=classes,
                         upsampling=upsampling, block=block)
        self._input_sizes = [*_feature_map_sizes(size), *residual * [size]]
        widths, make = [ngf * 2 ** i for i in reversed(range(doublings))], ResidualUpBlock if residual else UpBlock
        with self.name_scope():
            self.project = Project(nz + classes, widths[0], SMALLEST, norm=not residual)
            self.up = nn.HybridSequential()
            for i, (wide, narrow) in enumerate(zip([*residual * widths[:1], *widths], widths[not residual:])):
                self.up.add(make(wide + classes, narrow, kernel, size == 28 and i == 0, upsampling))
            self.to_image = (ResidualToImage(widths[-1] + classes, channels) if residual else
                             ToImage(widths[-1] + classes, channels, kernel, upsampling))

    def hybrid_forward(self, F, z, labels=None):
        one_hot = self._one_hot(F, labels)
        x = self.project(z if one_hot is None else F.concat(z, one_hot, dim=1))
        for size, block in zip(self._input_sizes, [*self.up, self.to_image]):
            x = block(_append_classes(F, x, one_hot, size))
        return x


class Discriminator(_Network):
    """The discriminator: from images ``(N, channels, size, size)`` in [-1, 1] to logits ``(N, 1)``.

    A positive logit classifies the image as real. DownBlock ..., ToLogit: strided convolutions and LeakyReLU 0.2, with
    batch normalisation in every block but the first (paper, section 3). A conditional discriminator is called with
    labels too: ``netD(images, labels)``.

    With residual blocks it is SNGAN's ResNet discriminator (table 6, for 128 px with norm='spectral'): a block for each
    halving, and one more without. With norm='batch', the blocks are those of WGAN-GP's code.

    Parameters
    ----------
    size : int
        Height and width of the images: 28, 32, 64 or 128 pixels.
    channels : int
        1 (grey) or 3 (RGB).
    ndf : int
        Number of feature maps of the first layer. Each further layer has twice as many as the one before.
    kernel, block
        As for :class:`Generator`.
    classes : int
        Number of classes, or 0 for an unconditional network, as for :class:`Generator`.
    norm : str
        'batch', or 'spectral' for weights of spectral norm 1 in every layer and no batch normalisation (SNGAN), or
        'none' for neither, with other initial weights: see :meth:`initialize`.

    Attributes
    ----------
    config : dict
        The arguments above: ``Discriminator(**netD.config)`` has the same architecture.
    widths : list of int
        Number of feature maps of each convolutional block.

    Raises
    ------
    ValueError
        If an argument has another value than those above. The message names the argument and the values it can have.
    """

    def __init__(self, size=64, channels=3, ndf=64, kernel=4, classes=0, norm='batch', block='plain', **kwargs):
        halvings, size, channels = _check(size, channels, kernel, block)
        ndf, classes = whole_number('ndf', ndf), whole_number('classes', classes, 0)
        one_of('norm', norm, NORMS)
        super().__init__(**kwargs)
        self._set_config(size=size, channels=channels, ndf=ndf, kernel=kernel, classes=classes, norm=norm, block=block)
        residual, normed, spectral = block == 'residual', norm == 'batch', norm == 'spectral'
        self._input_sizes = [size, *reversed(_feature_map_sizes(size)), *residual * [SMALLEST]]
        self.widths = [ndf * 2 ** i for i in range(halvings)]
        self.widths += residual * self.widths[-1:]
        with self.name_scope():
            self.down = nn.HybridSequential()
            for i, (narrow, wide) in enumerate(zip([channels, *self.widths], self.widths)):
                first, odd = i == 0, size == 28 and i == halvings - 1
                self.down.add(ResidualDownBlock(narrow + classes, wide, normed and not first, odd, spectral, first,
                                                halve=i < halvings) if residual else
                              DownBlock(narrow + classes, wide, kernel, normed and not first, odd, spectral))
            self.to_logit = (ResidualToLogit(self.widths[-1] + classes, spectral) if residual else
                             ToLogit(self.widths[-1] + classes, SMALLEST, spectral))

    def hybrid_forward(self, F, x, labels=None):
        one_hot = self._one_hot(F, labels)
        for size, block in zip(self._input_sizes, [*self.down, self.to_logit]):
            x = block(_append_classes(F, x, one_hot, size))
        return x


class Tap(HybridBlock):
    """A discriminator that also returns the features of one layer, for feature matching.

    ``tap(x)``, or ``tap(x, labels)`` with a conditional discriminator, returns logits ``(N, 1)`` and features ``(N, C,
    H, W)``.

    Parameters
    ----------
    netD : Discriminator
        Its blocks are shared, not copied.
    layer : int
        Index of the convolutional block whose output is returned. Negative indices count from the end.

    Raises
    ------
    ValueError
        If netD is not a :class:`Discriminator`, or has no such layer.
    """

    def __init__(self, netD, layer=-1, **kwargs):
        if not isinstance(netD, Discriminator):
            raise ValueError('features can be taken from a gluon_gan.Discriminator only, not from a '
                             f'{type(netD).__name__}')
        depth = len(netD.down)
        if isinstance(layer, bool) or not isinstance(layer, Integral) or not -depth <= layer < depth:
            raise ValueError(f'feature_layer must be an int from {-depth} to {depth - 1}, one of the {depth} layers of '
                             f'this discriminator, not {layer!r}')
        super().__init__(**kwargs)
        self.netD, self._layer = netD, int(layer) % depth

    def hybrid_forward(self, F, x, labels=None):
        netD, features = self.netD, None
        one_hot = netD._one_hot(F, labels)
        for i, (size, block) in enumerate(zip(netD._input_sizes, [*netD.down, netD.to_logit])):
            x = block(_append_classes(F, x, one_hot, size))
            features = x if i == self._layer else features
        return x, features


def _feature_map_sizes(size):
    """Return the sides of all feature maps between 4x4 and the image, in ascending order: [4, 7, 14] for 28 pixels."""
    sizes = [size]
    while sizes[0] > SMALLEST:
        sizes.insert(0, (sizes[0] + 1) // 2)
    return sizes[:-1]


def _check(size, channels, kernel, block):
    """Return (number of doublings from 4x4, size, channels); raise ValueError for values without an architecture."""
    if isinstance(size, bool) or not isinstance(size, Integral) or size not in SIZES:
        raise ValueError(f"size must be one of {', '.join(map(str, SIZES))} pixels, not {size!r}")
    if isinstance(channels, bool) or not isinstance(channels, Integral) or channels not in CHANNELS:
        raise ValueError(f'channels must be 1 (grey) or 3 (RGB), not {channels!r}')
    halving(kernel)
    one_of('block', block, BLOCKS)
    return SIZES[size], int(size), int(channels)
