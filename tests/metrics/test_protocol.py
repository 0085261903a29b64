"""What a score is called, what it is taken of, and what stands beside it."""
import json

import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import metrics
from gluon_gan.data import ImageArray

RNG = np.random.default_rng(0)
MEASURES = ['frechet', 'kernel', 'precision', 'recall', 'density', 'coverage', 'two_sample', 'two_sample_real', 'two_sample_fake']
REMEMBERED = ['copies', 'nearer_than_1_percent', 'nearer_than_held_out']


def pictures(count, seed, level=128, side=8, channels=1):
    """Pictures of two grey levels that vary, as different as their seeds."""
    rng = np.random.default_rng(seed)
    tops = np.repeat(rng.normal(level, 30, (count, 2, 1, channels)), side // 2, axis=1)
    return ImageArray(np.clip(tops + rng.normal(0, 10, (count, side, side, channels)), 0, 255).astype(np.uint8), f'pictures {seed}')


@pytest.fixture(scope='module')
def report():
    return metrics.evaluate(pictures(200, 3, 100), pictures(300, 1), pictures(250, 2), 'pixels', 220)


def halves(batch):
    """Two features: the means of the upper and the lower half."""
    mean = batch.mean(axis=(1, 3))
    return mx.nd.stack(mean[:, :mean.shape[1] // 2].mean(axis=1), mean[:, mean.shape[1] // 2:].mean(axis=1), axis=1)


def test_names_say_measure_extractor_count_and_size(report):
    assert [score.name for score in report.scores] == [f'{measure}_pixels_200_8px' for measure in MEASURES + REMEMBERED]
    assert report.count == 200 and report.size == 8           # the smallest of the three
    assert [metrics.short(count) for count in (10_000, 2500, 2000, 1943, 999, 50_000)] == ['10k', '2.5k', '2k', '1943', '999', '50k']


def test_a_generator_that_is_as_good_as_real_has_the_floor_and_a_worse_one_has_not():
    good, dark = (metrics.evaluate(pictures(400, seed, level), pictures(400, 1), pictures(400, 2), halves) for seed, level in ((3, 128), (3, 100)))
    for measure in ('frechet', 'kernel', 'two_sample'):
        assert abs(good[measure].value - good[measure].floor) < 0.2 * abs(dark[measure].value - dark[measure].floor)
    assert dark['frechet'].value > 20 * dark['frechet'].floor and good['frechet'].value < 4 * good['frechet'].floor
    assert good['precision'].value > 0.8 and good['recall'].value > 0.8 and dark['coverage'].value < good['coverage'].value
    assert good['frechet'].name == 'frechet_halves_400_8px' and good['frechet'].better == 'less' and good['kernel'].error > 0


def test_copies_of_training_pictures_are_found(report):
    training = pictures(300, 1)
    copied = metrics.evaluate(training, training, pictures(300, 2), 'pixels', 300)
    assert copied['copies'].note == 'share that equals one of 300 training pictures'
    assert copied['copies'].value == 1 and copied['nearer_than_held_out'].value == 1 and copied['nearer_than_1_percent'].value == 1
    assert report['copies'].value == 0 and 0.3 < metrics.evaluate(pictures(300, 3), training, pictures(300, 2), 'pixels')['nearer_than_held_out'].value < 0.7


def test_without_held_out_pictures_the_set_is_halved_and_memory_not_judged():
    report = metrics.evaluate(pictures(200, 3), pictures(300, 1), None, halves, 1000)
    assert report.count == 150 and [score.name for score in report.scores] == [f'{measure}_halves_150_8px' for measure in MEASURES]
    assert 'others of the same' in report.held_out


def test_fewer_pictures_are_a_draw_and_not_the_first_rows():
    """A set may stand in some order, as MNIST's does: its first rows are not like the rest."""
    ordered = ImageArray(np.concatenate([pictures(1000, 1, 60).images, pictures(1000, 2, 190).images]), 'in order')
    few = ordered[np.random.default_rng(5).permutation(2000)[:200]]
    for held_out in (None, pictures(1000, 2, 190)):
        report = metrics.evaluate(few, ordered, held_out, halves)
        assert report.count == 200 and report['frechet'].value < 0.02 and 0.35 < report['two_sample'].value < 0.65


def test_a_generator_is_asked_for_as_many_as_there_are():
    gg.seed(0)
    netG = gg.Generator(28, 1, nz=4, ngf=2)
    netG.initialize(mx.init.Normal(0.02), ctx=mx.cpu())
    real = [pictures(150, seed, side=28) for seed in (1, 2)]
    first, second = (metrics.evaluate(netG, *real, halves, 120, seed=seed) for seed in (0, 0))
    assert first == second and first.count == 120
    direct = metrics.evaluate(gg.sample(netG, 120, seed=0), *real, halves, 120)
    assert [score.value for score in direct.scores] == pytest.approx([score.value for score in first.scores], rel=1e-4, abs=1e-6)
    assert metrics.evaluate(netG, *real, halves, 120, seed=1).scores != first.scores


def test_too_few_for_the_features_is_flagged(report):
    assert not report['frechet'].note.startswith('220') and 'only 3.1 pictures a feature' in report['frechet'].note
    singular = metrics.evaluate(pictures(60, 3), pictures(60, 1), pictures(60, 2), 'pixels')
    assert singular['frechet'].note.startswith('60 pictures for 64 features') and singular['frechet'].note in str(singular)


def test_a_classifier_gives_its_score():
    def judge(batch):
        return halves(batch)
    judge.probabilities = lambda batch: mx.nd.softmax(100 * halves(batch))
    report = metrics.evaluate(pictures(100, 3), pictures(100, 1), pictures(100, 2), judge)
    assert 1 < report['classifier_score'].value < 2 and 1 < report['classifier_score'].floor < 2
    assert report['classifier_score'].note == 'as the Inception score, in 1 part'


def test_the_table_and_the_json_say_it_all(report):
    table = str(report)
    assert '200 generated against 200 of pictures 1' in table and 'floor: 200 of pictures 2' in table
    for score in report.scores:
        assert score.name in table
    found = json.loads(report.to_json())
    assert found['scores'][0]['name'] == 'frechet_pixels_200_8px' and found['scores'][0]['floor'] == report['frechet'].floor
    with pytest.raises(KeyError, match="there is no score 'fid'; there are frechet_pixels_200_8px"):
        report['fid']


@pytest.mark.parametrize('change, message', [
    (dict(count=0), 'count must be an int of at least 1, not 0'), (dict(seed=-1), 'seed must be an int of at least 0, not -1'),
    (dict(count=49), '49 pictures of each kind are too few'), (dict(held_out=pictures(60, 2, channels=3)), 'load both at the same size'),
    (dict(training=pictures(60, 1).images), 'training must be an ImageArray, such as gg.data.mnist'),
    (dict(extractor='fid'), "there is no extractor 'fid'")])
def test_bad_input_is_named(change, message):
    arguments = dict(dict(source=pictures(60, 3), training=pictures(60, 1), held_out=pictures(60, 2), extractor=halves), **change)
    with pytest.raises(ValueError, match=message):
        metrics.evaluate(**arguments)
