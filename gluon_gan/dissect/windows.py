"""Make a generator forget an object: Radford, Metz, Chintala 2015 (DCGAN, arXiv:1511.06434), section 6.3.1, where bedrooms lose their
windows.

They boxed 52 windows in 150 samples by hand. A logistic regression on the maps h(z) of "the second highest convolution layer", one
example a location p, told those inside the boxes (positives) from random ones of the same samples (negatives),

    P(object at p) = sigmoid(b + sum_u w_u h_u(p)),

and all maps u with w_u > 0 (200 of them) were set to zero at every location. A layer with 200 to drop can be, of their G, only that of
256 maps of 16x16 or one below; here it is ``up.1`` of a 64 px generator, its 16x16 (:func:`gluon_gan.dissect.second_highest`).

What is special about the object is one thing, what is special about its place another: where pictures are aligned, as faces are, the
negatives of the same sample teach the regression where eyes are, not what glasses are. :func:`evidence` therefore also takes negatives at
the same places of other samples, without the object (``without=``). :func:`overlap` is Bau et al.'s measure of how well a single map
marks the object (2019, arXiv:1811.10597, section 3.1).
"""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ..checks import number, whole_number
from .stages import as_inputs

TOP = 0.01      # a map marks the locations of its highest 1 %; network dissection (Bau et al. 2017) took half of that
PENALTY = 1e-3  # sklearn's C, on maps of deviation 1: there are more maps than boxes


class Evidence(NamedTuple):
    """``weights`` ``(K,)`` of the maps, per deviation of a map: above 0 where a map speaks for the object. ``auc``: the chance that a
    location inside a box is told from a negative, on samples that were not fitted to (0.5 for nothing, 1 for always). ``positives``,
    ``negatives``: how many locations."""
    weights: np.ndarray
    auc: float
    positives: int
    negatives: int


def evidence(maps, marked, without=None, seed=0, penalty=PENALTY):
    """Which maps speak for the object: the logistic regression over locations.

    Parameters
    ----------
    maps : numpy.ndarray
        ``(N, K, h, w)``: the layer's activations of the samples.
    marked : numpy.ndarray
        ``(N, h, w)`` bool: :func:`gluon_gan.dissect.inside`. Samples without a box are left out.
    without : numpy.ndarray, optional
        ``(L, K, h, w)``: activations of samples that do not show the object. Negatives are then the places of the boxes, in these; by
        default, as in the paper, random locations outside of the boxes in the same samples.
    seed : int
        Of which negatives, as many as positives.
    penalty : float
        sklearn's C: the smaller, the nearer to zero the weights.

    Returns
    -------
    Evidence

    Raises
    ------
    ValueError
        If the arrays do not go together, fewer than two samples are marked, or no location is left for negatives.
    """
    maps, marked = np.asarray(maps), np.asarray(marked)
    if maps.ndim != 4 or marked.shape != (len(maps), *maps.shape[2:]) or marked.dtype != bool:
        raise ValueError(f'marked must be bool (N, h, w) of the maps (N, K, h, w), not {marked.dtype} {marked.shape} for {maps.shape}')
    if without is not None and (np.ndim(without) != 4 or np.shape(without)[1:] != maps.shape[1:] or len(without) < 2):
        raise ValueError(f'without must be maps (L, {maps.shape[1]}, {maps.shape[2]}, {maps.shape[3]}) of at least two samples, '
                         f'not {np.shape(without)}')
    samples = np.flatnonzero(marked.any(axis=(1, 2)))
    if len(samples) < 2:
        raise ValueError(f'boxes on {len(samples)} samples are too few: draw them on at least two')
    rng = np.random.default_rng(seed)
    mean, deviation = maps.mean(axis=(0, 2, 3)), maps.std(axis=(0, 2, 3)) + 1e-6
    rng.shuffle(samples)
    halves = [_examples(maps, marked, part, other, rng) for part, other in zip(np.array_split(samples, 2), _halves(without))]
    features, labels = [(part - mean) / deviation for part, _ in halves], [part for _, part in halves]
    told = [roc_auc_score(labels[1 - i], _fit(features[i], labels[i], penalty).decision_function(features[1 - i])) for i in (0, 1)]
    model, labels = _fit(np.concatenate(features), np.concatenate(labels), penalty), np.concatenate(labels)
    return Evidence(model.coef_[0].astype(np.float32), float(np.mean(told)), int(labels.sum()), int((~labels).sum()))


def _halves(without):
    return (None, None) if without is None else np.array_split(np.asarray(without), 2)


def _fit(features, labels, penalty):
    return LogisticRegression(C=number('penalty', penalty, 'a positive number', least=1e-30), max_iter=2000).fit(features, labels)


