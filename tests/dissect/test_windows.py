"""Forgetting an object: a generator whose maps are known, one for the object, one for its place, one for what is elsewhere."""
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import dissect

SIDE, SIZE = 8, 16


def head(z):
    """z (N, 2) to maps (N, 4, 8, 8): 0 is the object (where z[0] > 0), 1 its place (always), 2 the rest, 3 noise that follows z[1]."""
    z = z.asnumpy()
    maps = np.zeros((len(z), 4, SIDE, SIDE), np.float32)
    maps[:, 0, 2:4, 1:5] = (z[:, 0] > 0)[:, None, None]
    maps[:, 1, 2:4, 1:5] = 1
    maps[:, 2] = 1 - maps[:, 1]
    maps[:, 3] = np.abs(np.sin(np.arange(SIDE * SIDE).reshape(SIDE, SIDE) * (1 + z[:, 1, None, None])))
    return mx.nd.array(maps)


def tail(maps):
    """The object is bright, its place grey, the rest dark."""
    picture = maps[:, :1] + 0.3 * maps[:, 1:2] - 0.5 * maps[:, 2:3]
    return mx.nd.clip(picture, -1, 1).repeat(2, axis=2).repeat(2, axis=3)


@pytest.fixture
def z():
    return np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)


def shown(pictures):
    return pictures[:, 0, 4:8, 2:10].mean(axis=(1, 2)) > 0.6


@pytest.fixture
def marked(z):
    rows = [(sample, 2, 4, 10, 8) for sample in np.flatnonzero(z[:, 0] > 0)]
    return dissect.inside(rows, len(z), SIZE, SIDE)


def test_boxes_become_locations(marked, z):
    assert marked.shape == (40, 8, 8) and marked.any(axis=(1, 2)).tolist() == (z[:, 0] > 0).tolist()
    first = np.flatnonzero(z[:, 0] > 0)[0]
    assert np.argwhere(marked[first]).tolist() == [[y, x] for y in (2, 3) for x in (1, 2, 3, 4)]


def test_the_papers_evidence_cannot_tell_an_object_from_its_place(z, marked):
    found = dissect.evidence(head(mx.nd.array(z)).asnumpy(), marked)
    assert found.auc > 0.99 and found.positives == found.negatives == 8 * (z[:, 0] > 0).sum()
    assert set(dissect.strongest(found.weights)) >= {0, 1} and found.weights[2] < 0
    spoilt = dissect.drop(head, tail, z, dissect.strongest(found.weights))
    before = dissect.drop(head, tail, z, [])
    assert dissect.forgotten(shown(before), shown(spoilt)).lost == 1
    assert abs(spoilt - before)[z[:, 0] <= 0].max() > 0.2                  # samples that never showed it have changed as well


def test_evidence_against_the_same_place_without_the_object(z, marked):
    maps, has = head(mx.nd.array(z)).asnumpy(), z[:, 0] > 0
    found = dissect.evidence(maps, marked, without=maps[~has])
    assert found.auc > 0.99 and dissect.strongest(found.weights, 1).tolist() == [0] and abs(found.weights[1:3]).max() < 1e-3
    before, after = dissect.drop(head, tail, z, []), dissect.drop(head, tail, z, [0], batch_size=7)
    assert dissect.forgotten(shown(before), shown(after)) == (has.mean(), 1, 0)
    np.testing.assert_array_equal(before[~has], after[~has])
    np.testing.assert_array_equal(before, tail(head(mx.nd.array(z))).asnumpy())


def test_overlap_by_hand(z, marked):
    maps = head(mx.nd.array(z)).asnumpy()
    share = marked.mean()
    found = dissect.overlap(maps[:, :3] + 1e-3 * np.random.default_rng(1).random(maps[:, :3].shape), marked, top=share)
    assert found[0] == pytest.approx(1, abs=0.01) and found[1] == pytest.approx((z[:, 0] > 0).mean() / (2 - (z[:, 0] > 0).mean()), abs=0.15) and found[2] == 0


def test_strongest_takes_positive_weights_only():
    assert dissect.strongest([0.5, -1, 2, 0]).tolist() == [2, 0] and dissect.strongest([0.5, -1, 2, 0], 1).tolist() == [2]


def test_forgotten_by_hand():
    assert dissect.forgotten(np.array([True, True, False, False]), np.array([False, True, True, False])) == (0.5, 0.5, 0.5)
    with pytest.raises(ValueError, match='at least one must have had'):
        dissect.forgotten(np.zeros(3, bool), np.zeros(3, bool))


@pytest.mark.parametrize('change, message', [
    (dict(marked=np.zeros((4, 3, 3))), 'marked must be bool'), (dict(marked=np.eye(3, dtype=bool)[None].repeat(4, 0) * np.array([1, 0, 0, 0], bool)[:, None, None]),
                                                                 '1 samples are too few'),
    (dict(marked=np.ones((4, 3, 3), bool)), 'cover the samples wholly'), (dict(without=np.zeros((3, 1, 3, 3))), 'without must be maps'), (dict(penalty=0), 'penalty')])
def test_evidence_that_cannot_be(change, message):
    marked = np.zeros((4, 3, 3), bool)
    marked[:, 1, 1] = True
    arguments = dict(maps=np.random.default_rng(0).normal(size=(4, 2, 3, 3)), marked=marked) | change
    with pytest.raises(ValueError, match=message):
        dissect.evidence(**arguments)


def test_dropped_at_a_place_only(z):
    left = np.zeros((SIDE, SIDE), bool)
    left[:, :3] = True
    before, after = dissect.drop(head, tail, z, []), dissect.drop(head, tail, z, [0, 1, 2], where=left)
    assert not after[:, :, :, :6].any() and np.array_equal(before[..., 6:], after[..., 6:])
    with pytest.raises(ValueError, match=r'where must be \(8, 8\) bool'):
        dissect.drop(head, tail, z, [0], where=left[:4])


def test_a_map_that_is_none(z):
    with pytest.raises(ValueError, match='the maps 0 to 3, not 9'):
        dissect.drop(head, tail, z, [9])
