"""Split a network at a layer, so that the activations there can be inspected or changed.

GAN dissection (Bau et al. 2019, arXiv:1811.10597, section 3) splits a network in two at a layer,

    G(z) = f(h(z)),    D(x) = f(h(x)),

where the head h ends with the layer, and the tail f is the rest of the network. Both parts share their blocks with the
network. Nothing is copied or modified, and batch norm uses its running statistics.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd
from mxnet.gluon import nn

from ..models import Discriminator, Generator
from ..support.checks import whole_number
from ..support.pixels import describe

BATCH = 128


class Chain:
    """Several callables applied one after another: the head or the tail of a network.

    Attributes
    ----------
    blocks : list of callable
        Each maps an NDArray to an NDArray.
    """

    def __init__(self, blocks):
        self.blocks = list(blocks)

    def __call__(self, x):
        for block in self.blocks:
            x = block(x)
        return x

    def collect_params(self):
        """The parameters of all blocks in one dict by name; callers learn the device from them."""
        found = {}
        for block in self.blocks:
            found.update(block.collect_params() if hasattr(block, 'collect_params') else {})
        return found


def layers(net):
    """The layers of a network by name, in the order in which they are applied.

    Parameters
    ----------
    net : Generator, Discriminator, HybridSequential, or dict or sequence of callable
        A :class:`~gluon_gan.Generator` has the layers ``project, up.0, ..., to_image``, and a
        :class:`~gluon_gan.Discriminator` has ``down.0, ..., to_logit``; each is a convolution with its batch norm and
        activation function, or a residual block. They must be unconditional. The layers of a dict have its keys as
        names, and those of a sequence are named ``0, 1, ...``.

    Returns
    -------
    dict of callable

    Raises
    ------
    ValueError
        If net is of another type, has no layers, or is class-conditional.
    """
    if getattr(net, 'classes', 0):
        raise ValueError('only unconditional networks can be split into layers, '
                         f'and this one has {net.classes} classes')
    if isinstance(net, Generator):
        found = {'project': net.project, **{f'up.{i}': block for i, block in enumerate(net.up)},
                 'to_image': net.to_image}
    elif isinstance(net, Discriminator):
        found = {**{f'down.{i}': block for i, block in enumerate(net.down)}, 'to_logit': net.to_logit}
    elif isinstance(net, dict):
        found = net
    elif isinstance(net, (Chain, list, tuple, nn.HybridSequential, nn.Sequential)):
        found = {str(i): block for i, block in enumerate(net.blocks if isinstance(net, Chain) else net)}
    else:
        raise ValueError(f'the layers of a {type(net).__name__} are unknown: pass a dict of them in order')
    if not found:
        raise ValueError('this network has no layers')
    return dict(found)


def split(net, layer):
    """Split a network after a layer: ``net(x)`` equals ``tail(head(x))``.

    Parameters
    ----------
    net
        As for :func:`layers`.
    layer : str
        One of the names returned by :func:`layers`.

    Returns
    -------
    (Chain, Chain)
        Head and tail. After the last layer, the tail is the identity.

    Raises
    ------
    ValueError
        As for :func:`layers`, or if there is no such layer; the message lists the layers.
    """
    found = layers(net)
    if layer not in found:
        raise ValueError(f"there is no layer {layer!r}; this network has {', '.join(found)}")
    cut = list(found).index(layer) + 1
    blocks = list(found.values())
    return Chain(blocks[:cut]), Chain(blocks[cut:])


def last_feature_layer(net):
    """Name of the layer before the last, whose feature maps the paper visualises for D.

    Parameters
    ----------
    net
        As for :func:`layers`.

    Returns
    -------
    str
    """
    return _layer_from_end(net, 2)


def second_highest_layer(net):
    """Name of the layer that the paper's window experiment uses: ``up.1`` of a 64 px generator (see :mod:`.ablation`).

    Its feature maps have a quarter of the image's height and width. A residual generator has one more block after it.

    Parameters
    ----------
    net
        As for :func:`layers`.

    Returns
    -------
    str
    """
    return _layer_from_end(net, 3 + (getattr(net, 'block', 'plain') == 'residual'))


def _layer_from_end(net, position):
    names = list(layers(net))
    if len(names) < position:
        raise ValueError(f'a network of {len(names)} layers has no layer {position} from the end: choose one by name')
    return names[-position]


def activations(head, inputs, batch_size=BATCH):
    """The outputs of a layer.

    Parameters
    ----------
    head : callable
        The first part of :func:`split`, or any network.
    inputs : NDArray or numpy.ndarray
        ``(N, ...)``: images ``(N, C, H, W)`` in [-1, 1], or z ``(N, nz)``.
    batch_size : int
        Number of inputs processed at a time. It limits memory use and does not affect the result.

    Returns
    -------
    numpy.ndarray
        ``(N, ...)`` float32; ``(N, K, h, w)`` for a convolutional layer with K feature maps.

    Raises
    ------
    ValueError
        If there are no inputs.
    """
    inputs, step = as_inputs(inputs, head), whole_number('batch_size', batch_size)
    with autograd.pause():                  # batch norm uses its running statistics, whatever the caller records
        return np.concatenate([head(inputs[start:start + step]).asnumpy() for start in range(0, len(inputs), step)])


def feature_maps(head, inputs, batch_size=BATCH):
    """The feature maps of a convolutional layer, ``(N, K, h, w)`` float32.

    Parameters are those of :func:`activations`. A ValueError is raised if the layer does not have feature maps.
    """
    found = activations(head, inputs, batch_size)
    if found.ndim != 4:
        raise ValueError(f'this layer returns an array of shape {found.shape} instead of feature maps (N, K, h, w): '
                         'choose another layer')
    return found


def as_inputs(inputs, head):
    """``inputs`` as an NDArray on the device of head's parameters."""
    if not hasattr(inputs, 'shape') or len(inputs.shape) < 2 or not len(inputs):
        raise ValueError(f'inputs must be an array (N, ...) with N at least 1, not {describe(inputs)}')
    ctx = mx.cpu()
    for parameter in (head.collect_params().values() if hasattr(head, 'collect_params') else ()):
        ctx = parameter.list_ctx()[0]
        break
    if isinstance(inputs, mx.nd.NDArray):
        return inputs.as_in_context(ctx)
    return mx.nd.array(inputs, ctx=ctx, dtype=np.float32)
