"""The networks: shapes and parameter counts computed by hand, initialisation, hybridisation, classes, bad arguments."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import models

# Trained parameters with nz=10, ngf=ndf=4 and kernel 4: weights, biases, and gamma and beta of each batch normalisation
# (BN), whose running mean and variance are not trained and not counted.
# G 28: Dense 10 -> 16x4x4 = 2560; BN 2x16; 16 -> 8 by 3x3: 1152; BN 2x8; 8 -> 4: 8*4*16 = 512; BN 2x4; 4 -> 2 channels,
# one of them discarded: 4*2*16 + 2 = 130
# G 32 RGB: Dense 10 -> 16x4x4 = 2560; BN 32; 16 -> 8: 2048; BN 16; 8 -> 4: 512; BN 8; 4 -> 3: 192 + 3
# G 64 begins with 32 feature maps: Dense 10 -> 512 = 5120; BN 64; 32 -> 16: 8192; BN 32; then as above, without Dense
# G 128 begins with 64: Dense 10 -> 1024 = 10240; BN 128; 64 -> 32: 32768; BN 64; then as above, without Dense
GENERATOR = {
    (28, 1): 2560 + 32 + 1152 + 16 + 512 + 8 + 130,
    (32, 3): 2560 + 32 + 2048 + 16 + 512 + 8 + 195,
    (64, 3): 5120 + 64 + 8192 + 32 + 2048 + 16 + 512 + 8 + 195,
    (128, 3): 10240 + 128 + 32768 + 64 + 8192 + 32 + 2048 + 16 + 512 + 8 + 195,
}
# D 28: 1 -> 4: 64 + 4; 4 -> 8: 512; BN 16; 8 -> 16 by 3x3: 1152; BN 32; Dense 16*16 + 1
# D 32 RGB: 3 -> 4: 192 + 4; 4 -> 8: 512 + 16; 8 -> 16: 2048 + 32; Dense 16*16 + 1
DISCRIMINATOR = {
    (28, 1): 68 + 528 + 1184 + 257,
    (32, 3): 196 + 528 + 2080 + 257,
    (64, 3): 196 + 528 + 2080 + (8192 + 64) + 513,
    (128, 3): 196 + 528 + 2080 + (8192 + 64) + (32768 + 128) + 1025,
}


def trained_parameters(net):
    return sum(np.prod(parameter.shape) for parameter in net.collect_params().values() if parameter.grad_req != 'null')


@pytest.mark.parametrize('size, channels', GENERATOR)
def test_the_generators_parameters_and_output(size, channels):
    netG = gg.Generator(size=size, channels=channels, nz=10, ngf=4)
    assert trained_parameters(netG) == GENERATOR[size, channels]
    netG.initialize()
    images = netG(gg.sample_z(2, 10))
    assert images.shape == (2, channels, size, size) and images.dtype == np.float32


@pytest.mark.parametrize('size, channels', DISCRIMINATOR)
def test_the_discriminators_parameters_and_output(size, channels):
    netD = gg.Discriminator(size=size, channels=channels, ndf=4)
    assert trained_parameters(netD) == DISCRIMINATOR[size, channels]
    netD.initialize()
    assert netD(mx.nd.random.uniform(-1, 1, (2, channels, size, size))).shape == (2, 1)


def test_the_preset_dcgan_is_the_papers():
    """100 -> 1024x4x4 -> 512 -> 256 -> 128 -> 3, 5x5 kernels (DCGAN paper, figure 1)."""
    netG, netD = gg.build('dcgan')
    shapes = [parameter.shape for name, parameter in netG._collect_params_with_prefix().items()
              if name.endswith('weight')]
    assert shapes == [(16384, 100), (1024, 512, 5, 5), (512, 256, 5, 5), (256, 128, 5, 5), (128, 3, 5, 5)]
    assert netD.down[0].conv.weight.shape == (128, 3, 5, 5) and netD.down[3].conv.weight.shape == (1024, 512, 5, 5)


@pytest.mark.parametrize('kernel', [4, 5])
@pytest.mark.parametrize('size, channels', [(28, 1), (28, 3), (32, 1), (64, 3)])
def test_hybridized_networks_compute_the_same(size, channels, kernel):
    netG = gg.Generator(size, channels, nz=6, ngf=4, kernel=kernel)
    netD = gg.Discriminator(size, channels, ndf=4, kernel=kernel)
    z = gg.sample_z(3, 6, seed=0)
    results = []
    for hybrid in (False, True):
        for net in (netG, netD):
            if not hybrid:
                net.initialize()
            net.hybridize(hybrid, static_alloc=hybrid, static_shape=hybrid)
        with mx.autograd.record():
            logits = netD(netG(z))
        logits.backward()
        gradients = [parameter.grad().asnumpy() for net in (netG, netD) for parameter in net.collect_params().values()
                     if parameter.grad_req != 'null']
        results.append((logits.asnumpy(), gradients))
    (imperative, slow), (hybrid, fast) = results
    np.testing.assert_allclose(hybrid, imperative, rtol=1e-5, atol=1e-6)
    for one, other in zip(fast, slow):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)


def test_the_initial_weights_are_distributed_as_in_the_paper():
    netG = gg.Generator(size=64, channels=3, nz=100, ngf=32)
    netG.initialize()
    named = netG._collect_params_with_prefix()
    weights = np.concatenate([p.data().asnumpy().ravel() for name, p in named.items() if name.endswith('weight')])
    gammas = np.concatenate([p.data().asnumpy() for name, p in named.items() if name.endswith('gamma')])
    assert abs(weights.mean()) < 1e-4 and weights.std() == pytest.approx(0.02, rel=0.01)
    assert gammas.mean() == pytest.approx(1, abs=0.005) and gammas.std() == pytest.approx(0.02, rel=0.15)
    assert all((p.data().asnumpy() == 0).all() for name, p in named.items() if name.endswith(('beta', 'bias')))


def test_the_initial_weights_of_a_discriminator_without_normalisation_are_hes():
    netD = gg.Discriminator(28, 1, ndf=32, norm='none')
    netD.initialize()
    for block, fan_in in ((netD.down[0], 16), (netD.down[1], 16 * 32)):
        deviation = block.conv.weight.data().asnumpy().std()
        assert deviation == pytest.approx((2 / (1 + 0.2 ** 2) / fan_in) ** 0.5, rel=0.1)


def test_another_initializer_can_be_passed():
    netG = gg.Generator(size=28, channels=1, nz=8, ngf=8)
    netG.initialize(mx.init.Normal(0.2))
    assert netG.project.dense.weight.data().asnumpy().std() == pytest.approx(0.2, rel=0.05)


def test_config_rebuilds_the_same_architecture():
    for net in gg.build('mnist', ngf=4, ndf=4):
        again = type(net)(**net.config)
        assert [p.shape for p in again.collect_params().values()] == [p.shape for p in net.collect_params().values()]


@pytest.mark.parametrize('arguments, message', [
    (dict(size=48), 'size must be one of 28, 32, 64, 128 pixels, not 48'),
    (dict(size='64'), "size must be .* not '64'"),
    (dict(size=[28]), 'size must be .* not .28.'),
    (dict(size=28.0), 'size must be .* not 28.0'),
    (dict(channels=True), 'channels must be 1 .* not True'),
    (dict(channels=2), 'channels must be 1 .* or 3 .*, not 2'),
    (dict(nz=0), 'nz must be an int of at least 1, not 0'),
    (dict(ngf=-3), 'ngf must be an int of at least 1, not -3'),
    (dict(ngf=1.5), 'ngf must be an int of at least 1, not 1.5'),
    (dict(nz=True), 'nz must be an int of at least 1, not True'),
    (dict(kernel=3), 'kernel must be 4 or 5'),
    (dict(kernel=4.0), 'kernel must be 4 or 5 .* not 4.0'),
    (dict(upsampling=''), "upsampling='' must be one of 'transposed'"),
    (dict(upsampling=False), "upsampling=False must be one of 'transposed'"),
])
def test_bad_arguments_of_the_generator_raise(arguments, message):
    with pytest.raises(ValueError, match=message):
        gg.Generator(**arguments)


def test_bad_arguments_of_the_discriminator_raise():
    with pytest.raises(ValueError, match='ndf must be an int of at least 1, not 0'):
        gg.Discriminator(ndf=0)
    with pytest.raises(ValueError, match='size must be one of'):
        gg.Discriminator(size=50)


def test_numpy_integers_are_accepted():
    netG = gg.Generator(np.int64(28), np.int32(1), nz=np.int64(6), ngf=np.int64(4))
    assert netG.config == dict(size=28, channels=1, nz=6, ngf=4, kernel=4, classes=0, upsampling='transposed',
                               block='plain')
    assert all(type(value) in (int, str) for value in netG.config.values())


def conditional(size=28, channels=1, **options):
    gg.seed(0)
    netG = gg.Generator(size, channels, nz=3, ngf=2, classes=3)
    netD = gg.Discriminator(size, channels, ndf=2, classes=3, **options)
    for net in (netG, netD):
        net.initialize(mx.init.Normal(0.3))
    return netG, netD


@pytest.mark.parametrize('size, channels', [(28, 1), (64, 3)])
def test_every_layer_is_conditioned_on_the_class(size, channels):
    """Each layer has inputs for the three classes, and the gradients of their weights are not zero."""
    netG, netD = conditional(size, channels)
    labels = mx.nd.array([0, 1, 2, 2])
    with mx.autograd.record():
        loss = mx.nd.sum(netD(netG(gg.sample_z(4, 3, seed=0), labels), labels))
    loss.backward()
    gradients = {'project': netG.project.dense.weight.grad()[:, -3:], 'to_image': netG.to_image.conv.weight.grad()[-3:],
                 'to_logit': netD.to_logit.dense.weight.grad()[:, -3 * 16:]}
    gradients.update({f'up {i}': block.conv.weight.grad()[-3:] for i, block in enumerate(netG.up)})
    gradients.update({f'down {i}': block.conv.weight.grad()[:, -3:] for i, block in enumerate(netD.down)})
    for layer, gradient in gradients.items():
        assert np.abs(gradient.asnumpy()).max() > 1e-12, layer
    assert netG.project.dense.weight.shape[1] == 3 + 3 and netD.down[0].conv.weight.shape[1] == channels + 3


def test_a_hybridized_conditional_network_computes_the_same():
    netG, netD = conditional()
    labels, z = mx.nd.array([2, 1]), gg.sample_z(2, 3, seed=1)
    plain = netD(netG(z, labels), labels).asnumpy()
    for net in (netG, netD):
        net.hybridize(static_alloc=True, static_shape=True)
    np.testing.assert_array_equal(netD(netG(z, labels), labels).asnumpy(), plain)


def test_labels_are_required_or_refused():
    netG, _ = conditional()
    with pytest.raises(ValueError, match='this Generator is conditioned on 3 classes: call it .* one class index'):
        netG(gg.sample_z(1, 3))
    plain = gg.Generator(28, 1, nz=3, ngf=2)
    with pytest.raises(ValueError, match='this Generator is unconditional'):
        plain(gg.sample_z(1, 3), mx.nd.array([0]))


def test_labels_may_be_numbers():
    netG, netD = conditional()
    z = gg.sample_z(2, 3, seed=1)
    both = netG(z, mx.nd.array([2, 2])).asnumpy()
    for labels in (2, 2.0, np.int64(2), [2, 2], np.array([2, 2]), mx.nd.array([2, 2], dtype='int32')):
        np.testing.assert_array_equal(netG(z, labels).asnumpy(), both)
    assert netD(netG(z, 1), [0, 1]).shape == (2, 1)


@pytest.mark.parametrize('labels, shown', [
    (7, '7'), (-5, '-5'), (1.5, '1.5'), ([0, 3], '3'), (mx.nd.array([0, 9]), '9'), (mx.nd.array([-1, 0]), '-1'),
    (np.array([0, np.nan]), 'nan'), (mx.nd.array([[0], [1]]), r'\(2, 1\) float32'), ([0, 1, 2], r'\(3,\) float32'),
    ('cat', "'cat'"), (None, 'None'), (True, 'True')])
def test_invalid_labels_are_named(labels, shown):
    netG, _ = conditional()
    message = f'^labels must be classes from 0 to 2, one for each of the 2 samples, not {shown}$'
    with pytest.raises(ValueError, match=message):
        netG(gg.sample_z(2, 3, seed=1), labels)


def test_a_network_without_weights_says_so():
    message = 'this {} has not been initialised: call its initialize'
    with pytest.raises(ValueError, match=message.format('Generator')):
        gg.Generator(28, 1, nz=3, ngf=2)(gg.sample_z(1, 3))
    with pytest.raises(ValueError, match=message.format('Discriminator')):
        gg.Discriminator(28, 1, ndf=2)(mx.nd.zeros((1, 1, 28, 28)))


def test_a_spectral_discriminator_has_no_batch_norm_and_weights_of_norm_one():
    _, netD = conditional(norm='spectral')
    assert not any('norm' in name for name in netD._collect_params_with_prefix())
    layers = models.spectral_blocks(netD)
    assert len(layers) == 4
    for layer in layers:
        layer.iterate(100)
        used = layer._normalized(mx.nd, layer.weight.data(), layer.u.data(), layer.v.data()).asnumpy()
        assert np.linalg.svd(used.reshape(len(used), -1))[1][0] == pytest.approx(1, abs=1e-3)
    with pytest.raises(ValueError, match="norm='layer' must be one of 'batch', 'spectral', 'none'"):
        gg.Discriminator(norm='layer')


@pytest.mark.parametrize('layer, shape', [(-1, (2, 16, 4, 4)), (0, (2, 4, 14, 14)), (1, (2, 8, 7, 7))])
def test_a_tap_returns_a_layer_and_the_same_logits(layer, shape):
    netD = gg.Discriminator(28, 1, ndf=4)
    netD.initialize()
    x = mx.nd.random.uniform(-1, 1, (2, 1, 28, 28))
    logits, features = models.Tap(netD, layer)(x)
    np.testing.assert_array_equal(logits.asnumpy(), netD(x).asnumpy())
    assert features.shape == shape
    np.testing.assert_array_equal(features.asnumpy(), netD.down[:layer % 3 + 1](x).asnumpy())


def test_a_tap_of_a_missing_layer_raises():
    with pytest.raises(ValueError, match='feature_layer must be an int from -3 to 2, one of the 3 layers .*, not 3'):
        models.Tap(gg.Discriminator(28, 1, ndf=2), 3)
    with pytest.raises(ValueError, match='from a gluon_gan.Discriminator only, not from a Generator'):
        models.Tap(gg.Generator(28, 1, ngf=2))
