"""Ablation of an object: a toy generator with known feature maps, and the shipped generator of synthetic faces."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import dissect

SIDE, SIZE = 8, 16
GLASSES = 11, 23, 52, 35            # the bounding box of glasses, as lesson 17 finds it
COLOURS = 'Black_Hair', 'Blond_Hair', 'Brown_Hair', 'Gray_Hair'


def head(z):
    """z (N, 2) to feature maps (N, 4, 8, 8).

    0 is the object (where z[0] > 0), 1 its location (always), 2 the rest of the image, 3 noise that follows z[1].
    """
    z = z.asnumpy()
    feature_maps = np.zeros((len(z), 4, SIDE, SIDE), np.float32)
    feature_maps[:, 0, 2:4, 1:5] = (z[:, 0] > 0)[:, None, None]
    feature_maps[:, 1, 2:4, 1:5] = 1
    feature_maps[:, 2] = 1 - feature_maps[:, 1]
    noise = np.arange(SIDE * SIDE).reshape(SIDE, SIDE) * (1 + z[:, 1, None, None])
    feature_maps[:, 3] = np.abs(np.sin(noise))
    return mx.nd.array(feature_maps)


def tail(feature_maps):
    """Feature maps to images in which the object is bright, its location grey, and the rest dark."""
    image = feature_maps[:, :1] + 0.3 * feature_maps[:, 1:2] - 0.5 * feature_maps[:, 2:3]
    return mx.nd.clip(image, -1, 1).repeat(2, axis=2).repeat(2, axis=3)


@pytest.fixture
def z():
    return np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)


def shows_object(images):
    return images[:, 0, 4:8, 2:10].mean(axis=(1, 2)) > 0.6


@pytest.fixture
def marked(z):
    rows = [(sample, 2, 4, 10, 8) for sample in np.flatnonzero(z[:, 0] > 0)]
    return dissect.inside(rows, len(z), SIZE, SIDE)


def test_boxes_become_locations(marked, z):
    assert marked.shape == (40, 8, 8) and marked.any(axis=(1, 2)).tolist() == (z[:, 0] > 0).tolist()
    first = np.flatnonzero(z[:, 0] > 0)[0]
    assert np.argwhere(marked[first]).tolist() == [[y, x] for y in (2, 3) for x in (1, 2, 3, 4)]


def test_negatives_of_the_same_samples_do_not_separate_object_and_location(z, marked):
    found = dissect.fit_object_classifier(head(mx.nd.array(z)).asnumpy(), marked)
    assert found.auc > 0.99 and found.positives == found.negatives == 8 * (z[:, 0] > 0).sum()
    assert set(dissect.top_feature_maps(found.weights)) >= {0, 1} and found.weights[2] < 0
    after = dissect.ablate(head, tail, z, dissect.top_feature_maps(found.weights))
    before = dissect.ablate(head, tail, z, [])
    assert dissect.ablation_effect(shows_object(before), shows_object(after)).lost == 1
    assert abs(after - before)[z[:, 0] <= 0].max() > 0.2            # samples without the object have changed as well


def test_negatives_without_the_object_separate_object_and_location(z, marked):
    feature_maps, has = head(mx.nd.array(z)).asnumpy(), z[:, 0] > 0
    found = dissect.fit_object_classifier(feature_maps, marked, without=feature_maps[~has])
    assert found.auc > 0.99 and dissect.top_feature_maps(found.weights, 1).tolist() == [0]
    assert abs(found.weights[1:3]).max() < 1e-3
    before, after = dissect.ablate(head, tail, z, []), dissect.ablate(head, tail, z, [0], batch_size=7)
    assert dissect.ablation_effect(shows_object(before), shows_object(after)) == (has.mean(), 1, 0)
    np.testing.assert_array_equal(before[~has], after[~has])
    np.testing.assert_array_equal(before, tail(head(mx.nd.array(z))).asnumpy())


def test_intersection_over_union_equals_the_definition(z, marked):
    feature_maps, share = head(mx.nd.array(z)).asnumpy()[:, :3], (z[:, 0] > 0).mean()
    feature_maps = feature_maps + 1e-3 * np.random.default_rng(1).random(feature_maps.shape)
    found = dissect.intersection_over_union(feature_maps, marked, top=marked.mean())
    assert found[0] == pytest.approx(1, abs=0.01) and found[1] == pytest.approx(share / (2 - share), abs=0.15)
    assert found[2] == 0


def test_top_feature_maps_have_positive_weights():
    assert dissect.top_feature_maps([0.5, -1, 2, 0]).tolist() == [2, 0]
    assert dissect.top_feature_maps([0.5, -1, 2, 0], 1).tolist() == [2]


def test_ablation_effect_equals_the_definition():
    before, after = np.array([True, True, False, False]), np.array([False, True, True, False])
    assert dissect.ablation_effect(before, after) == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match='at least one sample must show the object before'):
        dissect.ablation_effect(np.zeros(3, bool), np.zeros(3, bool))


@pytest.mark.parametrize('change, message', [
    (dict(marked=np.zeros((4, 3, 3))), 'marked must be'),
    (dict(marked=np.eye(3, dtype=bool)[None].repeat(4, 0) * np.array([1, 0, 0, 0], bool)[:, None, None]),
     '1 samples have boxes, and at least two are needed'),
    (dict(marked=np.ones((4, 3, 3), bool)), 'cover the samples completely'),
    (dict(without=np.zeros((3, 1, 3, 3))), 'without must be feature maps'),
    (dict(penalty=0), 'penalty')])
def test_invalid_arguments_of_the_classifier_are_named(change, message):
    marked = np.zeros((4, 3, 3), bool)
    marked[:, 1, 1] = True
    feature_maps = np.random.default_rng(0).normal(size=(4, 2, 3, 3))
    arguments = dict(feature_maps=feature_maps, marked=marked) | change
    with pytest.raises(ValueError, match=message):
        dissect.fit_object_classifier(**arguments)


def test_ablation_at_chosen_locations(z):
    left = np.zeros((SIDE, SIDE), bool)
    left[:, :3] = True
    before, after = dissect.ablate(head, tail, z, []), dissect.ablate(head, tail, z, [0, 1, 2], where=left)
    assert not after[:, :, :, :6].any() and np.array_equal(before[..., 6:], after[..., 6:])
    with pytest.raises(ValueError, match=r'where must be \(8, 8\) bool'):
        dissect.ablate(head, tail, z, [0], where=left[:4])


def test_missing_feature_map_is_named(z):
    with pytest.raises(ValueError, match='the feature maps 0 to 3, not 9'):
        dissect.ablate(head, tail, z, [9])


@pytest.fixture(scope='module')
def faces():
    """(generator, classifier, z, which of their samples have glasses) of the shipped synthetic faces."""
    netG, classifier = gg.pretrained('synthetic-faces'), gg.metrics.face_attribute_classifier()
    z = gg.sample_z(300, netG.nz, seed=1).asnumpy()
    return netG, classifier, z, classifier(gg.latent.generate(netG, z)).attributes['Eyeglasses']


def changes(classifier, before, after):
    """Fractions of the samples with glasses that lost them, changed hair colour, and changed pose."""
    old, new = classifier(mx.nd.array(before)), classifier(mx.nd.array(after))
    glasses = old.attributes['Eyeglasses']
    old_hair, new_hair = (np.stack([predicted.probabilities[name] for name in COLOURS]).argmax(axis=0)
                          for predicted in (old, new))
    lost = dissect.ablation_effect(glasses, new.attributes['Eyeglasses']).lost
    return lost, (old_hair != new_hair)[glasses].mean(), (abs(old.pose - new.pose) > 0.25)[glasses].mean()


def ablated(netG, layer, z, glasses, without, count, box=None):
    """(samples from other z, the same samples after the ablation)."""
    head, tail = dissect.split(netG, layer)
    feature_maps = dissect.feature_maps(head, z)
    side = feature_maps.shape[2]
    marked = dissect.inside([(sample, *GLASSES) for sample in np.flatnonzero(glasses)[:52]], len(z), 64, side)
    found = dissect.fit_object_classifier(feature_maps, marked, feature_maps[~glasses] if without else None)
    chosen = dissect.top_feature_maps(found.weights, count)
    where = None if box is None else dissect.inside([(0, *box)], 1, 64, side)[0]
    others = gg.sample_z(250, netG.nz, seed=2).asnumpy()
    return dissect.ablate(head, tail, others, []), dissect.ablate(head, tail, others, chosen, where)


def test_glasses_are_ablated_while_hair_and_pose_remain(faces):
    netG, classifier, z, glasses = faces
    before, after = ablated(netG, 'project', z, glasses, True, 48, (7, 19, 56, 39))
    lost, hair, pose = changes(classifier, before, after)
    assert lost >= 0.5 and hair < 0.25 and pose < 0.25


def test_recipe_of_the_paper_fails_on_aligned_faces(faces):
    netG, classifier, z, glasses = faces
    before, after = ablated(netG, dissect.second_highest_layer(netG), z, glasses, False, None)
    lost, hair, _ = changes(classifier, before, after)
    assert lost < 0.5 and hair > 0.25
