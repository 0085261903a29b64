"""How good a translation is: whether it arrives, whether what should stay stays, whether there and back again is where one was.

All of it on pictures that were not trained on, each number beside the one that says what it is worth.
"""
import json
from dataclasses import asdict, dataclass

import mxnet as mx
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from .. import metrics
from ..data import ImageArray, TwoDomains
from ..pixels import to_float

BATCH = 50
EDGES = 16           # the side of the maps of edges by which a picture is found again: coarse enough to forgive an edge that is drawn anew
LEAST = 10           # pictures of each domain
KEPT = 0.8           # the share of pictures in which an attribute stays, from which on the table does not name it


@dataclass(frozen=True)
class Translation:
    """What :func:`measure` found, of one direction. All distances are means over pixels of the absolute difference, in a range of 2.

    ``count`` pictures of ``source``; ``taken`` the share whose translation a classifier takes for the target domain, and ``taken_before`` and
    ``taken_real`` the same of the pictures themselves and of real ones of the target; ``pattern`` the share whose translation
    has edges more like its own original's than like any other's; ``kept`` the share of attributes that a judge sees unchanged, by name; ``cycle`` the distance
    after there and back again, ``apart`` that between two pictures; ``identity`` what is changed in pictures of the target domain;
    ``truth`` the distance from the true translation and ``truth_before`` that of the untranslated pictures; ``frechet`` the Fréchet distance of
    the translations to the target domain in the features of ``extractor``, ``frechet_before`` that of the untranslated pictures and
    ``frechet_real`` that of other real ones. None where something was not given.
    """
    source: str
    target: str
    count: int
    taken: float
    taken_before: float
    taken_real: float
    pattern: float
    cycle: float
    apart: float
    identity: float
    frechet: float
    frechet_before: float
    frechet_real: float
    extractor: str
    truth: float | None = None
    truth_before: float | None = None
    kept: dict | None = None


def measure(netG, training, test, truth=None, judge=None, extractor='random64'):
    """Both directions of a translation.

    Parameters
    ----------
    netG : Translators
    training, test : TwoDomains
        What it was trained on, for the classifier of domains, and pictures that it never saw, which everything else is measured on.
    truth : pair of ImageArray or array, optional
        ``test.a`` as it should be in B, and ``test.b`` as it should be in A.
    judge : callable, optional
        An NDArray of pictures ``(N, C, H, W)`` in [-1, 1] to something with ``.attributes``, a dict of arrays ``(N,)`` by name, of what should
        stay: of drawn faces at 64 pixels :func:`gluon_gan.metrics.face_judge`.
    extractor : str or callable
        As :func:`gluon_gan.metrics.named` takes it: of the classifier and the Fréchet distance.

    Returns
    -------
    (Translation, Translation)
        Of A to B, and of B to A.

    Raises
    ------
    ValueError
        If there are fewer than 10 pictures of a domain, or the networks are for pictures of another size.
    """
    for part in (training, test):
        if not isinstance(part, TwoDomains) or (part.size, part.channels) != (netG.size, netG.channels):
            raise ValueError(f'a TwoDomains of {netG.size} pixels and {netG.channels} channels is needed, not {part!r}')
        if min(len(part.a), len(part.b)) < LEAST:
            raise ValueError(f'at least {LEAST} pictures of each domain are needed, not {len(part.a)} and {len(part.b)}')
    extractor = metrics.named(extractor)
    classifier = Classifier(training, extractor)
    truth = truth or (None, None)
    return (_way(netG.ab, netG.ba, test.a, test.b, training.b, truth[0], judge, extractor, lambda pictures: classifier(pictures) > 0.5),
            _way(netG.ba, netG.ab, test.b, test.a, training.a, truth[1], judge, extractor, lambda pictures: classifier(pictures) < 0.5))


class Classifier:
    """Says of pictures ``(N, C, H, W)`` in [-1, 1] how likely they are of domain B, ``(N,)``: a logistic regression on features.

    Parameters
    ----------
    domains : TwoDomains
        To learn from: up to 2,000 of each.
    extractor : str or callable
    """

    def __init__(self, domains, extractor='random64'):
        self.extractor = metrics.named(extractor)
        parts = [images[np.sort(np.random.default_rng(0).permutation(len(images))[:2000])] for images in domains]
        features = np.concatenate([metrics.extract(self.extractor, images, BATCH) for images in parts])
        labels = np.repeat([0, 1], [len(images) for images in parts])
        self._model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features, labels)

    def __call__(self, pictures):
        return self._model.predict_proba(metrics.extract(self.extractor, mx.nd.array(pictures), BATCH))[:, 1]


