"""Simulated failures of a generator: each measure detects what its paper says, and misses what its docstring says."""
import numpy as np
import pytest

from gluon_gan import metrics

MODES, WIDTH, COUNT = 8, 16, 800
CENTRES = 6 * np.random.default_rng(9).standard_normal((MODES, WIDTH))


def sample(seed, modes=MODES, scale=1.0):
    """``COUNT`` rows, distributed equally over the first modes."""
    rng = np.random.default_rng(seed)
    return CENTRES[np.arange(COUNT) % modes] + scale * rng.standard_normal((COUNT, WIDTH))


TRAINING, HELD_OUT, GOOD = sample(0), sample(1), sample(2)
FAILURES = {
    'good': GOOD,
    'missing modes': sample(3, modes=4),
    'memorised': TRAINING + 0.01 * np.random.default_rng(4).standard_normal(TRAINING.shape),
    'blurred': sample(5, scale=0.4),                       # every image near the mean of its mode
    'noisy': sample(6, scale=2.5),
    'collapsed': np.tile(sample(7)[:1], (COUNT, 1)) + 0.01 * sample(8),
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


def test_missing_modes_lower_recall_and_coverage(scores):
    good, missing = scores['good'], scores['missing modes']
    assert missing['pr'].recall < 0.6 * good['pr'].recall and missing['dc'].coverage < 0.6 * good['dc'].coverage
    assert missing['pr'].precision > 0.9 * good['pr'].precision and missing['dc'].density > 0.9 * good['dc'].density
    assert missing['frechet'] > 10 * good['frechet']
    assert missing['kernel'].value > 5 * missing['kernel'].error


def test_only_nearest_neighbours_detect_memorisation(scores):
    good, memorised = scores['good'], scores['memorised']
    assert min(memorised['memory'][1:]) > 0.999
    assert max(memorised['two']) < 0.01
    # All other measures improve.
    assert memorised['frechet'] < good['frechet'] and memorised['kernel'].value < good['kernel'].value
    assert min(memorised['pr']) > 0.99 and memorised['dc'].coverage == 1


def test_blur_raises_the_frechet_distance(scores):
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
