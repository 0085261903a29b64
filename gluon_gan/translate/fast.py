"""The networks of a CycleGAN with the operators of :mod:`gluon_gan.fast`, in bfloat16: the same parameters, faster."""
from mxnet.gluon import HybridBlock, nn

from ..blocks import SLOPE
from ..fast import pair
from ..fast.networks import WIDTH, ChannelsLast, FastBias, FastConv, FastToImage, Sharing, altered, ready
from .discriminators import PatchDiscriminator
from .generators import ResNetGenerator
from .layers import EPSILON, ReflectionPadConv, Residual


class FastTranslation:
    """The fast forms of both generators and of both discriminators of a translation.

    Parameters
    ----------
    netG : Translators
    netD : Critics
        For which :func:`make` finds nothing missing. The parameters are shared.

    Attributes
    ----------
    ab, ba : HybridBlock
        As of :class:`~gluon_gan.translate.Translators`.
    critics : dict of gluon_gan.fast.pair.Forms
        By domain, 'a' and 'b'.
    """

    def __init__(self, netG, netD):
        self.ab, self.ba = translator(netG.ab), translator(netG.ba)
        self.critics = {side: pair.Forms(critic(net), critic(net, frozen=True))
                        for side, net in (('a', netD.a), ('b', netD.b))}


def make(netG, netD, contexts, precision='float32'):
    """Return the fast forms of a translation's networks, or None: see :func:`gluon_gan.fast.pair.usable`.

    Only bfloat16 is faster. The generators must be 'resnet' and the discriminators 'patch', with feature maps in
    multiples of 16.
    """
    lacking = [unsupported(net, kind) for net, kind in
               ((netG.ab, ResNetGenerator), (netG.ba, ResNetGenerator),
                (netD.a, PatchDiscriminator), (netD.b, PatchDiscriminator))]
    lacking += [] if any(lacking) else [altered(netG), altered(netD)]
    return FastTranslation(netG, netD) if pair.usable(contexts, lacking, False, precision) else None


def unsupported(net, kind):
    """Return why a network has no fast form, as a phrase; None if it has one."""
    if type(net) is not kind:
        return f'network of the class {type(net).__name__}'
    widths = [block.conv.conv if isinstance(block.conv, ReflectionPadConv) else block.conv
              for block in net.body if hasattr(block, 'conv')]
    widths = [conv._channels for conv in widths]
    if any(width % WIDTH for width in widths):
        return f'{min(widths)} feature maps, no multiple of {WIDTH}'
    return None


def translator(net):
    """The fast form of a :class:`ResNetGenerator`, from images ``(N, C, H, W)`` to the same, float32 both."""
    return ready([ChannelsLast(bfloat16=True), *map(_stage, net.body), *_padded(net.to_image),
                  FastToImage(net.to_image.conv, net.channels, 'tanh')])


def critic(net, frozen=False):
    """A fast form of a :class:`PatchDiscriminator`, from images ``(N, C, H, W)`` to logits ``(N, 1, h, w)``, float32.

    Parameters
    ----------
    net : PatchDiscriminator
    frozen : bool
        False for the update of D: the gradient of the images is not computed. True for the update of the generators:
        the gradients of the weights are not computed.
    """
    first, _, *others = net.body
    gradients = dict(weight_gradient=not frozen)
    parts = [FastConv(first, x_gradient=frozen, **gradients), FastBias(first, SLOPE)]
    for block in others:
        parts += [FastConv(block.conv, **gradients), FastInstanceNorm(block.norm, SLOPE)]
    return ready([ChannelsLast(bfloat16=True), *parts, FastToImage(net.to_logits, 1, **gradients)])


def _stage(block):
    """The fast form of a block of a ResNetGenerator."""
    return FastResidual(block) if isinstance(block, Residual) else _conv_norm(block)


def _conv_norm(block):
    """The fast form of a ConvNormAct."""
    slope = 1 if block.act is None else 0
    padding, conv = [], block.conv
    if isinstance(conv, ReflectionPadConv):
        padding, conv = _padded(conv), conv.conv
    parts = nn.HybridSequential()
    parts.add(*padding, FastConv(conv), FastInstanceNorm(block.norm, slope))
    return parts


def _padded(block):
    return [FastPad(block.conv._kwargs['kernel'][0] // 2)]


class FastPad(HybridBlock):
    """Reflection padding of ``(N, H, W, C)`` by ``edge`` pixels on each side."""

    def __init__(self, edge):
        super().__init__()
        self._edge = edge

    def hybrid_forward(self, F, x):
        return F.gg_pad(x, edge=self._edge)


class FastInstanceNorm(Sharing):
    """Instance normalisation and a (leaky) ReLU of ``(N, H, W, C)``; slope 1 for no activation."""

    def __init__(self, norm, slope):
        super().__init__()
        self._slope = slope
        self._share(gamma=norm.gamma, beta=norm.beta, mean=norm.mean, variance=norm.variance)

    def hybrid_forward(self, F, x, gamma, beta, mean, variance):
        # With a momentum of 1, the running statistics do not change.
        return F.gg_norm(x, gamma, beta, mean, variance, groups=0, momentum=1, epsilon=EPSILON, slope=self._slope)[0]


class FastResidual(HybridBlock):
    """A residual block: ``x + f(x)``."""

    def __init__(self, block):
        super().__init__()
        self.first, self.second = _conv_norm(block.first), _conv_norm(block.second)

    def hybrid_forward(self, F, x):
        x, branch = F.gg_fork(x)
        return F.gg_add(x, self.second(self.first(branch)))
