r"""Which pixels excite a feature: guided backpropagation (Springenberg et al. 2015, arXiv:1412.6806), as in figure 5 of the
DCGAN paper.

From a single activation back to the picture, what arrives at a layer's output y = act(pre(x)) is passed on only where it is positive, and
as the activation's own derivative says:

    R_x = J(pre)^T [ act'(pre) * max(R_y, 0) ]

With a ReLU, whose derivative is 0 where it was silent, that is the paper's equation. Our discriminators have LeakyReLU 0.2: taken
literally, a silent unit passes a fifth on. ``leak=False`` treats it as a ReLU instead, and a silent unit passes nothing.

That such a picture looks like something proves little: of an untrained network, too, it shows the picture's edges (Adebayo et al. 2018,
arXiv:1810.03292; Nie et al. 2018, arXiv:1805.07039). Put one beside it, and compare a number.
"""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd

from ..checks import number, whole_number
from .stages import Chain, as_inputs

SHARE = 0.05        # of the pixels, for their concentration


class Strongest(NamedTuple):
    """Of each of the features asked for: ``filters`` ``(F,)``, the picture ``(F,)`` that excites it most, where on its map (``y``,
    ``x``), and how much (``values``)."""
    filters: np.ndarray
    pictures: np.ndarray
    y: np.ndarray
    x: np.ndarray
    values: np.ndarray


def strongest_features(maps, count=6):
    """The features that some picture excites most, relative to how much each is excited as a rule.

    Parameters
    ----------
    maps : numpy.ndarray
        ``(N, K, h, w)``: activations (:func:`gluon_gan.dissect.maps_of`).
    count : int
        How many; the paper's figure has six.

    Returns
    -------
    Strongest
        In the order of the highest activation in deviations of the feature.
    """
    highest = maps.max(axis=(0, 2, 3))
    scores = (highest - maps.mean(axis=(0, 2, 3))) / (maps.std(axis=(0, 2, 3)) + 1e-9)
    return peaks(maps, np.argsort(-scores, kind='stable')[:whole_number('count', count)])


def peaks(maps, filters):
    """Where each of these features is excited most: :class:`Strongest`."""
    filters = np.asarray(filters, int)
    if not len(filters) or filters.min() < 0 or filters.max() >= maps.shape[1]:
        raise ValueError(f'filters must be some of 0 to {maps.shape[1] - 1}, not {filters.tolist()}')
    flat = maps[:, filters].transpose(1, 0, 2, 3).reshape(len(filters), -1)
    picture, y, x = np.unravel_index(flat.argmax(axis=1), (len(maps), *maps.shape[2:]))
    return Strongest(filters, picture, y, x, flat.max(axis=1))


def guided_backprop(head, pictures, filters, y=None, x=None, leak=True):
    """What in each picture excites one unit of a layer.

    Parameters
    ----------
    head : Chain
        The first part of :func:`gluon_gan.dissect.split`. Each of its stages must end in its activation (ReLU or LeakyReLU), as ours do.
    pictures : NDArray or numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    filters : sequence of int
        ``(N,)``, or one for all: which feature map.
    y, x : sequence of int, optional
        ``(N,)``: which of its locations; by default the most excited one in each picture.
    leak : bool
        Whether a silent unit passes a LeakyReLU's fifth on, or nothing.

    Returns
    -------
    numpy.ndarray
        ``(N, C, H, W)`` float32: more of such a pixel, more of the feature. The scale is the network's own: :func:`pictures_of` brings it
        to [-1, 1].

    Raises
    ------
    ValueError
        If head is no Chain, or the layer has no such map or location.
    """
    if not isinstance(head, Chain):
        raise ValueError(f'head must be the first part of split(net, layer), not a {type(head).__name__}')
    passed = [as_inputs(pictures, head)]
    for stage in head.stages:
        passed.append(stage(passed[-1]))
    if passed[-1].ndim != 4:
        raise ValueError(f'this layer gives {passed[-1].shape}, no feature maps (N, K, h, w): take another layer')
    relevance = mx.nd.array(_seed(passed[-1].asnumpy(), filters, y, x), ctx=passed[-1].context)
    for stage, before, after in zip(reversed(head.stages), reversed(passed[:-1]), reversed(passed[1:])):
        relevance = relevance.relu() if leak else relevance.relu() * (after > 0)
        before = before.detach()
        before.attach_grad()
        with autograd.record(train_mode=False):
            out = stage(before)
        # train_mode here too, or a batch norm would send back what it does in training.
        relevance, = autograd.grad([out], [before], head_grads=[relevance], train_mode=False)
    return relevance.asnumpy()


