"""The protocol: whose features, how many pictures, which of them; and scores under names that say so.

A number without these is none, so :func:`evaluate` puts them into its name: ``frechet_lenet_10k`` is the Fréchet distance of 10,000 real and 10,000
generated pictures in the features of ``lenet``; where an extractor takes pictures of any size, that follows (``frechet_pixels8_2k_64px``). Beside
each score stands its *floor*, the same of other real pictures in place of the generated ones, equally many: what a perfect generator would have. The
word FID belongs to Inception's TF-slim weights with 50,000 pictures (Heusel et al. 2017, arXiv:1706.08500), and is not used here.
"""
import json
import math
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np

from .. import latent
from ..checks import whole_number
from ..data import ImageArray
from .density_coverage import density_coverage
from .extractors import extract, rows
from .frechet import frechet_distance
from .inception_score import inception_score
from .kernel import kernel_distance
from .names import named
from .nearest import memorisation
from .precision_recall import precision_recall
from .two_sample import two_sample_accuracy

LEAST = 50          # pictures of each kind: fewer say nothing in any measure
BATCH = 128
MOST = 60_000       # training pictures in which copies are looked for: all of MNIST's


class Score(NamedTuple):
    """One number of a :class:`Report`.

    ``better`` is 'less', 'more' or 'about' what it should be near; ``error`` a standard error, ``floor`` what real pictures have, both None
    where there is none; ``note`` says what to mind.
    """
    name: str
    value: float
    floor: float | None
    better: str
    error: float | None = None
    note: str = ''


@dataclass(frozen=True)
class Report:
    """What :func:`evaluate` found: scores, and how they were taken. ``print`` shows a table; ``report['frechet']`` is one of them."""
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
        raise KeyError(f"there is no score {measure!r}; there are {', '.join(score.name for score in self.scores)}")

    def __str__(self):
        head = f'{self.count:,} generated against {self.count:,} of {self.data}; floor: {self.held_out}\n'
        width = max(len(score.name) for score in self.scores)
        lines = [f"{'':{width}}  {'score':>9}  {'error':>8}  {'floor':>9}  better"]
        for score in self.scores:
            error, floor = (f'{value:.3g}' if value is not None else '' for value in (score.error, score.floor))
            lines.append(f'{score.name:{width}}  {score.value:9.4g}  {error:>8}  {floor:>9}  {score.better}' + f'  ({score.note})' * bool(score.note))
        return head + '\n'.join(lines)

    def to_json(self):
        """str: all of it, for a file; numbers that are not finite become null."""
        def plain(value):
            return None if isinstance(value, float) and not math.isfinite(value) else value
        scores = [{key: plain(value) for key, value in score._asdict().items()} for score in self.scores]
        return json.dumps({**asdict(self), 'scores': scores}, indent=1)


def evaluate(source, training, held_out=None, extractor='lenet', count=10_000, seed=0, classes=None):
    """Every measure of generated pictures against real ones, each beside what other real pictures have.

    Parameters
    ----------
    source : callable, ImageArray, NDArray or numpy.ndarray
        A generator, of which ``count`` pictures are taken, or its pictures: ``(N, H, W, C)`` uint8 or ``(N, C, H, W)`` in [-1, 1].
    training : ImageArray
        What the generator was trained on.
    held_out : ImageArray, optional
        Real pictures of the same source that it never saw. Without them ``training`` is parted at random in two halves, one to compare with
        and one for the floor; whether training pictures were learned by heart cannot be told then, and is left out.
    extractor : str or callable
        As :func:`gluon_gan.metrics.named` takes it.
    count : int
        How many of each; fewer where there are fewer, and then the names say so.
    seed : int
        Of z, and of which real pictures are taken.
    classes : int or sequence of int, optional
        For a generator that knows classes: which ones, in turn; by default all of them.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If there are fewer than 50 of any kind, sizes or channels differ, or the extractor does not take the pictures.
    """
    extractor, count, seed = named(extractor), whole_number('count', count), whole_number('seed', seed, 0)
    (training, order), (beside, others) = _real(training, held_out, seed)
    count = min(count, len(order), len(others), count if _makes_any(source) else len(source))
    if count < LEAST:
        raise ValueError(f'{count} pictures of each kind are too few to measure: at least {LEAST} real, held-out and generated ones are needed')
    # Cut before they are sorted: the first rows of a set are no draw from it.
    reference, others = training[np.sort(order[:count])], beside[np.sort(others[:count])]
    pictures = _generated(source, count, seed, classes) if _makes_any(source) else source[:count]
    chances = {}
    real, floor, fake = (_features(extractor, part, chances, name) for name, part in
                         (('real', reference), ('floor', others), ('fake', pictures)))
    size = training.size
    end = f"{extractor.name}_{short(count)}" + ('' if getattr(extractor, 'size', None) else f'_{size}px')
    scores = [Score(f'{name}_{end}', *rest) for name, *rest in _measured(real, floor, fake, chances)]
    if held_out is not None:
        seen = training[np.random.default_rng([seed, 2]).permutation(len(training))[:MOST]] if len(training) > MOST else training
        scores += [Score(f'{name}_{end}', *rest) for name, *rest in _remembered(extract(extractor, seen, BATCH), floor, fake)]
    where = f'{count:,} of {held_out.name}' if held_out is not None else f'{count:,} others of the same'
    return Report(tuple(scores), extractor.name, count, size, training.name, where, seed)


