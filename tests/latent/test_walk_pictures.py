"""A walk with its pictures and its number."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import latent

Z = latent.lerp(np.zeros(4), np.ones(4), np.linspace(0, 1, 5))


def squares(z):
    """Pictures (N, 1, 2, 2) whose pixels are z."""
    return z.reshape((-1, 1, 2, 2))


def test_a_walk_is_shown_and_measured():
    walk = latent.walk(squares, Z)
    assert walk.pictures.shape == (5, 1, 2, 2) and (walk.pictures.reshape(5, 4) == Z).all() and (walk.z == Z).all()
    assert walk.smoothness == pytest.approx(1)
    assert latent.walk(squares, Z, loop=True).smoothness == pytest.approx(4 / (8 / 5))
    assert latent.walk(squares, Z ** 3).smoothness > 2


def test_of_several_the_least_even_counts():
    several = latent.walk(squares, np.stack([Z, Z ** 3]))
    assert several.pictures.shape == (2, 5, 1, 2, 2)
    assert several.smoothness == latent.walk(squares, Z ** 3).smoothness


def test_steps_are_measured_in_features():
    seen = []

    def features(pictures):
        seen.append(pictures.shape)
        return pictures.asnumpy().reshape(-1, 4) ** 3
    walk = latent.walk(squares, Z, features)
    assert seen == [(5, 1, 2, 2)] and walk.smoothness == pytest.approx(latent.smoothness(Z ** 3))


def test_where_nothing_changes_there_is_no_number():
    assert np.isnan(latent.walk(squares, np.stack([Z[0]] * 3)).smoothness)
    assert latent.walk(squares, np.stack([[Z[0]] * 5, Z])).smoothness == pytest.approx(1)


def test_together_next_to_nothing_is_much():
    netG = gg.Generator(28, 1, nz=4, ngf=2)
    netG.initialize(mx.init.Normal(0.5))
    before, small = gg.storage.parameters(netG), 0.01 * Z
    apart, together = (np.ptp(latent.walk(netG, small, together=choice).pictures, axis=0).mean() for choice in (False, True))
    assert together > 3 * apart
    assert all((array == before[name]).all() for name, array in gg.storage.parameters(netG).items())


def test_a_class_is_drawn_all_the_way():
    netG = gg.Generator(28, 1, nz=4, ngf=2, classes=3)
    netG.initialize(mx.init.Normal(0.5))
    walk = latent.walk(netG, Z, classes=2)
    assert np.allclose(walk.pictures, netG(mx.nd.array(Z), mx.nd.full(5, 2)).asnumpy(), atol=1e-5)


@pytest.mark.parametrize('z, message', [(Z[:2], r'K at least 3, not \(2, 4\)'), (Z[0], r'not \(4,\)')])
def test_bad_input_is_named(z, message):
    with pytest.raises(ValueError, match=message):
        latent.walk(squares, z)
