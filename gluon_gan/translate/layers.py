"""The layers of a translation's networks that a DCGAN does not have: instance normalisation and reflection padding."""
import mxnet as mx
from mxnet import autograd
from mxnet.gluon import HybridBlock, Parameter, nn

EPSILON = 1e-5
WIDTH = 16       # output channels that oneDNN computes at once


class InstanceNormNetwork(HybridBlock):
    """Base class of networks that contain :class:`InstanceNorm` layers.

    It tells these layers the batch size, and normalises each image by its own statistics, in inference as in training.
    A hybridized network is traced again whenever the batch size changes.

    Raises
    ------
    TypeError
        When it is called as a part of a hybridized network, where the batch size is unknown.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self._batch_size = None

    def forward(self, x):
        if not isinstance(x, mx.nd.NDArray):
            raise TypeError(f'a {type(self).__name__} must know the batch size: it cannot be a part of a hybridized '
                            'network')
        self.set_batch_size(len(x))
        with autograd.train_mode():
            return super().forward(x)

    def set_batch_size(self, count):
        """Prepare the network for ``count`` images; a hybridized one is traced again if the number has changed."""
        if count != self._batch_size:
            self._batch_size = count
            self.apply(self._pass_batch_size)
            self._clear_cached_op()

    def _pass_batch_size(self, block):
        if isinstance(block, InstanceNorm):
            block.batch_size = self._batch_size


class InstanceNorm(HybridBlock):
    """Instance normalisation (Ulyanov et al. 2016, arXiv:1607.08022): ``(N, channels, H, W)`` to the same shape.

    Each feature map of each image is normalised to mean 0 and variance 1. The layer has no trainable parameters.

    Instance normalisation of one image equals batch normalisation in training mode with a batch of one, for which
    oneDNN has a kernel. On a CPU with MXNet 1.9.1 it takes a sixth of the time of matrix products with rows of ones,
    the second fastest implementation. MXNet's own InstanceNorm takes three times as long as those products.

    Parameters
    ----------
    channels : int
        Number of feature maps.

    Attributes
    ----------
    batch_size : int or None
        Set by :class:`InstanceNormNetwork`, because a hybridized network is traced without knowing it.

    Raises
    ------
    TypeError
        When a hybridized network is traced that is not an InstanceNormNetwork.
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        self.batch_size = None
        # mean and variance hold the running statistics of the operator, which are never used.
        for name, value in (('gamma', 1), ('beta', 0), ('mean', 0), ('variance', 1)):
            fixed = FixedParameter(self.prefix + name, channels, value)
            self.params.update({fixed.name: fixed})
            setattr(self, name, fixed)

    def hybrid_forward(self, F, x, gamma, beta, mean, variance):
        count = len(x) if F is mx.nd else self.batch_size
        if count is None:
            raise TypeError('an InstanceNorm must know the batch size: hybridize it in an InstanceNormNetwork')
        images = F.split(x, num_outputs=count, axis=0) if count > 1 else [x]
        with autograd.train_mode():
            normalized = [F.BatchNorm(image, gamma, beta, mean, variance, eps=EPSILON, momentum=1, fix_gamma=True)
                          for image in images]
        return F.concat(*normalized, dim=0) if count > 1 else normalized[0]

    def _collect_params_with_prefix(self, prefix=''):
        return {}                                     # fixed parameters are not stored in files


class FixedParameter(Parameter):
    """A vector of ``count`` equal values that is never trained."""

    def __init__(self, name, count, value):
        super().__init__(name, grad_req='null', shape=(count,), init=mx.init.Constant(value), differentiable=False)

    def data(self, ctx=None):
        # Detached: when MXNet clears a graph after its backward pass, arrays shared with other graphs lose those too.
        return super().data(ctx).detach()


class FewChannelsConv(nn.Conv2D):
    """A convolution to a few output channels, such as logits, computed by :func:`few_channels_conv`."""

    def hybrid_forward(self, F, x, weight, bias):
        return few_channels_conv(F, x, weight, bias, self._channels, self._kwargs)


