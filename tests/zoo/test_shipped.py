"""The networks that ship with the package, and the quality of their images."""
import json

import mxnet as mx
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import gluon_gan as gg
from gluon_gan import zoo
from gluon_gan.data import synthetic_sets
from gluon_gan.support import renamed, storage


@pytest.mark.parametrize('name', zoo.names())
def test_every_generator_ships_with_its_history(name):
    path = zoo.FOLDER / f'{name}.npz'
    assert path.stat().st_size <= 8e6
    arrays, meta = storage.read(path)
    assert all(array.dtype == np.float16 for array in arrays.values())
    assert set(meta) == {'generator'}
    card = json.loads((zoo.FOLDER / f'{name}.json').read_text())
    assert card['command'].startswith('gluon-gan train ') and card['stand_in'] is False and card['seconds'] > 0
    done, wanted = ('step', card['steps']) if card['steps'] else ('epoch', card['epochs'])
    assert card['history'][-1][done] > 0.9 * wanted and 'errD' in card['history'][0]


def test_the_generator_of_digits():
    netG = gg.pretrained('mnist')
    images = gg.sample(netG, 4, seed=1)
    assert images.shape == (4, 1, 28, 28) and netG.config['size'] == 28


def test_the_digits_are_clear_and_of_all_ten_classes():
    """They are classified by a logistic regression trained on 4,500 real digits (accuracy on 500 others: 0.89)."""
    real, other = gg.data.mnist('train', download=False)[:4500], gg.data.mnist('test', download=False)[:500]
    classifier = LogisticRegression(C=0.01, max_iter=200).fit(real.images.reshape(-1, 784) / 255, real.labels)
    assert classifier.score(other.images.reshape(-1, 784) / 255, other.labels) > 0.85
    images = (gg.sample(gg.pretrained('mnist'), 1000, seed=1).asnumpy().reshape(-1, 784) + 1) / 2
    probabilities = classifier.predict_proba(images)
    classes = np.bincount(probabilities.argmax(axis=1), minlength=10)
    assert classes.min() >= 40 and classes.max() <= 200, classes
    of_real = classifier.predict_proba(other.images.reshape(-1, 784) / 255).max(axis=1).mean()
    assert probabilities.max(axis=1).mean() > 0.9 * of_real


def test_no_two_digits_are_nearly_the_same():
    images = gg.sample(gg.pretrained('mnist'), 100, seed=2).asnumpy().reshape(100, -1)
    distances = np.linalg.norm(images[:, None] - images[None], axis=2) + 100 * np.eye(100)
    assert distances.min() > 2       # for pixels in [-1, 1]; two real digits of one class have a distance of about 10


@pytest.mark.parametrize('name', ['celeba', 'quilts'])
def test_generators_of_photographs_give_coloured_images_that_differ(name):
    images = gg.sample(gg.pretrained(name), 64, seed=3).asnumpy()
    assert images.shape == (64, 3, 64, 64)
    flat = images.reshape(64, -1)
    distances = np.sqrt(((flat[:, None] - flat[None]) ** 2).mean(axis=2)) + 10 * np.eye(64)
    assert distances.min() > 0.1 and np.median(distances) > 0.4      # a grey level is 0.008
    assert np.abs(images[:, 0] - images[:, 2]).mean() > 0.05


def test_the_parts_of_faces_are_in_their_places():
    """The mean face is nearly symmetric, darker at the eyes than at the cheeks, and lighter in the middle."""
    mean = gg.sample(gg.pretrained('celeba'), 200, seed=4).asnumpy().mean(axis=(0, 1))
    assert np.corrcoef(mean.ravel(), mean[:, ::-1].ravel())[0, 1] > 0.9
    eyes, cheeks = mean[24:32, 14:50].mean(), mean[34:42, 14:50].mean()
    assert eyes < cheeks - 0.04 and mean[:, 28:36].mean() > mean[:, :4].mean()


def test_round_trip_of_a_generator_at_float16(tmp_path):
    netG = gg.Generator(28, 1, nz=6, ngf=4)
    netG.initialize()
    zoo.save_generator(tmp_path / 'g.npz', netG)
    again = zoo.load_generator(tmp_path / 'g.npz')
    z = gg.sample_z(3, 6, seed=0)
    np.testing.assert_allclose(again(z).asnumpy(), netG(z).asnumpy(), atol=2e-3)


@pytest.mark.parametrize('name', zoo.discriminators())
def test_a_shipped_discriminator_fits_its_generator_and_rejects_noise(name):
    path = zoo.FOLDER / f'{name}{zoo.DISCRIMINATOR_SUFFIX}.npz'
    assert name in zoo.names() and path.stat().st_size <= 3e6
    assert all(array.dtype == np.float16 for array in storage.read(path)[0].values())
    netG, netD = gg.pretrained(name), gg.pretrained_discriminator(name)
    assert (netD.size, netD.channels) == (netG.size, netG.channels)
    noise = np.random.default_rng(0).uniform(-1, 1, (64, netG.channels, netG.size, netG.size))
    # The discriminator of synthetic quilts hardly takes a generated image for a real one, so it gets real ones.
    images = (gg.pixels.to_float(gg.data.render_quilts(64, start=synthetic_sets.QUILTS['test'][0]).images)
              if name == 'synthetic-quilts' else gg.sample(netG, 64, seed=5).asnumpy())
    logits, of_noise = (netD(mx.nd.array(images)).asnumpy().ravel() for images in (images, noise))
    assert np.median(logits) > np.median(of_noise)


def test_discriminators_and_generators_are_not_confused():
    assert not [name for name in zoo.names() if name.endswith(zoo.DISCRIMINATOR_SUFFIX)]
    assert 'mnist' in zoo.discriminators()
    with pytest.raises(ValueError, match="no pretrained discriminator 'minst'; there are: .*mnist"):
        gg.pretrained_discriminator('minst')
    with pytest.raises(storage.StorageError, match='does not hold a discriminator'):
        zoo.load_discriminator(zoo.FOLDER / 'mnist.npz')


def test_round_trip_of_a_discriminator(tmp_path):
    netD = gg.Discriminator(28, 1, ndf=3, norm='spectral')
    netD.initialize()
    zoo.save_discriminator(tmp_path / 'd.npz', netD, 'float32')
    x = mx.nd.random.uniform(-1, 1, (2, 1, 28, 28))
    np.testing.assert_allclose(zoo.load_discriminator(tmp_path / 'd.npz')(x).asnumpy(), netD(x).asnumpy(), rtol=1e-5)


def test_an_unknown_name_lists_the_known():
    with pytest.raises(ValueError, match="no pretrained generator 'minst'; there are: .*mnist"):
        gg.pretrained('minst')


def test_a_file_without_a_generator_is_refused(tmp_path):
    storage.write(tmp_path / 'x.npz', {}, {'generator': {'size': 48}})
    with pytest.raises(storage.StorageError, match='does not hold a generator'):
        zoo.load_generator(tmp_path / 'x.npz')


@pytest.mark.parametrize('old, new', renamed.WEIGHTS.items())
def test_names_of_earlier_versions_are_translated(old, new, caplog):
    for load in (gg.pretrained, gg.pretrained_discriminator):
        arrays = storage.parameters(load(new))
        assert all((array == arrays[name]).all() for name, array in storage.parameters(load(old)).items())
    assert {record.getMessage() for record in caplog.records} == {f'the network {old} is now called {new}'}
