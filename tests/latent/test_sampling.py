"""Sampling of z, and of images."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg


def test_sample_z_is_standard_normal_and_repeatable():
    z = gg.sample_z(2000, 50, seed=3).asnumpy()
    assert z.shape == (2000, 50) and z.dtype == np.float32
    assert abs(z.mean()) < 0.01 and abs(z.std() - 1) < 0.01
    np.testing.assert_array_equal(z, gg.sample_z(2000, 50, seed=3).asnumpy())
    assert (z != gg.sample_z(2000, 50, seed=4).asnumpy()).any()


def test_first_rows_do_not_depend_on_n():
    np.testing.assert_array_equal(gg.sample_z(5, 7, seed=3).asnumpy(), gg.sample_z(50, 7, seed=3).asnumpy()[:5])


def test_default_seed_follows_the_global_seed():
    samples = []
    for value in (1, 1, 2):
        gg.seed(value)
        samples.append(gg.sample_z(3, 4).asnumpy())
    assert (samples[0] == samples[1]).all() and (samples[0] != samples[2]).any()


def test_sample_has_shape_and_range_for_any_batch_size():
    netG = gg.Generator(28, 1, nz=5, ngf=4)
    netG.initialize(mx.init.Normal(0.5))
    images = gg.sample(netG, n=10, seed=1)
    assert images.shape == (10, 1, 28, 28) and np.abs(images.asnumpy()).max() <= 1
    np.testing.assert_allclose(gg.sample(netG, n=10, seed=1, batch_size=3).asnumpy(), images.asnumpy(), atol=1e-5)


def test_any_callable_can_be_the_generator():
    images = gg.sample(lambda z: z.reshape((-1, 1, 2, 2)), n=3, seed=0, nz=4)
    assert images.shape == (3, 1, 2, 2)
    with pytest.raises(ValueError, match='pass nz='):
        gg.sample(lambda z: z, n=3)


def test_invalid_batch_size():
    with pytest.raises(ValueError, match='batch_size must be an int of at least 1, not 0'):
        gg.sample(lambda z: z, n=3, nz=4, batch_size=0)


@pytest.mark.parametrize('n, nz, message', [
    (0, 3, 'n must be an int of at least 1, not 0'), (2, -1, 'nz must be .* not -1'), (2.0, 3, 'n must be .* not 2.0')])
def test_invalid_arguments_are_named(n, nz, message):
    with pytest.raises(ValueError, match=message):
        gg.sample_z(n, nz)


@pytest.mark.parametrize('seed', [1.5, -1, 'x', True, [1, -2], []], ids=repr)
def test_invalid_seeds_are_named(seed):
    netG = gg.Generator(28, 1, nz=5, ngf=2)
    netG.initialize()
    for function in (gg.sample_z, lambda n, seed: gg.sample(netG, n, seed),
                     lambda n, seed: gg.latent.neighbours([1.0], n, seed=seed)):
        with pytest.raises(ValueError, match='seed must be an int of at least 0, or a list of such ints, not'):
            function(2, seed=seed)


def test_a_generator_without_weights_says_so():
    for function in (gg.sample, lambda netG: gg.latent.generate(netG, np.ones((2, 5))),
                     lambda netG: gg.latent.walk(netG, np.ones((3, 5)))):
        with pytest.raises(ValueError, match='^this Generator has not been initialised: call netG.initialize()'):
            function(gg.Generator(28, 1, nz=5, ngf=2))


@pytest.mark.parametrize('function', [
    lambda netG: gg.sample(netG, 4, seed=1), lambda netG: gg.latent.generate(netG, gg.sample_z(4, 5, seed=1)),
    lambda netG: mx.nd.array(gg.latent.walk(netG, gg.sample_z(4, 5, seed=1)).pictures)],
    ids=['sample', 'generate', 'walk'])
def test_running_statistics_are_used_in_any_mode_of_autograd(function):
    netG = gg.Generator(28, 1, nz=5, ngf=2)
    netG.initialize(mx.init.Normal(0.5))
    images, statistics = function(netG).asnumpy(), netG.project.norm.running_mean.data().asnumpy()
    for mode in (autograd.record, autograd.train_mode):
        with mode():
            inside = function(netG)
            assert autograd.is_training()
        np.testing.assert_array_equal(inside.asnumpy(), images)
    np.testing.assert_array_equal(netG.project.norm.running_mean.data().asnumpy(), statistics)


def test_a_stream_does_not_change_the_mode_of_the_code_between_its_batches():
    netG = gg.Generator(28, 1, nz=5, ngf=2)
    netG.initialize(mx.init.Normal(0.5))
    with autograd.record():
        batches = [(batch.asnumpy(), autograd.is_recording()) for batch in gg.latent.stream(netG, 4, 1, batch_size=2)]
    assert all(recording for _, recording in batches)
    images = np.concatenate([batch for batch, _ in batches])
    np.testing.assert_allclose(images, gg.sample(netG, 4, 1).asnumpy(), atol=1e-6)


def test_classes_of_an_unconditional_generator():
    netG = gg.Generator(28, 1, nz=5, ngf=2)
    netG.initialize()
    with pytest.raises(ValueError, match='unconditional and has no classes: leave classes=3 out'):
        gg.sample(netG, 4, classes=3)
