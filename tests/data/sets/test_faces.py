"""CelebA in its original layout, and the synthetic faces that stand in for it."""
import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from gluon_gan.catalogue import status
from gluon_gan.data import celeba, root
from gluon_gan.data.idx import CorruptFile
from gluon_gan.data.sets import faces

NAMES = ['000001.jpg', '000002.jpg', '000003.jpg', '000004.jpg']
COLUMNS = 'Bald Smiling Young'


def face(level):
    """An image of 178 x 218: a bright central square of 108 x 108 on the grey `level`."""
    image = Image.new('RGB', (178, 218), (level, level, level))
    image.paste((250, 250, 250), (35, 55, 143, 163))
    file = io.BytesIO()
    image.save(file, 'png')
    return file.getvalue()


@pytest.fixture
def sets(monkeypatch, tmp_path):
    """A data root with four faces, two of them in the training split, and the lists."""
    place = tmp_path / 'sets/celeba'
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / 'img_align_celeba.zip', 'w') as archive:
        for level, name in enumerate(NAMES):
            archive.writestr('img_align_celeba/' + name, face(40 * level))
    rows = ''.join(f'{name}  1 -1  1\n' for name in NAMES[:3]) + f'{NAMES[3]} -1  1 -1\n'
    (place / 'list_attr_celeba.txt').write_text(f'4\n{COLUMNS}\n{rows}')
    partition = ''.join(f'{name} {part}\n' for name, part in zip(NAMES, (0, 0, 1, 2)))
    (place / 'list_eval_partition.txt').write_text(partition)
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


def rearrange(sets, folder, lists, csv=False):
    """Unpack the images into a folder of the data root, and put the lists into another or others, as .csv or .txt."""
    root = sets.parent
    with zipfile.ZipFile(sets / 'img_align_celeba.zip') as archive:
        for name in NAMES:
            (root / folder).mkdir(parents=True, exist_ok=True)
            (root / folder / name).write_bytes(archive.read('img_align_celeba/' + name))
    (sets / 'img_align_celeba.zip').unlink()
    for name, place in zip(('list_attr_celeba', 'list_eval_partition'), lists):
        text = (sets / f'{name}.txt').read_text()
        (sets / f'{name}.txt').unlink()
        if csv:
            rows = [','.join(line.split()) for line in text.splitlines()]
            header = ['image_id,' + rows[1], *rows[2:]] if 'attr' in name else ['image_id,partition', *rows]
            text = '\r\n'.join(header) + '\r\n'
        (root / place).mkdir(parents=True, exist_ok=True)
        (root / place / f'{name}.{"csv" if csv else "txt"}').write_text(text)


@pytest.mark.parametrize('folder, lists, csv', [
    ('celeba/img_align_celeba/img_align_celeba', ['celeba'] * 2, True),          # Kaggle
    ('celeba-dataset/img_align_celeba/img_align_celeba', ['celeba-dataset'] * 2, True),
    ('celeba/Img/img_align_celeba', ['celeba/Anno', 'celeba/Eval'], False),      # the original
    ('CelebA/Img/img_align_celeba', ['CelebA/Anno', 'CelebA/Eval'], False),
    ('CelebA/img_align_celeba', ['CelebA'] * 2, False)])
def test_other_layouts(sets, folder, lists, csv):
    rearrange(sets, folder, lists, csv)
    images = celeba('all', size=16)
    assert len(images) == 4 and images.attribute_names == tuple(COLUMNS.split())
    assert images.attributes.tolist() == [[True, False, True]] * 3 + [[False, True, False]]
    assert [len(celeba(split, size=16)) for split in ('train', 'valid', 'test')] == [2, 1, 1]
    what, real = {row[0]: row[1:] for row in status()}['celeba']
    assert real and what == f'img_align_celeba in {(sets.parent / folder.split("/img_align")[0])}'


def test_the_zip_in_the_folder_of_the_original(sets):
    (sets / 'Img').mkdir()
    (sets / 'img_align_celeba.zip').rename(sets / 'Img/img_align_celeba.zip')
    (sets / 'img_align_celeba').mkdir()                 # an empty folder is not the images
    assert len(celeba(size=16)) == 2


def test_a_table_that_does_not_match_the_images(sets):
    rearrange(sets, 'celeba/img_align_celeba', ['celeba'] * 2, True)
    (sets / 'list_attr_celeba.csv').write_text('image_id,Bald\n000001.jpg,yes\n')
    with pytest.raises(CorruptFile, match='list_attr_celeba.csv does not give 1 or -1 for each attribute of 000001'):
        celeba('all', size=16)
    (sets / 'list_attr_celeba.csv').write_text('')
    with pytest.raises(CorruptFile, match='list_attr_celeba.csv has no row for 000001.jpg'):
        celeba('all', size=16)


