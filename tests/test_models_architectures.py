"""Other ways of upsampling, and residual blocks: parameter counts by hand, published sizes, all combinations."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import models
from gluon_gan.support import storage

# Trained parameters with nz=10, ngf=ndf=4 and 64 px RGB. BN: gamma and beta of a batch normalisation.
# G with resize convolutions: Dense 10 -> 32x4x4 = 5120; BN 64; 32 -> 16 by 3x3: 4608; BN 32; 16 -> 8: 1152; BN 16;
# 8 -> 4: 288; BN 8; 4 -> 3 with a bias: 108 + 3
RESIZED = 5120 + 64 + 4608 + 32 + 1152 + 16 + 288 + 8 + 111
# G with residual blocks: Dense 5120; block n -> m: BN 2n, n -> m by 3x3: 9nm, BN 2m, m -> m: 9mm, shortcut nm;
# 32 -> 32, 32 -> 16, 16 -> 8, 8 -> 4; BN 8; 4 -> 3 with a bias: 111
RESIDUAL = 5120 + sum(2 * n + 9 * n * m + 2 * m + 9 * m * m + n * m for n, m in ((32, 32), (32, 16), (16, 8), (8, 4))
                      ) + 8 + 111
# D with residual blocks and no norm: 3 -> 4: 3x3 of 3 -> 4 and 4 -> 4, with biases, and a shortcut; n -> 2n: 3x3 of
# n -> n and n -> 2n, with biases, and a shortcut; 32 -> 32: two 3x3 with biases; Dense 32 + 1
RESIDUAL_D = (9 * 12 + 4 + 9 * 16 + 4 + 12) + sum(9 * n * n + n + 18 * n * n + 2 * n + 2 * n * n for n in (4, 8, 16)
                                                 ) + 2 * (9 * 32 * 32 + 32) + 33


def trained_parameters(net):
    return sum(np.prod(parameter.shape) for parameter in net.collect_params().values() if parameter.grad_req != 'null')


def test_parameters():
    for upsampling in ('nearest', 'bilinear'):
        assert trained_parameters(gg.Generator(64, 3, nz=10, ngf=4, upsampling=upsampling)) == RESIZED
        assert trained_parameters(gg.Generator(64, 3, nz=10, ngf=4, upsampling=upsampling, block='residual')
                                  ) == RESIDUAL
    for norm in ('none', 'spectral'):
        assert trained_parameters(gg.Discriminator(64, 3, ndf=4, norm=norm, block='residual')) == RESIDUAL_D


def test_residual_networks_of_128_pixels_are_the_papers():
    """SNGAN, appendix B.4, table 6: the numbers of feature maps of each block, for ImageNet."""
    netG = gg.Generator(128, 3, nz=128, ngf=64, block='residual')
    netD = gg.Discriminator(128, 3, ndf=64, norm='spectral', block='residual')
    assert netG.project.dense.weight.shape == (4 * 4 * 1024, 128)
    assert [block.conv2.weight.shape[0] for block in netG.up] == [1024, 512, 256, 128, 64]
    assert netG.to_image.conv.weight.shape == (3, 64, 3, 3)
    assert [block.conv2.weight.shape[0] for block in netD.down] == netD.widths == [64, 128, 256, 512, 1024, 1024]
    assert netD.to_logit.dense.weight.shape == (1, 1024)


@pytest.mark.parametrize('size, channels, classes', [(28, 1, 0), (28, 3, 3), (32, 3, 0), (64, 1, 3), (128, 3, 0)])
@pytest.mark.parametrize('block', models.BLOCKS)
def test_every_combination_is_the_same_hybridized(size, channels, classes, block):
    labels, z = [mx.nd.array([0, 2])] if classes else [], gg.sample_z(2, 5, seed=0)
    for upsampling, norm in zip(('transposed', 'nearest', 'bilinear'), models.NORMS):
        netG = gg.Generator(size, channels, nz=5, ngf=2, classes=classes, upsampling=upsampling, block=block)
        netD = gg.Discriminator(size, channels, ndf=2, classes=classes, norm=norm, block=block)
        results = []
        for hybrid in (False, True):
            for net in (netG, netD):
                if not hybrid:
                    net.initialize(mx.init.Xavier())
                net.hybridize(hybrid, static_alloc=hybrid, static_shape=hybrid)
            with mx.autograd.record():
                images = netG(z, *labels)
                logits = netD(images, *labels)
            logits.backward()
            assert images.shape == (2, channels, size, size) and logits.shape == (2, 1)
            results.append([images.asnumpy(), logits.asnumpy()] + [
                each.grad().asnumpy() for net in (netG, netD) for each in net.collect_params().values()
                if each.grad_req != 'null'])
        for one, other in zip(*results):
            np.testing.assert_allclose(other, one, rtol=1e-3, atol=1e-3 * np.abs(one).max() + 1e-6)


@pytest.mark.parametrize('block', models.BLOCKS)
@pytest.mark.parametrize('upsampling', ['nearest', 'bilinear'])
def test_every_layer_is_conditioned_on_the_class(block, upsampling):
    netG = gg.Generator(28, 1, nz=3, ngf=2, classes=3, upsampling=upsampling, block=block)
    netD = gg.Discriminator(28, 1, ndf=2, classes=3, norm='none', block=block)
    for net in (netG, netD):
        net.initialize(mx.init.Normal(0.3))
    labels = mx.nd.array([0, 1, 2, 2])
    with mx.autograd.record():
        loss = netD(netG(gg.sample_z(4, 3, seed=0), labels), labels).sum()
    loss.backward()
    gradients = {f'{part}.{name}': parameter.grad().asnumpy() for part, net in (('G', netG), ('D', netD))
                 for name, parameter in storage.named(net).items() if name.endswith('weight')}
    for name, gradient in gradients.items():
        columns = 3 * 16 if (block, name) == ('plain', 'D.to_logit.dense.weight') else 3
        assert name.endswith('conv2.weight') or np.abs(gradient[:, -columns:]).max() > 0, name


def test_weights_of_earlier_versions_have_the_same_names():
    netG, netD = gg.Generator(28, 1, nz=3, ngf=2), gg.Discriminator(28, 1, ndf=2)
    assert {name for name in storage.named(netG) if name.endswith(('weight', 'bias'))} == {
        'project.dense.weight', 'up.0.conv.weight', 'up.1.conv.weight', 'to_image.conv.weight', 'to_image.conv.bias'}
    assert {name for name in storage.named(netD) if name.endswith(('weight', 'bias'))} == {
        'down.0.conv.weight', 'down.0.conv.bias', 'down.1.conv.weight', 'down.2.conv.weight', 'to_logit.dense.weight',
        'to_logit.dense.bias'}
    config = dict(size=28, channels=1, nz=3, ngf=2, kernel=4, classes=0)         # as earlier versions recorded it
    assert gg.Generator(**config).config == netG.config


def test_residual_blocks_upsample_to_the_nearest_pixel_by_default():
    assert gg.Generator(28, 1).upsampling == 'transposed'
    assert gg.Generator(28, 1, block='residual').upsampling == 'nearest'
    assert gg.Generator(28, 1, block='residual', upsampling='transposed').upsampling == 'transposed'


def test_the_initial_weights_of_residual_networks_are_glorots():
    netG = gg.Generator(64, 3, nz=100, ngf=16, block='residual')
    netG.initialize()
    weight = netG.up[0].conv2.weight.data().asnumpy()                              # 128 to 128 by 3x3
    assert np.abs(weight).max() <= np.sqrt(6 / (2 * 9 * 128)) and weight.std() == pytest.approx(
        np.sqrt(2 / (2 * 9 * 128)), rel=0.02)


@pytest.mark.parametrize('arguments, message', [
    (dict(upsampling='bicubic'), "upsampling='bicubic' must be one of 'transposed', 'nearest', 'bilinear'"),
    (dict(block='dense'), "block='dense' must be one of 'plain', 'residual'"),
    (dict(block='residual', kernel=3), 'kernel must be 4 or 5')])
def test_bad_arguments_raise(arguments, message):
    with pytest.raises(ValueError, match=message):
        gg.Generator(**arguments)


@pytest.mark.parametrize('block', models.BLOCKS)
@pytest.mark.parametrize('norm', models.NORMS)
def test_a_tap_of_each_layer(block, norm):
    netD = gg.Discriminator(28, 1, ndf=2, norm=norm, block=block)
    netD.initialize()
    x = mx.nd.random.uniform(-1, 1, (2, 1, 28, 28))
    for layer, width in enumerate(netD.widths):
        logits, features = models.Tap(netD, layer)(x)
        np.testing.assert_array_equal(logits.asnumpy(), netD(x).asnumpy())
        assert features.shape == (2, width, *2 * netD._input_sizes[layer + 1:layer + 2])
