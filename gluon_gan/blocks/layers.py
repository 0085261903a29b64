"""What all blocks share: batch normalisation, strides, classes as feature maps, and fixed parameters."""
from numbers import Integral

import mxnet as mx
from mxnet.gluon import Parameter, nn

MOMENTUM, EPSILON = 0.9, 1e-5    # of every batch normalisation


@mx.init.register
class NearOne(mx.init.Initializer):
    """Initialise from N(1, sigma), for the gamma of a batch normalisation (Newmu/dcgan_code: sigma 0.02).

    Parameters
    ----------
    sigma : float
        The standard deviation.
    """

    def __init__(self, sigma=0.02):
        super().__init__(sigma=sigma)
        self.sigma = sigma

    def _init_weight(self, _, array):
        mx.random.normal(1, self.sigma, out=array)


def batch_norm(channels):
    """Batch normalisation of ``channels`` feature maps, with gamma ~ N(1, 0.02) and beta 0.

    Gamma has its own initializer. Gluon passes every parameter without one to the network's initializer as a weight,
    which would sample gamma from N(0, 0.02).
    """
    return nn.BatchNorm(momentum=MOMENTUM, epsilon=EPSILON, in_channels=channels, gamma_initializer=NearOne())


def halving(kernel, odd=False):
    """Return the arguments with which a convolution halves height and width.

    Parameters
    ----------
    kernel : int
        4 or 5: both map a side of 2n to n.
    odd : bool
        True for an odd side: 2n - 1 becomes n. A kernel of 4 is then replaced by 3.

    Returns
    -------
    dict
        ``kernel_size``, ``strides`` and ``padding`` of ``nn.Conv2D``.

    Raises
    ------
    ValueError
        If kernel is neither 4 nor 5.
    """
    if not isinstance(kernel, Integral) or kernel not in (4, 5):
        raise ValueError(f'kernel must be 4 or 5 (each halves and doubles a size exactly), not {kernel!r}')
    kernel = 3 if odd and kernel == 4 else kernel
    return dict(kernel_size=kernel, strides=2, padding=(kernel - 1) // 2)


def doubling(kernel, odd=False):
    """Return the arguments with which a transposed convolution doubles height and width.

    The inverse of :func:`halving`: a side of n becomes 2n, or 2n - 1 with ``odd=True``.
    """
    # Without output padding, an odd kernel always gives 2n - 1; the padding adds the missing row and column.
    return dict(halving(kernel, odd), output_padding=0 if odd else kernel - 4)


def class_feature_maps(F, one_hot, size):
    """Expand one-hot classes ``(N, K)`` to feature maps ``(N, K, size, size)``: ones for the class, zeros elsewhere."""
    return F.broadcast_axis(F.reshape(one_hot, shape=(0, 0, 1, 1)), axis=(2, 3), size=(size, size))


class FixedParameter(Parameter):
    """An array that is never trained, and not stored in files.

    Parameters
    ----------
    name : str
        Unique in the process: with the prefix of the block.
    value : numpy.ndarray
    """

    def __init__(self, name, value):
        super().__init__(name, grad_req='null', shape=value.shape, init=mx.init.Constant(value), differentiable=False)

    def data(self, ctx=None):
        # Detached: when MXNet clears a graph after its backward pass, arrays shared with other graphs lose those too.
        return super().data(ctx).detach()


class WithFixedParameters:
    """Mixin for a block that has fixed parameters."""

    def _add_fixed(self, **values):
        for name, value in values.items():
            fixed = FixedParameter(self.prefix + name, value)
            self.params.update({fixed.name: fixed})
            setattr(self, name, fixed)

    def _collect_params_with_prefix(self, prefix=''):
        found = super()._collect_params_with_prefix(prefix)
        return {name: parameter for name, parameter in found.items() if not isinstance(parameter, FixedParameter)}
