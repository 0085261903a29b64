"""Histograms of the activations and weights of each layer, as TensorBoard shows them, without TensorBoard.

"Difficulties in training a GAN" logged both, and the sparsity of the activations: the fraction of a layer's outputs
that are zero, which is 1 for a dead layer. The outputs of a LeakyReLU are never exactly zero, so that here the values
at or below zero are counted.
"""
from typing import NamedTuple

import numpy as np

from ..support.checks import whole_number
from ..support.storage import named
from ..viz import Figure
from .layers import as_inputs, layers

BINS = 60


class Histogram(NamedTuple):
    """The histogram of some values, with summary statistics.

    Attributes
    ----------
    counts, edges : numpy.ndarray
        ``(B,)`` counts in bins with ``(B + 1,)`` edges.
    mean, deviation : float
        Mean and standard deviation of the values.
    silent : float
        Fraction of the values that are not above 0.
    dead : float or None
        Fraction of the feature maps that are not above 0 anywhere, for any input; None for weights.
    """
    counts: np.ndarray
    edges: np.ndarray
    mean: float
    deviation: float
    silent: float
    dead: float


def activation_histograms(net, inputs, bins=BINS):
    """Histograms of the outputs of each layer of a network.

    Parameters
    ----------
    net
        As for :func:`gluon_gan.dissect.layers`.
    inputs : NDArray or numpy.ndarray
        ``(N, ...)``: z for a generator, images for a discriminator.
    bins : int
        Number of bins.

    Returns
    -------
    dict of Histogram
        By name of the layer.

    Raises
    ------
    ValueError
        As for :func:`gluon_gan.dissect.layers`, or if the outputs of a layer contain NaN or Inf; the message names the
        layer.
    """
    found, blocks = {}, layers(net)
    x = as_inputs(inputs, next(iter(blocks.values())))
    for name, block in blocks.items():
        x = block(x)
        values = x.asnumpy()
        by_channel = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
        found[name] = _histogram(name, values, bins, float((by_channel <= 0).all(axis=1).mean()))
    return found


def weight_histograms(net, bins=BINS):
    """Histograms of each trainable parameter of a network.

    Parameters
    ----------
    net : HybridBlock
    bins : int
        Number of bins.

    Returns
    -------
    dict of Histogram
        By structural name of the parameter, such as ``down.0.conv.weight``.
    """
    return {name: _histogram(name, parameter.data().asnumpy(), bins, None)
            for name, parameter in named(net).items() if parameter.grad_req != 'null'}


def _histogram(name, values, bins, dead):
    if not np.isfinite(values).all():
        raise ValueError(f'{name} contains NaN or Inf: the network has diverged')
    counts, edges = np.histogram(values, whole_number('bins', bins))
    silent = float((values <= 0).mean())
    return Histogram(counts, edges, float(values.mean()), float(values.std()), silent, dead)


def histogram_figure(*histograms, labels=None, ncol=4, title=None):
    """Plot histograms, one panel for each name.

    Parameters
    ----------
    *histograms : dict of Histogram
        Several dicts with the same names, such as before and after training, share the panels.
    labels : sequence of str, optional
        One for each dict, for the legend.
    ncol : int
        Number of panels in a row.
    title : str, optional

    Returns
    -------
    gluon_gan.viz.Figure
    """
    names = list(histograms[0])
    rows = -(-len(names) // ncol)
    figure = Figure(figsize=(2.4 * min(ncol, len(names)), 1.7 * rows), layout='constrained')
    panels = np.ravel(figure.subplots(rows, min(ncol, len(names)), squeeze=False))
    for axes, name in zip(panels, names):
        for each, label in zip(histograms, labels or [None] * len(histograms)):
            axes.stairs(each[name].counts / each[name].counts.max(), each[name].edges, label=label)
        axes.set_title(name, fontsize='x-small')
        axes.set_yticks([])
        axes.tick_params(labelsize='x-small')
    for axes in panels[len(names):]:
        axes.set_visible(False)
    if labels:
        panels[0].legend(fontsize='xx-small')
    if title:
        figure.suptitle(title, fontsize='medium')
    return figure
