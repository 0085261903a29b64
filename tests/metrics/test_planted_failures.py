"""Failures planted in made features: each measure moves as its paper says, and what it does not see it does not see."""
import numpy as np
import pytest
from gluon_gan import metrics

MODES, WIDTH, COUNT = 8, 16, 800
CENTRES = 6 * np.random.default_rng(9).standard_normal((MODES, WIDTH))


def draw(seed, modes=MODES, scale=1.0):
    """``COUNT`` rows of the first modes in equal parts."""
    rng = np.random.default_rng(seed)
    return CENTRES[np.arange(COUNT) % modes] + scale * rng.standard_normal((COUNT, WIDTH))


TRAINING, HELD_OUT, GOOD = draw(0), draw(1), draw(2)
FAILURES = {
    'good': GOOD,
    'dropped': draw(3, modes=4),
    'memorised': TRAINING + 0.01 * np.random.default_rng(4).standard_normal(TRAINING.shape),
    'blurred': draw(5, scale=0.4),                       # every picture near the mean of its kind
    'noisy': draw(6, scale=2.5),
    'collapsed': np.tile(draw(7)[:1], (COUNT, 1)) + 0.01 * draw(8),
}


@pytest.fixture(scope='module')
def scores():
    return {name: {
        'frechet': metrics.frechet_distance(TRAINING, fake),
        'kernel': metrics.kernel_distance(TRAINING, fake),
        'pr': metrics.precision_recall(TRAINING, fake),
        'dc': metrics.density_coverage(TRAINING, fake),
        'two': metrics.two_sample_accuracy(TRAINING, fake),
        'memory': metrics.memorisation(fake, TRAINING, HELD_OUT)} for name, fake in FAILURES.items()}


def test_a_good_generator(scores):
    good = scores['good']
    assert abs(good['kernel'].value) < 1.96 * good['kernel'].error
    assert min(good['pr']) > 0.6 and good['dc'].density == pytest.approx(1, abs=0.1) and good['dc'].coverage > 0.94
    assert good['two'] == pytest.approx([0.5] * 3, abs=0.08)
    assert good['memory'] == pytest.approx((0, 0.01, 0.5, 0.5), abs=0.05)


def test_dropped_modes_lower_recall_and_coverage(scores):
    good, dropped = scores['good'], scores['dropped']
    assert dropped['pr'].recall < 0.6 * good['pr'].recall and dropped['dc'].coverage < 0.6 * good['dc'].coverage
    assert dropped['pr'].precision > 0.9 * good['pr'].precision and dropped['dc'].density > 0.9 * good['dc'].density
    assert dropped['frechet'] > 10 * good['frechet']
    assert dropped['kernel'].value > 5 * dropped['kernel'].error


def test_memorisation_shows_in_nearest_neighbours_alone(scores):
    good, memorised = scores['good'], scores['memorised']
    assert min(memorised['memory'][1:]) > 0.999
    assert max(memorised['two']) < 0.01
    # All others praise it.
    assert memorised['frechet'] < good['frechet'] and memorised['kernel'].value < good['kernel'].value
    assert min(memorised['pr']) > 0.99 and memorised['dc'].coverage == 1


def test_blur_moves_the_frechet_distance(scores):
    good, blurred = scores['good'], scores['blurred']
    assert blurred['frechet'] > 5 * good['frechet']
    assert blurred['pr'].precision == 1 and blurred['pr'].recall < 0.1
    assert blurred['dc'].density > 2 and blurred['two'].fake > 0.95 > 0.3 > blurred['two'].real


def test_noise_lowers_precision_and_density(scores):
    good, noisy = scores['good'], scores['noisy']
    assert noisy['pr'].precision < 0.1 and noisy['dc'].density < 0.1
    assert noisy['frechet'] > 5 * good['frechet'] and noisy['memory'].auc < 0.05
    assert noisy['two'].real > 0.95


def test_collapse(scores):
    collapsed = scores['collapsed']
    assert collapsed['frechet'] == max(part['frechet'] for part in scores.values())
    assert collapsed['dc'].coverage < 0.3 and collapsed['pr'].recall < 0.05 and collapsed['two'].fake == 1
