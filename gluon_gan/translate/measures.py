"""Measures of a translation: does it reach the target domain, does it keep the content, and can it be inverted?

Everything is measured on held-out images, and every number has a baseline next to it.
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
from ..support.pixels import to_float

BATCH = 50
MOST_TRAINING_IMAGES = 2000     # of each domain, for the domain classifier
EDGE_GRID = 16       # side of the edge maps that are compared: coarse, so that an edge may move by a few pixels
LEAST = 10           # images of each domain
KEPT = 0.8           # an attribute is kept if it is unchanged in at least this share of the images


@dataclass(frozen=True)
class Translation:
    """The measures of one direction of a translation, as returned by :func:`measure`.

    Distances are means over pixels of the absolute difference, of values in [-1, 1]. Optional fields are None if they
    were not measured.

    Attributes
    ----------
    source, target : str
        Names of the test sets of both domains.
    count : int
        Number of translated images.
    taken, taken_before, taken_real : float
        Share of images that a classifier assigns to the target domain: of the translations, of the source images before
        translation, and of real images of the target domain.
    pattern : float
        Share of translations whose edges are more similar to those of their own original than to any other original
        (:func:`edge_retrieval`).
    cycle, apart : float
        Distance between an image and its reconstruction from its translation, and, for comparison, between two images
        of the source domain.
    identity : float
        Distance between an image of the target domain and its translation, which should leave it unchanged.
    frechet, frechet_before, frechet_real : float
        Fréchet distance to the target domain: of the translations, of the source images before translation, and of
        other real images of the target domain.
    extractor : str
        Name of the feature extractor of the classifier and the Fréchet distances.
    ground_truth, ground_truth_before : float, optional
        Distance from the ground truth: of the translations, and of the source images before translation.
    kept : dict, optional
        For each attribute, the share of images in which the attribute classifier finds it unchanged.
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
    ground_truth: float | None = None
    ground_truth_before: float | None = None
    kept: dict | None = None


def measure(netG, training, test, ground_truth=None, attribute_classifier=None, extractor='random64'):
    """Measure both directions of a translation.

    Parameters
    ----------
    netG : Translators
    training : TwoDomains
        The training set, on which the domain classifier is trained.
    test : TwoDomains
        Held-out images, on which everything is measured.
    ground_truth : pair of ImageArray or array, optional
        The ground truth of the translations of ``test.a`` and of ``test.b``.
    attribute_classifier : callable, optional
        Returns, for images ``(N, C, H, W)`` in [-1, 1] as an NDArray, an object whose ``attributes`` is a dict of
        arrays ``(N,)`` by name, of the attributes that a translation should keep. For synthetic faces of 64 pixels:
        :func:`gluon_gan.metrics.face_attribute_classifier`.
    extractor : str or callable
        Feature extractor of the domain classifier and the Fréchet distance, as in :func:`gluon_gan.metrics.named`.

    Returns
    -------
    (Translation, Translation)
        A to B, and B to A.

    Raises
    ------
    ValueError
        If a domain has fewer than 10 images, or images of another size or number of channels than the networks.
    """
    for domains in (training, test):
        if not isinstance(domains, TwoDomains) or (domains.size, domains.channels) != (netG.size, netG.channels):
            raise ValueError(f'a TwoDomains of {netG.size} pixels and {netG.channels} channels is needed, '
                             f'not {domains!r}')
        if min(len(domains.a), len(domains.b)) < LEAST:
            raise ValueError(f'at least {LEAST} images of each domain are needed, not {len(domains.a)} and '
                             f'{len(domains.b)}')
    extractor = metrics.named(extractor)
    classifier = DomainClassifier(training, extractor)
    ground_truth_a, ground_truth_b = ground_truth or (None, None)
    shared = dict(attribute_classifier=attribute_classifier, extractor=extractor)
    return (_measure_direction(netG.ab, netG.ba, test.a, test.b, training.b, ground_truth_a,
                               in_target=lambda images: classifier(images) > 0.5, **shared),
            _measure_direction(netG.ba, netG.ab, test.b, test.a, training.a, ground_truth_b,
                               in_target=lambda images: classifier(images) < 0.5, **shared))


class DomainClassifier:
    """The probability that an image belongs to domain B, by logistic regression on features.

    Images ``(N, C, H, W)`` in [-1, 1] to probabilities ``(N,)``.

    Parameters
    ----------
    domains : TwoDomains
        The training set; at most 2,000 images of each domain are used.
    extractor : str or callable
        As in :func:`gluon_gan.metrics.named`.
    """

    def __init__(self, domains, extractor='random64'):
        self.extractor = metrics.named(extractor)
        subsets = [images[np.sort(np.random.default_rng(0).permutation(len(images))[:MOST_TRAINING_IMAGES])]
                   for images in domains]
        features = np.concatenate([metrics.extract(self.extractor, images, BATCH) for images in subsets])
        labels = np.repeat([0, 1], [len(images) for images in subsets])
        self._model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(features, labels)

    def __call__(self, images):
        return self._model.predict_proba(metrics.extract(self.extractor, mx.nd.array(images), BATCH))[:, 1]


def translate(net, images):
    """Translate images ``(N, C, H, W)`` in [-1, 1] by one generator, in batches; returns an ndarray."""
    ctx = next(iter(net.collect_params().values())).list_ctx()[0]
    return np.concatenate([net(mx.nd.array(images[first:first + BATCH], ctx=ctx)).asnumpy()
                           for first in range(0, len(images), BATCH)])


