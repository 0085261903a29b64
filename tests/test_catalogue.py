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