def short(count):
    """'10k' for 10,000, '2.5k' for 2,500, '1943' for 1,943."""
    return f'{count / 1000:g}k' if count >= 1000 and count % 100 == 0 else str(count)


def _real(training, held_out, seed):
    """Two sets and the order, at random, in which their rows are taken: to compare with, and for the floor."""
    for name, part in (('training', training), ('held_out', held_out)):
        if part is not None and not isinstance(part, ImageArray):
            raise ValueError(f'{name} must be an ImageArray, such as gg.data.mnist() gives, not {type(part).__name__}')
    if held_out is not None and held_out.shape[1:] != training.shape[1:]:
        raise ValueError(f'training has pictures of {training.shape[1:]} and held_out of {held_out.shape[1:]}: load both at the same size')
    order = np.random.default_rng([seed, 0]).permutation(len(training))
    if held_out is None:
        half = len(training) // 2
        return (training, order[:half]), (training, order[half:])
    return (training, order), (held_out, np.random.default_rng([seed, 1]).permutation(len(held_out)))


def _makes_any(source):
    return callable(source) and not hasattr(source, 'shape')


def _generated(netG, count, seed, classes):
    """Batches of generated pictures, never all at once."""
    return latent.stream(netG, count, seed, batch_size=BATCH, classes=classes)


def _features(extractor, pictures, chances, name):
    """Features ``(N, d)``; where the extractor classifies, ``chances[name]`` becomes the probabilities."""
    if not hasattr(extractor, 'probabilities'):
        return extract(extractor, pictures, BATCH)
    found = []

    def both(batch):
        found.append(rows(extractor.probabilities(batch), len(batch), extractor))
        return extractor(batch)

    both.name, both.dim = extractor.name, extractor.dim
    features = extract(both, pictures, BATCH)
    chances[name] = np.concatenate(found)
    return features


def _measured(real, floor, fake, chances):
    """(measure, value, floor, better, error, note) of all that compare two sets."""
    few = len(real) <= real.shape[1]
    note = f'{len(real):,} pictures for {real.shape[1]:,} features: the covariance is singular, do not trust it' if few else ''
    if not few and len(real) < 10 * real.shape[1]:
        note = f'only {len(real) / real.shape[1]:.1f} pictures a feature: biased upwards, as its floor is'
    yield 'frechet', frechet_distance(real, fake, few), frechet_distance(real, floor, few), 'less', None, note
    ours, theirs = kernel_distance(real, fake), kernel_distance(real, floor)
    yield 'kernel', ours.value, theirs.value, 'less', ours.error, ''
    ours, theirs = precision_recall(real, fake), precision_recall(real, floor)
    for name in ours._fields:
        yield name, getattr(ours, name), getattr(theirs, name), 'more', None, ''
    ours, theirs = density_coverage(real, fake), density_coverage(real, floor)
    yield 'density', ours.density, theirs.density, 'about 1', None, ''
    yield 'coverage', ours.coverage, theirs.coverage, 'more', None, ''
    ours, theirs = two_sample_accuracy(real, fake), two_sample_accuracy(real, floor)
    for name, label in (('overall', 'two_sample'), ('real', 'two_sample_real'), ('fake', 'two_sample_fake')):
        yield label, getattr(ours, name), getattr(theirs, name), 'about 0.5', None, ''
    if chances:
        splits = max(1, min(10, len(real) // 500))
        ours, theirs = inception_score(chances['fake'], splits), inception_score(chances['floor'], splits)
        yield 'classifier_score', ours.value, theirs.value, 'more', None, f"as the Inception score, in {splits} part{'s' * (splits > 1)}"


def _remembered(seen, floor, fake):
    """Whether generated pictures are nearer to the training pictures than unseen real ones are."""
    found = memorisation(fake, seen, floor)
    yield 'copies', found.copies, 0.0, 'less', None, f'share that equals one of {len(seen):,} training pictures'
    yield 'nearer_than_1_percent', found.below_percentile, 0.01, 'about the floor', None, 'share nearer to training than the nearest 1 % of held-out ones'
    yield 'nearer_than_held_out', found.auc, 0.5, 'about 0.5', None, 'chance that a generated one is nearer than a held-out one'