def _measure_direction(translator, inverse, source, target, reference, ground_truth, attribute_classifier, extractor,
                       in_target):
    """Measure one direction.

    ``reference`` is the training set of the target domain, and ``in_target`` returns which images the domain classifier
    assigns to the target domain.
    """
    originals, targets = to_float(np.asarray(source.images)), to_float(np.asarray(target.images))
    translated = translate(translator, originals)
    reconstructed = translate(inverse, translated)
    shuffled = np.roll(np.arange(len(originals)), 1)
    features, real, before = (metrics.extract(extractor, mx.nd.array(images), BATCH)
                              for images in (translated, targets, originals))
    rows = np.sort(np.random.default_rng(1).permutation(len(reference))[:len(targets)])
    baseline = metrics.extract(extractor, reference[rows], BATCH)
    few = len(real) <= real.shape[1]
    values = dict(
        source=source.name, target=target.name, count=len(originals),
        taken=float(in_target(translated).mean()), taken_before=float(in_target(originals).mean()),
        taken_real=float(in_target(targets).mean()), pattern=edge_retrieval(translated, originals),
        cycle=_distance(reconstructed, originals), apart=_distance(originals, originals[shuffled]),
        identity=_distance(translate(translator, targets), targets), extractor=extractor.name,
        frechet=metrics.frechet_distance(real, features, few),
        frechet_before=metrics.frechet_distance(real, before, few),
        frechet_real=metrics.frechet_distance(real, baseline, few))
    if ground_truth is not None:
        images = ground_truth.images if isinstance(ground_truth, ImageArray) else ground_truth
        wanted = to_float(np.asarray(images))
        values.update(ground_truth=_distance(translated, wanted), ground_truth_before=_distance(originals, wanted))
    if attribute_classifier:
        kept, wanted = (attribute_classifier(mx.nd.array(images)).attributes for images in (translated, originals))
        values['kept'] = {name: float((np.asarray(kept[name]) == np.asarray(wanted[name])).mean()) for name in wanted}
    return Translation(**{name: float(f'{value:.6g}') if isinstance(value, float) else value
                          for name, value in values.items()})


def edge_retrieval(translated, originals):
    """Share of translations whose own original has, among all originals, the most similar edges.

    Edges are the absolute differences of neighbouring grey values, averaged over the cells of a 16 x 16 grid. They are
    compared by their correlation, so a translation may change colours without being penalised. The expected value for
    random matches is 1 / N.

    Parameters
    ----------
    translated, originals : ndarray
        ``(N, C, H, W)``.

    Returns
    -------
    float
    """
    similarity = _edges(translated) @ _edges(originals).T
    return float((similarity.argmax(axis=1) == np.arange(len(originals))).mean())


def _edges(images):
    """Return the edge features of images, ``(N, 2 EDGE_GRID^2)``: rows of mean 0 and length 1."""
    grey = images.mean(axis=1)
    edges = np.stack([np.abs(np.diff(grey, axis=2, append=grey[:, :, -1:])),
                      np.abs(np.diff(grey, axis=1, append=grey[:, -1:]))], axis=1)
    pooled = mx.nd.contrib.AdaptiveAvgPooling2D(mx.nd.array(edges), output_size=min(EDGE_GRID, edges.shape[2]))
    rows = pooled.asnumpy().reshape(len(edges), -1)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)


def _distance(one, other):
    return float(np.abs(one - other).mean(dtype=np.float64))


def table(directions):
    """Return both results of :func:`measure` as a table for printing, a str."""
    first = directions[0]
    rows = (('classified as the target domain', 'taken', '.1%'), ('  before translation', 'taken_before', '.1%'),
            ('  real target images', 'taken_real', '.1%'), ('original retrieved by its edges', 'pattern', '.1%'),
            ('cycle error', 'cycle', '.4f'), ('  between two images', 'apart', '.4f'),
            ('identity error', 'identity', '.4f'), ('distance from the ground truth', 'ground_truth', '.4f'),
            ('  before translation', 'ground_truth_before', '.4f'),
            (f'Frechet distance ({first.extractor})', 'frechet', '.4g'),
            ('  before translation', 'frechet_before', '.4g'), ('  real-data baseline', 'frechet_real', '.4g'))
    lines = [f'{first.count:,} and {directions[1].count:,} test images of {first.source} and {directions[1].source}',
             _row('', ['A to B', 'B to A'])]
    for label, name, form in rows:
        values = [getattr(direction, name) for direction in directions]
        if values[0] is not None:
            lines.append(_row(label, [format(value, form) for value in values]))
    if first.kept:
        counts = [sum(share >= KEPT for share in direction.kept.values()) for direction in directions]
        lines.append(_row(f'of {len(first.kept)} attributes kept in >= {KEPT:.0%}', counts))
        for name in first.kept:
            shares = [direction.kept[name] for direction in directions]
            if min(shares) < KEPT:
                lines.append(_row('  ' + name, [f'{share:.1%}' for share in shares]))
    return '\n'.join(lines)


def _row(label, cells):
    return f'{label:34}  ' + '  '.join(f'{cell:>8}' for cell in cells)


def to_json(directions, **more):
    """Return both results of :func:`measure`, and the values of ``more``, as JSON, a str."""
    return json.dumps({**more, 'ways': [asdict(direction) for direction in directions]}, indent=1)
