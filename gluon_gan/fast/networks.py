"""The networks of a DCGAN with the operators of the extension library: the same parameters, computed faster.

A fast network is made from a Gluon network and shares its Parameter objects: training one trains the other, and only
the Gluon network is saved, sampled and examined. Inside, feature maps are channels last and float32 or bfloat16.

The operators do not see which gradients are wanted, so a discriminator is made for a purpose: with the gradients of its
weights and without that of the images for its own update, and the reverse for the update of G. The first normalises
real and generated images apart, although it gets them as one batch: it then transforms each weight once for both.
"""
from mxnet.gluon import HybridBlock, nn

from ..blocks import SLOPE, SpectralNorm
from ..models import Discriminator, Generator
from ..support.scopes import weaken
from .chain import FastChain, FastNetwork, Memory, Sharing, Stage

WIDTH = 16         # the operators compute this many feature maps at once


def unsupported(net):
    """Return what of a network the fast step does not have, as a phrase such as 'residual blocks'; None if nothing.

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock
        Only a :class:`gluon_gan.Generator` or :class:`gluon_gan.Discriminator` can have a fast form.
    """
    if type(net) not in (Generator, Discriminator):
        return f'network of the class {type(net).__name__}'
    config = net.config
    widths = [config[name] for name in ('ngf', 'ndf') if name in config]
    if config['block'] != 'plain':
        return f"{config['block']} blocks"
    if config['classes']:
        return 'class-conditional networks'
    if config.get('upsampling', 'transposed') != 'transposed':
        return f"upsampling {config['upsampling']!r}"
    if any(width % WIDTH for width in widths):
        return f"{widths[0]} feature maps, no multiple of {WIDTH}"
    return altered(net)


def altered(net):
    """Return how a network differs from one that its ``config`` makes, as a phrase; None if it does not.

    Parameters
    ----------
    net : mxnet.gluon.Block
        With an attribute ``config``.
    """
    if repr(net) != repr(type(net)(prefix='reference_', **net.config)):
        return f'{type(net).__name__} whose layers were changed'
    hooked = []
    net.apply(lambda block: hooked.append(block) if block._forward_hooks or block._forward_pre_hooks else None)
    return f'forward hooks, as the {type(hooked[0]).__name__} of this {type(net).__name__} has' if hooked else None


def gains(net):
    """Whether a network is faster in float32 too: if a convolution has a kernel of 4 and an even number of outputs.

    The others are computed by oneDNN, as in MXNet, and gain in bfloat16 only.
    """
    return net.kernel == 4 and net.size > 28


def generator(netG, bfloat16=False):
    """The fast form of a :class:`gluon_gan.Generator`: from z ``(N, nz)`` to images ``(N, C, H, W)``, float32 both.

    Parameters
    ----------
    netG : gluon_gan.Generator
        For which :func:`unsupported` returns None.
    bfloat16 : bool
        Compute the convolutions and store the feature maps in bfloat16; sums are float32.
    """
    sides, project = netG._input_sizes, netG.project
    stages = [Stage(None, 'norm', project.norm, sides[0])]
    stages += [Stage(block.conv, 'norm', block.norm, side) for block, side in zip(netG.up, sides[1:])]
    stages.append(Stage(netG.to_image.conv, 'image', netG.to_image.conv, netG.size))
    return FastNetwork([project.dense, Reshape(project._shape)],
                       FastChain(stages, 0, bfloat16, channels=netG.channels), [nn.Activation('tanh')], Memory())


