"""Features of a discriminator: activations of its blocks, max-pooled to a grid."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.models import Tap


@pytest.fixture(params=[(28, 1), (32, 3)], ids=str)
def netD(request):
    netD = gg.Discriminator(*request.param, ndf=3)
    netD.initialize(mx.init.Normal(0.2))
    return netD


def windows(side, grid):
    """Rows of each pooling window: equal heights, the largest whole step, and the last window ends at the border."""
    step = side // grid
    return [slice(i * step, i * step + side - (grid - 1) * step) for i in range(grid)]


@pytest.mark.parametrize('grid', [4, 2, 1])
def test_all_layers_agree_with_pooling_in_numpy(netD, grid):
    pictures = mx.nd.array(np.random.default_rng(0).uniform(-1, 1, (2, netD.channels, netD.size, netD.size)))
    extractor, wanted = metrics.discriminator(netD, grid=grid), []
    for layer in range(3):
        activations = Tap(netD, layer)(pictures)[1].asnumpy()
        areas = windows(activations.shape[2], grid)
        pooled = [[activations[:, :, rows, columns].max((2, 3)) for columns in areas] for rows in areas]
        wanted.append(np.stack([np.stack(row, axis=-1) for row in pooled], axis=-2).reshape(2, -1))
        assert areas[-1].stop == activations.shape[2]
        one = metrics.discriminator(netD, layer, grid)
        np.testing.assert_allclose(one(pictures), wanted[-1], rtol=1e-5, atol=1e-6)
        assert one.name == f'discriminator{layer}' and one.dim == wanted[-1].shape[1]
    features = extractor(pictures)
    np.testing.assert_allclose(features, np.concatenate(wanted, axis=1), rtol=1e-5, atol=1e-6)
    assert extractor.name == 'discriminator' and features.shape == (2, extractor.dim) == (2, grid ** 2 * (3 + 6 + 12))
    assert metrics.discriminator(netD, -1).name == 'discriminator2'


@pytest.mark.parametrize('norm', ['batch', 'spectral', 'none'])
def test_the_blocks_of_a_residual_discriminator(norm):
    netD = gg.Discriminator(28, 1, ndf=3, norm=norm, block='residual')
    netD.initialize()
    pictures = mx.nd.array(np.random.default_rng(0).uniform(-1, 1, (2, 1, 28, 28)))
    features = metrics.discriminator(netD, grid=1)(pictures)
    assert features.shape == (2, 3 + 6 + 12 + 12)
    for layer, part in enumerate(np.split(features, np.cumsum(netD.widths)[:-1], axis=1)):
        np.testing.assert_allclose(part, Tap(netD, layer)(pictures)[1].asnumpy().max(axis=(2, 3)), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize('settings, message', [({'layer': 3}, "'all' or an int from -3 to 2"),
                                               ({'layer': 'last'}, "not 'last'"), ({'grid': 5}, 'from 1 to 4'),
                                               ({'grid': 0}, 'grid must be')])
def test_invalid_settings_are_rejected(settings, message):
    netD = gg.Discriminator(32, 3, ndf=2)
    netD.initialize()
    with pytest.raises(ValueError, match=message):
        metrics.discriminator(netD, **settings)


def test_other_networks_are_rejected():
    with pytest.raises(ValueError, match='netD must be a gluon_gan.Discriminator, not a Generator'):
        metrics.discriminator(gg.Generator(28, 1, nz=4, ngf=2))
    netD = gg.Discriminator(28, 1, ndf=2, classes=10)
    netD.initialize()
    with pytest.raises(ValueError, match='this one is conditioned on 10 classes'):
        metrics.discriminator(netD)
    plain = gg.Discriminator(28, 1, ndf=2)
    plain.initialize()
    with pytest.raises(ValueError, match='takes images with 1 channel and size 28x28, not 3 channels and size 28x28'):
        metrics.discriminator(plain)(mx.nd.zeros((1, 3, 28, 28)))
