"""Arithmetic, turn vectors and directions, with two attributes that depend on z in a known way."""
import numpy as np
import pytest

from gluon_gan import latent

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((600, 20)).astype(np.float32)
SMILE, GLASSES = np.linalg.qr(RNG.standard_normal((20, 2)))[0].T
GLASSES = 0.6 * SMILE + 0.8 * GLASSES           # the two attributes are correlated, as in real faces
HAS = {'smile': Z @ SMILE > 0.3, 'glasses': Z @ GLASSES > 0.5}


def classify(z):
    return {'smile': z @ SMILE > 0.3, 'glasses': z @ GLASSES > 0.5}


def test_arithmetic_uses_the_mean_of_each_term():
    expected = Z[:3].mean(0) - Z[3:6].mean(0) + Z[6:9].mean(0)
    assert np.allclose(latent.arithmetic(Z[:3], Z[3:6], Z[6:9]), expected, atol=1e-6)
    assert np.allclose(latent.arithmetic(Z[0], Z[1], Z[2]), Z[0] - Z[1] + Z[2], atol=1e-6)


def test_sampled_ndarrays_are_accepted():
    z = latent.sample_z(9, 20, seed=0)
    expected = latent.arithmetic(*np.split(z.asnumpy(), [3, 6])[:2], z[6].asnumpy())
    assert np.allclose(latent.arithmetic(z[:3], z[3:6], z[6]), expected, atol=1e-6)
    assert latent.along(z, z[0], [0, 1]).shape == (9, 2, 20) and latent.along(z[0], z[0], [0, 1]).shape == (2, 20)


def test_neighbours_are_within_scale_and_start_with_z():
    found = latent.neighbours(Z[0], seed=0)
    assert found.shape == (9, 20) and (found[0] == Z[0]).all() and 0.2 < np.abs(found - Z[0]).max() <= 0.25
    assert (found == latent.neighbours(Z[0], seed=0)).all() and (found != latent.neighbours(Z[0], seed=1)).any()


def test_direction_is_found_with_its_accuracy():
    found = latent.direction(Z, HAS['smile'])
    assert found.vector @ SMILE > 0.95 and np.linalg.norm(found.vector) == pytest.approx(1, rel=1e-5)
    assert found.accuracy > 0.85 > 0.7 > found.chance
    random = latent.direction(Z, RNG.random(600) < 0.5)
    assert random.accuracy < random.chance + 0.06


def test_direction_without_another_changes_that_one_less():
    glasses = latent.direction(Z, HAS['glasses']).vector
    plain, conditional = (latent.direction(Z, HAS['smile'], without=other).vector for other in (None, glasses))
    assert plain @ glasses > 0.4 and abs(conditional @ glasses) < 1e-5
    effects = [latent.effect(classify(Z), classify(latent.along(Z, vector, [2])[:, 0]), 'smile')
               for vector in (plain, conditional)]
    assert effects[0].before == pytest.approx(HAS['smile'].mean()) and min(effect.after for effect in effects) > 0.8
    assert effects[1].others['glasses'] < 0.6 * effects[0].others['glasses']


def test_turn_vector_is_the_difference_of_means():
    vector = latent.turn_vector(Z[HAS['smile']][:4], Z[~HAS['smile']][:4])
    assert np.allclose(vector, Z[~HAS['smile']][:4].mean(0) - Z[HAS['smile']][:4].mean(0), atol=1e-6)
    assert latent.along(Z[:5], vector, np.linspace(0, 1, 9)).shape == (5, 9, 20)
    assert np.allclose(latent.along(Z[0], vector, [0, 1]), [Z[0], Z[0] + vector], atol=1e-6)


@pytest.mark.parametrize('call, message', [
    (lambda: latent.direction(Z, HAS['smile'].astype(int)), r'has must be \(600,\) bool'),
    (lambda: latent.direction(Z, np.arange(600) < 9), 'the smaller class has 9 of the 600 z'),
    (lambda: latent.direction(Z, HAS['smile'], without=np.eye(20)), 'is a linear combination of those in without'),
    (lambda: latent.arithmetic(Z[0], Z[1], Z[2][:5]), 'not 20 and 5'),
    (lambda: latent.along(Z[0], Z[1], []), 'alphas must be at least one number'),
    (lambda: latent.neighbours(Z[0], 0), 'n must be an int of at least 1, not 0'),
    (lambda: latent.neighbours(Z[0], 8, -1), 'scale must be a number of at least 0, not -1'),
    (lambda: latent.effect(HAS, HAS, 'hat'), "before has no attribute 'hat'; it has smile, glasses"),
    (lambda: latent.effect(HAS, {'smile': HAS['smile']}, 'smile'), "after has no attribute 'glasses'; it has smile"),
    (lambda: latent.effect(HAS, classify(Z[:5]), 'smile'), 'must describe the same images'),
    (lambda: latent.effect(classify(Z[:0]), classify(Z[:0]), 'smile'), 'at least one image'),
    (lambda: latent.arithmetic([[object()] * 500] * 50, Z, Z), r'^first must be numbers, not .{,200}$')])
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