def discriminator(netD, bfloat16=False, frozen=False, memory=None):
    """A fast form of a :class:`gluon_gan.Discriminator`: from images ``(N, C, H, W)`` to logits ``(N, 1)``, float32.

    Parameters
    ----------
    netD : gluon_gan.Discriminator
        For which :func:`unsupported` returns None.
    bfloat16 : bool
        As for :func:`generator`.
    frozen : bool
        False for the update of D: N is even, the two halves of the batch are normalised separately, and the gradient of
        the images is not computed. True for the update of G: all images are normalised together, and the gradients of
        weights are not computed.
    memory : Memory, optional
        Shared with the other form, which is not computed at the same time.
    """
    stages = [Stage(block.conv, 'norm' if block.norm else 'bias', block.norm or block.conv, side)
              for block, side in zip(netD.down, netD._input_sizes[1:])]
    chain = FastChain(stages, SLOPE, bfloat16, groups=1 if frozen else 2, x_gradient=frozen, weight_gradient=not frozen)
    return FastNetwork([], chain, [netD.to_logit.dense], memory or Memory())


def ready(parts):
    """Return the parts as one hybridized network."""
    net = nn.HybridSequential()
    net.add(*parts)
    weaken(net).hybridize(static_alloc=True)
    return net


class Reshape(HybridBlock):
    """Reshape to ``shape``."""

    def __init__(self, shape):
        super().__init__()
        self._shape = shape

    def hybrid_forward(self, F, x):
        return F.reshape(x, shape=self._shape)


class ChannelsLast(HybridBlock):
    """From ``(N, C, H, W)`` float32 to ``(N, H, W, C)``, in bfloat16 or float32."""

    def __init__(self, bfloat16):
        super().__init__()
        self._bfloat16 = int(bfloat16)

    def hybrid_forward(self, F, x):
        return F.gg_channels_last(x, bfloat16=self._bfloat16)


class FastConv(Sharing):
    """A convolution or transposed convolution of ``(N, H, W, C)``, without its bias.

    Parameters
    ----------
    conv : nn.Conv2D or nn.Conv2DTranspose
        Square, without dilation and groups.
    x_gradient, weight_gradient : bool
        The gradients that are computed. The other has arbitrary values.
    """

    def __init__(self, conv, x_gradient=True, weight_gradient=True):
        super().__init__()
        window, transposed = conv._kwargs, isinstance(conv, nn.Conv2DTranspose)
        self._window = dict(stride=window['stride'][0], pad=window['pad'][0], transpose=int(transposed),
                            adjust=window['adj'][0] if transposed else 0, x_gradient=int(x_gradient),
                            weight_gradient=int(weight_gradient))
        self._normalized = conv._normalized if isinstance(conv, SpectralNorm) else None
        self._share(weight=conv.weight)
        if self._normalized:
            self._share(u=conv.u, v=conv.v)

    def hybrid_forward(self, F, x, weight, u=None, v=None):
        weight = self._normalized(F, weight, u, v) if self._normalized else self._given(F, weight=weight)
        return F.gg_conv(x, weight, **self._window)


class FastBias(Sharing):
    """The bias of a convolution and a (leaky) ReLU of ``(N, H, W, C)``."""

    def __init__(self, conv, slope):
        super().__init__()
        self._slope = slope
        self._share(bias=conv.bias)

    def hybrid_forward(self, F, x, bias):
        return F.gg_bias(x, self._given(F, bias=bias), slope=self._slope)


class FastToImage(Sharing):
    """A convolution of ``(N, H, W, C)`` with a bias, to a few channels ``(N, channels, H, W)`` in float32.

    Parameters
    ----------
    conv : nn.Conv2D or nn.Conv2DTranspose
    channels : int
        The number of its first channels that are returned; the others get no gradient.
    activation : str, optional
        Such as 'tanh'.
    **gradients
        As for :class:`FastConv`.
    """

    def __init__(self, conv, channels, activation=None, **gradients):
        super().__init__()
        self._channels, self._activation = channels, activation
        self.conv = FastConv(conv, **gradients)
        self._share(bias=conv.bias)

    def hybrid_forward(self, F, x, bias):
        x = F.gg_image(self.conv(x), self._given(F, bias=bias), channels=self._channels)
        return F.Activation(x, act_type=self._activation) if self._activation else x
