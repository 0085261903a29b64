"""Arithmetic with latent vectors: vector arithmetic, turn vectors and attribute directions.

Radford, Metz, Chintala 2015 (DCGAN), section 6.3, shows that smiling woman - neutral woman + neutral man gives a
smiling man. Each term is the mean of a few z, because results from single z are unstable. The paper also adds a turn
vector, the difference of the mean z of faces looking left and of faces looking right, to rotate other faces.
"""
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from ..support.checks import number, random_seed, shown, whole_number
from ._validation import check_same_nz, finite_array, list_of_numbers, one_or_more_z, rows, single_z

NEIGHBOURS, SCALE = 8, 0.25         # the paper's figure 7: eight neighbours, uniform noise of scale +-0.25
FOLDS = 5                           # of the cross-validation that measures a direction's accuracy
LEAST_EXAMPLES = 10                 # with the attribute, and without it


def arithmetic(first, minus, plus):
    """``mean(first) - mean(minus) + mean(plus)``.

    The paper's figure 7 uses three z for each term. With one z for each term the result is ``first - minus + plus``.

    Parameters
    ----------
    first, minus, plus : array_like
        ``(K, nz)`` or ``(nz,)`` each.

    Returns
    -------
    numpy.ndarray
        ``(nz,)`` float32.

    Raises
    ------
    ValueError
        If a term has another shape, or the terms differ in nz.
    """
    terms = [one_or_more_z(name, term).mean(axis=0)
             for name, term in (('first', first), ('minus', minus), ('plus', plus))]
    for term in terms[1:]:
        check_same_nz(terms[0], term)
    return terms[0] - terms[1] + terms[2]


def neighbours(z, n=NEIGHBOURS, scale=SCALE, seed=None):
    """z itself, followed by n copies with uniform noise added.

    Parameters
    ----------
    z : array_like
        ``(nz,)``.
    n : int
        Number of neighbours; the paper's figure 7 shows eight around each result.
    scale : float
        The noise in each dimension is uniform in [-scale, scale].
    seed : int, optional
        Seed of the noise.

    Returns
    -------
    numpy.ndarray
        ``(n + 1, nz)`` float32.
    """
    z, n, scale = single_z('z', z), whole_number('n', n), number('scale', scale, 'a number of at least 0')
    noise = np.random.default_rng(random_seed(seed)).uniform(-scale, scale, (n, len(z)))
    return np.concatenate([z[None], z + noise]).astype(np.float32)


def turn_vector(start, stop):
    """``mean(stop) - mean(start)``, ``(nz,)``.

    The paper's figure 8 uses four z of faces looking left and four z of faces looking right.
    """
    start, stop = (one_or_more_z(name, z).mean(axis=0) for name, z in (('start', start), ('stop', stop)))
    check_same_nz(start, stop)
    return stop - start


def along(z, vector, alphas):
    """Move each z along a vector by each alpha: ``z + alpha * vector``.

    Parameters
    ----------
    z : array_like
        ``(N, nz)`` or ``(nz,)``.
    vector : array_like
        ``(nz,)``: a :func:`turn_vector`, or the ``vector`` of a :func:`direction`.
    alphas : array_like
        ``(K,)``.

    Returns
    -------
    numpy.ndarray
        ``(N, K, nz)``, or ``(K, nz)`` for a single z.

    Raises
    ------
    ValueError
        If the shapes do not match or ``alphas`` is empty.
    """
    z, vector, alphas = finite_array('z', z), single_z('vector', vector), list_of_numbers('alphas', alphas)
    single, z = z.ndim == 1, one_or_more_z('z', z)
    check_same_nz(z[0], vector)
    moved = z[:, None] + (alphas[:, None] * vector).astype(np.float32)
    return moved[0] if single else moved


class Direction(NamedTuple):
    """The direction of an attribute in the latent space, and how well z predicts the attribute.

    A direction is meaningless if its accuracy is no better than chance.

    Attributes
    ----------
    vector : numpy.ndarray
        ``(nz,)``, of length 1. It points towards more of the attribute.
    accuracy : float
        Cross-validated accuracy of a linear classifier that predicts the attribute from z alone.
    chance : float
        Accuracy of always predicting the more frequent class.
    """
    vector: np.ndarray
    accuracy: float
    chance: float


