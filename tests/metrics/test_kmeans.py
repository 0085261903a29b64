"""k-means features against their definition in explicit loops."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.metrics import extract, kmeans


@pytest.fixture(autouse=True)
def few_patches(monkeypatch):
    monkeypatch.setattr(kmeans, 'PATCHES', 2000)


@pytest.fixture
def pictures():
    return gg.data.ImageArray(np.random.default_rng(0).integers(0, 256, (23, 13, 13, 3), dtype=np.uint8))


def test_features_agree_with_their_definition(pictures):
    """Each patch is normalised, whitened and encoded by its distances below the average; quadrants are summed."""
    model = kmeans.KMeans(pictures, centres=5)
    features = extract(model, pictures, 10)
    assert (model.name, model.dim, features.shape) == ('kmeans5', 20, (23, 20)) and (features > 0).any(axis=1).all()
    picture, wanted = gg.pixels.to_float(pictures.images[:1])[0], np.zeros((2, 2, 5))
    for y in range(8):
        for x in range(8):
            patch = picture[:, y:y + 6, x:x + 6].ravel()
            patch = (patch - patch.mean()) / np.sqrt(patch.var() + 10 / 127.5 ** 2)
            distances = np.linalg.norm((patch - model._mean) @ model._whiten - model._centres, axis=1)
            wanted[y // 4, x // 4] += np.maximum(distances.mean() - distances, 0)
    np.testing.assert_allclose(features[0], wanted.ravel(), rtol=1e-3, atol=1e-3)


def test_whitened_patches_are_nearly_uncorrelated(pictures):
    model = kmeans.KMeans(pictures, centres=2)
    views = np.lib.stride_tricks.sliding_window_view(gg.pixels.to_float(pictures.images), (6, 6), axis=(2, 3))
    patches = kmeans._normalise(views.transpose(0, 2, 3, 1, 4, 5).reshape(-1, 108))
    covariance = np.cov((patches - model._mean) @ model._whiten, rowvar=False)
    variances = np.diag(covariance)
    assert np.abs(covariance - np.diag(variances)).max() < 0.1 and 0.7 < variances.min() and variances.max() < 1.1


def test_the_seed_determines_the_features(pictures):
    grey = mx.nd.zeros((1, 3, 13, 13)) + 0.5
    first, again, other = (kmeans.KMeans(pictures, centres=4, seed=seed)(grey) for seed in (0, 0, 1))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_images_smaller_than_two_patches_are_rejected():
    with pytest.raises(ValueError, match='square images of at least 12 px'):
        kmeans.KMeans(gg.data.ImageArray(np.zeros((3, 8, 8, 1), np.uint8)))
