"""The decoder that reconstructs real images from D's features."""
import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train.reconstruction import Reconstruction
from helpers import small_trainings


def autoencoder(size=28, weight=1.0, **options):
    netD = gg.Discriminator(size, 3, ndf=4, **options)
    netD.initialize()
    found = Reconstruction(netD, weight)
    found.prepare([mx.cpu()])
    return found


@pytest.mark.parametrize('size', [28, 32, 64, 128])
@pytest.mark.parametrize('block', ['plain', 'residual'])
def test_images_are_reconstructed_at_half_of_their_size_from_8x8_pixels(size, block):
    found = autoencoder(size, block=block)
    images = mx.nd.random.uniform(-1, 1, (2, 3, size, size))
    assert found.encoder(images).shape[2:] == (7 if size == 28 else 8,) * 2
    assert found.decoder(found.encoder(images)).shape == (2, 3, size // 2, size // 2)
    assert found(images).shape == (2,)


def test_the_distance_is_the_mean_absolute_difference():
    found, images = autoencoder(weight=0.5), mx.nd.random.uniform(-1, 1, (3, 3, 28, 28))
    reconstructed = found.decoder(found.encoder(images)).asnumpy()
    halved = images.asnumpy().reshape(3, 3, 14, 2, 14, 2).mean((3, 5))
    expected = 0.5 * np.abs(reconstructed - halved).mean((1, 2, 3))
    np.testing.assert_allclose(found(images).asnumpy(), expected, rtol=1e-4)


def test_D_learns_to_describe_the_images():
    squares = np.random.default_rng(0).integers(0, 256, (40, 4, 4, 1), dtype=np.uint8).repeat(7, 1).repeat(7, 2)

    def distances(**options):
        gan, found = small_trainings.trainer(seed=2, lr=2e-3, reconstruction=1.0, **options), []
        for _ in range(12):
            for real in gg.data.batches(squares, batch_size=8, seed=5):
                gan.step(real)
                found.append(float(gan.outputs['reconstruction'].mean().asscalar()))
        return found[0], np.mean(found[-10:])     # single steps differ with the number of threads

    (first, last), (_, frozen) = distances(), distances(freeze_d=2)
    assert last < 0.5 * first
    assert last < 0.75 * frozen                   # with D's features fixed, only the decoder learns


def test_errD_does_not_contain_it_and_a_weight_of_0_changes_nothing():
    with_it, without = (small_trainings.trainer(reconstruction=weight) for weight in (1.0, 0.0))
    real = next(iter(small_trainings.loader()))
    (errD, _), (expected, _) = with_it.step(real), without.step(real)
    np.testing.assert_allclose(errD.asnumpy(), expected.asnumpy(), rtol=1e-5)
    assert 'reconstruction' in with_it.outputs and 'reconstruction' not in without.outputs
    assert 'reconstruction' in with_it.LOSSES and 'reconstruction' not in without.LOSSES


def test_its_gradient_adds_to_that_of_the_other_terms():
    gradients = {}
    for weight in (0.0, 1.0, 2.0):
        gan = small_trainings.trainer(reconstruction=weight, norm='none', penalty='r1')
        gan.step(next(iter(small_trainings.loader())))
        gradients[weight] = storage.named(gan.netD)['down.0.conv.weight'].grad().asnumpy()
    change = gradients[1.0] - gradients[0.0]
    assert np.abs(change).max() > 1e-3 * np.abs(gradients[0.0]).max()
    np.testing.assert_allclose(gradients[2.0] - gradients[0.0], 2 * change, rtol=1e-2, atol=1e-4 * np.abs(change).max())


def test_resuming_is_exact(tmp_path):
    gan, loader = small_trainings.trainer(reconstruction=0.3, average=0.9), small_trainings.loader()
    gan.fit(loader, steps=3)
    again = gg.GANTrainer.load(gan.save(tmp_path / 'three'), ctx=mx.cpu())
    assert again.options == gan.options and again.options['reconstruction'] == 0.3
    gan.fit(loader, steps=6)
    again.fit(small_trainings.loader(), steps=6)
    assert small_trainings.same(small_trainings.state(gan), small_trainings.state(again))
    assert small_trainings.same(list(gan.game.state().values()), list(again.game.state().values()))


def test_a_checkpoint_without_the_decoder_is_damaged(tmp_path):
    path = small_trainings.trainer(reconstruction=1.0).save(tmp_path / 'one')
    arrays, meta = storage.read(path)
    arrays = {name: array for name, array in arrays.items() if 'decoder.' not in name}
    storage.write(path, arrays, meta)
    with pytest.raises(storage.StorageError, match='the decoder in the checkpoint'):
        gg.GANTrainer.load(path, ctx=mx.cpu())


def test_devices_share_a_batch():
    gan = small_trainings.trainer(reconstruction=1.0, ctx=[mx.cpu(0), mx.cpu(1)])
    gan.fit(small_trainings.loader(), steps=2)
    weights = storage.named(gan.game.autoencoder.decoder)['0.conv.weight'].list_data()
    assert (weights[0].asnumpy() == weights[1].asnumpy()).all()


def test_wrong_arguments():
    with pytest.raises(ValueError, match='reconstruction must be a weight of at least 0, not -1'):
        small_trainings.trainer(reconstruction=-1)
    conditional = gg.Discriminator(28, 1, ndf=4, classes=3)
    with pytest.raises(ValueError, match='reconstruction=1 needs an unconditional .*, not one with 3 classes'):
        Reconstruction(conditional, 1)
    with pytest.raises(ValueError, match='needs an unconditional gluon_gan.Discriminator, not a Dense'):
        Reconstruction(nn.Dense(1), 1)
