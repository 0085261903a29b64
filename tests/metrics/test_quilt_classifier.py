"""The classifier of the blocks of synthetic quilts: the accuracy stated in its card, and the images it rejects."""
import json

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.data import synthetic_sets
from gluon_gan.metrics import quilt_classifier
from gluon_gan.support import storage
from gluon_gan.support.pixels import to_float

COUNT, FIRST = 400, 60_000      # quilts of higher indices than the data set and the training of the classifier


@pytest.fixture(scope='module')
def quilts():
    return synthetic_sets.render_quilts(COUNT, start=FIRST)


def card():
    return json.loads(quilt_classifier.WEIGHTS.with_suffix('.json').read_text())


def accuracy(pictures, labels):
    """Accuracy of the shipped classifier on images ``(N, 3, 64, 64)``."""
    classifier = metrics.QuiltPatternClassifier(ctx=mx.cpu())
    return (classifier.probabilities(mx.nd.array(pictures)).argmax(axis=1) == labels).mean()


def test_the_shipped_weights_are_small_and_have_a_card():
    arrays, meta = storage.read(quilt_classifier.WEIGHTS)
    assert quilt_classifier.WEIGHTS.stat().st_size < 600e3
    assert all(array.dtype == np.float16 for array in arrays.values()) and meta == {'network': 'quilt_classifier'}
    assert card()['command'].startswith('python tools/train_quilt_classifier.py')
    assert card()['test_data'] == 'synthetic_quilts test (2,000 synthetic quilts)'
    assert tuple(card()['accuracy_by_block']) == metrics.QuiltPatternClassifier.names == gg.synthetic.BLOCKS


def test_the_quilts_of_these_tests_are_new_to_the_classifier():
    trained = int(card()['data'].split()[0].replace(',', ''))
    assert synthetic_sets.QUILTS['all'][1] + trained <= FIRST


def test_the_accuracy_is_that_of_the_card(quilts):
    measured, stated = accuracy(to_float(quilts.images), quilts.labels), card()['accuracy']
    assert measured > 0.9 and stated >= 0.93
    assert abs(measured - stated) < 4 * np.sqrt(stated * (1 - stated) / COUNT) + 0.005, (measured, stated)


def test_every_block_is_recognised():
    assert min(card()['accuracy_by_block'].values()) > 0.8


@pytest.mark.parametrize('orient', [lambda x: x[..., ::-1], lambda x: x[:, :, ::-1], lambda x: x.swapaxes(2, 3)],
                         ids=['mirrored', 'upside down', 'transposed'])
def test_the_block_does_not_depend_on_the_orientation(quilts, orient):
    assert accuracy(orient(to_float(quilts.images)), quilts.labels) > 0.9


def test_noisy_and_blurred_quilts_are_recognised(quilts):
    clean, rng = to_float(quilts.images), np.random.default_rng(0)
    noisy = clean + 0.1 * rng.standard_normal(clean.shape, np.float32)
    blurred = clean.copy()
    blurred[..., 1:-1, 1:-1] = sum(clean[..., i:62 + i, j:62 + j] for i in range(3) for j in range(3)) / 9
    assert min(accuracy(noisy, quilts.labels), accuracy(blurred, quilts.labels)) > 0.85


def test_the_extractor_returns_128_features_and_16_probabilities(quilts):
    extractor, some = metrics.named('quilt_patterns'), quilts[:100]
    features = metrics.extract(extractor, some)
    probabilities = extractor.probabilities(mx.nd.array(to_float(some.images)))
    assert (extractor.name, extractor.dim, features.shape) == ('quilt_patterns', 128, (100, 128))
    assert probabilities.shape == (100, 16) and probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert (features >= 0).all() and (features.std(axis=0) > 1e-3).all(), 'a constant feature carries no information'


def test_weights_survive_a_round_trip_as_float16(tmp_path):
    net = quilt_classifier.QuiltNet()
    net.initialize(mx.init.Xavier())
    quilt_classifier.save(tmp_path / 'q.npz', net)
    pictures = mx.nd.random.uniform(-1, 1, (3, 3, 64, 64))
    classifier = metrics.QuiltPatternClassifier(tmp_path / 'q.npz', mx.cpu())
    features, logits = net(pictures)
    np.testing.assert_allclose(classifier(pictures), features.asnumpy(), atol=5e-3)
    np.testing.assert_allclose(classifier.probabilities(pictures), mx.nd.softmax(logits).asnumpy(), atol=5e-3)


@pytest.mark.parametrize('shape, found', [((2, 1, 28, 28), '1 channel and size 28x28'),
                                          ((2, 3, 32, 32), '3 channels and size 32x32'),
                                          ((2, 1, 64, 64), '1 channel and size 64x64')])
def test_other_images_are_rejected(shape, found):
    classifier = metrics.QuiltPatternClassifier(ctx=mx.cpu())
    message = f'quilt_patterns takes images with 3 channels and size 64x64, not {found}'
    for method in (classifier, classifier.probabilities):
        with pytest.raises(ValueError, match=message):
            method(mx.nd.zeros(shape))


def test_a_file_without_a_quilt_network_is_rejected(tmp_path):
    storage.write(tmp_path / 'x.npz', {}, {})
    with pytest.raises(storage.StorageError, match='do not fit a QuiltNet'):
        metrics.QuiltPatternClassifier(tmp_path / 'x.npz')
