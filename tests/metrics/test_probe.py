"""The probe: its protocols on features with a known answer, and features of D as in the paper."""
import importlib
import sys
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.metrics import kmeans, probe
from gluon_gan.support import renamed, storage


def classes(count, seed, dim=12, distance=3.0):
    """(features, labels) of three Gaussian classes. Each is shifted by ``distance`` along its own four dimensions."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    shifts = distance * np.eye(3).repeat(dim // 3, axis=1)
    return (rng.normal(size=(count, dim)) + shifts[labels]).astype(np.float32), labels


def test_separable_classes_are_learned_and_noise_is_at_chance():
    (features, labels), (others, answers) = classes(300, 0), classes(300, 1)
    row = probe.all_labels(features, labels, others, answers)
    assert row['accuracy'] > 0.97 and row['labels'] == 300 and row['C'] in probe.CS
    assert row['error_bar'] == pytest.approx(1.96 * (row['accuracy'] * (1 - row['accuracy']) / 300) ** 0.5)
    noise = np.random.default_rng(2).normal(size=features.shape).astype(np.float32)
    assert 0.2 < probe.all_labels(noise, labels, noise[::-1], answers)['accuracy'] < 0.47


def test_the_scale_of_the_features_does_not_matter():
    (features, labels), (others, answers) = classes(300, 0, distance=1), classes(300, 1, distance=1)
    scale, offset = np.float32([1, 100] * 6), np.float32([5, -3] * 6)
    row = probe.all_labels(features, labels, others, answers)
    other = probe.all_labels(features * scale + offset, labels, others * scale + offset, answers)
    assert row['C'] == other['C'] and row['accuracy'] == pytest.approx(other['accuracy'], abs=0.01)


def test_subsets_of_labels_are_balanced_and_disjoint_from_the_images_that_C_is_chosen_on(monkeypatch):
    """The only feature of an image is its index, so the classifier's input reveals the subsets."""
    features, labels = np.arange(200, dtype=np.float32)[:, None], np.arange(200) % 2
    seen = []

    def spy(C, fitted, fitted_labels, tested, tested_labels):
        seen.append((C, frozenset(fitted[:, 0]), frozenset(tested[:, 0])))
        assert np.bincount(fitted_labels).tolist() == [15, 15] and len(seen[-1][1]) == 30
        return {1: 0.6, 2: 0.8, 3: 0.7}[C] if len(tested) == 40 else 0.5 + 0.1 * (len(seen) % 2)

    monkeypatch.setattr(probe, '_score', spy)
    row = probe.few_labels(features, labels, features[:50], labels[:50], 31, tries=2, repeats=4, cs=(3, 1, 2, 4))
    choosing, measuring = seen[:6], seen[6:]
    assert [C for C, _, _ in choosing] == [1, 1, 2, 2, 3, 3], 'in ascending order up to the first decrease'
    assert len({tested for _, _, tested in choosing}) == 1
    assert not any(fitted & tested for _, fitted, tested in choosing)
    assert not any(fitted & choosing[0][2] for _, fitted, _ in measuring)
    assert [C for C, _, _ in measuring] == [2] * 4 and len({fitted for _, fitted, _ in seen}) == 6
    assert row == {'accuracy': pytest.approx(0.55), 'error_bar': pytest.approx(1.96 * 0.05), 'C': 2, 'labels': 30,
                   'repeats': 4}


@pytest.mark.parametrize('count', [2, 300])
def test_too_few_images_of_a_class_are_rejected(count):
    features, labels = classes(90, 0)
    with pytest.raises(ValueError, match=f'count={count} means {count // 3} images of each of 3 classes: .* from 1 to'):
        probe.few_labels(features, labels, features, labels, count)


@pytest.fixture(scope='module')
def digits():
    return gg.data.mnist('train', download=False)[:200], gg.data.mnist('test', download=False)[:100]


def test_batch_normalisation_uses_the_statistics_of_real_images(digits):
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    before = storage.parameters(netD)
    copy = probe.on_real(netD, digits[0][:100])       # a single batch, the whole set
    images = mx.nd.array(gg.pixels.to_float(digits[0].images[:100]))
    activations = netD.down[1].conv(netD.down[0](images)).asnumpy()
    np.testing.assert_allclose(copy.down[1].norm.running_mean.data().asnumpy(), activations.mean((0, 2, 3)), rtol=1e-3,
                               atol=1e-7)
    np.testing.assert_allclose(copy.down[1].norm.running_var.data().asnumpy(), activations.var((0, 2, 3)), rtol=2e-3)
    after = storage.parameters(netD)
    assert all(np.array_equal(after[name], before[name]) for name in before)


@pytest.mark.parametrize('labels', [None, 50])
def test_the_table_has_four_rows(monkeypatch, digits, labels):
    monkeypatch.setattr(kmeans, 'PATCHES', 2000)
    netD = gg.Discriminator(28, 1, ndf=2)
    netD.initialize()
    table = probe.table(netD, *digits, labels, centres=8, tries=1, repeats=2)
    assert [(row['features'], row['dim'], row['labels']) for row in table] == [
        ('pixels', 784, labels or 200), ('kmeans8', 32, labels or 200), ('untrained discriminator', 224, labels or 200),
        ('discriminator', 224, labels or 200)]
    assert all(row['accuracy'] > 0.3 and row['error_bar'] >= 0 for row in table), table


def test_an_untrained_D_depends_only_on_the_seed():
    netD = gg.Discriminator(28, 1, ndf=2)
    first, again, other = (storage.parameters(probe.untrained(netD, seed)) for seed in (0, 0, 1))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first['down.0.conv.weight'], other['down.0.conv.weight'])
    assert 0.9 < first['down.1.norm.gamma'].min() and np.abs(first['down.1.conv.weight']).max() < 0.1


def test_images_without_labels_are_rejected(digits):
    with pytest.raises(ValueError, match='images has no labels, which a probe requires'):
        probe.table(gg.Discriminator(28, 1, ndf=2), digits[0], gg.data.ImageArray(digits[1].images))


def test_the_former_option_of_the_tool_still_works(monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / 'tools'))
    try:
        parser = importlib.import_module('probe').argument_parser()
    finally:
        sys.modules.pop('probe', None)
    for option in ('--repeats', *renamed.OPTIONS['tools/probe.py']):
        assert parser.parse_args(['run', option, '7']).repeats == 7
    assert parser.parse_args(['run']).repeats == 100
