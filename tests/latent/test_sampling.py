"""Sampling of z, and of images."""
import mxnet as mx
import numpy as np
import pytest

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
