"""The protocol of an evaluation: features, number of images, choice of images, and scores whose names state them.

A score has no meaning without the features and the number of images that it was computed from, so :func:`evaluate`
puts both into its name. ``frechet_lenet_10k`` is the Fréchet distance between 10,000 real and 10,000 generated images
in the features of ``lenet``. If an extractor accepts any size of image, the name ends with the size:
``frechet_pixels8_2k_64px``.

Every score is reported beside its *real-data baseline*: the same measure of equally many other real images in place
of the generated ones, which is what a perfect generator would attain. The name FID denotes Inception with TF-slim's
weights and 50,000 images (Heusel et al. 2017, arXiv:1706.08500), and is not used here.
"""
import json
import logging
import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from .. import latent
from ..data import ImageArray
from ..support import pixels
from ..support.checks import whole_number
from .base import as_features
from .density_coverage import density_coverage
from .extractors import extract, named
from .frechet import frechet_distance
from .inception_score import inception_score
from .kernel import kernel_distance
from .nearest import memorisation
from .precision_recall import precision_recall
from .two_sample import two_sample_accuracy

log = logging.getLogger('gluon_gan')
LEAST = 50          # real, held-out and generated images each: no measure is informative for fewer
BATCH = 128
SEEN = 256          # real images that are examined for dark pixels
NEAR_GREY, SOME = 0.05, 0.01
MOST = 60_000       # training images that are searched for copies: the size of MNIST


class Score(NamedTuple):
    """One number of a :class:`Report`.

    Attributes
    ----------
    name : str
        Measure, extractor, number of images, and the size of the images if the extractor accepts any.
    value : float
        The score.
    baseline : float or None
        Real-data baseline: the same measure of real images.
    better : str
        'less' or 'more' if lower or higher values are better, else 'about' the target value.
    error : float or None
        Standard error, if the measure has one.
    note : str
        How to read the number, or a warning.
    """
    name: str
    value: float
    baseline: float | None
    better: str
    error: float | None = None
    note: str = ''


@dataclass(frozen=True)
class Report:
    """The result of :func:`evaluate`. ``print(report)`` shows a table, and ``report['frechet']`` is a :class:`Score`.

    Attributes
    ----------
    scores : tuple of Score
        All scores.
    extractor : str
        Name of the extractor.
    count : int
        Number of generated images, of real images, and of real images for the baseline.
    size : int or tuple of int
        Size of the images.
    data : str
        Name of the training data.
    held_out : str
        Which images the baseline was computed from.
    seed : int
        Seed of the evaluation.
    """
    scores: tuple
    extractor: str
    count: int
    size: int
    data: str
    held_out: str
    seed: int

    def __getitem__(self, measure):
        for score in self.scores:
            if measure in (score.name, score.name.split('_' + self.extractor)[0]):
                return score
        raise KeyError(f"there is no score {measure!r}: use one of {', '.join(score.name for score in self.scores)}")

    def __str__(self):
        head = f'{self.count:,} generated against {self.count:,} of {self.data}; baseline: {self.held_out}\n'
        width = max(len(score.name) for score in self.scores)
        lines = [f"{'':{width}}  {'score':>9}  {'error':>8}  {'baseline':>9}  better"]
        for score in self.scores:
            error, baseline = (f'{value:.3g}' if value is not None else '' for value in (score.error, score.baseline))
            note = f'  ({score.note})' if score.note else ''
            lines.append(f'{score.name:{width}}  {score.value:9.4g}  {error:>8}  {baseline:>9}  {score.better}{note}')
        return head + '\n'.join(lines)

    def to_json(self):
        """The report as JSON, a str. NaN and infinity become null."""
        def plain(value):
            return None if isinstance(value, float) and not math.isfinite(value) else value
        scores = [{key: plain(value) for key, value in score._asdict().items()} for score in self.scores]
        return json.dumps({**asdict(self), 'scores': scores}, indent=1)


