"""CelebA in its original layout, and the drawn faces where it is missing."""
import io
import zipfile

import numpy as np
import pytest
from gluon_gan.data import celeba, drawn, drawn_faces, faces, root
from gluon_gan.data.idx import CorruptFile
from PIL import Image

NAMES = ['000001.jpg', '000002.jpg', '000003.jpg', '000004.jpg']
COLUMNS = 'Bald Smiling Young'


def face(level):
    """178 x 218: a bright square of 108 pixels in the middle of grey `level`."""
    image = Image.new('RGB', (178, 218), (level, level, level))
    image.paste((250, 250, 250), (35, 55, 143, 163))
    file = io.BytesIO()
    image.save(file, 'png')
    return file.getvalue()


@pytest.fixture
def sets(monkeypatch, tmp_path):
    """A data root with four faces, two of them to train on, and the lists."""
    place = tmp_path / 'sets/celeba'
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / 'img_align_celeba.zip', 'w') as archive:
        for level, name in enumerate(NAMES):
            archive.writestr('img_align_celeba/' + name, face(40 * level))
    (place / 'list_attr_celeba.txt').write_text(f'4\n{COLUMNS}\n' + ''.join(f'{name}  1 -1  1\n' for name in NAMES[:3]) + NAMES[3] + ' -1  1 -1\n')
    (place / 'list_eval_partition.txt').write_text(''.join(f'{name} {part}\n' for name, part in zip(NAMES, (0, 0, 1, 2))))
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'sets'))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    return place


def test_original_layout(sets):
    images = celeba('all', size=32)
    assert images.shape == (4, 32, 32, 3) and not images.stand_in
    assert images.attribute_names == ('Bald', 'Smiling', 'Young')
    assert images.attributes.tolist() == [[True, False, True]] * 3 + [[False, True, False]]
    assert images.attribute('Smiling').tolist() == [False, False, False, True]
    assert 'crop 108' in images.name and '4 of 202,599' in images.name


def test_unpacked_folder(sets):
    with zipfile.ZipFile(sets / 'img_align_celeba.zip') as archive:
        archive.extractall(sets)
    (sets / 'img_align_celeba.zip').unlink()
    assert len(celeba('all', size=16)) == 4


def test_splits(sets):
    train = celeba('train', size=16)
    assert isinstance(train.images, np.memmap) and len(train) == 2, 'a view: nothing of a large set is copied'
    assert [len(celeba(split, size=16)) for split in ('valid', 'test')] == [1, 1]
    assert celeba('test', size=16).attribute('Smiling').tolist() == [True]


def test_crops_cut_what_they_say(sets):
    assert (celeba('all', size=108, crop='108').images[0] == 250).all()
    whole = celeba('all', size=178, crop=178).images[0, :, :, 0]
    assert whole[0, 0] == 0 and (whole[35:143, 35:143] == 250).all() and (whole[34, 35:143] == 0).all() and (whole[143, 35:143] == 0).all()
    shrunk = celeba('all', size=64, crop='tutorial').images[0, :, :, 0]      # 178 x 218 to 64 x 78, of it 7 rows off the top
    assert abs(int((shrunk > 125).sum()) - (108 * 64 / 178) ** 2) < 120
    assert len({celeba('all', size=16, crop=crop).name for crop in faces.CROPS}) == 3, 'the name tells the crop'


def test_other_words_are_refused(sets):
    with pytest.raises(ValueError, match="split='dev' must be one of 'train', 'valid', 'test', 'all'"):
        celeba('dev')
    with pytest.raises(ValueError, match="crop='64' must be one of '108', '178', 'tutorial'"):
        celeba(crop=64)


def test_lists_that_do_not_fit(sets):
    (sets / 'list_eval_partition.txt').write_text('000001.jpg 0\n')
    with pytest.raises(CorruptFile, match='list_eval_partition.txt has no 0, 1 or 2 for 000002.jpg'):
        celeba()
    (sets / 'list_eval_partition.txt').unlink()
    with pytest.raises(ValueError, match="split='train' needs .*list_eval_partition.txt.* or take split='all'"):
        celeba()
    (sets / 'list_attr_celeba.txt').write_text(f'4\n{COLUMNS}\n000001.jpg 1 1 0\n')
    with pytest.raises(CorruptFile, match='no 1 or -1 for each attribute for 000001.jpg'):
        celeba('all')


def test_without_attributes_a_line_says_so(sets, caplog):
    (sets / 'list_attr_celeba.txt').unlink()
    assert celeba('all', size=16).attributes is None
    assert 'no list_attr_celeba.txt beside the pictures' in caplog.text


def test_a_face_that_is_too_small_is_named(sets):
    with zipfile.ZipFile(sets / 'img_align_celeba.zip', 'a') as archive:
        archive.writestr('img_align_celeba/000005.jpg', _small())
    with pytest.raises(ValueError, match='000005.jpg is 50 x 50 pixels, too small to cut 108 x 108 out'):
        celeba('all', size=16)


def _small():
    file = io.BytesIO()
    Image.new('RGB', (50, 50)).save(file, 'png')
    return file.getvalue()


def test_stand_in(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setattr(faces, 'STAND_IN', {'train': (0, 6), 'valid': (6, 8), 'test': (8, 10), 'all': (0, 10)})
    train, everything = celeba(size=32), celeba('all', size=32)
    assert train.stand_in and 'stand-in' in train.name and len(train) == 6
    assert len(train.attribute_names) == 40
    assert (celeba('test', size=32).images == everything.images[8:]).all()
    with pytest.raises(FileNotFoundError, match='no img_align_celeba.zip and no folder img_align_celeba in'):
        celeba(download=True)


@pytest.mark.realdata
def test_real_faces(monkeypatch, tmp_path):
    if faces.find(root() / 'celeba') is None:
        pytest.skip('no CelebA under the data root')
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path))
    images = celeba()
    assert images.shape[1:] == (64, 64, 3) and len(images.attribute_names) == 40 and not images.stand_in
    assert images.attributes.shape == (len(images), 40) and 0.3 < images.attribute('Smiling').mean() < 0.7
    assert 60 < images.images[:200].mean() < 160


def test_drawn_faces_are_asked_for_by_name(sets, monkeypatch):
    monkeypatch.setattr(faces, 'DRAWN', {'train': (0, 3), 'test': (3, 5), 'all': (0, 5)})
    train, test = drawn_faces(size=16), drawn_faces('test', 16)
    assert (train.name, train.stand_in) == ('drawn_faces train (3 faces drawn by gluon_gan)', False)
    assert np.array_equal(np.concatenate([train.images, test.images]), drawn.faces(5, 16).images)
    assert test.attributes.shape == (2, 40) and len(test.parameters['smile']) == 2
    with pytest.raises(ValueError, match="split='valid' must be one of 'train', 'test', 'all'"):
        drawn_faces('valid')
