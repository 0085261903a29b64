"""The attribute classifier of synthetic faces: the accuracy stated in its card, and the images it rejects."""
import json

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.data import synthetic_sets
from gluon_gan.metrics import attribute_classifier
from gluon_gan.support import storage


@pytest.fixture(scope='module')
def predicted():
    """400 faces that neither a generator nor the classifier was trained on, and the predictions for them."""
    unseen = synthetic_sets.render_faces(400, start=synthetic_sets.FACES['train'][1])
    return unseen, metrics.face_attribute_classifier(mx.cpu())(unseen)


def card():
    return json.loads(attribute_classifier.WEIGHTS.with_suffix('.json').read_text())


def test_the_shipped_weights_are_small_and_have_a_card():
    arrays, meta = storage.read(attribute_classifier.WEIGHTS)
    assert attribute_classifier.WEIGHTS.stat().st_size < 1e6
    assert all(array.dtype == np.float16 for array in arrays.values()) and meta == {'network': 'attribute_classifier'}
    assert card()['command'].startswith('python tools/train_attribute_classifier.py')
    assert card()['test_data'] == gg.data.synthetic_faces('test').name


def test_the_accuracy_is_that_of_the_card(predicted):
    unseen, predictions = predicted
    for name in ('Smiling', 'Eyeglasses', 'Wearing_Hat', 'Male', 'Blond_Hair', 'Black_Hair'):
        expected = unseen.attributes[:, unseen.attribute_names.index(name)]
        accuracy, stated = (predictions.attributes[name] == expected).mean(), card()['accuracy'][name]
        assert abs(accuracy - stated) < 4 * np.sqrt(stated * (1 - stated) / 400) + 0.005, (name, accuracy, stated)
    assert np.sqrt(np.square(predictions.pose - unseen.parameters['pose']).mean()) < 1.3 * card()['pose_error']


def test_attributes_that_experiments_rely_on_are_predicted_well():
    accuracy = card()['accuracy']
    assert accuracy['Smiling'] > 0.92 and card()['pose_error'] < 0.1
    assert min(accuracy['Eyeglasses'], accuracy['Wearing_Hat'], accuracy['Black_Hair']) > 0.99


def test_bytes_and_floats_give_the_same_predictions(predicted):
    unseen, predictions = predicted
    again = metrics.face_attribute_classifier(mx.cpu())(mx.nd.array(gg.pixels.to_float(unseen.images[:5])))
    np.testing.assert_allclose(again.pose, predictions.pose[:5], atol=1e-5)
    for name in attribute_classifier.RENDERED:
        assert (again.attributes[name] == predictions.attributes[name][:5]).all()


def test_other_images_are_rejected():
    message = 'takes colour faces of 64x64, not images with 1 channel and size 28x28'
    with pytest.raises(ValueError, match=message):
        metrics.face_attribute_classifier(mx.cpu())(mx.nd.zeros((2, 1, 28, 28)))


def test_weights_of_the_version_before_still_load(tmp_path):
    """That version named the network differently in the file; the parameters were the same."""
    arrays, _ = storage.read(attribute_classifier.WEIGHTS)
    storage.write(tmp_path / 'old.npz', arrays, {'network': 'judge'})
    faces = synthetic_sets.render_faces(2)
    paths = tmp_path / 'old.npz', attribute_classifier.WEIGHTS
    old, new = (metrics.FaceAttributeClassifier(path)(faces) for path in paths)
    np.testing.assert_array_equal(old.pose, new.pose)


def test_a_file_without_a_face_network_is_rejected(tmp_path):
    storage.write(tmp_path / 'x.npz', {}, {})
    with pytest.raises(storage.StorageError, match='FaceNet'):
        metrics.FaceAttributeClassifier(tmp_path / 'x.npz')
