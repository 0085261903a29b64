"""Data sets by name, and their held-out images."""
import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import catalogue


@pytest.fixture(autouse=True)
def empty_root(tmp_path, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return tmp_path


@pytest.mark.parametrize('name, options', [('mnist', {}), ('quilts', dict(size=16))])
def test_the_test_split_of_a_stand_in_has_no_image_of_the_training_split(name, options):
    training, held_out = catalogue.load(name, **options), catalogue.held_out(name, **options)
    assert held_out.stand_in and held_out.shape[1:] == training.shape[1:] and len(held_out) > 100
    assert not {image.tobytes() for image in training.images} & {image.tobytes() for image in held_out.images}


def test_sets_without_splits_have_no_held_out_images(empty_root):
    (empty_root / 'quilts').mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(empty_root / 'quilts' / f'{number}.png')
    for name in ('quilts', str(empty_root / 'quilts')):
        assert gg.catalogue.held_out(name, size=16) is None


def test_unknown_names():
    with pytest.raises(ValueError, match="there is no data set 'minst'"):
        catalogue.held_out('minst')


def test_a_local_folder_with_the_name_of_a_set_is_mentioned_once(empty_root, tmp_path_factory, monkeypatch, caplog):
    """The name of a set has precedence; the folder of the set itself is not meant."""
    here = tmp_path_factory.mktemp('here')
    monkeypatch.chdir(here)
    (here / 'quilts').mkdir()
    for number in range(3):
        Image.new('RGB', (40, 40), (number, 0, 0)).save(here / 'quilts' / f'{number}.png')
    assert catalogue.load('quilts', size=16).stand_in and catalogue.load('quilts', size=16).stand_in
    assert caplog.text.count('quilts is the data set of this name, not the folder') == 1
    assert 'give ./quilts to load the folder' in caplog.text
    caplog.clear()
    assert len(catalogue.load('./quilts', size=16)) == 3
    monkeypatch.chdir(empty_root)
    (empty_root / 'quilts').mkdir()
    assert catalogue.load('quilts', size=16).stand_in and 'not the folder' not in caplog.text


def test_channels_are_converted_on_request():
    assert catalogue.load('mnist', 3).shape[3] == 3 and catalogue.load('mnist').channels == 1
    assert catalogue.domain('synthetic_red', size=16, channels=1).channels == 1
