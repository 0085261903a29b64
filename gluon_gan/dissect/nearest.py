"""The nearest training image of each generated image, and whether generated images are suspiciously near.

Radford, Metz, Chintala 2015 (DCGAN), section 4, asks for evidence that samples are not copies of training images.
Nearest neighbours in pixels miss copies that are shifted or differently lit (Theis et al. 2016, arXiv:1511.01844), so
they are searched in the discriminator's features as well. Held-out images calibrate what counts as near: their
distances are compared with those of the generated images. :func:`gluon_gan.metrics.memorisation` gives the formula.
"""
from typing import NamedTuple

import numpy as np

from ..metrics import Memorisation, extract, memorisation, nearest_distances
from ..support.checks import whole_number
from ..viz import Figure


class Neighbours(NamedTuple):
    """The nearest training images of N generated images.

    Attributes
    ----------
    indices : numpy.ndarray
        ``(N,)`` int: index of the nearest training image of each generated image.
    distances : numpy.ndarray
        ``(N,)``: the distance to it.
    held_out : numpy.ndarray
        ``(M,)``: the distance of each held-out image to its nearest training image.
    memorisation : Memorisation
        The comparison of the two sets of distances (:class:`gluon_gan.metrics.Memorisation`).
    space : str
        Name of the feature space.
    """
    indices: np.ndarray
    distances: np.ndarray
    held_out: np.ndarray
    memorisation: Memorisation
    space: str


def nearest_training(extractor, generated, training, held_out):
    """Find the nearest training image of each generated image, and compare with the distances of held-out images.

    Parameters
    ----------
    extractor : str or callable
        The feature space: 'pixels', ``gg.metrics.discriminator(netD)``, or anything else that
        :func:`gluon_gan.metrics.named` accepts.
    generated, training, held_out : NDArray, numpy.ndarray or ImageArray
        Images, as for :func:`gluon_gan.metrics.extract`. The generator was trained on the training images. The held-out
        images come from the same source, and it was not trained on them.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError
        As for :func:`gluon_gan.metrics.extract` and :func:`gluon_gan.metrics.memorisation`.
    """
    from ..metrics import named
    extractor = named(extractor)
    fake, known, unseen = (extract(extractor, images) for images in (generated, training, held_out))
    distances, indices = nearest_distances(fake, known)
    unseen_distances = nearest_distances(unseen, known).distances
    return Neighbours(indices, distances, unseen_distances, memorisation(fake, known, unseen), extractor.name)


def closest(found, n=8):
    """Indices of the ``n`` generated images nearest to a training image, the nearest first: copies would be among them.

    Parameters
    ----------
    found : Neighbours
    n : int

    Returns
    -------
    numpy.ndarray
        ``(n,)`` int.
    """
    return np.argsort(found.distances, kind='stable')[:whole_number('n', n)]


def distances_figure(*found, title=None):
    """Plot the distances of generated and of held-out images to their nearest training image.

    Parameters
    ----------
    *found : Neighbours
        One panel each.
    title : str, optional

    Returns
    -------
    gluon_gan.viz.Figure
    """
    figure = Figure(figsize=(4.5 * len(found), 2.8), layout='constrained')
    for axes, one in zip(np.atleast_1d(figure.subplots(1, len(found))), found):
        edges = np.linspace(0, max(one.distances.max(), one.held_out.max()) or 1, 40)
        for label, values in (('generated', one.distances), ('held-out', one.held_out)):
            axes.hist(values, edges, density=True, histtype='step', label=label)
        axes.set_xlabel(f'distance to the nearest training image, in {one.space}')
        axes.set_yticks([])
        axes.legend(fontsize='x-small')
    if title:
        figure.suptitle(title, fontsize='medium')
    return figure
