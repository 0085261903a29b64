"""Walks: their ends, what they keep, and their smoothness."""
import numpy as np
import pytest

from gluon_gan import latent

A, B, C = np.random.default_rng(0).standard_normal((3, 100)).astype(np.float32)


@pytest.mark.parametrize('how', [latent.lerp, latent.slerp])
def test_interpolation_meets_both_ends_and_the_middle(how):
    walk = how(A, B, [0, 0.5, 1])
    assert walk.dtype == np.float32 and walk.shape == (3, 100)
    assert np.abs(walk[[0, 2]] - [A, B]).max() < 1e-5
    assert np.linalg.norm(walk[1] - A) == pytest.approx(np.linalg.norm(walk[1] - B), rel=0.05)


def test_lerp_extrapolates_at_both_ends():
    beyond = latent.lerp(A, B, np.linspace(-0.5, 1.5, 9))
    assert np.abs(beyond[0] - (1.5 * A - 0.5 * B)).max() < 1e-5
    assert np.abs(beyond[-1] - (1.5 * B - 0.5 * A)).max() < 1e-5


def test_slerp_preserves_the_length_and_lerp_does_not():
    spherical, linear = (np.linalg.norm(how(A, B, [0, 0.5, 1]), axis=1) for how in (latent.slerp, latent.lerp))
    assert spherical[1] == pytest.approx(spherical[[0, 2]].mean(), rel=1e-4) and linear[1] < 0.8 * spherical[1]
    walk = latent.slerp(A, B, np.linspace(0, 1, 5)).astype(float)
    angles = [np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b)) for a, b in zip(walk, walk[1:])]
    assert np.ptp(angles) < 1e-4


def test_slerp_of_parallel_opposite_and_zero_vectors():
    assert np.allclose(latent.slerp(A, 2 * A, [0.5])[0], 1.5 * A, rtol=1e-5)
    for other, message in ((-A, 'opposite directions'), (0 * A, 'one of the two z is zero')):
        with pytest.raises(ValueError, match=message):
            latent.slerp(A, other, [0.5])


def test_path_meets_its_points_and_a_loop_is_seamless():
    walk = latent.path([A, B, C], between=4)
    assert walk.shape == (9, 100) and np.abs(walk[[0, 4, 8]] - [A, B, C]).max() < 1e-5
    loop = latent.path([A, B, C], between=4, loop=True)
    assert loop.shape == (12, 100) and np.abs(loop[[0, 4, 8]] - [A, B, C]).max() < 1e-5
    steps = np.linalg.norm(np.diff(np.concatenate([loop, loop[:1]]), axis=0), axis=1)
    assert steps.max() < 1.5 * steps.min()


def test_sweep_changes_one_dimension_and_diagonal_all():
    swept = latent.sweep(A, 25, [-3, 0, 3])
    assert (swept[:, 25] == [-3, 0, 3]).all() and (np.delete(swept, 25, 1) == np.delete(A, 25)).all()
    assert A[25] not in swept[:, 25]             # the given z has not been modified
    assert (latent.diagonal(4, [-1, 1]) == [[-1] * 4, [1] * 4]).all()


def test_smoothness_detects_a_jump():
    even = np.arange(10)[:, None] * np.ones((1, 3))
    assert latent.smoothness(even) == pytest.approx(1)
    assert latent.smoothness(even + 20 * (np.arange(10) > 4)[:, None]) == pytest.approx(21 / (9 + 20) * 9, rel=1e-6)
    # Nine steps of 1, and one of 9 back to the start.
    assert latent.smoothness(even, loop=True) == pytest.approx(9 / 1.8, rel=1e-6)
    with pytest.raises(ValueError, match='this walk is constant'):
        latent.smoothness(np.ones((5, 2)))


@pytest.mark.parametrize('call, message', [
    (lambda: latent.lerp(A, B, []), 'alphas must be at least one number'),
    (lambda: latent.lerp(A, B[:50], [0]), 'not 100 and 50'),
    (lambda: latent.lerp(A * np.nan, B, [0]), 'a contains NaN or Inf'),
    (lambda: latent.lerp('z', B, [0]), "a must be numbers, not 'z'"),
    (lambda: latent.lerp(np.ones((2, 5)), B, [0]),
     r'a must be a single z of shape \(nz,\), not an array of shape \(2, 5\)'),
    (lambda: latent.sweep(A, 100, [0]), 'dimension must be an int from 0 to 99, not 100'),
    (lambda: latent.sweep(A, -1, [0]), 'dimension must be an int'),
    (lambda: latent.path([A]), 'points must be a 2-D array with at least 2 rows'),
    (lambda: latent.path([A, B], 0), 'between must be an int of at least 1, not 0'),
    (lambda: latent.smoothness([[1], [2]]), 'features must be a 2-D array with at least 3 rows')])
def test_invalid_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