def _examples(maps, marked, samples, without, rng):
    """(features ``(n, K)``, labels ``(n,)`` bool) of the locations of some samples, as many negatives as positives."""
    positives = maps[samples].transpose(0, 2, 3, 1)[marked[samples]]
    if without is None:
        negatives = maps[samples].transpose(0, 2, 3, 1)[~marked[samples]]
    else:
        # The places where boxes are, as often as they are there.
        places = np.argwhere(marked[samples])[:, 1:]
        places = places[rng.integers(len(places), size=len(places))]
        negatives = without[rng.integers(len(without), size=len(places)), :, places[:, 0], places[:, 1]]
    if not len(negatives):
        raise ValueError('the boxes cover the samples wholly: no location is left outside of them')
    chosen = rng.choice(len(negatives), min(len(positives), len(negatives)), replace=False)
    return np.concatenate([positives, negatives[chosen]]), np.repeat([True, False], [len(positives), len(chosen)])


def overlap(maps, marked, top=TOP):
    """How well each map marks the object by itself: intersection over union of its highest locations and the boxes (GAN dissection,
    equation 2).

    Parameters
    ----------
    maps, marked
        As for :func:`evidence`; samples without the object count, too: a map that marks them is none of the object's.
    top : float
        Which share of all its locations a map marks.

    Returns
    -------
    numpy.ndarray
        ``(K,)`` float64, 0 to 1.
    """
    maps, top = np.asarray(maps), number('top', top, 'a share above 0 and below 1', least=1e-9, below=1)
    flat = maps.transpose(1, 0, 2, 3).reshape(maps.shape[1], -1)
    high = flat > np.quantile(flat, 1 - top, axis=1, keepdims=True)
    wanted = np.asarray(marked).ravel()
    return (high & wanted).sum(axis=1) / (high | wanted).sum(axis=1)


def strongest(weights, count=None):
    """Which maps to drop: those of positive weight, the greatest first; all of them, as in the paper, or no more than ``count``."""
    weights = np.asarray(weights)
    order = np.argsort(-weights, kind='stable')
    order = order[weights[order] > 0]
    return order if count is None else order[:whole_number('count', count)]


def drop(head, tail, z, maps, where=None, batch_size=128):
    """The samples without these feature maps.

    Parameters
    ----------
    head, tail : callable
        The two parts of the generator (:func:`gluon_gan.dissect.split`).
    z : NDArray or numpy.ndarray
        ``(N, nz)``
    maps : sequence of int
        Which maps of the head's become zero; none gives the samples as they are.
    where : numpy.ndarray, optional
        ``(h, w)`` bool: at which of the layer's locations (:func:`gluon_gan.dissect.inside` gives those of a box), as GAN dissection
        drops them; by default at all, as in the DCGAN paper.
    batch_size : int
        How many at once; changes nothing but the memory.

    Returns
    -------
    numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].

    Raises
    ------
    ValueError
        If the layer has no such map, or other locations.
    """
    z, step, made = as_inputs(z, head), whole_number('batch_size', batch_size), []
    for start in range(0, len(z), step):
        found = head(z[start:start + step])
        kept = mx.nd.array(_kept(maps, where, found.shape[1:]), ctx=found.context)
        made.append(tail(mx.nd.broadcast_mul(found, kept)).asnumpy())
    return np.concatenate(made)


def _kept(maps, where, shape):
    """``(1, K, h, w)``: 0 for what is to be dropped, 1 for the rest."""
    chosen = np.asarray(maps, int).ravel() if len(maps) else np.empty(0, int)
    if len(chosen) and not (0 <= chosen.min() and chosen.max() < shape[0]):
        raise ValueError(f'this layer has the maps 0 to {shape[0] - 1}, not {chosen.min() if chosen.min() < 0 else chosen.max()}')
    where = np.ones(shape[1:], bool) if where is None else np.asarray(where)
    if where.shape != shape[1:] or where.dtype != bool:
        raise ValueError(f'where must be {shape[1:]} bool, a place for each location of the layer, not {where.dtype} {where.shape}')
    kept = np.ones((1, *shape), np.float32)
    kept[0, chosen] = ~where
    return kept


class Forgotten(NamedTuple):
    """``had``: share of all samples that showed the object before; ``lost``: of those, the share that do not any more; ``gained``: of the
    others, the share that show it now (NaN where there are none)."""
    had: float
    lost: float
    gained: float


def forgotten(before, after):
    """Whether it worked, of what a judge sees in the same samples before and after: ``(N,)`` bool each."""
    before, after = np.asarray(before), np.asarray(after)
    if before.dtype != bool or after.dtype != bool or before.shape != after.shape or before.ndim != 1 or not before.any():
        raise ValueError('before and after must be bool (N,) of the same samples, and at least one must have had the object')
    return Forgotten(float(before.mean()), float((~after[before]).mean()), float(after[~before].mean()) if not before.all() else float('nan'))