def few_channels_conv(F, x, weight, bias, count, kwargs):
    """Compute a convolution to ``count`` output channels as one to 16 channels, with zero weights for the rest.

    The oneDNN of MXNet 1.9.1 has fast convolutions for multiples of 16 output channels only. Three channels computed
    directly take three times as long.
    """
    zero_weight, zero_bias = (F.BlockGrad(F.zeros_like(F.slice_axis(array, axis=0, begin=0, end=1)))
                              for array in (weight, bias))
    weight = F.concat(weight, F.broadcast_axis(zero_weight, axis=0, size=WIDTH - count), dim=0)
    bias = F.concat(bias, F.broadcast_axis(zero_bias, axis=0, size=WIDTH - count), dim=0)
    return F.slice_axis(F.Convolution(x, weight, bias, **dict(kwargs, num_filter=WIDTH)), axis=1, begin=0, end=count)


class ToImageConv(nn.Conv2D):
    """A convolution of stride 1 to the one or three channels of an image with even height and width.

    It is computed as a convolution of stride 2 that outputs blocks of 2 x 2 pixels. Of the 16 channels that oneDNN
    computes at once, 12 are then used instead of 3, and a 7x7 convolution to RGB takes a third of the time.
    """

    def hybrid_forward(self, F, x, weight, bias):
        # Four copies of the kernel, padded by one and shifted to the four pixels of a block. depth_to_space expects the
        # position before the channel.
        shifted = [F.pad(weight, mode='constant', pad_width=(0, 0, 0, 0, i, 1 - i, j, 1 - j))
                   for i in (0, 1) for j in (0, 1)]
        weight, bias = F.concat(*shifted, dim=0), F.tile(bias, reps=4)
        kwargs = dict(self._kwargs, kernel=[side + 1 for side in self._kwargs['kernel']], stride=(2, 2))
        return F.depth_to_space(few_channels_conv(F, x, weight, bias, 4 * self._channels, kwargs), block_size=2)


class ReflectionPadConv(HybridBlock):
    """A convolution with reflection padding: ``(N, in_channels, H, W)`` to ``(N, channels, H, W)``.

    CycleGAN's authors found fewer artefacts with it than with zero padding.

    Parameters
    ----------
    in_channels, channels : int
        Number of feature maps of the input and of the output.
    kernel : int
        Side of the kernel, odd.
    to_image : bool
        True for a :class:`ToImageConv`, which has a bias. Otherwise there is none, because the normalisation that
        follows would subtract it.
    """

    def __init__(self, in_channels, channels, kernel, to_image=False, **kwargs):
        super().__init__(**kwargs)
        edge = kernel // 2
        self._pad = (0, 0, 0, 0, edge, edge, edge, edge)
        with self.name_scope():
            conv = ToImageConv if to_image else nn.Conv2D
            self.conv = conv(channels, kernel, in_channels=in_channels, use_bias=to_image)

    def hybrid_forward(self, F, x):
        return self.conv(F.pad(x, mode='reflect', pad_width=self._pad))


class ConvNormAct(HybridBlock):
    """A convolution, instance normalisation and a (leaky) ReLU.

    Parameters
    ----------
    channels : int
        Number of feature maps of the output.
    conv : HybridBlock
        The convolution, to ``channels`` feature maps.
    slope : float or None
        Slope of the activation for negative inputs: 0 for ReLU, None for no activation.
    """

    def __init__(self, channels, conv, slope=0.0, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.conv, self.norm = conv, InstanceNorm(channels)
            self.act = None if slope is None else nn.LeakyReLU(slope) if slope else nn.Activation('relu')

    def hybrid_forward(self, F, x):
        x = self.norm(self.conv(x))
        return self.act(x) if self.act else x


class Residual(HybridBlock):
    """A residual block: ``x + f(x)``, with two 3x3 convolutions in f (He et al. 2016; CycleGAN, appendix 7.2: Rk).

    ``(N, channels, H, W)`` to the same shape.
    """

    def __init__(self, channels, **kwargs):
        super().__init__(**kwargs)
        with self.name_scope():
            self.first = ConvNormAct(channels, ReflectionPadConv(channels, channels, 3))
            self.second = ConvNormAct(channels, ReflectionPadConv(channels, channels, 3), slope=None)

    def hybrid_forward(self, F, x):
        return x + self.second(self.first(x))
