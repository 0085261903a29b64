"""The measures of a translation, on translators with known errors."""
import json

import mxnet as mx
import numpy as np
import pytest

from gluon_gan.data import ImageArray, TwoDomains
from gluon_gan.translate import measures

SIZE, COUNT = 16, 40


def coloured(channel, count=COUNT, seed=0):
    """Random patterns of black and one colour."""
    pattern = np.random.default_rng(seed).integers(0, 2, (count, 8, 8)).repeat(2, axis=1).repeat(2, axis=2)
    images = np.zeros((count, SIZE, SIZE, 3), np.uint8)
    images[..., channel] = 255 * pattern
    return ImageArray(images, f'channel {channel}')


class Swap:
    """Exchanges two channels, in both directions: the correct translation. ``ab`` replaces the direction A to B."""

    size, channels = SIZE, 3

    def __init__(self, ab=None):
        self.ab = Net(ab or (lambda x: x[:, [1, 0, 2]]))
        self.ba = Net(lambda x: x[:, [1, 0, 2]])


class Net:
    def __init__(self, function):
        self.function, self._dense = function, mx.gluon.nn.Dense(1, in_units=1)
        self._dense.initialize(ctx=mx.cpu())

    def __call__(self, x):
        return mx.nd.array(self.function(x.asnumpy()))

    def collect_params(self):
        """Parameters on the CPU: the device of a translator is that of its weights."""
        return self._dense.collect_params()


@pytest.fixture(scope='module')
def domains():
    return TwoDomains(coloured(0), coloured(1, seed=1)), TwoDomains(coloured(0, seed=2), coloured(1, seed=3))


def measured(domains, net, **options):
    training, test = domains
    ground_truth = coloured(1, seed=2), coloured(0, seed=3)
    return measures.measure(net, training, test, ground_truth, extractor='pixels8', **options)


def test_a_correct_translation_has_the_best_values(domains):
    for direction in measured(domains, Swap()):
        assert (direction.taken, direction.taken_before, direction.taken_real, direction.pattern) == (1, 0, 1, 1)
        assert direction.cycle < 1e-6 and direction.ground_truth < 1e-6 and direction.ground_truth_before > 0.3
        assert direction.frechet < direction.frechet_before / 4 and direction.count == COUNT
        assert direction.identity > 0.3                # images of the target domain are swapped too


def test_the_identity_does_not_reach_the_target_domain(domains):
    direction = measured(domains, Swap(lambda x: x))[0]
    assert direction.taken == 0 and direction.pattern == 1 and direction.identity == 0
    assert direction.ground_truth == direction.ground_truth_before


def test_a_constant_translation_keeps_no_pattern(domains):
    other = np.asarray(domains[1].b.images[:1]).transpose(0, 3, 1, 2) / 127.5 - 1
    direction = measured(domains, Swap(lambda x: np.repeat(other, len(x), axis=0)))[0]
    assert direction.taken == 1 and direction.pattern <= 2 / COUNT and direction.cycle > 0.3 * direction.apart


def test_an_attribute_classifier_measures_which_attributes_are_kept(domains):
    class Attributes:
        def __init__(self, images):
            images = images.asnumpy()
            self.attributes = {'bright': images.max(axis=1).mean(axis=(1, 2)) > 0,
                               'red': images[:, 0].mean(axis=(1, 2)) > -0.9}

    directions = measured(domains, Swap(), attribute_classifier=Attributes)
    assert directions[0].kept == {'bright': 1, 'red': 0}
    table = measures.table(directions)
    assert 'of 2 attributes kept in >= 80%' in table and '  red ' in table and 'bright' not in table


def test_the_table_and_the_json(domains):
    directions = measured(domains, Swap())
    text = measures.table(directions)
    assert 'classified as the target domain' in text and '100.0%' in text and 'distance from the ground truth' in text
    values = json.loads(measures.to_json(directions, command='x'))
    assert values['command'] == 'x' and [direction['taken'] for direction in values['ways']] == [1, 1]


def test_too_few_images_or_images_of_another_size_raise(domains):
    training, test = domains
    with pytest.raises(ValueError, match='at least 10'):
        measures.measure(Swap(), training, TwoDomains(test.a[:5], test.b))
    net = Swap()
    net.size = 32
    with pytest.raises(ValueError, match='32 pixels'):
        measures.measure(net, training, test)
