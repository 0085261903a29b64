"""The training pictures that are nearest to generated ones, and whether they are nearer than they ought to be.

Radford, Metz, Chintala 2015 (DCGAN), section 4: that samples are no copies is to be shown. Neighbours in pixels miss a copy that is
shifted or in another light (Theis et al. 2016, arXiv:1511.01844), so they are looked for in D's features as well. What "near" means,
pictures that were held back say (:func:`gluon_gan.metrics.memorisation`, with its formula): beside each generated picture's distance
stand those of real ones.
"""
from typing import NamedTuple

import numpy as np

from ..checks import whole_number
from ..metrics import Memorisation, extract, memorisation, nearest_distances
from ..viz import Figure


class Neighbours(NamedTuple):
    """``indices`` ``(N,)``: the nearest training picture of each generated one; ``distances`` ``(N,)`` to it, and ``held_out`` ``(M,)``:
    the same of held-out pictures. ``verdict``: :class:`~gluon_gan.metrics.Memorisation`. ``space``: in whose features."""
    indices: np.ndarray
    distances: np.ndarray
    held_out: np.ndarray
    verdict: Memorisation
    space: str


def nearest_training(extractor, generated, training, held_out):
    """The nearest training picture of each generated one, with the distances of held-out pictures beside.

    Parameters
    ----------
    extractor : str or callable
        'pixels', ``gg.metrics.discriminator(netD)``, or what else :func:`gluon_gan.metrics.named` takes.
    generated, training, held_out : NDArray, numpy.ndarray or ImageArray
        As :func:`gluon_gan.metrics.extract` takes them. Training pictures are what the generator saw, held-out ones others of the same
        source.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError
        As :func:`gluon_gan.metrics.extract` and :func:`gluon_gan.metrics.memorisation`.
    """
    from ..metrics import named
    extractor = named(extractor)
    fake, known, unseen = (extract(extractor, pictures) for pictures in (generated, training, held_out))
    distances, indices = nearest_distances(fake, known)
    return Neighbours(indices, distances, nearest_distances(unseen, known).distances, memorisation(fake, known, unseen), extractor.name)


def closest(found, n=8):
    """Which generated pictures are nearest to training, the nearest first: where copies would be. ``(n,)`` int."""
    return np.argsort(found.distances, kind='stable')[:whole_number('n', n)]


def distances_figure(*found, title=None):
    """The distances to the nearest training picture, of generated and of held-out pictures, for one or more :class:`Neighbours`.

    Returns
    -------
    gluon_gan.viz.Figure
    """
    figure = Figure(figsize=(4.5 * len(found), 2.8), layout='constrained')
    for axes, one in zip(np.atleast_1d(figure.subplots(1, len(found))), found):
        edges = np.linspace(0, max(one.distances.max(), one.held_out.max()) or 1, 40)
        for label, values in (('generated', one.distances), ('held out', one.held_out)):
            axes.hist(values, edges, density=True, histtype='step', label=label)
        axes.set_xlabel(f'distance to the nearest training picture, in {one.space}')
        axes.set_yticks([])
        axes.legend(fontsize='x-small')
    if title:
        figure.suptitle(title, fontsize='medium')
    return figure