def evaluate(source, training, held_out=None, extractor='lenet', count=10_000, seed=0, classes=None):
    """Compute all measures of generated images against real ones, with their real-data baselines.

    Parameters
    ----------
    source : callable, ImageArray, NDArray or numpy.ndarray
        A generator, which is sampled ``count`` times, or generated images: ``(N, H, W, C)`` uint8 or ``(N, C, H, W)``
        in [-1, 1].
    training : ImageArray
        Data that the generator was trained on.
    held_out : ImageArray, optional
        Real images from the same source that the generator was not trained on. Without them, ``training`` is split at
        random into two halves, for the comparison and for the baseline. Memorisation cannot be measured then, and its
        scores are omitted.
    extractor : str or callable
        As for :func:`gluon_gan.metrics.named`.
    count : int
        Number of images of each kind. It is reduced to what is available, and the names state the actual number.
    seed : int
        Seed of z and of the choice of real images.
    classes : int or sequence of int, optional
        Classes for a conditional generator, used cyclically; all classes by default.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If there are fewer than 50 images of a kind, sizes or channels differ, the extractor does not accept the images,
        or generated images in an array are scaled to [0, 1].
    """
    extractor, count, seed = named(extractor), whole_number('count', count), whole_number('seed', seed, 0, None)
    (training, order), (beside, others) = _real(training, held_out, seed)
    count = min(count, len(order), len(others), count if _is_generator(source) else len(source))
    if count < LEAST:
        raise ValueError(f'{count} images are too few to evaluate: at least {LEAST} real, held-out and generated '
                         'images are required')
    # First truncated, then sorted: the first rows of a data set are not a random sample of it.
    reference, others = training[np.sort(order[:count])], beside[np.sort(others[:count])]
    generated = _generated(source, count, seed, classes) if _is_generator(source) else source[:count]
    _check_scale(generated, reference)
    probabilities = {}
    real, baseline, fake = (_features(extractor, part, probabilities, name) for name, part in
                            (('real', reference), ('baseline', others), ('fake', generated)))
    size = training.size
    suffix = f"{extractor.name}_{short(count)}" + ('' if getattr(extractor, 'size', None) else f'_{size}px')
    scores = [*_compared(real, baseline, fake, probabilities)]
    if held_out is not None:
        seen = training
        if len(training) > MOST:
            seen = training[np.random.default_rng([seed, 2]).permutation(len(training))[:MOST]]
        scores += _memorised(extract(extractor, seen, BATCH), baseline, fake)
    scores = tuple(Score(f'{name}_{suffix}', *rest) for name, *rest in scores)
    where = f'{count:,} of {held_out.name}' if held_out is not None else f'{count:,} other images of the same set'
    return Report(scores, extractor.name, count, size, training.name, where, seed)


def short(count):
    """'10k' for 10,000, '2.5k' for 2,500, '1943' for 1,943."""
    return f'{count / 1000:g}k' if count >= 1000 and count % 100 == 0 else str(count)


def _real(training, held_out, seed):
    """Two pairs of a data set and a random order of its rows: for the comparison, and for the baseline."""
    for name, part in (('training', training), ('held_out', held_out)):
        if part is not None and not isinstance(part, ImageArray):
            raise ValueError(f'{name} must be an ImageArray, such as gg.data.mnist() returns, '
                             f'not {type(part).__name__}')
    if held_out is not None and held_out.shape[1:] != training.shape[1:]:
        raise ValueError(f'training has images of shape {training.shape[1:]} and held_out of {held_out.shape[1:]}: '
                         'load both at the same size')
    order = np.random.default_rng([seed, 0]).permutation(len(training))
    if held_out is None:
        half = len(training) // 2
        return (training, order[:half]), (training, order[half:])
    return (training, order), (held_out, np.random.default_rng([seed, 1]).permutation(len(held_out)))


