"""Arithmetic, turns and directions, where the truth is planted."""
import numpy as np
import pytest
from gluon_gan import latent

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((600, 20)).astype(np.float32)
SMILE, GLASSES = np.linalg.qr(RNG.standard_normal((20, 2)))[0].T
GLASSES = 0.6 * SMILE + 0.8 * GLASSES           # the two go together, as in people
HAS = {'smile': Z @ SMILE > 0.3, 'glasses': Z @ GLASSES > 0.5}


def said(z):
    return {'smile': z @ SMILE > 0.3, 'glasses': z @ GLASSES > 0.5}


def test_arithmetic_is_of_means():
    assert np.allclose(latent.arithmetic(Z[:3], Z[3:6], Z[6:9]), Z[:3].mean(0) - Z[3:6].mean(0) + Z[6:9].mean(0), atol=1e-6)
    assert np.allclose(latent.arithmetic(Z[0], Z[1], Z[2]), Z[0] - Z[1] + Z[2], atol=1e-6)


def test_what_draw_gives_will_do():
    z = latent.draw(9, 20, seed=0)
    assert np.allclose(latent.arithmetic(z[:3], z[3:6], z[6]), latent.arithmetic(*np.split(z.asnumpy(), [3, 6])[:2], z[6].asnumpy()), atol=1e-6)
    assert latent.along(z, z[0], [0, 1]).shape == (9, 2, 20) and latent.along(z[0], z[0], [0, 1]).shape == (2, 20)


def test_neighbours_are_near_and_the_first_is_z():
    near = latent.neighbours(Z[0], seed=0)
    assert near.shape == (9, 20) and (near[0] == Z[0]).all() and 0.2 < np.abs(near - Z[0]).max() <= 0.25
    assert (near == latent.neighbours(Z[0], seed=0)).all() and (near != latent.neighbours(Z[0], seed=1)).any()


def test_a_direction_is_found_and_says_how_well():
    found = latent.direction(Z, HAS['smile'])
    assert found.vector @ SMILE > 0.95 and np.linalg.norm(found.vector) == pytest.approx(1, rel=1e-5)
    assert found.accuracy > 0.85 > 0.7 > found.chance
    nothing = latent.direction(Z, RNG.random(600) < 0.5)
    assert nothing.accuracy < nothing.chance + 0.06


def test_a_direction_without_another_leaves_that_one_alone():
    glasses = latent.direction(Z, HAS['glasses']).vector
    plain, alone = (latent.direction(Z, HAS['smile'], without=other).vector for other in (None, glasses))
    assert plain @ glasses > 0.4 and abs(alone @ glasses) < 1e-5
    changed = [latent.effect(said(Z), said(latent.along(Z, vector, [2])[:, 0]), 'smile') for vector in (plain, alone)]
    assert changed[0].before == pytest.approx(HAS['smile'].mean()) and min(effect.after for effect in changed) > 0.8
    assert changed[1].others['glasses'] < 0.6 * changed[0].others['glasses']


def test_a_turn_vector_is_the_difference_of_means():
    turn = latent.turn_vector(Z[HAS['smile']][:4], Z[~HAS['smile']][:4])
    assert np.allclose(turn, Z[~HAS['smile']][:4].mean(0) - Z[HAS['smile']][:4].mean(0), atol=1e-6)
    assert latent.along(Z[:5], turn, np.linspace(0, 1, 9)).shape == (5, 9, 20)
    assert np.allclose(latent.along(Z[0], turn, [0, 1]), [Z[0], Z[0] + turn], atol=1e-6)


@pytest.mark.parametrize('call, message', [
    (lambda: latent.direction(Z, HAS['smile'].astype(int)), r'has must be \(600,\) bool'), (lambda: latent.direction(Z, np.arange(600) < 9), '9 of the 600 z are of the rarer kind'),
    (lambda: latent.direction(Z, HAS['smile'], without=np.eye(20)), 'nothing is left of this direction'),
    (lambda: latent.arithmetic(Z[0], Z[1], Z[2][:5]), 'not 20 and 5'), (lambda: latent.along(Z[0], Z[1], []), 'alphas must be at least one number'),
    (lambda: latent.neighbours(Z[0], 0), 'n must be an int of at least 1, not 0'), (lambda: latent.neighbours(Z[0], 8, -1), 'spread must be a number of at least 0, not -1'),
    (lambda: latent.effect(HAS, HAS, 'hat'), "before says nothing of 'hat'; it has smile, glasses"),
    (lambda: latent.effect(HAS, {'smile': HAS['smile']}, 'smile'), "after says nothing of 'glasses'; it has smile"),
    (lambda: latent.effect(HAS, said(Z[:5]), 'smile'), 'of the same pictures'), (lambda: latent.effect(said(Z[:0]), said(Z[:0]), 'smile'), 'of one at least'),
    (lambda: latent.arithmetic([[object()] * 500] * 50, Z, Z), r'^first must be numbers, not .{,200}$')])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
