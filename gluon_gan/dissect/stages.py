"""A network as the layers that its input passes one after another, so that one of them can be looked at, or changed, on the way.

GAN dissection (Bau et al. 2019, arXiv:1811.10597, section 3) cuts a network in two at a layer,

    G(z) = f(h(z)),    D(x) = f(h(x)):    h is the head, up to the layer and with it, f the tail, all that follows.

Blocks are shared with the network, neither copied nor changed, and run with running batch statistics.
"""
import mxnet as mx
import numpy as np
from mxnet.gluon import nn

from ..checks import whole_number
from ..models import Discriminator, Generator
from ..pixels import describe

BATCH = 128


class Chain:
    """Callables one after another, as one: the head or the tail of a network.

    Attributes
    ----------
    stages : list of callable
        NDArray to NDArray each.
    """

    def __init__(self, stages):
        self.stages = list(stages)

    def __call__(self, x):
        for stage in self.stages:
            x = stage(x)
        return x

    def collect_params(self):
        """The parameters of the stages that have some, in one dict by name: from them a caller learns the device."""
        found = {}
        for stage in self.stages:
            found.update(stage.collect_params() if hasattr(stage, 'collect_params') else {})
        return found


def stages(net):
    """The layers of a network by their names, in the order in which its input passes them.

    Parameters
    ----------
    net : Generator, Discriminator, HybridSequential, or dict or sequence of callable
        An unconditional one of ours: ``project, up.0, ..., to_image`` or ``down.0, ..., to_logit``, each a convolution with its
        batch norm and activation. Others: as they are named, or ``0, 1, ...``.

    Returns
    -------
    dict of callable

    Raises
    ------
    ValueError
        If net is none of these, has no layer, or is told classes.
    """
    if getattr(net, 'classes', 0):
        raise ValueError(f'only a network that is told no classes can be taken apart, and this one knows {net.classes}')
    if isinstance(net, Generator):
        found = {'project': net.project, **{f'up.{i}': block for i, block in enumerate(net.up)}, 'to_image': net.to_image}
    elif isinstance(net, Discriminator):
        found = {**{f'down.{i}': block for i, block in enumerate(net.down)}, 'to_logit': net.to_logit}
    elif isinstance(net, dict):
        found = net
    elif isinstance(net, (Chain, list, tuple, nn.HybridSequential, nn.Sequential)):
        found = {str(i): block for i, block in enumerate(net.stages if isinstance(net, Chain) else net)}
    else:
        raise ValueError(f'the layers of a {type(net).__name__} are not known: pass a dict of them, in order')
    if not found:
        raise ValueError('this network has no layers')
    return dict(found)


def split(net, layer):
    """A network cut in two behind a layer: ``net(x)`` is ``tail(head(x))``.

    Parameters
    ----------
    net
        As for :func:`stages`.
    layer : str
        A name that :func:`stages` gives.

    Returns
    -------
    (Chain, Chain)
        The tail of the last layer does nothing.

    Raises
    ------
    ValueError
        As :func:`stages`, or if there is no such layer: the message lists those there are.
    """
    found = stages(net)
    if layer not in found:
        raise ValueError(f"there is no layer {layer!r}; this network has {', '.join(found)}")
    cut = list(found).index(layer) + 1
    blocks = list(found.values())
    return Chain(blocks[:cut]), Chain(blocks[cut:])


def last_maps(net):
    """str: the name of the last layer before the one that gives the logit or the picture: D's features, as the paper shows them."""
    return _from_end(net, 2)


def second_highest(net):
    """str: the layer that the window experiment asks for in a generator of ours, ``up.1`` of 64 px (see :mod:`.windows`)."""
    return _from_end(net, 3)


def _from_end(net, place):
    names = list(stages(net))
    if len(names) < place:
        raise ValueError(f'a network of {len(names)} layers has none that is number {place} from its end: name one')
    return names[-place]


def activations(head, inputs, batch_size=BATCH):
    """What a layer does for each input.

    Parameters
    ----------
    head : callable
        The first part of :func:`split`, or any network.
    inputs : NDArray or numpy.ndarray
        ``(N, ...)``: pictures ``(N, C, H, W)`` in [-1, 1], or z ``(N, nz)``.
    batch_size : int
        How many at once; changes nothing but the memory.

    Returns
    -------
    numpy.ndarray
        ``(N, K, h, w)`` float32 of a convolutional layer, K feature maps.

    Raises
    ------
    ValueError
        If there is no input.
    """
    inputs, step = as_inputs(inputs, head), whole_number('batch_size', batch_size)
    return np.concatenate([head(inputs[start:start + step]).asnumpy() for start in range(0, len(inputs), step)])


def maps_of(head, inputs, batch_size=BATCH):
    """:func:`activations` of a layer that has feature maps: ``(N, K, h, w)``, or ValueError."""
    found = activations(head, inputs, batch_size)
    if found.ndim != 4:
        raise ValueError(f'this layer gives {found.shape} for its {len(found)} inputs, no feature maps (N, K, h, w): take another layer')
    return found


def as_inputs(inputs, head):
    """Inputs as an NDArray where head's parameters are."""
    if not hasattr(inputs, 'shape') or len(inputs.shape) < 2 or not len(inputs):
        raise ValueError(f'inputs must be an array (N, ...) of at least one, not {describe(inputs)}')
    ctx = mx.cpu()
    for parameter in (head.collect_params().values() if hasattr(head, 'collect_params') else ()):
        ctx = parameter.list_ctx()[0]
        break
    return inputs.as_in_context(ctx) if isinstance(inputs, mx.nd.NDArray) else mx.nd.array(inputs, ctx=ctx, dtype=np.float32)
