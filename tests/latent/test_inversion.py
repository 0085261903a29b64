"""Inversion: the z of an image."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import latent
from gluon_gan.support import storage


@pytest.fixture(scope='module')
def digits():
    return gg.pretrained('mnist', ctx=mx.cpu())


def test_generated_digits_are_recovered(digits):
    before = storage.parameters(digits)
    images = gg.sample(digits, 3, seed=3)
    found = latent.invert(digits, images, restarts=2)
    assert found.z.shape == (3, 100) and found.restart_errors.shape == (3, 2)
    assert np.allclose(found.error, np.nanmin(found.restart_errors, axis=1), atol=1e-5)
    error = np.sqrt(np.square(found.pictures - images.asnumpy()).mean((1, 2, 3)))
    assert error == pytest.approx(found.error, rel=1e-4)
    assert np.allclose(latent.generate(digits, found.z).asnumpy(), found.pictures, atol=1e-4)
    assert found.error.max() < 0.05                                 # six levels of 255
    assert 0.2 < np.square(found.z).mean() < 2                      # likely under N(0, 1)
    after = storage.parameters(digits)
    assert all((after[name] == before[name]).all() for name in before)


def test_restarts_end_within_the_tolerance(digits):
    images = gg.sample(digits, 1, seed=3)
    found = latent.invert(digits, images, restarts=3, steps=1, tolerance=2)
    assert np.isnan(found.restart_errors[0]).tolist() == [False, True, True]
    found = latent.invert(digits, images, restarts=3, steps=1, tolerance=0)
    assert not np.isnan(found.restart_errors).any()
    assert found.error[0] == pytest.approx(found.restart_errors.min(), rel=1e-4)


def test_linear_generator_is_solved():
    slopes = np.random.default_rng(0).uniform(-0.1, 0.1, (5, 16)).astype(np.float32)

    def netG(z):
        return mx.nd.dot(z, mx.nd.array(slopes)).reshape((-1, 1, 4, 4))
    netG.nz = 5
    z = gg.sample_z(2, 5, seed=1)
    found = latent.invert(netG, netG(z), restarts=1, prior_weight=0, tolerance=0)
    assert np.abs(found.z - z.asnumpy()).max() < 1e-2 and found.error.max() < 1e-3


def test_same_seed_gives_the_same_result(digits):
    images = gg.sample(digits, 1, seed=3)
    one, same, other = (latent.invert(digits, images, 1, 1, seed=seed).z for seed in (0, 0, 1))
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize('images, settings, message', [
    (np.zeros((1, 1, 32, 32)), {}, r'generates images of shape \(1, 28, 28\), not \(1, 32, 32\)'),
    (np.full((1, 1, 28, 28), 255), {}, r'images must have shape \(N, C, H, W\)'),
    (np.zeros((28, 28)), {}, r'images must have shape \(N, C, H, W\)'),
    (np.zeros((1, 1, 28, 28)), dict(steps=0), 'steps must be an int of at least 1, not 0'),
    (np.zeros((1, 1, 28, 28)), dict(prior_weight=-1), 'prior_weight must be a number of at least 0, not -1'),
    (np.zeros((1, 1, 28, 28)), dict(restarts=300), 'restarts must be an int from 1 to 256, not 300')])
def test_invalid_arguments_are_named(digits, images, settings, message):
    with pytest.raises(ValueError, match=message):
        latent.invert(digits, images, **settings)
