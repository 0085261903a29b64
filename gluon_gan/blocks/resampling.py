"""Convolutions that follow upsampling by a fixed filter or precede means, and convolutions to few channels.

A transposed convolution of stride 2 learns its own upsampling filter, and its uneven overlaps can leave a checkerboard
in the images. Odena et al. 2016 ("Deconvolution and checkerboard artifacts", Distill) resize the feature maps by a
fixed filter instead and then apply a convolution. The filters are, with half-pixel centres, along each axis:

    nearest:   y[2i] = y[2i + 1] = x[i]
    bilinear:  y[2i] = (x[i - 1] + 3 x[i]) / 4,    y[2i + 1] = (3 x[i] + x[i + 1]) / 4

At a border, pixels outside repeat the outermost ones, in the filter and in the convolution (the authors recommend
padding of this kind, because zeros would leave a frame).
"""
import numpy as np
from mxnet.gluon import HybridBlock, nn

from .layers import WithFixedParameters, doubling

WIDTH = 16       # output channels that oneDNN computes at once
FILTERS = {'nearest': (1, 1), 'bilinear': (0.25, 0.75, 0.75, 0.25)}       # each pixel's weights in the doubled image
UPSAMPLING = ('transposed', *FILTERS)


class Upsample(WithFixedParameters, HybridBlock):
    """Double height and width by a fixed filter: ``(N, channels, H, W)`` to ``(N, channels, 2H, 2W)``.

    It is computed as a transposed convolution of each channel with a constant kernel, which oneDNN computes fast.
    MXNet's own operators are slower on a CPU: UpSampling up to twice, BilinearResize2D up to three times.

    Parameters
    ----------
    channels : int
        Number of feature maps.
    method : str
        'nearest' or 'bilinear'.
    margin : int
        0, or 1 for one more pixel on each side, a copy of the outermost one: ``(N, channels, 2H + 2, 2W + 2)``.
    """

    def __init__(self, channels, method, margin=0, **kwargs):
        super().__init__(**kwargs)
        weights = np.float32(FILTERS[method])
        side = len(weights)
        # Copies of the outermost pixels, where the filter or the margin reaches beyond the border.
        self._pad = (0, 0, 0, 0, *4 * [1]) if side > 2 or margin else None
        padding = side // 2 - 1 + (2 - margin if self._pad else 0)
        self._window = dict(kernel=(side, side), stride=(2, 2), pad=(padding, padding), num_filter=channels,
                            num_group=channels, no_bias=True)
        self._add_fixed(filter=np.broadcast_to(np.outer(weights, weights), (channels, 1, side, side)))

    def hybrid_forward(self, F, x, filter):
        if self._pad:
            x = F.pad(x, mode='edge', pad_width=self._pad)
        return F.Deconvolution(x, filter, **self._window)


class ResizeConv(nn.Conv2D):
    """Resize, then a 3x3 convolution: ``(N, in_channels, H, W)`` to ``(N, channels, 2H, 2W)``.

    Parameters
    ----------
    channels, in_channels : int
        Number of feature maps of the output and of the input.
    method : str
        'nearest' or 'bilinear'.
    odd : bool
        True for an output of ``(2H - 1, 2W - 1)``: the last row and column are left out.
    use_bias : bool
        Whether the convolution has a bias.
    """

    def __init__(self, channels, in_channels, method, odd=False, use_bias=False, **kwargs):
        super().__init__(channels, 3, in_channels=in_channels, use_bias=use_bias, **kwargs)
        self._odd = odd
        with self.name_scope():
            self.resize = Upsample(in_channels, method, margin=1)

    def hybrid_forward(self, F, x, weight, bias=None):
        return cropped(F, super().hybrid_forward(F, self.resize(x), weight, bias), self._odd)


def cropped(F, x, odd):
    """Leave out the last row and column of feature maps if ``odd`` is True."""
    for axis in (2, 3) if odd else ():
        x = F.slice_axis(x, axis=axis, begin=0, end=-1)
    return x


