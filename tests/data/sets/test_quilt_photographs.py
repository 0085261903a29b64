"""Photographs of quilts, and the synthetic quilts that stand in for them."""
import io
import zipfile

import pytest
from PIL import Image

from gluon_gan.catalogue import held_out, load
from gluon_gan.data import quilts
from gluon_gan.data.sets import quilt_photographs


@pytest.fixture(autouse=True)
def empty_root(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))


def photograph(level):
    file = io.BytesIO()
    Image.new('RGB', (40, 30), (level, 0, 0)).save(file, 'png')
    return file.getvalue()


def test_a_zip_or_a_folder_of_photographs(tmp_path):
    place = tmp_path / 'quilts'
    place.mkdir()
    assert quilts('test', size=16).stand_in, 'an empty folder has no photographs'
    (place / 'mine').mkdir()
    for level in (5, 9):
        (place / f'mine/{level}.png').write_bytes(photograph(level))
    images = quilts(size=16)
    assert images.images[:, 8, 8, 0].tolist() == [5, 9] and not images.stand_in and '2 photographs' in images.name
    with zipfile.ZipFile(place / 'quilts.zip', 'w') as archive:
        archive.writestr('quilts/1.png', photograph(7))
    assert quilts(size=16).images[:, 8, 8, 0].tolist() == [7]
    with pytest.raises(ValueError, match="the 1 photographs in .* are too few to hold out any: add"):
        quilts('test')


def test_every_fifth_of_many_photographs_is_held_out(tmp_path):
    (tmp_path / 'quilts').mkdir()
    with zipfile.ZipFile(tmp_path / 'quilts/quilts.zip', 'w') as archive:
        for number in range(253):
            archive.writestr(f'quilts/{number:03}.png', photograph(number))
    levels = {split: quilts(split, size=16).images[:, 8, 8, 0].tolist() for split in ('train', 'test', 'all')}
    assert levels['test'] == list(range(4, 253, 5)) and levels['all'] == list(range(253))
    assert sorted(levels['train'] + levels['test']) == levels['all']
    assert quilts(size=16).name == 'quilts train (203 of 253 photographs)'
    assert len(held_out('quilts', size=16)) == 50


def test_stand_in(monkeypatch):
    monkeypatch.setattr(quilt_photographs, 'STAND_IN', {'train': (0, 6), 'test': (6, 8), 'all': (0, 8)})
    train, test = load('quilts', size=32), quilts('test', size=32)
    assert train.stand_in and train.name == 'quilts stand-in: 6 synthetic quilts' and len(train) == 6 and train.classes
    assert (test.images == quilts('all', size=32).images[6:]).all()
    with pytest.raises(FileNotFoundError, match='no photographs in'):
        quilts(download=True)
    with pytest.raises(ValueError, match="split='valid' must be one of"):
        quilts('valid')
