"""Ablate the feature maps that produce an object.

Radford, Metz, Chintala 2015 (DCGAN, arXiv:1511.06434), section 6.3.1, remove the windows from generated bedrooms. They
label 52 windows by hand in 150 samples. They fit a logistic regression to the feature maps h(z) of "the
second highest convolution layer". Each location p is one example; locations inside the boxes are positives, and random
locations of the same samples are negatives:

    P(object at p) = sigmoid(b + sum_u w_u h_u(p))

They then set all feature maps u with w_u > 0, 200 of them, to zero at every location. In their G, a layer with 200 such
feature maps can only be the one with 256 feature maps of 16x16, or an earlier one. Here it is ``up.1`` of a 64 px
generator, also 16x16 (:func:`gluon_gan.dissect.second_highest_layer`).

Aligned images, such as faces, need other negatives. There the regression on negatives from the same samples learns
where the eyes are, not what glasses are. :func:`fit_object_classifier` therefore also accepts negatives from the same
locations of samples without the object (``without=``). :func:`intersection_over_union` is the measure of Bau et al.
2019 (arXiv:1811.10597, section 3.1) for how well a single feature map matches the object.
"""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from ..support.checks import number, random_seed, whole_number
from .layers import as_inputs

TOP = 0.01      # the highest 1 % of locations; network dissection (Bau et al. 2017) used half of that
PENALTY = 1e-3  # scikit-learn's C, for standardised feature maps: there are more feature maps than boxes


class ObjectClassifier(NamedTuple):
    """A logistic regression that predicts from the feature maps at a location whether the object is there.

    Attributes
    ----------
    weights : numpy.ndarray
        ``(K,)``: weights of the standardised feature maps. A positive weight is evidence for the object.
    auc : float
        Area under the ROC curve on samples that were not used for fitting (two-fold cross-validation): the probability
        that a location inside a box scores higher than a negative, 0.5 for chance and 1 for perfect separation.
    positives, negatives : int
        Number of locations.
    """
    weights: np.ndarray
    auc: float
    positives: int
    negatives: int


def fit_object_classifier(feature_maps, marked, without=None, seed=0, penalty=PENALTY):
    """Fit the logistic regression over locations, to find the feature maps that indicate the object.

    Parameters
    ----------
    feature_maps : numpy.ndarray
        ``(N, K, h, w)``: the feature maps of a layer for N samples.
    marked : numpy.ndarray
        ``(N, h, w)`` bool: the locations inside a box (:func:`gluon_gan.dissect.inside`). Samples without a box are
        ignored.
    without : numpy.ndarray, optional
        ``(L, K, h, w)``: feature maps of samples that do not show the object. The negatives are then the locations of
        the boxes in these samples. By default, as in the paper, they are random locations outside the boxes of the same
        samples.
    seed : int
        Seed for the choice of the negatives, which are as many as the positives, and for the folds.
    penalty : float
        scikit-learn's C; smaller values shrink the weights more.

    Returns
    -------
    ObjectClassifier

    Raises
    ------
    ValueError
        If the shapes do not match, fewer than two samples have a box, or no locations remain for the negatives.
    """
    feature_maps, marked = np.asarray(feature_maps), np.asarray(marked)
    shape = feature_maps.shape
    if feature_maps.ndim != 4 or marked.shape != (len(feature_maps), *shape[2:]) or marked.dtype != bool:
        raise ValueError('marked must be (N, h, w) bool for feature maps (N, K, h, w), '
                         f'not {marked.dtype} {marked.shape} for {shape}')
    if without is not None and (np.ndim(without) != 4 or np.shape(without)[1:] != shape[1:] or len(without) < 2):
        raise ValueError(f'without must be feature maps (L, {shape[1]}, {shape[2]}, {shape[3]}) of at least two '
                         f'samples, not {np.shape(without)}')
    samples = np.flatnonzero(marked.any(axis=(1, 2)))
    if len(samples) < 2:
        raise ValueError(f'{len(samples)} samples have boxes, and at least two are needed: add boxes on other samples')
    rng = np.random.default_rng(random_seed(seed))
    mean, deviation = feature_maps.mean(axis=(0, 2, 3)), feature_maps.std(axis=(0, 2, 3)) + 1e-6
    rng.shuffle(samples)
    folds = [_examples(feature_maps, marked, part, other, rng)
             for part, other in zip(np.array_split(samples, 2), _halves(without))]
    features, labels = [(part - mean) / deviation for part, _ in folds], [part for _, part in folds]
    auc = [roc_auc_score(labels[1 - i], _fit(features[i], labels[i], penalty).decision_function(features[1 - i]))
           for i in (0, 1)]
    model, labels = _fit(np.concatenate(features), np.concatenate(labels), penalty), np.concatenate(labels)
    weights = model.coef_[0].astype(np.float32)
    return ObjectClassifier(weights, float(np.mean(auc)), int(labels.sum()), int((~labels).sum()))


def _halves(without):
    return (None, None) if without is None else np.array_split(np.asarray(without), 2)


def _fit(features, labels, penalty):
    penalty = number('penalty', penalty, 'a positive number', least=1e-30)
    return LogisticRegression(C=penalty, max_iter=2000).fit(features, labels)


