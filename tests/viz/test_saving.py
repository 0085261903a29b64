"""Images and figures are saved completely or not at all."""
import os

import numpy as np
import pytest
from PIL import Image

from gluon_gan import viz

IMAGE, FIGURE = viz.grid(np.zeros((2, 4, 4), np.uint8)), viz.curves([{'step': 0, 'errD': 1.4}])


@pytest.mark.parametrize('image, name, signature', [
    (IMAGE, 'a.png', b'\x89PNG'), (IMAGE, 'a.JPG', b'\xff\xd8'),
    (FIGURE, 'a.png', b'\x89PNG'), (FIGURE, 'a.pdf', b'%PDF')])
def test_suffix_determines_the_format(tmp_path, image, name, signature):
    path = viz.save(image, tmp_path / 'new' / name)
    assert path.read_bytes().startswith(signature) and os.listdir(path.parent) == [name]


def test_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / 'a.png'
    path.write_text('before')

    def fail(self, file, format):
        file.write_bytes(b'half')
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(Image.Image, 'save', fail)
    with pytest.raises(OSError):
        viz.save(Image.new('L', (4, 4)), path)
    assert os.listdir(tmp_path) == ['a.png'] and path.read_text() == 'before'


@pytest.mark.parametrize('image, name, message', [
    (Image.new('L', (4, 4)), 'a.xyz', "the suffix '.xyz' is not that of an image format"),
    (FIGURE, 'a', "the suffix '' is not that of an image format"),
    (np.zeros((4, 4)), 'a.png', 'neither a PIL image nor a figure')])
def test_invalid_arguments_leave_no_file(tmp_path, image, name, message):
    with pytest.raises(ValueError, match=message):
        viz.save(image, tmp_path / name)
    assert not os.listdir(tmp_path)


def read(path):
    with Image.open(path) as image:
        return np.array(image)


def test_each_image_has_a_file_of_its_own_size(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (3, 5, 4, 3), dtype=np.uint8)
    assert viz.save_each(images, tmp_path / 'new') == tmp_path / 'new'
    assert sorted(os.listdir(tmp_path / 'new')) == ['0000.png', '0001.png', '0002.png']
    for i, image in enumerate(images):
        assert np.array_equal(read(tmp_path / 'new' / f'000{i}.png'), image)
    viz.save_each(images, tmp_path / 'new', scale=2)
    assert read(tmp_path / 'new/0002.png').shape == (10, 8, 3)


def test_images_of_two_sets_are_not_mixed(tmp_path):
    images = np.zeros((3, 4, 4), np.uint8)
    viz.save_each(images, tmp_path)
    (tmp_path / 'notes.png').write_text('mine')
    with pytest.raises(ValueError, match='already contains 0002.png, which is not one of these 2 images'):
        viz.save_each(images[:2] + 255, tmp_path)
    assert read(tmp_path / '0000.png').max() == 0
    for wrong, message in ((tmp_path / 'notes.png', 'is a file: choose a folder'), (tmp_path / 'b', 'scale must be')):
        with pytest.raises(ValueError, match=message):
            viz.save_each(images, wrong, scale=0 if wrong.name == 'b' else 1)
    assert not (tmp_path / 'b').exists()
