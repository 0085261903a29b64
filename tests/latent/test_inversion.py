"""The z of a picture."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import latent, storage


@pytest.fixture(scope='module')
def digits():
    return gg.pretrained('mnist', ctx=mx.cpu())


def test_generated_digits_are_found_again(digits):
    before = storage.parameters(digits)
    pictures = gg.sample(digits, 3, seed=3)
    found = latent.invert(digits, pictures, restarts=2)
    assert found.z.shape == (3, 100) and found.tries.shape == (3, 2) and np.allclose(found.error, np.nanmin(found.tries, axis=1), atol=1e-5)
    assert np.sqrt(np.square(found.pictures - pictures.asnumpy()).mean((1, 2, 3))) == pytest.approx(found.error, rel=1e-4)
    assert np.allclose(latent.generate(digits, found.z).asnumpy(), found.pictures, atol=1e-4)
    assert found.error.max() < 0.05                                 # six levels of 255
    assert 0.2 < np.square(found.z).mean() < 2                      # where N(0, 1) has its z
    after = storage.parameters(digits)
    assert all((after[name] == before[name]).all() for name in before)


def test_what_is_near_enough_is_not_sought_again(digits):
    pictures = gg.sample(digits, 1, seed=3)
    assert np.isnan(latent.invert(digits, pictures, restarts=3, steps=1, enough=2).tries[0]).tolist() == [False, True, True]
    tried = latent.invert(digits, pictures, restarts=3, steps=1, enough=0)
    assert not np.isnan(tried.tries).any() and tried.error[0] == pytest.approx(tried.tries.min(), rel=1e-4)


def test_a_linear_generator_is_solved():
    slopes = np.random.default_rng(0).uniform(-0.1, 0.1, (5, 16)).astype(np.float32)

    def netG(z):
        return mx.nd.dot(z, mx.nd.array(slopes)).reshape((-1, 1, 4, 4))
    netG.nz = 5
    z = gg.draw(2, 5, seed=1)
    found = latent.invert(netG, netG(z), restarts=1, pull=0, enough=0)
    assert np.abs(found.z - z.asnumpy()).max() < 1e-2 and found.error.max() < 1e-3


def test_the_same_seed_finds_the_same(digits):
    pictures = gg.sample(digits, 1, seed=3)
    one, same, other = (latent.invert(digits, pictures, 1, 1, seed=seed).z for seed in (0, 0, 1))
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize('pictures, settings, message', [
    (np.zeros((1, 1, 32, 32)), {}, r'makes pictures of \(1, 28, 28\), not of \(1, 32, 32\)'), (np.full((1, 1, 28, 28), 255), {}, 'images must be pictures'),
    (np.zeros((28, 28)), {}, 'images must be pictures'), (np.zeros((1, 1, 28, 28)), dict(steps=0), 'steps must be an int of at least 1, not 0'),
    (np.zeros((1, 1, 28, 28)), dict(pull=-1), 'pull must be a number of at least 0, not -1'),
    (np.zeros((1, 1, 28, 28)), dict(restarts=300), 'restarts must be an int from 1 to 256, not 300')])
def test_bad_input_is_named(digits, pictures, settings, message):
    with pytest.raises(ValueError, match=message):
        latent.invert(digits, pictures, **settings)
