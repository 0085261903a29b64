"""The names of scores, the images they are computed from, and their real-data baselines."""
import json

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.data import ImageArray
from gluon_gan.support import pixels

RNG = np.random.default_rng(0)
MEASURES = ['frechet', 'kernel', 'precision', 'recall', 'density', 'coverage', 'two_sample', 'two_sample_real',
            'two_sample_fake']
MEMORISATION = ['copies', 'nearer_than_1_percent', 'nearer_than_held_out']


def pictures(count, seed, level=128, side=8, channels=1):
    """Noisy images whose upper and lower half have random grey levels."""
    rng = np.random.default_rng(seed)
    levels = np.repeat(rng.normal(level, 30, (count, 2, 1, channels)), side // 2, axis=1)
    values = np.clip(levels + rng.normal(0, 10, (count, side, side, channels)), 0, 255)
    return ImageArray(values.astype(np.uint8), f'images {seed}')


@pytest.fixture(scope='module')
def report():
    return metrics.evaluate(pictures(200, 3, 100), pictures(300, 1), pictures(250, 2), 'pixels', 220)


def halves(batch):
    """An extractor of two features: the means of the upper and the lower half."""
    mean = batch.mean(axis=(1, 3))
    return mx.nd.stack(mean[:, :mean.shape[1] // 2].mean(axis=1), mean[:, mean.shape[1] // 2:].mean(axis=1), axis=1)


def test_names_state_measure_extractor_count_and_size(report):
    expected = [f'{measure}_pixels_200_8px' for measure in MEASURES + MEMORISATION]
    assert [score.name for score in report.scores] == expected
    assert report.count == 200 and report.size == 8           # the smallest of the three sets
    counts = 10_000, 2500, 2000, 1943, 999, 50_000
    assert [metrics.short(count) for count in counts] == ['10k', '2.5k', '2k', '1943', '999', '50k']


def test_only_a_perfect_generator_attains_the_real_data_baseline():
    good, dark = (metrics.evaluate(pictures(400, 3, level), pictures(400, 1), pictures(400, 2), halves)
                  for level in (128, 100))
    for measure in ('frechet', 'kernel', 'two_sample'):
        excess, other = (abs(report[measure].value - report[measure].baseline) for report in (good, dark))
        assert excess < 0.2 * other
    assert dark['frechet'].value > 20 * dark['frechet'].baseline
    assert good['frechet'].value < 4 * good['frechet'].baseline
    assert good['precision'].value > 0.8 and good['recall'].value > 0.8
    assert dark['coverage'].value < good['coverage'].value
    assert good['frechet'].name == 'frechet_halves_400_8px' and good['frechet'].better == 'less'
    assert good['kernel'].error > 0


def test_copies_of_training_images_are_detected(report):
    training = pictures(300, 1)
    copied = metrics.evaluate(training, training, pictures(300, 2), 'pixels', 300)
    assert copied['copies'].note == 'fraction identical to one of 300 training images'
    assert [copied[measure].value for measure in MEMORISATION] == [1, 1, 1]
    original = metrics.evaluate(pictures(300, 3), training, pictures(300, 2), 'pixels')
    assert report['copies'].value == 0 and 0.3 < original['nearer_than_held_out'].value < 0.7


def test_without_held_out_images_the_set_is_halved_and_memorisation_is_not_measured():
    report = metrics.evaluate(pictures(200, 3), pictures(300, 1), None, halves, 1000)
    assert report.count == 150
    assert [score.name for score in report.scores] == [f'{measure}_halves_150_8px' for measure in MEASURES]
    assert report.held_out == '150 other images of the same set'


def test_fewer_images_are_a_random_sample_and_not_the_first_rows():
    """Data sets may be sorted, as MNIST is by writer, so their first rows are not representative."""
    ordered = ImageArray(np.concatenate([pictures(1000, 1, 60).images, pictures(1000, 2, 190).images]), 'in order')
    few = ordered[np.random.default_rng(5).permutation(2000)[:200]]
    for held_out in (None, pictures(1000, 2, 190)):
        report = metrics.evaluate(few, ordered, held_out, halves)
        assert report.count == 200 and report['frechet'].value < 0.02 and 0.35 < report['two_sample'].value < 0.65


def test_a_generator_is_sampled_as_often_as_there_are_real_images():
    gg.seed(0)
    netG = gg.Generator(28, 1, nz=4, ngf=2)
    netG.initialize(mx.init.Normal(0.02), ctx=mx.cpu())
    real = [pictures(150, seed, side=28) for seed in (1, 2)]
    first, second = (metrics.evaluate(netG, *real, halves, 120, seed=seed) for seed in (0, 0))
    assert first == second and first.count == 120
    direct = metrics.evaluate(gg.sample(netG, 120, seed=0), *real, halves, 120)
    values, expected = ([score.value for score in part.scores] for part in (direct, first))
    assert values == pytest.approx(expected, rel=1e-4, abs=1e-6)
    assert metrics.evaluate(netG, *real, halves, 120, seed=1).scores != first.scores


def test_too_few_images_for_the_number_of_features_are_flagged(report):
    assert report['frechet'].note.startswith('only 3.1 images per feature')
    singular = metrics.evaluate(pictures(60, 3), pictures(60, 1), pictures(60, 2), 'pixels')
    assert singular['frechet'].note.startswith('60 images for 64 features')
    assert singular['frechet'].note in str(singular)


def test_a_classifier_adds_a_classifier_score():
    def classifier(batch):
        return halves(batch)

    classifier.probabilities = lambda batch: mx.nd.softmax(100 * halves(batch))
    report = metrics.evaluate(pictures(100, 3), pictures(100, 1), pictures(100, 2), classifier)
    assert 1 < report['classifier_score'].value < 2 and 1 < report['classifier_score'].baseline < 2
    assert report['classifier_score'].note == 'computed like the Inception score, over 1 split'


def test_the_table_and_the_json_contain_all_scores(report):
    table = str(report)
    assert '200 generated against 200 of images 1' in table and 'baseline: 200 of images 2' in table
    for score in report.scores:
        assert score.name in table
    found = json.loads(report.to_json())
    assert found['scores'][0]['name'] == 'frechet_pixels_200_8px'
    assert found['scores'][0]['baseline'] == report['frechet'].baseline
    with pytest.raises(KeyError, match="there is no score 'fid': use one of frechet_pixels_200_8px"):
        report['fid']


@pytest.mark.parametrize('change, message', [
    (dict(count=0), 'count must be an int of at least 1, not 0'),
    (dict(seed=-1), 'seed must be an int of at least 0, not -1'),
    (dict(count=49), '49 images are too few to evaluate'),
    (dict(held_out=pictures(60, 2, channels=3)), 'load both at the same size'),
    (dict(training=pictures(60, 1).images), 'training must be an ImageArray, such as gg.data.mnist'),
    (dict(extractor='fid'), "there is no extractor 'fid'")])
def test_invalid_arguments_are_rejected(change, message):
    arguments = dict(source=pictures(60, 3), training=pictures(60, 1), held_out=pictures(60, 2), extractor=halves)
    arguments.update(change)
    with pytest.raises(ValueError, match=message):
        metrics.evaluate(**arguments)


@pytest.mark.parametrize('kind', ['NDArray', 'float32', 'float64'])
def test_generated_images_in_0_to_1_are_refused(kind):
    training, generated = pictures(300, 1), pixels.to_float(pictures(200, 3).images)
    generated = mx.nd.array(generated) if kind == 'NDArray' else generated.astype(kind)
    expected = metrics.evaluate(pictures(200, 3), training, None, halves)
    assert metrics.evaluate(generated, training, None, halves)['frechet'].value == expected['frechet'].value
    message = r'^the generated images have pixels from .*\[0, 1\].* with 2 \* x - 1$'
    with pytest.raises(ValueError, match=message):
        metrics.evaluate((generated + 1) / 2, training, None, halves)
    # As a generator makes them: between the levels of 8 bits.
    with pytest.raises(ValueError, match=message):
        metrics.evaluate(np.random.default_rng(0).uniform(0, 1, (200, 1, 8, 8)), training, None, halves)


def test_bright_generated_images_are_measured():
    """A generator that fails may be too bright everywhere, and bright data have no dark pixel."""
    training, bright = pictures(300, 1), ImageArray(np.maximum(pictures(300, 1, 200).images, 129))
    white = np.ones((200, 1, 8, 8), np.float32)
    white[:, :, ::2] = np.random.default_rng(0).uniform(0.2, 1, white[:, :, ::2].shape)
    metrics.evaluate(mx.nd.array(white), training, None, halves)
    metrics.evaluate(mx.nd.array(pixels.to_float(bright.images)), bright, None, halves)
