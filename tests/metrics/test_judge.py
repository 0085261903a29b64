"""The judge of drawn faces: what its card promises, and what it refuses."""
import json

import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import metrics, storage
from gluon_gan.data import drawn, faces
from gluon_gan.metrics import judge


@pytest.fixture(scope='module')
def said():
    """400 faces that neither a generator nor the judge was trained on, and what it says of them."""
    unseen = drawn.faces(400, start=faces.DRAWN['train'][1])
    return unseen, metrics.face_judge(mx.cpu())(unseen)


def card():
    return json.loads(judge.WEIGHTS.with_suffix('.json').read_text())


def test_it_ships_small_and_with_its_card():
    arrays, meta = storage.read(judge.WEIGHTS)
    assert judge.WEIGHTS.stat().st_size < 1e6 and all(array.dtype == np.float16 for array in arrays.values()) and meta == {'network': 'judge'}
    assert card()['command'].startswith('python tools/train_judge.py') and card()['test_data'] == 'drawn_faces test (2,000 faces drawn by gluon_gan)'


def test_it_is_right_as_often_as_its_card_says(said):
    unseen, judged = said
    for name in ('Smiling', 'Eyeglasses', 'Wearing_Hat', 'Male', 'Blond_Hair', 'Black_Hair'):
        truth = unseen.attributes[:, unseen.attribute_names.index(name)]
        right, promised = (judged.attributes[name] == truth).mean(), card()['accuracy'][name]
        assert abs(right - promised) < 4 * np.sqrt(promised * (1 - promised) / 400) + 0.005, (name, right, promised)
    assert np.sqrt(np.square(judged.pose - unseen.parameters['pose']).mean()) < 1.3 * card()['pose_error']


def test_what_experiments_lean_on_is_known_well():
    right = card()['accuracy']
    assert right['Smiling'] > 0.92 and min(right['Eyeglasses'], right['Wearing_Hat'], right['Black_Hair']) > 0.99 and card()['pose_error'] < 0.1


def test_pictures_of_either_kind_are_judged_alike(said):
    unseen, judged = said
    again = metrics.face_judge(mx.cpu())(mx.nd.array(gg.pixels.to_float(unseen.images[:5])))
    np.testing.assert_allclose(again.pose, judged.pose[:5], atol=1e-5)
    assert all((again.attributes[name] == judged.attributes[name][:5]).all() for name in judge.DRAWN)


def test_other_pictures_are_refused():
    with pytest.raises(ValueError, match='the judge knows colour faces of 64x64, not pictures of 1 channels and 28x28'):
        metrics.face_judge(mx.cpu())(mx.nd.zeros((2, 1, 28, 28)))


def test_a_file_that_holds_no_judge(tmp_path):
    storage.write(tmp_path / 'x.npz', {}, {})
    with pytest.raises(storage.StorageError, match='do not fit a FaceNet'):
        metrics.FaceJudge(tmp_path / 'x.npz')
