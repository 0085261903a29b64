"""The shipped classifier of digits, and the accuracy stated in its card."""
import json
import os
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.metrics import lenet
from gluon_gan.support import storage
from gluon_gan.support.pixels import to_float

REAL = os.environ.get('GLUON_GAN_DATA', '')
needs_real = pytest.mark.skipif(not list(Path(REAL, 'mnist').glob('t10k-images*')), reason="needs MNIST's test digits")


def card():
    return json.loads(lenet.WEIGHTS.with_suffix('.json').read_text())


def test_the_shipped_weights_are_small_and_have_a_card():
    arrays, meta = storage.read(lenet.WEIGHTS)
    assert lenet.WEIGHTS.stat().st_size < 1e6 and all(array.dtype == np.float16 for array in arrays.values())
    assert meta == {'network': 'lenet'}
    assert card()['command'].startswith('python tools/train_lenet.py')
    assert card()['data'] == 'mnist train (60,000 digits, IDX)'
    assert card()['test_data'] == 'mnist test (10,000 digits, IDX)' and card()['accuracy'] >= 0.99


@pytest.mark.realdata
@needs_real
def test_the_accuracy_is_that_of_the_card():
    digits, correct = gg.data.mnist('test', download=False), 0
    extractor = metrics.named('lenet')
    for pictures, labels in gg.data.batches(digits, 500, shuffle=False, labels=True):
        correct += (extractor.probabilities(pictures).argmax(axis=1) == labels.asnumpy()).sum()
    assert abs(correct / len(digits) - card()['accuracy']) < 2e-4


def test_weights_survive_a_round_trip_as_float16(tmp_path):
    net = lenet.LeNet()
    net.initialize(mx.init.Xavier())
    lenet.save(tmp_path / 'l.npz', net)
    pictures = mx.nd.array(np.random.default_rng(0).uniform(-1, 1, (3, 1, 28, 28)))
    for again, first in zip(lenet.load(tmp_path / 'l.npz')(pictures), net(pictures)):
        np.testing.assert_allclose(again.asnumpy(), first.asnumpy(), atol=5e-3)


def test_a_file_without_a_lenet_is_rejected(tmp_path):
    storage.write(tmp_path / 'x.npz', {}, {})
    with pytest.raises(storage.StorageError, match='do not fit a LeNet'):
        lenet.load(tmp_path / 'x.npz')


def test_lenet_classifies_digits_and_returns_64_features():
    digits = gg.data.mnist('test', download=False)[:200]
    extractor = metrics.named('lenet')
    features, pictures = metrics.extract(extractor, digits), mx.nd.array(to_float(digits.images))
    probabilities = extractor.probabilities(pictures)
    assert (extractor.name, extractor.dim, features.shape, probabilities.shape) == ('lenet', 64, (200, 64), (200, 10))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (probabilities.argmax(axis=1) == digits.labels).mean() > 0.97
    assert (features.std(axis=0) > 0.01).all(), 'a constant feature carries no information'