def translate(net, pictures):
    """ndarray: what one generator makes of pictures ``(N, C, H, W)`` in [-1, 1], in batches."""
    ctx = next(iter(net.collect_params().values())).list_ctx()[0]
    return np.concatenate([net(mx.nd.array(pictures[first:first + BATCH], ctx=ctx)).asnumpy() for first in range(0, len(pictures), BATCH)])


def _way(there, back, source, target, beside, truth, judge, extractor, arrived):
    own, aim = to_float(np.asarray(source.images)), to_float(np.asarray(target.images))
    made = translate(there, own)
    other = np.roll(np.arange(len(own)), 1)
    features, real, before = (metrics.extract(extractor, mx.nd.array(pictures), BATCH) for pictures in (made, aim, own))
    rows = np.sort(np.random.default_rng(1).permutation(len(beside))[:len(aim)])
    floor = metrics.extract(extractor, beside[rows], BATCH)
    few = len(real) <= real.shape[1]
    found = dict(
        source=source.name, target=target.name, count=len(own),
        taken=float(arrived(made).mean()), taken_before=float(arrived(own).mean()), taken_real=float(arrived(aim).mean()),
        pattern=found_again(made, own), cycle=_distance(translate(back, made), own), apart=_distance(own, own[other]),
        identity=_distance(translate(there, aim), aim), extractor=extractor.name,
        frechet=metrics.frechet_distance(real, features, few), frechet_before=metrics.frechet_distance(real, before, few),
        frechet_real=metrics.frechet_distance(real, floor, few))
    if truth is not None:
        true = to_float(np.asarray(truth.images if isinstance(truth, ImageArray) else truth))
        found.update(truth=_distance(made, true), truth_before=_distance(own, true))
    if judge:
        now, then = (judge(mx.nd.array(pictures)).attributes for pictures in (made, own))
        found['kept'] = {name: float((np.asarray(now[name]) == np.asarray(then[name])).mean()) for name in then}
    return Translation(**{name: float(f'{value:.6g}') if isinstance(value, float) else value for name, value in found.items()})


def found_again(made, own):
    """float: the share of translations whose own original is, of all originals, the one with the most similar edges.

    Both are ``(N, C, H, W)``. Edges are the absolute differences of neighbours in grey, their mean over areas of a 16 x 16 grid, compared by their
    correlation: so colours may change as they like. By chance it would be 1 / N.
    """
    one, other = _edges(made), _edges(own)
    return float(((one @ other.T).argmax(axis=1) == np.arange(len(own))).mean())


def _edges(pictures):
    """``(N, 2 EDGES^2)``, rows of mean 0 and length 1."""
    grey = pictures.mean(axis=1)
    maps = np.stack([np.abs(np.diff(grey, axis=2, append=grey[:, :, -1:])), np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))], axis=1)
    rows = mx.nd.contrib.AdaptiveAvgPooling2D(mx.nd.array(maps), output_size=min(EDGES, maps.shape[2])).asnumpy().reshape(len(maps), -1)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _distance(one, other):
    return float(np.abs(one - other).mean(dtype=np.float64))


def table(ways):
    """str: what :func:`measure` found, for people."""
    lines = [f"{'':34}  {'A to B':>8}  {'B to A':>8}"]
    for text, name, shown in (('taken for the target domain', 'taken', '.1%'), ('  untranslated', 'taken_before', '.1%'), ('  real ones of the target', 'taken_real', '.1%'),
                              ('found again by their edges', 'pattern', '.1%'), ('cycle error', 'cycle', '.4f'), ('  between two pictures', 'apart', '.4f'),
                              ('identity error', 'identity', '.4f'), ('distance from the truth', 'truth', '.4f'), ('  untranslated', 'truth_before', '.4f'),
                              (f'Frechet distance ({ways[0].extractor})', 'frechet', '.4g'), ('  untranslated', 'frechet_before', '.4g'),
                              ('  other real ones', 'frechet_real', '.4g')):
        values = [getattr(way, name) for way in ways]
        if values[0] is not None:
            lines.append(f'{text:34}  ' + '  '.join(f'{value:>8{shown}}' for value in values))
    if ways[0].kept:
        kept = [sum(share >= KEPT for share in way.kept.values()) for way in ways]
        lines.append(f'{f"of {len(ways[0].kept)} attributes kept by {KEPT:.0%}":34}  ' + '  '.join(f'{count:>8}' for count in kept))
        for name in ways[0].kept:
            if min(way.kept[name] for way in ways) < KEPT:
                lines.append(f'{"  " + name:34}  ' + '  '.join(f'{way.kept[name]:>8.1%}' for way in ways))
    head = f'{ways[0].count:,} and {ways[1].count:,} test pictures of {ways[0].source} and {ways[1].source}\n'
    return head + '\n'.join(lines)


def to_json(ways, **more):
    """str: the same with what else is told, for a file."""
    return json.dumps({**more, 'ways': [asdict(way) for way in ways]}, indent=1)
