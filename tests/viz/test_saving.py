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
