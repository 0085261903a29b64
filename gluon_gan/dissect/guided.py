r"""Guided backpropagation: which pixels activate a feature map.

Springenberg et al. 2015, arXiv:1412.6806; figure 5 of the DCGAN paper shows the features of D in this way.

The gradient of a single activation is propagated back to the image. At the output y = act(pre(x)) of each layer, only
its positive part is propagated, multiplied by the derivative of the activation function:

    R_x = J(pre)^T [ act'(pre) * max(R_y, 0) ]

For a ReLU, whose derivative is 0 where its input is negative, this is the paper's equation. Our discriminators have
LeakyReLU 0.2. Taken literally, an inactive unit then passes on a fifth of the gradient. ``leak=False`` treats the
activation function as a ReLU, and inactive units pass on nothing. In a residual block the rule applies to each of
its ReLUs; the block's sum has none, and passes on the whole gradient.

A plausible saliency image proves little: guided backpropagation shows the edges of the image for an untrained network
too (Adebayo et al. 2018, arXiv:1810.03292; Nie et al. 2018, arXiv:1805.07039). Always compare with an untrained
network, and compare numbers (:func:`structure`).
"""
from functools import partial
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd

from ..blocks.residual import ResidualBlock
from ..support.checks import number, whole_number
from .layers import Chain, as_inputs

SHARE = 0.05        # fraction of the pixels whose energy is the concentration


class PeakActivations(NamedTuple):
    """The highest activation of each of F feature maps.

    Attributes
    ----------
    filters : numpy.ndarray
        ``(F,)`` int: indices of the feature maps.
    pictures : numpy.ndarray
        ``(F,)`` int: indices of the images with the highest activation.
    y, x : numpy.ndarray
        ``(F,)`` int: locations of that activation in the feature map.
    values : numpy.ndarray
        ``(F,)``: the activations.
    """
    filters: np.ndarray
    pictures: np.ndarray
    y: np.ndarray
    x: np.ndarray
    values: np.ndarray


def strongest_features(feature_maps, count=6):
    """Find the feature maps whose highest activation is furthest above their mean, in their standard deviations.

    Parameters
    ----------
    feature_maps : numpy.ndarray
        ``(N, K, h, w)``: the result of :func:`gluon_gan.dissect.feature_maps`.
    count : int
        Number of feature maps to return; the paper's figure shows six.

    Returns
    -------
    PeakActivations
        The strongest feature map first.
    """
    highest = feature_maps.max(axis=(0, 2, 3))
    scores = (highest - feature_maps.mean(axis=(0, 2, 3))) / (feature_maps.std(axis=(0, 2, 3)) + 1e-9)
    return peak_activations(feature_maps, np.argsort(-scores, kind='stable')[:whole_number('count', count)])


def peak_activations(feature_maps, filters):
    """Find the highest activation of each of some feature maps.

    Parameters
    ----------
    feature_maps : numpy.ndarray
        ``(N, K, h, w)``: the result of :func:`gluon_gan.dissect.feature_maps`.
    filters : sequence of int
        Indices of the feature maps.

    Returns
    -------
    PeakActivations

    Raises
    ------
    ValueError
        If there is no such feature map, or ``filters`` is empty.
    """
    filters = np.asarray(filters, int)
    if not len(filters) or filters.min() < 0 or filters.max() >= feature_maps.shape[1]:
        raise ValueError(f'filters must be one or more of 0 to {feature_maps.shape[1] - 1}, not {filters.tolist()}')
    flat = feature_maps[:, filters].transpose(1, 0, 2, 3).reshape(len(filters), -1)
    image, y, x = np.unravel_index(flat.argmax(axis=1), (len(feature_maps), *feature_maps.shape[2:]))
    return PeakActivations(filters, image, y, x, flat.max(axis=1))


def guided_backprop(head, pictures, filters, y=None, x=None, leak=True):
    """The guided gradient of the activation of one unit with respect to each image.

    Parameters
    ----------
    head : Chain
        The first part of :func:`gluon_gan.dissect.split`. Each of its blocks must end in its activation function, a
        ReLU or LeakyReLU, or be a residual block, as those of :mod:`gluon_gan.models` are.
    pictures : NDArray or numpy.ndarray
        The images, ``(N, C, H, W)`` in [-1, 1].
    filters : int or sequence of int
        Index of the feature map of each image, ``(N,)``, or one for all.
    y, x : int or sequence of int, optional
        Location of the unit of each image, ``(N,)``, or one for all; by default the most active one of the image.
    leak : bool
        Whether inactive units of a LeakyReLU pass on a fifth of the gradient, or nothing.

    Returns
    -------
    numpy.ndarray
        ``(N, C, H, W)`` float32. Where it is positive, a larger pixel value increases the activation. The scale depends
        on the network; :func:`saliency_images` normalises it to [-1, 1].

    Raises
    ------
    ValueError
        If head is not a Chain, or the layer does not have such a feature map or location.
    """
    if not isinstance(head, Chain):
        raise ValueError(f'head must be the first part of split(net, layer), not a {type(head).__name__}')
    images = as_inputs(pictures, head)
    with autograd.pause():                  # batch norm uses its running statistics, whatever the caller records
        activations = head(images)
    if activations.ndim != 4:
        raise ValueError(f'this layer returns an array of shape {activations.shape} instead of feature maps '
                         '(N, K, h, w): choose another layer')
    units = _one_hot_units(activations.asnumpy(), filters, y, x)
    return _propagate(head.blocks, images, mx.nd.array(units, ctx=images.context), leak).asnumpy()


