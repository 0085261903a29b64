"""Synthetic faces and quilts as data sets."""
import numpy as np
import pytest

from gluon_gan import synthetic
from gluon_gan.catalogue import held_out, load, status
from gluon_gan.data import ImageArray, render_faces, render_quilts, synthetic_faces, synthetic_quilts, synthetic_sets


def test_splits_and_names_of_synthetic_faces(monkeypatch):
    monkeypatch.setattr(synthetic_sets, 'FACES', {'train': (0, 3), 'test': (3, 5), 'all': (0, 5)})
    train, test = synthetic_faces(size=16), synthetic_faces('test', 16)
    assert (train.name, train.stand_in) == ('synthetic_faces train (3 synthetic faces)', False)
    assert np.array_equal(np.concatenate([train.images, test.images]), synthetic.faces(5, 16).images)
    assert test.attributes.shape == (2, 40) and len(test.parameters['smile']) == 2
    with pytest.raises(ValueError, match="split='valid' must be one of 'train', 'test', 'all'"):
        synthetic_faces('valid')


def test_splits_of_synthetic_quilts(monkeypatch):
    monkeypatch.setattr(synthetic_sets, 'QUILTS', {'train': (0, 3), 'test': (3, 5), 'all': (0, 5)})
    train, test = load('synthetic_quilts', size=16), held_out('synthetic_quilts', size=16)
    assert (train.name, train.stand_in) == ('synthetic_quilts train (3 synthetic quilts)', False)
    assert np.array_equal(np.concatenate([train.images, test.images]), synthetic.quilts(5, 16).images)
    assert 'synthetic_quilts' in [name for name, *_ in status()]
    with pytest.raises(ValueError, match="split='valid' must be one of 'train', 'test', 'all'"):
        synthetic_quilts('valid')


def test_faces_as_a_data_set():
    faces = render_faces(20)
    assert isinstance(faces, ImageArray) and faces.shape == (20, 64, 64, 3) and faces.images.dtype == np.uint8
    assert (faces.name, faces.stand_in, faces.labels) == ('20 synthetic faces', False, None)
    assert faces.attributes.shape == (20, 40) and faces.attributes.dtype == bool
    assert faces.attribute_names == synthetic.ATTRIBUTES
    assert (faces.attribute('Smiling') == (faces.parameters['smile'] > 0.25)).all()
    assert all(values.shape == (20,) and values.dtype == np.float32 for values in faces.parameters.values())
    assert np.array_equal(faces[7], synthetic.faces(1, start=7).images[0])


def test_quilts_as_a_data_set():
    quilts = render_quilts(20, name='quilts stand-in: 20 synthetic quilts', stand_in=True)
    assert isinstance(quilts, ImageArray) and quilts.shape == (20, 64, 64, 3) and quilts.images.dtype == np.uint8
    assert (quilts.name, quilts.stand_in) == ('quilts stand-in: 20 synthetic quilts', True)
    assert quilts.classes == synthetic.BLOCKS
    assert np.array_equal(quilts.labels, quilts.parameters['block']) and quilts.labels.dtype == np.int64
    assert render_quilts(20).name == '20 synthetic quilts' and not render_quilts(20).stand_in


def test_empty_sets():
    assert render_faces(0).shape == (0, 64, 64, 3) and render_faces(0).attributes.shape == (0, 40)
    assert render_quilts(0).shape == (0, 64, 64, 3)


def test_domains_and_splits_that_do_not_exist():
    with pytest.raises(ValueError, match="no synthetic domain 'blue'; the synthetic domains are synthetic_plain"):
        synthetic_sets.synthetic_domain('blue')
    with pytest.raises(ValueError, match="split='all' must be one of 'train', 'test'"):
        synthetic_sets.synthetic_domain('synthetic_red', 'all')
