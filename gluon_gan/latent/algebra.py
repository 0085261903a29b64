"""Arithmetic with z, turn vectors and directions of attributes.

Radford, Metz, Chintala 2015 (DCGAN), section 6.3: smiling woman - neutral woman + neutral man is a smiling man, if each term is the mean of a few z, for
single ones are unstable; and the difference of the means of faces that look left and right turns any face.
"""
from typing import NamedTuple

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

from ..checks import number, whole_number
from ._points import array, point, rows, same_nz, some, steps

NEIGHBOURS, SPREAD = 8, 0.25        # the paper's
FOLDS, LEAST = 5, 10                # of a direction's accuracy; examples of either kind


def arithmetic(first, minus, plus):
    """``mean(first) - mean(minus) + mean(plus)``: the paper's figure 7, with three z a term; one z a term is z1 - z2 + z3.

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
        If a term is no such array or has another nz.
    """
    terms = [some(name, term).mean(axis=0) for name, term in (('first', first), ('minus', minus), ('plus', plus))]
    for term in terms[1:]:
        same_nz(terms[0], term)
    return terms[0] - terms[1] + terms[2]


def neighbours(z, n=NEIGHBOURS, spread=SPREAD, seed=None):
    """z itself, and n others with uniform noise of up to +-spread in each dimension: ``(n + 1, nz)``, nine in the paper's figure 7."""
    z, n, spread = point('z', z), whole_number('n', n), number('spread', spread, 'a number of at least 0')
    noise = np.random.default_rng(seed).uniform(-spread, spread, (n, len(z)))
    return np.concatenate([z[None], z + noise]).astype(np.float32)


def turn_vector(start, stop):
    """``mean(stop) - mean(start)``: the paper's figure 8 took four z of faces that look left, and four of such that look right."""
    start, stop = (some(name, z).mean(axis=0) for name, z in (('start', start), ('stop', stop)))
    same_nz(start, stop)
    return stop - start


def along(z, vector, alphas):
    """Each z moved along a vector by each alpha.

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
        ``(N, K, nz)``, or ``(K, nz)`` for one z.

    Raises
    ------
    ValueError
        If shapes do not go together or there is no alpha.
    """
    z, vector, alphas = array('z', z), point('vector', vector), steps('alphas', alphas)
    single, z = z.ndim == 1, some('z', z)
    same_nz(z[0], vector)
    moved = z[:, None] + (alphas[:, None] * vector).astype(np.float32)
    return moved[0] if single else moved


class Direction(NamedTuple):
    """Where an attribute is in z.

    ``vector`` ``(nz,)`` has length 1 and points to more of it; ``accuracy`` is how often a linear model tells from z alone whether a picture has it,
    on z that it was not fitted to, and ``chance`` what always saying the commoner of the two would have: a direction whose accuracy is no more is none.
    """
    vector: np.ndarray
    accuracy: float
    chance: float


def direction(z, has, without=None):
    """The direction of an attribute: the normal of a linear model of it over z.

    As in Shen et al. 2020 (InterFaceGAN, arXiv:1907.10786, section 2), by a logistic regression.

    Parameters
    ----------
    z : array_like
        ``(N, nz)``.
    has : array_like
        ``(N,)`` bool: whether the picture of each z has the attribute, says a classifier; at least 10 do and 10 do not.
    without : array_like, optional
        ``(nz,)`` or ``(K, nz)``: directions of other attributes, which moving along this one is to leave as they are; their part is taken out
        (section 2.2 there: conditional manipulation).

    Raises
    ------
    ValueError
        If there are too few examples of either kind, or nothing is left beside ``without``.
    """
    z, has = rows('z', z), np.asarray(has)
    if has.shape != (len(z),) or has.dtype != bool:
        raise ValueError(f'has must be ({len(z)},) bool, one for each z, not {has.dtype} {has.shape}')
    count = min(has.sum(), (~has).sum())
    if count < LEAST:
        raise ValueError(f'{count} of the {len(z)} z are of the rarer kind: a direction needs at least {LEAST} with and without')
    model = LogisticRegression(C=0.01, max_iter=1000)        # z has unit variance; strong regularisation, for nz is no small part of N
    accuracy = cross_val_score(model, z, has, cv=FOLDS).mean()
    vector = model.fit(z, has).coef_[0]
    if without is not None:
        others = some('without', without).astype(np.float64)
        same_nz(z[0], others[0])
        basis, _ = np.linalg.qr(others.T)
        vector = vector - basis @ (basis.T @ vector)
    length = np.linalg.norm(vector)
    if length < 1e-9:
        raise ValueError('nothing is left of this direction beside the others')
    return Direction((vector / length).astype(np.float32), float(accuracy), float(max(has.mean(), 1 - has.mean())))


class Effect(NamedTuple):
    """What a change of z did, as shares of the pictures from 0 to 1."""
    before: float       # had the attribute before
    after: float        # and after
    others: dict        # of each other attribute, how many pictures have it otherwise than before


def effect(before, after, attribute, others=None):
    """How often an attribute came, and what else changed with it.

    Parameters
    ----------
    before, after : dict of array
        ``(N,)`` bool by attribute: what a classifier says of the pictures before and after.
    attribute : str
        The one that was to change.
    others : sequence of str, optional
        Which others to look at; by default all.

    Raises
    ------
    ValueError
        If an attribute is missing, or the two are of different pictures or of none.
    """
    names = [attribute, *(name for name in (others if others is not None else before) if name != attribute)]
    for when, said in (('before', before), ('after', after)):
        missing = next((name for name in names if name not in said), None)
        if missing is not None:
            raise ValueError(f"{when} says nothing of {missing!r}; it has {', '.join(said)}")
    pairs = {name: (np.asarray(before[name], bool), np.asarray(after[name], bool)) for name in names}
    if len({part.shape for pair in pairs.values() for part in pair}) != 1 or not pairs[attribute][0].size:
        raise ValueError('before and after must be of the same pictures, of one at least')
    old, new = pairs[attribute]
    return Effect(float(old.mean()), float(new.mean()), {name: float((pairs[name][0] != pairs[name][1]).mean()) for name in names[1:]})