def _examples(feature_maps, marked, samples, without, rng):
    """(features ``(n, K)``, labels ``(n,)`` bool) at locations of some samples; as many negatives as positives."""
    positives = feature_maps[samples].transpose(0, 2, 3, 1)[marked[samples]]
    if without is None:
        negatives = feature_maps[samples].transpose(0, 2, 3, 1)[~marked[samples]]
    else:
        # The locations of the boxes, each as often as it is inside a box.
        locations = np.argwhere(marked[samples])[:, 1:]
        locations = locations[rng.integers(len(locations), size=len(locations))]
        negatives = without[rng.integers(len(without), size=len(locations)), :, locations[:, 0], locations[:, 1]]
    if not len(negatives):
        raise ValueError('the boxes cover the samples completely: no locations remain for the negatives')
    chosen = rng.choice(len(negatives), min(len(positives), len(negatives)), replace=False)
    labels = np.repeat([True, False], [len(positives), len(chosen)])
    return np.concatenate([positives, negatives[chosen]]), labels


def intersection_over_union(feature_maps, marked, top=TOP):
    """How well each feature map matches the object by itself (GAN dissection, equation 2).

    The value is the intersection of a feature map's highest locations and the boxes, divided by their union.

    Parameters
    ----------
    feature_maps, marked
        As for :func:`fit_object_classifier`. Samples without a box count too: a feature map that is high there does not
        belong to the object.
    top : float
        The fraction of all locations that counts as a feature map's highest.

    Returns
    -------
    numpy.ndarray
        ``(K,)`` float64, 0 to 1.
    """
    top = number('top', top, 'a fraction above 0 and below 1', least=1e-9, below=1)
    feature_maps = np.asarray(feature_maps)
    flat = feature_maps.transpose(1, 0, 2, 3).reshape(feature_maps.shape[1], -1)
    high = flat > np.quantile(flat, 1 - top, axis=1, keepdims=True)
    marked = np.asarray(marked).ravel()
    return (high & marked).sum(axis=1) / (high | marked).sum(axis=1)


def top_feature_maps(weights, count=None):
    """Indices of the feature maps to ablate: those of positive weight, in descending order of weight.

    Parameters
    ----------
    weights : array_like
        ``(K,)``: the weights of an :class:`ObjectClassifier`.
    count : int, optional
        Maximum number of feature maps; by default all of positive weight, as in the paper.

    Returns
    -------
    numpy.ndarray
        Int.
    """
    weights = np.asarray(weights)
    order = np.argsort(-weights, kind='stable')
    order = order[weights[order] > 0]
    return order if count is None else order[:whole_number('count', count)]


def ablate(head, tail, z, filters, where=None, batch_size=128):
    """Generate samples with some feature maps set to zero.

    Parameters
    ----------
    head, tail : callable
        The two parts of the generator (:func:`gluon_gan.dissect.split`).
    z : NDArray or numpy.ndarray
        ``(N, nz)``.
    filters : sequence of int
        Indices of the feature maps of the head's output to set to zero. With an empty sequence, the samples are
        unchanged.
    where : numpy.ndarray, optional
        ``(h, w)`` bool: the locations at which they are set to zero, as in GAN dissection
        (:func:`gluon_gan.dissect.inside` returns those of a box). By default all locations, as in the DCGAN paper.
    batch_size : int
        Number of samples generated at a time. It limits memory use and does not affect the result.

    Returns
    -------
    numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].

    Raises
    ------
    ValueError
        If the layer does not have such feature maps or locations.
    """
    z, step, generated = as_inputs(z, head), whole_number('batch_size', batch_size), []
    for start in range(0, len(z), step):
        with autograd.pause():              # batch norm uses its running statistics, whatever the caller records
            found = head(z[start:start + step])
            mask = mx.nd.array(_ablation_mask(filters, where, found.shape[1:]), ctx=found.context)
            generated.append(tail(mx.nd.broadcast_mul(found, mask)).asnumpy())
    return np.concatenate(generated)


def _ablation_mask(filters, where, shape):
    """``(1, K, h, w)``: 0 for the values to ablate, 1 for the others."""
    chosen = np.asarray(filters, int).ravel() if len(filters) else np.empty(0, int)
    if len(chosen) and not (0 <= chosen.min() and chosen.max() < shape[0]):
        raise ValueError(f'this layer has the feature maps 0 to {shape[0] - 1}, '
                         f'not {chosen.min() if chosen.min() < 0 else chosen.max()}')
    where = np.ones(shape[1:], bool) if where is None else np.asarray(where)
    if where.shape != shape[1:] or where.dtype != bool:
        raise ValueError(f'where must be {shape[1:]} bool, one value for each location of the layer, '
                         f'not {where.dtype} {where.shape}')
    mask = np.ones((1, *shape), np.float32)
    mask[0, chosen] = ~where
    return mask


class AblationEffect(NamedTuple):
    """The effect of an ablation on an object, as fractions of samples.

    Attributes
    ----------
    had : float
        Fraction of all samples that showed the object before.
    lost : float
        Fraction of those that no longer show it.
    gained : float
        Fraction of the other samples that show it now; NaN if all samples showed it before.
    """
    had: float
    lost: float
    gained: float


def ablation_effect(before, after):
    """Compare the predictions of a classifier for the same samples before and after an ablation.

    Parameters
    ----------
    before, after : array_like
        ``(N,)`` bool: whether each sample shows the object.

    Returns
    -------
    AblationEffect

    Raises
    ------
    ValueError
        If the arrays differ in length, are not bool, or no sample showed the object before.
    """
    before, after = np.asarray(before), np.asarray(after)
    if (before.dtype != bool or after.dtype != bool or before.shape != after.shape or before.ndim != 1
            or not before.any()):
        raise ValueError('before and after must be (N,) bool for the same samples, '
                         'and at least one sample must show the object before')
    gained = float(after[~before].mean()) if not before.all() else float('nan')
    return AblationEffect(float(before.mean()), float((~after[before]).mean()), gained)