def _propagate(blocks, x, relevance, leak, last_active=True):
    """Propagate back through blocks from the output to their input ``x``; the last may have no activation function."""
    passed = [x]
    with autograd.pause():
        for block in blocks:
            passed.append(block(passed[-1]))
    for index in reversed(range(len(blocks))):
        block, before, after = blocks[index], passed[index], passed[index + 1]
        if isinstance(block, ResidualBlock):
            through = _propagate(block.stages(mx.nd), before, relevance, leak, last_active=False)
            relevance = through + _gradient(partial(block.skip, mx.nd), before, relevance)
            continue
        if last_active or index < len(blocks) - 1:
            relevance = relevance.relu() if leak else relevance.relu() * (after > 0)
        relevance = _gradient(block, before, relevance)
    return relevance


def _gradient(function, x, relevance):
    x = x.detach()
    x.attach_grad()
    with autograd.record(train_mode=False):
        out = function(x)
    # train_mode=False here too, or batch norm would propagate back as it does in training.
    return autograd.grad([out], [x], head_grads=[relevance], train_mode=False)[0]


def _one_hot_units(feature_maps, filters, y, x):
    """An array like ``feature_maps`` that is 1 at the unit of each image, and 0 elsewhere."""
    count, channels, height, width = feature_maps.shape
    filters = np.broadcast_to(np.asarray(filters, int), (count,))
    if filters.min() < 0 or filters.max() >= channels:
        raise ValueError(f'filters must be one or more of 0 to {channels - 1}, not {np.unique(filters).tolist()}')
    rows = np.arange(count)
    if y is None or x is None:
        y, x = np.unravel_index(feature_maps[rows, filters].reshape(count, -1).argmax(axis=1), (height, width))
    y, x = (np.broadcast_to(np.asarray(location, int), (count,)) for location in (y, x))
    if min(y.min(), x.min()) < 0 or y.max() >= height or x.max() >= width:
        raise ValueError(f'y and x must be a location inside the feature map of {height}x{width}')
    units = np.zeros_like(feature_maps)
    units[rows, filters, y, x] = 1
    return units


def concentration(saliency, share=SHARE):
    """Measure how much of a guided gradient is concentrated in few pixels, unlike noise.

    The concentration is the fraction of the energy (squared values, summed over channels) in the strongest twentieth of
    the pixels. Only pixels with a gradient other than zero count, so that a large receptive field is no advantage.
    Constant values have a concentration of 0.05; Gaussian noise has 0.28 with one channel and 0.17 with three.

    Parameters
    ----------
    saliency : numpy.ndarray
        ``(N, C, H, W)``: the result of :func:`guided_backprop`.
    share : float
        Fraction of the pixels, above 0 and below 1.

    Returns
    -------
    numpy.ndarray
        ``(N,)`` float64, 0 to 1; NaN where the gradient is zero everywhere.
    """
    share, found = number('share', share, 'a fraction above 0 and below 1', least=1e-9, below=1), []
    for energy in np.square(np.asarray(saliency, np.float64)).sum(axis=1):
        reached = np.sort(energy[energy > 0])[::-1]
        found.append(reached[:max(1, round(share * len(reached)))].sum() / reached.sum() if len(reached) else np.nan)
    return np.array(found)


class Structure(NamedTuple):
    """A comparison of the guided gradients of a trained and an untrained network.

    Attributes
    ----------
    trained, untrained : float
        The median :func:`concentration` of each network.
    clearer : float
        The probability that a feature of the trained network is more concentrated than one of the untrained network:
        0.5 if there is no difference, 1 if it always is.
    """
    trained: float
    untrained: float
    clearer: float


def structure(trained, untrained):
    """Compare the concentration of the guided gradients of a trained and an untrained network.

    Parameters
    ----------
    trained, untrained : numpy.ndarray
        ``(N, C, H, W)`` and ``(M, C, H, W)``: results of :func:`guided_backprop`.

    Returns
    -------
    Structure

    Raises
    ------
    ValueError
        If all gradients of one network are zero.
    """
    ours, theirs = concentration(trained), concentration(untrained)
    ours, theirs = ours[~np.isnan(ours)], theirs[~np.isnan(theirs)]
    if not len(ours) or not len(theirs):
        raise ValueError('all guided gradients of one network are zero: there is nothing to compare')
    clearer = ((ours[:, None] > theirs).mean() + (ours[:, None] >= theirs).mean()) / 2
    return Structure(float(np.median(ours)), float(np.median(theirs)), float(clearer))


def saliency_images(saliency):
    """Guided gradients as images ``(N, C, H, W)`` in [-1, 1].

    Mid-grey, 0, means no influence. Each image is scaled by the 99.5th percentile of its absolute values, and clipped.
    """
    saliency = np.asarray(saliency, np.float32)
    scale = np.quantile(np.abs(saliency), 0.995, axis=(1, 2, 3), keepdims=True)
    return np.clip(saliency / np.maximum(scale, 1e-20), -1, 1)
