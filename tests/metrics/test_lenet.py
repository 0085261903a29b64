"""The network for digits that ships, and the accuracy that its card promises."""
import json
import os
from pathlib import Path

import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import metrics, storage
from gluon_gan.metrics import lenet

REAL = os.environ.get('GLUON_GAN_DATA', '')
needs_real = pytest.mark.skipif(not list(Path(REAL, 'mnist').glob('t10k-images*')), reason='the test digits are not there')


def card():
    return json.loads(lenet.WEIGHTS.with_suffix('.json').read_text())


def test_it_ships_small_and_with_its_card():
    arrays, meta = storage.read(lenet.WEIGHTS)
    assert lenet.WEIGHTS.stat().st_size < 1e6 and all(array.dtype == np.float16 for array in arrays.values()) and meta == {'network': 'lenet'}
    assert card()['command'].startswith('python tools/train_lenet.py') and card()['data'] == 'mnist train (60,000 digits, IDX)'
    assert card()['test_data'] == 'mnist test (10,000 digits, IDX)' and card()['accuracy'] >= 0.99


@pytest.mark.realdata
@needs_real
def test_the_accuracy_of_the_card():
    digits, right = gg.data.mnist('test', download=False), 0
    extractor = metrics.named('lenet')
    for pictures, labels in gg.data.batches(digits, 500, shuffle=False, labels=True):
        right += (extractor.probabilities(pictures).argmax(axis=1) == labels.asnumpy()).sum()
    assert abs(right / len(digits) - card()['accuracy']) < 2e-4


def test_round_trip_at_float16(tmp_path):
    net = lenet.LeNet()
    net.initialize(mx.init.Xavier())
    lenet.save(tmp_path / 'l.npz', net)
    pictures = mx.nd.array(np.random.default_rng(0).uniform(-1, 1, (3, 1, 28, 28)))
    for again, first in zip(lenet.load(tmp_path / 'l.npz')(pictures), net(pictures)):
        np.testing.assert_allclose(again.asnumpy(), first.asnumpy(), atol=5e-3)


def test_a_file_that_holds_no_lenet(tmp_path):
    storage.write(tmp_path / 'x.npz', {}, {})
    with pytest.raises(storage.StorageError, match='do not fit a LeNet'):
        lenet.load(tmp_path / 'x.npz')