def upsampling_conv(channels, in_channels, upsampling, kernel=4, odd=False):
    """Return the convolution without a bias that doubles height and width, or maps a side of n to 2n - 1.

    Parameters
    ----------
    channels, in_channels : int
        Number of feature maps of the output and of the input.
    upsampling : str
        'transposed' for a transposed convolution of stride 2, 'nearest' or 'bilinear' for a :class:`ResizeConv`.
    kernel : int
        4 or 5: the side of the kernel of a transposed convolution.
    odd : bool
        True for 2n - 1.
    """
    if upsampling == 'transposed':
        return nn.Conv2DTranspose(channels, in_channels=in_channels, use_bias=False, **doubling(kernel, odd))
    return ResizeConv(channels, in_channels, upsampling, odd)


class ResizeToImage(WithFixedParameters, nn.Conv2D):
    """:class:`ResizeConv` with a bias, for the few channels of an image.

    Each pixel of the doubled image depends on 3x3 pixels of the input, by a product of the filter and the convolution.
    The four pixels of a block of 2x2 are therefore computed as channels of a single 3x3 convolution at the smaller
    size, and the doubled feature maps are never stored.

    Parameters
    ----------
    channels, in_channels : int
        Number of channels of the image, and of feature maps of the input.
    method : str
        'nearest' or 'bilinear'.
    """

    def __init__(self, channels, in_channels, method, **kwargs):
        super().__init__(channels, 3, in_channels=in_channels, **kwargs)
        # Along one axis: phases[p, j, k] is the share of the kernel's weight j in the weight of pixel i - 1 + k, for
        # output 2i + p. The outputs y[2i - 1] to y[2i + 2], which the kernel covers, are rows of `covered`.
        weights = np.pad(np.float32(FILTERS[method]), (4 - len(FILTERS[method])) // 2)
        even, odd = (weights[3], weights[2], 0), (0, weights[1], weights[0])       # of x[i - 1], x[i] and x[i + 1]
        covered = np.float32([(*odd[1:], 0), even, odd, (0, *even[:2])])
        phases = np.stack([covered[:3], covered[1:]])
        self._add_fixed(phases=np.einsum('pjk,qlm->jlpqkm', phases, phases).reshape(9, 36))

    def hybrid_forward(self, F, x, weight, bias, phases):
        kernels = F.reshape(F.dot(F.reshape(weight, shape=(-1, 9)), phases), shape=(self._channels, -1, 4, 9))
        kernels = F.reshape(F.transpose(kernels, axes=(2, 0, 1, 3)), shape=(4 * self._channels, -1, 3, 3))
        x = F.pad(x, mode='edge', pad_width=(0, 0, 0, 0, 1, 1, 1, 1))
        x = few_channels_conv(F, x, kernels, F.tile(bias, reps=4), 4 * self._channels, self._kwargs)
        return F.depth_to_space(x, block_size=2)


class MeanConv(WithFixedParameters, nn.Conv2D):
    """A convolution of stride 1, then means of 2x2 pixels: ``(N, in_channels, H, W)`` to ``(N, channels, H/2, W/2)``.

    Both are computed as one convolution of stride 2 with a larger kernel, in less than half of the time.

    Parameters
    ----------
    channels, kernel_size, in_channels : int
        The kernel's side is odd, and the convolution continues the input by zeros.
    odd : bool
        True for an odd H and W: the output is ``((H + 1) / 2, (W + 1) / 2)``, means of 3x3 pixels of the convolution,
        which are continued beyond the border.
    """

    def __init__(self, channels, kernel_size, in_channels, odd=False, **kwargs):
        super().__init__(channels, kernel_size, in_channels=in_channels, **kwargs)
        window = 3 if odd else 2
        side = kernel_size + window - 1
        self._window = dict(kernel=(side, side), stride=(2, 2), pad=2 * [kernel_size // 2 + (window - 2)])
        means = np.float32([np.eye(side)[i:i + window].mean(0) for i in range(kernel_size)])
        self._add_fixed(means=np.einsum('ik,jl->ijkl', means, means).reshape(kernel_size ** 2, side ** 2))

    def hybrid_forward(self, F, x, weight, means, bias=None):
        kernels = F.dot(F.reshape(weight, shape=(-1, self.means.shape[0])), means)
        kernels = F.reshape(kernels, shape=(self._channels, -1, *self._window['kernel']))
        inputs = (x, kernels) if bias is None else (x, kernels, bias)
        return F.Convolution(*inputs, **dict(self._kwargs, **self._window))


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