def test_files_that_are_not_read_are_named(sets, caplog, monkeypatch):
    monkeypatch.setattr(faces, 'STAND_IN', {'train': (0, 2)})
    (sets / 'img_align_celeba.zip').rename(sets / 'img_align_celeba.7z')
    assert celeba(size=32).stand_in
    line, = (record.getMessage() for record in caplog.records)
    assert f"{sets / 'img_align_celeba.7z'} (unpack it)" in line and 'list_attr' not in line
    what, real = {row[0]: row[1:] for row in status()}['celeba']
    assert real is False and 'img_align_celeba.7z (unpack it)' in what
    with pytest.raises(FileNotFoundError, match='not read: .*img_align_celeba.7z'):
        celeba(download=True)


def test_the_status_names_missing_lists(sets):
    (sets / 'list_attr_celeba.txt').rename(sets / 'attributes.txt')
    what, real = {row[0]: row[1:] for row in status()}['celeba']
    assert real and 'without list_attr_celeba.txt' in what and 'attributes.txt (not a name that is read)' in what


def test_splits(sets):
    train = celeba('train', size=16)
    assert isinstance(train.images, np.memmap) and len(train) == 2, 'it must be a view: a large set is not copied'
    assert [len(celeba(split, size=16)) for split in ('valid', 'test')] == [1, 1]
    assert celeba('test', size=16).attribute('Smiling').tolist() == [True]


def test_crops(sets):
    assert (celeba('all', size=108, crop='108').images[0] == 250).all()
    whole = celeba('all', size=178, crop=178).images[0, :, :, 0]
    assert whole[0, 0] == 0 and (whole[35:143, 35:143] == 250).all()
    assert (whole[34, 35:143] == 0).all() and (whole[143, 35:143] == 0).all()
    shrunk = celeba('all', size=64, crop='tutorial').images[0, :, :, 0]      # 178 x 218 becomes 64 x 78, then 64 x 64
    assert abs(int((shrunk > 125).sum()) - (108 * 64 / 178) ** 2) < 120
    assert len({celeba('all', size=16, crop=crop).name for crop in faces.CROPS}) == 3, 'the name must contain the crop'


def test_bad_arguments(sets):
    with pytest.raises(ValueError, match="split='dev' must be one of 'train', 'valid', 'test', 'all'"):
        celeba('dev')
    with pytest.raises(ValueError, match="crop='64' must be one of '108', '178', 'tutorial'"):
        celeba(crop=64)


def test_lists_that_do_not_match_the_images(sets):
    (sets / 'list_eval_partition.txt').write_text('000001.jpg 0\n')
    with pytest.raises(CorruptFile, match='list_eval_partition.txt does not give 0, 1 or 2 for 000002.jpg: get the'):
        celeba()
    (sets / 'list_eval_partition.txt').unlink()
    with pytest.raises(ValueError, match="split='train' needs .*list_eval_partition.txt.* or use split='all'"):
        celeba()
    (sets / 'list_attr_celeba.txt').write_text(f'4\n{COLUMNS}\n000001.jpg 1 1 0\n')
    with pytest.raises(CorruptFile, match='does not give 1 or -1 for each attribute of 000001.jpg'):
        celeba('all')


def test_missing_attributes_are_reported(sets, caplog):
    (sets / 'list_attr_celeba.txt').unlink()
    assert celeba('all', size=16).attributes is None
    assert 'no list_attr_celeba.txt beside the images' in caplog.text


def test_an_image_that_is_too_small_is_named(sets):
    with zipfile.ZipFile(sets / 'img_align_celeba.zip', 'a') as archive:
        archive.writestr('img_align_celeba/000005.jpg', _small())
    with pytest.raises(ValueError, match='000005.jpg is 50 x 50 pixels, too small for 108 x 108'):
        celeba('all', size=16)


def _small():
    file = io.BytesIO()
    Image.new('RGB', (50, 50)).save(file, 'png')
    return file.getvalue()


def test_stand_in(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setattr(faces, 'STAND_IN', {'train': (0, 6), 'valid': (6, 8), 'test': (8, 10), 'all': (0, 10)})
    train, everything = celeba(size=32), celeba('all', size=32)
    assert train.stand_in and train.name == 'celeba stand-in: 6 synthetic faces' and len(train) == 6
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
