"""The measures of a translation, on translators whose faults are known."""
import json

import mxnet as mx
import numpy as np
import pytest
from gluon_gan.data import ImageArray, TwoDomains
from gluon_gan.translate import measures

SIZE, COUNT = 16, 40


def coloured(channel, count=COUNT, seed=0):
    """Patterns of black and one colour."""
    pattern = np.random.default_rng(seed).integers(0, 2, (count, 8, 8)).repeat(2, axis=1).repeat(2, axis=2)
    images = np.zeros((count, SIZE, SIZE, 3), np.uint8)
    images[..., channel] = 255 * pattern
    return ImageArray(images, f'channel {channel}')


class Swap:
    """Exchanges two channels: the true translation, and its own way back."""

    size, channels = SIZE, 3

    def __init__(self, there=None):
        self.ab = Net(there or (lambda x: x[:, [1, 0, 2]]))
        self.ba = Net(lambda x: x[:, [1, 0, 2]])


class Net:
    def __init__(self, function):
        self.function, self.own = function, mx.gluon.nn.Dense(1, in_units=1)
        self.own.initialize(ctx=mx.cpu())

    def __call__(self, x):
        return mx.nd.array(self.function(x.asnumpy()))

    def collect_params(self):
        """Where it is: a translator is asked for the device of its weights."""
        return self.own.collect_params()


@pytest.fixture(scope='module')
def domains():
    return TwoDomains(coloured(0), coloured(1, seed=1)), TwoDomains(coloured(0, seed=2), coloured(1, seed=3))


def found(domains, net, **options):
    training, test = domains
    truth = coloured(1, seed=2), coloured(0, seed=3)
    return measures.measure(net, training, test, truth, extractor='pixels8', **options)


def test_a_true_translation_is_perfect_in_all(domains):
    for way in found(domains, Swap()):
        assert (way.taken, way.taken_before, way.taken_real, way.pattern) == (1, 0, 1, 1)
        assert way.cycle < 1e-6 and way.truth < 1e-6 and way.truth_before > 0.3
        assert way.frechet < way.frechet_before / 4 and way.count == COUNT
        assert way.identity > 0.3                      # it swaps, whatever it is given


def test_doing_nothing_arrives_nowhere(domains):
    way = found(domains, Swap(lambda x: x))[0]
    assert way.taken == 0 and way.pattern == 1 and way.truth == way.truth_before and way.identity == 0


def test_the_same_picture_for_all_keeps_no_pattern(domains):
    other = np.asarray(domains[1].b.images[:1]).transpose(0, 3, 1, 2) / 127.5 - 1
    way = found(domains, Swap(lambda x: np.repeat(other, len(x), axis=0)))[0]
    assert way.taken == 1 and way.pattern <= 2 / COUNT and way.cycle > 0.3 * way.apart


def test_a_judge_tells_what_was_kept(domains):
    class Seen:
        def __init__(self, pictures):
            pictures = pictures.asnumpy()
            self.attributes = {'bright': pictures.max(axis=1).mean(axis=(1, 2)) > 0, 'red': pictures[:, 0].mean(axis=(1, 2)) > -0.9}

    ways = found(domains, Swap(), judge=Seen)
    assert ways[0].kept == {'bright': 1, 'red': 0}
    table = measures.table(ways)
    assert 'of 2 attributes kept by 80%' in table and '  red ' in table and 'bright' not in table


def test_a_table_and_json_hold_it(domains):
    ways = found(domains, Swap())
    text = measures.table(ways)
    assert 'taken for the target domain' in text and '100.0%' in text and 'distance from the truth' in text
    told = json.loads(measures.to_json(ways, command='x'))
    assert told['command'] == 'x' and [way['taken'] for way in told['ways']] == [1, 1]


def test_too_few_pictures_or_others_are_refused(domains):
    training, test = domains
    with pytest.raises(ValueError, match='at least 10'):
        measures.measure(Swap(), training, TwoDomains(test.a[:5], test.b))
    net = Swap()
    net.size = 32
    with pytest.raises(ValueError, match='32 pixels'):
        measures.measure(net, training, test)