def _seed(maps, filters, y, x):
    """Zeros but for a 1 at each picture's unit."""
    count, width, height, side = maps.shape
    filters = np.broadcast_to(np.asarray(filters, int), (count,))
    if filters.min() < 0 or filters.max() >= width:
        raise ValueError(f'filters must be some of 0 to {width - 1}, not {np.unique(filters).tolist()}')
    rows = np.arange(count)
    if y is None or x is None:
        y, x = np.unravel_index(maps[rows, filters].reshape(count, -1).argmax(axis=1), (height, side))
    y, x = (np.broadcast_to(np.asarray(place, int), (count,)) for place in (y, x))
    if min(y.min(), x.min()) < 0 or y.max() >= height or x.max() >= side:
        raise ValueError(f'y and x must be locations of a {height}x{side} map')
    seed = np.zeros_like(maps)
    seed[rows, filters, y, x] = 1
    return seed


def concentration(saliency, share=SHARE):
    """How much of a guided gradient is in few pixels: structure has it there, noise everywhere.

    The share of the energy (squares, summed over colours) that the strongest twentieth has, of those pixels that reach the unit at all,
    so that a large receptive field is no advantage. Values that are all the same have 0.05, Gaussian noise of one channel has 0.28 and of
    three 0.17.

    Parameters
    ----------
    saliency : numpy.ndarray
        ``(N, C, H, W)``: of :func:`guided_backprop`.
    share : float
        Of the pixels; above 0, below 1.

    Returns
    -------
    numpy.ndarray
        ``(N,)`` float64, 0 to 1; NaN where nothing reaches the unit.
    """
    share, found = number('share', share, 'a share above 0 and below 1', least=1e-9, below=1), []
    for energy in np.square(np.asarray(saliency, np.float64)).sum(axis=1):
        reached = np.sort(energy[energy > 0])[::-1]
        found.append(reached[:max(1, round(share * len(reached)))].sum() / reached.sum() if len(reached) else np.nan)
    return np.array(found)


class Structure(NamedTuple):
    """``trained``, ``untrained``: the median concentration of the features of both; ``clearer``: the chance that a feature of the trained
    network is more concentrated than one of the untrained (0.5: no difference, 1: always)."""
    trained: float
    untrained: float
    clearer: float


def structure(trained, untrained):
    """Whether a trained network's guided gradients ``(N, C, H, W)`` have more structure than an untrained one's ``(M, C, H, W)``.

    Raises
    ------
    ValueError
        If nothing reaches any feature of one of them.
    """
    ours, theirs = concentration(trained), concentration(untrained)
    ours, theirs = ours[~np.isnan(ours)], theirs[~np.isnan(theirs)]
    if not len(ours) or not len(theirs):
        raise ValueError('nothing reaches any of these features: there is nothing to compare')
    clearer = ((ours[:, None] > theirs).mean() + (ours[:, None] >= theirs).mean()) / 2
    return Structure(float(np.median(ours)), float(np.median(theirs)), float(clearer))


def pictures_of(saliency):
    """Guided gradients as pictures ``(N, C, H, W)`` in [-1, 1]: 0, mid-grey, is no influence; each is scaled by its own strongest 0.5 %."""
    saliency = np.asarray(saliency, np.float32)
    scale = np.quantile(np.abs(saliency), 0.995, axis=(1, 2, 3), keepdims=True)
    return np.clip(saliency / np.maximum(scale, 1e-20), -1, 1)
