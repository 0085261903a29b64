"""Grids, strips, stacks and labelled tables."""
import mxnet as mx
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from gluon_gan import viz
from gluon_gan.data import ImageArray


def test_grid_arranges_images_in_rows():
    images = np.arange(1, 8, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 5), np.uint8)
    sheet = np.asarray(viz.grid(images, ncol=3, pad=1, background=99))
    assert sheet.shape == (3 * 5 + 1, 3 * 6 + 1)
    for i in range(7):
        top, left = 1 + 5 * (i // 3), 1 + 6 * (i % 3)
        assert (sheet[top:top + 4, left:left + 5] == i + 1).all()
    assert (sheet[11:, 7:] == 99).all() and (sheet[0] == 99).all() and (sheet[:, 6] == 99).all()


@pytest.mark.parametrize('count, size', [(1, (6, 6)), (9, (16, 16)), (10, (21, 16)), (64, (41, 41))])
def test_grid_is_nearly_square(count, size):
    sheet = viz.grid(np.zeros((count, 4, 4), np.uint8), pad=1)
    assert sheet.size == size


def test_grid_accepts_every_form_of_the_same_images():
    levels = np.random.default_rng(0).integers(0, 256, (4, 6, 5, 3), dtype=np.uint8)
    floats = (levels / 127.5 - 1).transpose(0, 3, 1, 2).astype(np.float32)
    expected = np.asarray(viz.grid(levels))
    assert viz.grid(levels).mode == 'RGB'
    on_device = mx.nd.empty(floats.shape)
    on_device[:] = floats
    for images in (floats, on_device, ImageArray(levels), on_device.astype('float64'), floats.astype(np.float64)):
        assert (np.asarray(viz.grid(images)) == expected).all()
    grey = viz.grid(levels[..., :1])
    assert grey.mode == 'L' and (np.asarray(grey) == np.asarray(viz.grid(levels[..., 0]))).all()


def test_grid_scale_repeats_pixels():
    image = np.array([[[10, 20], [30, 40]]], np.uint8)
    assert np.asarray(viz.grid(image, pad=0, scale=2)).tolist() == [[10, 10, 20, 20]] * 2 + [[30, 30, 40, 40]] * 2


def test_grid_clips_floats():
    assert np.asarray(viz.grid(np.array([-7.0, 7.0]).reshape(2, 1, 1, 1), pad=0)).tolist() == [[0, 255]]


@pytest.mark.parametrize('images, message', [
    (np.full((3, 1, 2, 2), np.nan), 'image 0 of 3 .* NaN or Inf'),
    (np.zeros((2, 2, 8, 8), np.float32), 'C 1 or 3'),
    (np.zeros((0, 1, 8, 8), np.float32), 'N at least 1'),
    (np.zeros((8, 8), np.uint8), r'not \(8, 8\) uint8'),
    (np.zeros((1, 8, 8, 1), np.int64), 'int64'),
    ('picture', 'images must be')])
def test_invalid_images_are_named(images, message):
    with pytest.raises(ValueError, match=message):
        viz.grid(images)


@pytest.mark.parametrize('arguments', [{'ncol': 0}, {'scale': 0}, {'pad': -1}, {'scale': 1.5}, {'background': 300}])
def test_invalid_layout_is_named(arguments):
    (name, value), = arguments.items()
    with pytest.raises(ValueError, match=f'{name} must be .* not {value}'):
        viz.grid(np.zeros((2, 4, 4), np.uint8), **arguments)


def test_strip_has_a_caption_under_each_image():
    images = np.zeros((5, 20, 20, 3), np.uint8)
    plain, labelled = viz.strip(images), viz.strip(images, labels=range(5))
    assert plain.size == (112, 24) and labelled.width == 112 and labelled.height > 24
    rows = np.asarray(labelled)
    assert (rows[:24] == np.asarray(plain)).all() and (rows[24:] < 128).any()
    for i in range(5):
        assert (rows[24:, 22 * i:22 * i + 24] < 128).any()
    with pytest.raises(ValueError, match='2 labels for 5 images'):
        viz.strip(images, labels=['a', 'b'])


def test_stack_aligns_images_at_the_left():
    grey, colour = viz.grid(np.zeros((2, 4, 4), np.uint8)), viz.grid(np.full((1, 4, 4, 3), 9, np.uint8))
    sheet = viz.stack([grey, colour], pad=3)
    assert sheet.mode == 'RGB' and sheet.size == (grey.width, grey.height + 3 + colour.height)
    assert sheet.getpixel((3, grey.height + 5)) == (9, 9, 9)
    assert sheet.getpixel((grey.width - 1, sheet.height - 1)) == (255,) * 3
    assert viz.stack([grey, grey]).mode == 'L'
    with pytest.raises(ValueError, match='no images to stack'):
        viz.stack([])


def test_labelled_arranges_images_under_their_titles():
    images = [[Image.new('RGB', (6, 4), (i, j, 9)) for j in range(2)] for i in range(3)]
    sheet = np.asarray(viz.labelled(images, ['1', '20', '300'], ['a', 'b'], pad=2))
    for i in range(3):
        for j in range(2):
            pixels = np.argwhere((sheet == (i, j, 9)).all(axis=2))
            assert len(pixels) == 24 and (np.ptp(pixels, axis=0) == (3, 5)).all()
    first = np.argwhere((sheet == (0, 0, 9)).all(axis=2)).min(axis=0)
    assert sheet[:, :first[1]].min() < 200 and sheet[:first[0], first[1]:].min() < 200        # labels and titles
    with pytest.raises(ValueError, match='2 labels and 2 titles'):
        viz.labelled(images, ['1', '2'], ['a', 'b'])
    with pytest.raises(ValueError, match='0 rows'):
        viz.labelled([], [], [])


def test_notebook_shows_the_image_as_png_only():
    data, _ = DisplayFormatter().format(viz.grid(np.zeros((2, 4, 4), np.uint8)))
    assert data['image/png'] and 'image/jpeg' not in data and ' at 0x' not in data['text/plain']
