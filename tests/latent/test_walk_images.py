"""A walk with its images and its smoothness."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import latent

Z = latent.lerp(np.zeros(4), np.ones(4), np.linspace(0, 1, 5))


def squares(z):
    """Images (N, 1, 2, 2) whose pixels are z."""
    return z.reshape((-1, 1, 2, 2))


def test_walk_has_images_and_smoothness():
    walk = latent.walk(squares, Z)
    assert walk.pictures.shape == (5, 1, 2, 2) and (walk.pictures.reshape(5, 4) == Z).all()
    assert (walk.z == Z).all()
    assert walk.smoothness == pytest.approx(1)
    assert latent.walk(squares, Z, loop=True).smoothness == pytest.approx(4 / (8 / 5))
    assert latent.walk(squares, Z ** 3).smoothness > 2


def test_smoothness_of_several_walks_is_the_worst():
    several = latent.walk(squares, np.stack([Z, Z ** 3]))
    assert several.pictures.shape == (2, 5, 1, 2, 2)
    assert several.smoothness == latent.walk(squares, Z ** 3).smoothness


def test_smoothness_is_measured_in_features():
    shapes = []

    def features(images):
        shapes.append(images.shape)
        return images.asnumpy().reshape(-1, 4) ** 3
    walk = latent.walk(squares, Z, features)
    assert shapes == [(5, 1, 2, 2)] and walk.smoothness == pytest.approx(latent.smoothness(Z ** 3))


def test_smoothness_of_a_constant_walk_is_nan():
    assert np.isnan(latent.walk(squares, np.stack([Z[0]] * 3)).smoothness)
    assert latent.walk(squares, np.stack([[Z[0]] * 5, Z])).smoothness == pytest.approx(1)


def test_generating_together_amplifies_small_differences():
    netG = gg.Generator(28, 1, nz=4, ngf=2)
    netG.initialize(mx.init.Normal(0.5))
    before, small = gg.storage.parameters(netG), 0.01 * Z
    apart, together = (np.ptp(latent.walk(netG, small, together=choice).pictures, axis=0).mean()
                       for choice in (False, True))
    assert together > 3 * apart
    assert all((array == before[name]).all() for name, array in gg.storage.parameters(netG).items())


def test_class_applies_to_all_images():
    netG = gg.Generator(28, 1, nz=4, ngf=2, classes=3)
    netG.initialize(mx.init.Normal(0.5))
    walk = latent.walk(netG, Z, classes=2)
    assert np.allclose(walk.pictures, netG(mx.nd.array(Z), mx.nd.full(5, 2)).asnumpy(), atol=1e-5)


@pytest.mark.parametrize('z, message', [(Z[:2], r'K at least 3, not \(2, 4\)'), (Z[0], r'not \(4,\)')])
def test_invalid_z_is_named(z, message):
    with pytest.raises(ValueError, match=message):
        latent.walk(squares, z)
