"""Histograms of activations and weights, layer by layer: what TensorBoard would show, for people without it.

"Difficulties in training a GAN" logged both, and the sparsity of activations: the share of a layer's outputs that are zero, 1 for a layer
that is dead. After a LeakyReLU nothing is zero; what counts there is the share below it.
"""
from typing import NamedTuple

import numpy as np

from ..checks import whole_number
from ..storage import named
from ..viz import Figure
from .stages import as_inputs, stages

BINS = 60


class Histogram(NamedTuple):
    """``counts`` ``(B,)`` in bins with ``edges`` ``(B + 1,)``; ``mean``, ``deviation``; ``silent``: the share of values that are not
    above 0; ``dead``: of the feature maps, how many never are (weights: None)."""
    counts: np.ndarray
    edges: np.ndarray
    mean: float
    deviation: float
    silent: float
    dead: float


def activation_histograms(net, inputs, bins=BINS):
    """What each layer of a network puts out for these inputs.

    Parameters
    ----------
    net
        As for :func:`gluon_gan.dissect.stages`.
    inputs : NDArray or numpy.ndarray
        ``(N, ...)``: z for a generator, pictures for a discriminator.
    bins : int

    Returns
    -------
    dict of Histogram
        By the layer's name.

    Raises
    ------
    ValueError
        As :func:`gluon_gan.dissect.stages`; or if a layer puts out NaN or Inf: it is named.
    """
    found, blocks = {}, stages(net)
    x = as_inputs(inputs, next(iter(blocks.values())))
    for name, block in blocks.items():
        x = block(x)
        values = x.asnumpy()
        maps = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1)
        found[name] = _histogram(name, values, bins, float((maps <= 0).all(axis=1).mean()))
    return found


def weight_histograms(net, bins=BINS):
    """The weights of each parameter of a network that is learned.

    Parameters
    ----------
    net : HybridBlock
    bins : int

    Returns
    -------
    dict of Histogram
        By the parameter's place in the network, such as ``down.0.conv.weight``.
    """
    return {name: _histogram(name, parameter.data().asnumpy(), bins, None) for name, parameter in named(net).items() if parameter.grad_req != 'null'}


def _histogram(name, values, bins, dead):
    if not np.isfinite(values).all():
        raise ValueError(f'{name} holds NaN or Inf: the network has diverged')
    counts, edges = np.histogram(values, whole_number('bins', bins))
    return Histogram(counts, edges, float(values.mean()), float(values.std()), float((values <= 0).mean()), dead)


def histogram_figure(*histograms, labels=None, ncol=4, title=None):
    """Histograms side by side, one panel for each name; several dicts of the same names, such as before and after training, share the
    panels.

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