def _check_scale(generated, reference):
    """Raise ValueError for an array of floats that are scaled to [0, 1].

    They are if their levels show it, or if they begin at mid-grey, which is 0 in [-1, 1], and real images have darker
    pixels.
    """
    values = generated.asnumpy() if hasattr(generated, 'asnumpy') else generated
    if not isinstance(values, np.ndarray) or values.dtype.kind != 'f':
        return
    warning = pixels.check_range(values, 'the generated images')
    low, high, dark = values.min(), values.max(), np.mean(reference.images[:SEEN] < 127)
    if 0 <= low < NEAR_GREY and 0.5 < high <= 1 and dark > SOME:
        raise ValueError(f'the generated images have pixels from {low:.4g} to {high:.4g}, and {dark:.0%} of the real '
                         'pixels are darker than mid-grey, 0: scale images in [0, 1] with 2 * x - 1')
    if warning:
        log.warning('%s', warning)


def _is_generator(source):
    return callable(source) and not hasattr(source, 'shape')


def _generated(netG, count, seed, classes):
    """Generated images as batches, so that they are never all in memory."""
    return latent.stream(netG, count, seed, batch_size=BATCH, classes=classes)


def _features(extractor, pictures, probabilities, name):
    """Features ``(N, d)``. If the extractor is a classifier, ``probabilities[name]`` is set to its probabilities."""
    if not hasattr(extractor, 'probabilities'):
        return extract(extractor, pictures, BATCH)
    parts = []

    def both(batch):
        parts.append(as_features(extractor.probabilities(batch), len(batch), extractor))
        return extractor(batch)

    both.name, both.dim = extractor.name, extractor.dim
    features = extract(both, pictures, BATCH)
    probabilities[name] = np.concatenate(parts)
    return features


def _compared(real, baseline, fake, probabilities):
    """Yield (measure, value, baseline, better, error, note) for all measures that compare two sets."""
    few, note = len(real) <= real.shape[1], ''
    if few:
        note = (f'{len(real):,} images for {real.shape[1]:,} features: the covariance is singular, '
                'do not trust this number')
    elif len(real) < 10 * real.shape[1]:
        note = f'only {len(real) / real.shape[1]:.1f} images per feature: biased upwards, like its baseline'
    yield 'frechet', frechet_distance(real, fake, few), frechet_distance(real, baseline, few), 'less', None, note
    ours, theirs = kernel_distance(real, fake), kernel_distance(real, baseline)
    yield 'kernel', ours.value, theirs.value, 'less', ours.error, ''
    ours, theirs = precision_recall(real, fake), precision_recall(real, baseline)
    for name in ours._fields:
        yield name, getattr(ours, name), getattr(theirs, name), 'more', None, ''
    ours, theirs = density_coverage(real, fake), density_coverage(real, baseline)
    yield 'density', ours.density, theirs.density, 'about 1', None, ''
    yield 'coverage', ours.coverage, theirs.coverage, 'more', None, ''
    ours, theirs = two_sample_accuracy(real, fake), two_sample_accuracy(real, baseline)
    for name, label in (('overall', 'two_sample'), ('real', 'two_sample_real'), ('fake', 'two_sample_fake')):
        yield label, getattr(ours, name), getattr(theirs, name), 'about 0.5', None, ''
    if probabilities:
        splits = max(1, min(10, len(real) // 500))
        ours, theirs = (inception_score(probabilities[name], splits).value for name in ('fake', 'baseline'))
        note = f"computed like the Inception score, over {splits} split{'s' * (splits > 1)}"
        yield 'classifier_score', ours, theirs, 'more', None, note


def _memorised(seen, baseline, fake):
    """Yield the same for the measures of memorisation."""
    result = memorisation(fake, seen, baseline)
    note = f'fraction identical to one of {len(seen):,} training images'
    yield 'copies', result.copies, 0.0, 'less', None, note
    note = 'fraction closer to the training images than the closest 1 % of held-out images'
    yield 'nearer_than_1_percent', result.below_percentile, 0.01, 'about the baseline', None, note
    note = 'probability that a generated image is closer than a held-out one'
    yield 'nearer_than_held_out', result.auc, 0.5, 'about 0.5', None, note
