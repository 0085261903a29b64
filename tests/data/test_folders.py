"""Any folder as a data set: which folders are classes, and how many channels the images have."""
import io
import logging

import numpy as np
import pytest
from PIL import Image

from gluon_gan.data import ImageArray, batches, cache, folder
from gluon_gan.data.folders import class_names, with_channels

NOISE = np.random.default_rng(0).integers(0, 256, (6, 12, 12, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))


def write(place, names, images=NOISE):
    for name, image in zip(names, images):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(place / name)
    return place


@pytest.mark.parametrize('names, classes', [
    ('cat/1.png dog/2.png', 'cat dog'),
    ('cat/2019/1.png cat/2020/2.png dog/2019/3.png', 'cat cat dog'),
    ('photos/cat/1.png photos/dog/2.png', 'cat dog'),
    ('./photos/cat/1.png ./photos/dog/2.png', 'cat dog'),
    ('cat/1.png cat/old/2.png dog/3.png', 'cat cat dog'),
    ('1.png 2.png', ''),
    ('cat/1.png cat/2.png', ''),
    ('/cat/1.png /dog/2.png', 'cat dog')])
def test_the_first_level_of_folders_are_the_classes(names, classes):
    assert class_names(names.split()) == (classes.split(), '')


@pytest.mark.parametrize('names, classes, remark', [
    ('train/1.png val/2.png test/3.png', '', 'test, train and val are read together and are not classes'),
    ('train/cat/1.png train/dog/2.png test/cat/3.png', 'cat dog cat', 'test and train are read together'),
    ('set/Train/images/cat/1.png set/Test/images/dog/3.png', 'cat dog', 'Test and Train are read together'),
    ('trainA/1.png trainB/2.png testA/3.png', 'A B A', 'testA, trainA and trainB are read together'),
    ('train/cat/1.png train/dog/2.png test/3.png', '', 'no labels, since test/3.png lies beside the 2 folders'),
    ('1.png cat/2.png dog/3.png', '', 'no labels, since 1.png lies beside the 2 folders that would be classes')])
def test_splits_are_no_classes_and_what_was_chosen_is_said(names, classes, remark):
    found, said = class_names(names.split())
    assert found == classes.split() and remark in said


def test_the_remark_is_logged_and_the_labels_are_merged(tmp_path, caplog):
    with caplog.at_level(logging.WARNING, 'gluon_gan'):
        images = folder(write(tmp_path / 'x', ['test/cat/1.png', 'train/cat/2.png', 'train/dog/3.png']), 8)
    assert images.classes == ('cat', 'dog') and images.labels.tolist() == [0, 0, 1]
    assert 'test and train are read together' in caplog.text


def test_grey_images_have_one_channel_unless_it_is_set(tmp_path):
    grey = np.repeat(NOISE[..., :1], 3, axis=3)
    place = write(tmp_path / 'grey', ['1.png', '2.png'], [grey[0][..., 0], grey[1]])
    images = folder(place, 12)
    assert images.shape == (2, 12, 12, 1) and (images.images == grey[:2, ..., :1]).all()
    assert isinstance(images.images, np.memmap)
    assert (folder(place, 12, channels=3).images == grey[:2]).all()
    assert len(list((tmp_path / 'cache').iterdir())) == 1
    write(place, ['3.png'], NOISE[2:])
    assert folder(place, 12).channels == 3


def test_colour_images_are_converted_to_grey_on_request(tmp_path):
    place = write(tmp_path / 'x', ['1.png', '2.png'])
    images = folder(place, 12, channels=1)
    expected = np.stack([np.asarray(Image.fromarray(image).convert('L')) for image in NOISE[:2]])[..., None]
    assert (images.images == expected).all() and folder(place, 12).channels == 3
    assert np.abs(with_channels(folder(place, 12), 1).images.astype(int) - expected).max() <= 1


def test_an_array_of_an_earlier_version_is_used_for_grey_images_too(tmp_path, monkeypatch):
    """Earlier versions did not record whether the images are grey."""
    place = write(tmp_path / 'x', ['1.png', '2.png'], NOISE[..., 0])
    first = np.array(folder(place, 12).images)
    source, = (tmp_path / 'cache').glob('*/source.json')
    source.write_text('{"source": "x", "size": 12, "crop": "square", "bad": {}, "names": ["1.png", "2.png"]}')
    monkeypatch.setattr(cache, '_fill', lambda *_: pytest.fail('decoded again'))
    assert (folder(place, 12).images == first).all() and folder(place, 12).channels == 1


def test_with_channels_takes_no_memory_and_can_be_batched():
    grey = ImageArray(NOISE[..., :1], labels=np.arange(6))
    colour = with_channels(grey, 3)
    assert np.shares_memory(colour.images, grey.images) and colour.labels.tolist() == list(range(6))
    assert with_channels(grey, 1) is grey and with_channels(grey, None) is grey
    (one,), (other,) = ([batch for batch in batches(images, 6, seed=1)] for images in (
        colour, ImageArray(np.repeat(NOISE[..., :1], 3, axis=3))))
    assert (np.asarray(one.asnumpy()) == other.asnumpy()).all()


@pytest.mark.parametrize('channels', [2, 0, '3', True])
def test_channels_must_be_1_or_3(tmp_path, channels):
    with pytest.raises(ValueError, match='channels=.* must be 1 for grey, 3 for RGB'):
        folder(write(tmp_path / 'x', ['1.png']), 8, channels=channels)


def twelve_bits(level):
    file = io.BytesIO()
    Image.fromarray(np.full((16, 16), level, np.uint16)).save(file, 'png')
    return file.getvalue()


@pytest.mark.parametrize('levels, seen, white', [
    ((0, 2048, 4000), (0, 128, 249), 4095), ((10, 255, 100), (10, 255, 100), 255), ((300, 40_000, 65_535),
                                                                                   (1, 156, 255), None)])
def test_all_images_of_16_bits_are_scaled_alike_by_the_bits_that_they_use(tmp_path, caplog, levels, seen, white):
    (tmp_path / 'x').mkdir()
    for number, level in enumerate(levels):
        (tmp_path / f'x/{number}.png').write_bytes(twelve_bits(level))
    for _ in range(2):
        caplog.clear()
        assert folder(tmp_path / 'x', 8).images[:, 0, 0, 0].tolist() == list(seen)
        assert ('became white' in caplog.text) == (white is not None)
        assert white is None or f'levels up to {max(levels):,} only, so that {white:,} became white' in caplog.text


def test_a_dark_array_of_an_earlier_version_is_mentioned(tmp_path, caplog):
    place = write(tmp_path / 'x', ['1.png'], [np.full((12, 12), 15, np.uint8)])
    folder(place, 8)
    assert 'nearly black' not in caplog.text
    source, = (tmp_path / 'cache').glob('*/source.json')
    source.write_text('{"source": "x", "size": 8, "crop": "square", "bad": {}, "names": ["1.png"]}')
    folder(place, 8)
    assert 'decoded by an earlier version and are nearly black: delete that folder' in caplog.text
