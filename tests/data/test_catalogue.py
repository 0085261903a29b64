"""What a training on a set never sees."""
import gluon_gan as gg
import numpy as np
import pytest
from gluon_gan import data
from PIL import Image


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return tmp_path


@pytest.mark.parametrize('name, options', [('mnist', {}), ('quilts', dict(size=16))])
def test_stand_ins_have_a_test_split_that_shares_no_picture(name, options):
    seen, held_out = data.load(name, **options), data.held_out(name, **options)
    assert held_out.stand_in and held_out.shape[1:] == seen.shape[1:] and len(held_out) > 100
    assert not {image.tobytes() for image in seen.images} & {image.tobytes() for image in held_out.images}


def test_a_folder_and_photographs_without_a_split_have_none(elsewhere):
    (elsewhere / 'quilts').mkdir()
    for number in range(3):
        pixels = np.random.default_rng(number).integers(0, 255, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(elsewhere / 'quilts' / f'{number}.png')
    assert gg.data.held_out('quilts', size=16) is None and gg.data.held_out(str(elsewhere / 'quilts'), size=16) is None


def test_an_unknown_set_is_named():
    with pytest.raises(ValueError, match="there is no data set 'minst'"):
        data.held_out('minst')