def direction(z, has, without=None):
    """The direction of an attribute: the normal of a linear classifier of the attribute in the latent space.

    The classifier is a logistic regression. Shen et al. 2020 (InterFaceGAN, arXiv:1907.10786, section 2) use a
    linear support vector machine for the same purpose.

    Parameters
    ----------
    z : array_like
        ``(N, nz)``.
    has : array_like
        ``(N,)`` bool: whether the image of each z has the attribute, according to a classifier. At least 10 images must
        have it and 10 must not.
    without : array_like, optional
        ``(nz,)`` or ``(K, nz)``: directions of other attributes that should not change. The result is made orthogonal
        to them (conditional manipulation, section 2.2 of the same paper).

    Returns
    -------
    Direction

    Raises
    ------
    ValueError
        If one of the two classes has too few examples, or the direction lies in the span of ``without``.
    """
    z, has = rows('z', z), np.asarray(has)
    if has.shape != (len(z),) or has.dtype != bool:
        raise ValueError(f'has must be ({len(z)},) bool, one value for each z, not {has.dtype} {has.shape}')
    count = min(has.sum(), (~has).sum())
    if count < LEAST_EXAMPLES:
        raise ValueError(f'the smaller class has {count} of the {len(z)} z: a direction needs at least '
                         f'{LEAST_EXAMPLES} examples with the attribute and as many without')
    # z has unit variance. The regularisation is strong because nz is not small compared with N.
    model = LogisticRegression(C=0.01, max_iter=1000)
    accuracy = cross_val_score(model, z, has, cv=FOLDS).mean()
    vector = model.fit(z, has).coef_[0]
    if without is not None:
        others = one_or_more_z('without', without).astype(np.float64)
        check_same_nz(z[0], others[0])
        basis, _ = np.linalg.qr(others.T)
        vector = vector - basis @ (basis.T @ vector)
    length = np.linalg.norm(vector)
    if length < 1e-9:
        raise ValueError('this direction is a linear combination of those in without: pass fewer of them')
    chance = float(max(has.mean(), 1 - has.mean()))
    return Direction((vector / length).astype(np.float32), float(accuracy), chance)


class Effect(NamedTuple):
    """The effect of a change of z on attributes, as fractions of the images from 0 to 1.

    Attributes
    ----------
    before, after : float
        The fraction of the images with the attribute before and after the change.
    others : dict of float
        For each other attribute, the fraction of the images in which it changed.
    """
    before: float
    after: float
    others: dict


def effect(before, after, attribute, others=None):
    """Measure how a change of z affects an attribute, and which other attributes change with it.

    Parameters
    ----------
    before, after : dict of array
        For each attribute ``(N,)`` bool: the predictions of a classifier for the images before and after the change.
    attribute : str
        The attribute that was meant to change.
    others : sequence of str, optional
        The other attributes to compare; all of them by default.

    Returns
    -------
    Effect

    Raises
    ------
    ValueError
        If an attribute is missing, if ``before`` and ``after`` differ in length, or if they are empty.
    """
    for argument, predictions in (('before', before), ('after', after)):
        if not isinstance(predictions, Mapping):
            raise ValueError(f'{argument} must be a dict with the predictions of each attribute, '
                             f'not {shown(predictions)}')
    if not isinstance(attribute, str) or not (others is None or isinstance(others, (list, tuple, set, Mapping))):
        raise ValueError('attribute must be a str and others a list of str, '
                         f'not {shown(attribute)} and {shown(others)}')
    names = [attribute, *(name for name in (others if others is not None else before) if name != attribute)]
    for argument, predictions in (('before', before), ('after', after)):
        missing = next((name for name in names if name not in predictions), None)
        if missing is not None:
            raise ValueError(f"{argument} has no attribute {missing!r}; it has {', '.join(predictions)}")
    pairs = {name: (np.asarray(before[name], bool), np.asarray(after[name], bool)) for name in names}
    if len({part.shape for pair in pairs.values() for part in pair}) != 1 or not pairs[attribute][0].size:
        raise ValueError('before and after must describe the same images, and at least one image')
    old, new = pairs[attribute]
    changed = {name: float((pairs[name][0] != pairs[name][1]).mean()) for name in names[1:]}
    return Effect(float(old.mean()), float(new.mean()), changed)
