"""The probe: its protocols on features whose answer is known, and D's features as the paper takes them."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import storage
from gluon_gan.metrics import kmeans, probe


def classes(count, seed, dim=12, apart=3.0):
    """(features, labels): three normal clouds, whose centres are `apart` in each of four of the dimensions."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    return (rng.normal(size=(count, dim)) + apart * np.eye(3).repeat(dim // 3, axis=1)[labels]).astype(np.float32), labels


def test_what_can_be_told_apart_is_and_chance_is_chance():
    (features, labels), (unseen, answers) = classes(300, 0), classes(300, 1)
    row = probe.all_labels(features, labels, unseen, answers)
    assert row['accuracy'] > 0.97 and row['labels'] == 300 and row['C'] in probe.CS
    assert row['error_bar'] == pytest.approx(1.96 * (row['accuracy'] * (1 - row['accuracy']) / 300) ** 0.5)
    nothing = np.random.default_rng(2).normal(size=features.shape).astype(np.float32)
    assert 0.2 < probe.all_labels(nothing, labels, nothing[::-1], answers)['accuracy'] < 0.47


def test_units_of_the_features_do_not_matter():
    (features, labels), (unseen, answers) = classes(300, 0, apart=1), classes(300, 1, apart=1)
    scale, offset = np.float32([1, 100] * 6), np.float32([5, -3] * 6)
    row = probe.all_labels(features, labels, unseen, answers)
    other = probe.all_labels(features * scale + offset, labels, unseen * scale + offset, answers)
    assert row['C'] == other['C'] and row['accuracy'] == pytest.approx(other['accuracy'], abs=0.01)


def test_few_labels_are_drawn_evenly_and_never_from_what_chooses_C(monkeypatch):
    """The number of each picture is its only feature, so that the draws can be read from what the classifier gets."""
    features, labels = np.arange(200, dtype=np.float32)[:, None], np.arange(200) % 2
    seen = []

    def spy(C, some, of_some, others, of_others):
        seen.append((C, frozenset(some[:, 0]), frozenset(others[:, 0])))
        assert np.bincount(of_some).tolist() == [15, 15] and len(seen[-1][1]) == 30
        return {1: 0.6, 2: 0.8, 3: 0.7}[C] if len(others) == 40 else 0.5 + 0.1 * (len(seen) % 2)

    monkeypatch.setattr(probe, '_score', spy)
    row = probe.few_labels(features, labels, features[:50], labels[:50], 31, tries=2, draws=4, cs=(3, 1, 2, 4))
    choosing, measuring = seen[:6], seen[6:]
    assert [C for C, _, _ in choosing] == [1, 1, 2, 2, 3, 3], 'in their order, and none beyond the first fall'
    assert len({others for _, _, others in choosing}) == 1 and not any(some & others for _, some, others in choosing)
    assert not any(some & choosing[0][2] for _, some, _ in measuring)
    assert [C for C, _, _ in measuring] == [2] * 4 and len({some for _, some, _ in seen}) == 6
    assert row == {'accuracy': pytest.approx(0.55), 'error_bar': pytest.approx(1.96 * 0.05), 'C': 2, 'labels': 30, 'draws': 4}


@pytest.mark.parametrize('count', [2, 300])
def test_too_few_pictures_of_a_class(count):
    features, labels = classes(90, 0)
    with pytest.raises(ValueError, match=f'count={count} asks for {count // 3} pictures of each of 3 classes, and there are from 1 to'):
        probe.few_labels(features, labels, features, labels, count)


@pytest.fixture(scope='module')
def digits():
    return gg.data.mnist('train', download=False)[:200], gg.data.mnist('test', download=False)[:100]


def test_batch_norms_take_the_statistics_of_real_pictures(digits):
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    before = storage.parameters(netD)
    copy = probe.on_real(netD, digits[0][:100])       # one batch, so that each is the whole set
    maps = netD.down[1].conv(netD.down[0](mx.nd.array(gg.pixels.to_float(digits[0].images[:100])))).asnumpy()
    np.testing.assert_allclose(copy.down[1].norm.running_mean.data().asnumpy(), maps.mean((0, 2, 3)), rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(copy.down[1].norm.running_var.data().asnumpy(), maps.var((0, 2, 3)), rtol=2e-3)
    after = storage.parameters(netD)
    assert all(np.array_equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize('labels', [None, 50])
def test_the_table(monkeypatch, digits, labels):
    monkeypatch.setattr(kmeans, 'PATCHES', 2000)
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    table = probe.table(netD, *digits, labels, centres=8, tries=1, draws=2)
    assert [(row['features'], row['dim'], row['labels']) for row in table] == [
        ('pixels', 784, labels or 200), ('kmeans8', 32, labels or 200), ('untrained discriminator', 224, labels or 200),
        ('discriminator', 224, labels or 200)]
    assert all(row['accuracy'] > 0.3 and row['error_bar'] >= 0 for row in table), table


def test_an_untrained_D_depends_on_the_seed_alone():
    netD = gg.Discriminator(28, 1, ndf=2)
    first, again, other = (storage.parameters(probe.untrained(netD, seed)) for seed in (0, 0, 1))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first['down.0.conv.weight'], other['down.0.conv.weight'])
    assert 0.9 < first['down.1.norm.gamma'].min() and np.abs(first['down.1.conv.weight']).max() < 0.1


def test_pictures_without_labels_are_refused(digits):
    with pytest.raises(ValueError, match='images has no labels'):
        probe.table(gg.Discriminator(28, 1, ndf=2), digits[0], gg.data.ImageArray(digits[1].images))
