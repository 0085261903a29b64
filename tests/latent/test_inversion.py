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
    pictures = gg.sample(digits, 5, seed=3)
    found = latent.invert(digits, pictures, restarts=3, steps=150)
    assert found.z.shape == (5, 100) and found.tries.shape == (5, 3) and (found.error == found.tries.min(1)).all()
    assert np.sqrt(np.square(found.pictures - pictures.asnumpy()).mean((1, 2, 3))) == pytest.approx(found.error, rel=1e-4)
    assert np.allclose(latent.generate(digits, found.z).asnumpy(), found.pictures, atol=1e-4)
    assert np.median(found.error) < 0.15
    assert 0.5 < np.square(found.z).mean() < 2                      # where N(0, 1) has its z
    after = storage.parameters(digits)
    assert all((after[name] == before[name]).all() for name in before)


def test_the_same_seed_finds_the_same(digits):
    pictures = gg.sample(digits, 2, seed=3)
    one, same, other = (latent.invert(digits, pictures, 1, 3, seed=seed).z for seed in (0, 0, 1))
    assert (one == same).all() and (one != other).any()


@pytest.mark.parametrize('pictures, settings, message', [
    (np.zeros((1, 1, 32, 32)), {}, r'makes pictures of \(1, 28, 28\), not of \(1, 32, 32\)'), (np.full((1, 1, 28, 28), 255), {}, 'images must be pictures'),
    (np.zeros((28, 28)), {}, 'images must be pictures'), (np.zeros((1, 1, 28, 28)), dict(steps=0), 'steps must be an int of at least 1, not 0'),
    (np.zeros((1, 1, 28, 28)), dict(lr=0), 'lr must be a positive number, not 0')])
def test_bad_input_is_named(digits, pictures, settings, message):
    with pytest.raises(ValueError, match=message):
        latent.invert(digits, pictures, **settings)
