"""What the networks of a translation have that a DCGAN has not: a normalisation of each picture by itself, and mirrored edges."""
import mxnet as mx
from mxnet import autograd
from mxnet.gluon import HybridBlock, Parameter, nn

EPSILON = 1e-5
WIDTH = 16       # maps that oneDNN computes at once


class Picturewise(HybridBlock):
    """A network with :class:`InstanceNorm` in it: each picture is normalised by itself, in use as in training.

    A hybridized one is traced anew for another number of pictures than that of the call before.

    Raises
    ------
    TypeError
        When called as a part of a hybridized network, which does not know how many pictures there are.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._pictures = None

    def forward(self, x):
        if not isinstance(x, mx.nd.NDArray):
            raise TypeError(f'a {type(self).__name__} must know how many pictures there are: it cannot be a part of a hybridized network')
        if len(x) != self._pictures:
            self._pictures = len(x)
            self.apply(self._tell)
            self._clear_cached_op()
        with autograd.train_mode():
            return super().forward(x)

    def _tell(self, block):
        if isinstance(block, InstanceNorm):
            block.pictures = self._pictures


class InstanceNorm(HybridBlock):
    """Mean 0 and variance 1 for each map of each picture, ``(N, channels, H, W)``, with nothing to learn (Ulyanov et al. 2016, arXiv:1607.08022).

    Of a single picture that is what batch normalisation does in training, for which oneDNN has a kernel: it takes a sixth of the time of
    products with rows of ones, which are the next best in MXNet 1.9.1 on a CPU. MXNet's own InstanceNorm takes three times as long as those.

    Parameters
    ----------
    channels : int

    Attributes
    ----------
    pictures : int or None
        How many are in a batch, for a hybridized network, which cannot see it; :class:`Picturewise` says it.

    Raises
    ------
    TypeError
        When a hybridized network is traced that is not Picturewise.
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.pictures = None
        for name, value in (('gamma', 1), ('beta', 0), ('mean', 0), ('variance', 1)):      # the last two are for averages that nobody takes
            fixed = Fixed(self.prefix + name, channels, value)
            self.params.update({fixed.name: fixed})
            setattr(self, name, fixed)

    def hybrid_forward(self, F, x, gamma, beta, mean, variance):
        count = len(x) if F is mx.nd else self.pictures
        if count is None:
            raise TypeError('an InstanceNorm must know how many pictures there are: hybridize it as a part of a Picturewise network')
        pictures = F.split(x, num_outputs=count, axis=0) if count > 1 else [x]
        with autograd.train_mode():
            normed = [F.BatchNorm(picture, gamma, beta, mean, variance, eps=EPSILON, momentum=1, fix_gamma=True) for picture in pictures]
        return F.concat(*normed, dim=0) if count > 1 else normed[0]

    def _collect_params_with_prefix(self, prefix=''):
        return {}                                     # what is fixed is in no file


class Fixed(Parameter):
    """A row of ``count`` times the same value, which nothing changes."""

    def __init__(self, name, count, value):
        super().__init__(name, grad_req='null', shape=(count,), init=mx.init.Constant(value), differentiable=False)

    def data(self, ctx=None):
        # Detached: what two recorded graphs share is torn out of the one when MXNet clears the other after its backward.
        return super().data(ctx).detach()


class FewMaps(nn.Conv2D):
    """A convolution to a few maps, as those of logits, computed by :func:`few`."""

    def hybrid_forward(self, F, x, weight, bias):
        return few(F, x, weight, bias, self._channels, self._kwargs)


def few(F, x, weight, bias, count, kwargs):
    """A convolution to ``count`` maps, computed as one to 16, of which the others have weights of zero.

    oneDNN, as MXNet 1.9.1 has it, knows its fast convolutions for multiples of 16 only; to three maps it takes three times as long.
    """
    zeros, nothing = (F.BlockGrad(F.zeros_like(F.slice_axis(array, axis=0, begin=0, end=1))) for array in (weight, bias))
    weight = F.concat(weight, F.broadcast_axis(zeros, axis=0, size=WIDTH - count), dim=0)
    bias = F.concat(bias, F.broadcast_axis(nothing, axis=0, size=WIDTH - count), dim=0)
    return F.slice_axis(F.Convolution(x, weight, bias, **dict(kwargs, num_filter=WIDTH)), axis=1, begin=0, end=count)


class ToPicture(nn.Conv2D):
    """A convolution of stride 1 to the one or three maps of a picture of even sides, computed as one of stride 2 to its blocks of 2 x 2 pixels.

    So 12 of the 16 maps that oneDNN computes at once are of use, not 3: a 7x7 convolution to RGB takes a third of the time.
    """

    def hybrid_forward(self, F, x, weight, bias):
        # The kernel, one larger, has the given one at each of its four places; depth_to_space wants the place before the channel.
        places = [F.pad(weight, mode='constant', pad_width=(0, 0, 0, 0, i, 1 - i, j, 1 - j)) for i in (0, 1) for j in (0, 1)]
        weight, bias = F.concat(*places, dim=0), F.tile(bias, reps=4)
        kwargs = dict(self._kwargs, kernel=[side + 1 for side in self._kwargs['kernel']], stride=(2, 2))
        return F.depth_to_space(few(F, x, weight, bias, 4 * self._channels, kwargs), block_size=2)


class Mirrored(HybridBlock):
    """A convolution whose edges are mirrored, not zero, which CycleGAN's authors found to leave fewer artefacts: ``(N, in_channels, H, W)``
    to ``(N, channels, H, W)``, without a bias, which a normalisation after it would take away again; or ``to_picture``, with one."""

    def __init__(self, in_channels, channels, kernel, to_picture=False, **kwargs):
        super().__init__(**kwargs)
        edge = kernel // 2
        self._pad = (0, 0, 0, 0, edge, edge, edge, edge)
        with self.name_scope():
            conv = ToPicture if to_picture else nn.Conv2D
            self.conv = conv(channels, kernel, in_channels=in_channels, use_bias=to_picture)

    def hybrid_forward(self, F, x):
        return self.conv(F.pad(x, mode='reflect', pad_width=self._pad))


class Normed(HybridBlock):
    """A convolution to ``channels`` maps, a normalisation of each picture, and, but for ``slope=None``, a (leaky) ReLU."""

    def __init__(self, channels, conv, slope=0.0, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv, self.norm = conv, InstanceNorm(channels)
            self.act = None if slope is None else nn.LeakyReLU(slope) if slope else nn.Activation('relu')

    def hybrid_forward(self, F, x):
        x = self.norm(self.conv(x))
        return self.act(x) if self.act else x


class Residual(HybridBlock):
    """``x + f(x)`` of two 3x3 convolutions (He et al. 2016; CycleGAN, appendix 7.2: Rk): ``(N, channels, H, W)`` to the same."""

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.first = Normed(channels, Mirrored(channels, channels, 3))
            self.second = Normed(channels, Mirrored(channels, channels, 3), slope=None)

    def hybrid_forward(self, F, x):
        return x + self.second(self.first(x))
