import json
import os
import subprocess
import sys

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from PIL import Image

from gluon_gan import viz
from gluon_gan.data import ImageArray

import mxnet as mx  # after gluon_gan, which prepares for it

HISTORY = [{'step': 10 * i, 'epoch': i / 4, 'errD': 1.4 - i / 10, 'errG': 0.7 + i / 10, 'D(x)': 0.6, 'D(G(z))': 0.4}
           for i in range(5)]


def test_grid_puts_images_in_rows():
    images = np.arange(1, 8, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 5), np.uint8)
    sheet = np.asarray(viz.grid(images, ncol=3, pad=1, background=99))
    assert sheet.shape == (3 * 5 + 1, 3 * 6 + 1)
    for i in range(7):
        top, left = 1 + 5 * (i // 3), 1 + 6 * (i % 3)
        assert (sheet[top:top + 4, left:left + 5] == i + 1).all()
    assert (sheet[11:, 7:] == 99).all() and (sheet[0] == 99).all() and (sheet[:, 6] == 99).all()


@pytest.mark.parametrize('count, size', [(1, (6, 6)), (9, (16, 16)), (10, (21, 16)), (64, (41, 41))])
def test_grid_is_squarish(count, size):
    sheet = viz.grid(np.zeros((count, 4, 4), np.uint8), pad=1)
    assert sheet.size == size


def test_grid_takes_every_form_of_the_same_images():
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


def test_grid_clips():
    assert np.asarray(viz.grid(np.array([-7.0, 7.0]).reshape(2, 1, 1, 1), pad=0)).tolist() == [[0, 255]]


@pytest.mark.parametrize('images, message', [
    (np.full((3, 1, 2, 2), np.nan), 'image 0 of 3 holds NaN or Inf'), (np.zeros((2, 2, 8, 8), np.float32), 'C 1 or 3'),
    (np.zeros((0, 1, 8, 8), np.float32), 'N at least 1'), (np.zeros((8, 8), np.uint8), r'not \(8, 8\) uint8'),
    (np.zeros((1, 8, 8, 1), np.int64), 'int64'), ('picture', 'images must be')])
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        viz.grid(images)


@pytest.mark.parametrize('arguments', [{'ncol': 0}, {'scale': 0}, {'pad': -1}, {'scale': 1.5}, {'background': 300}])
def test_bad_layout(arguments):
    (name, value), = arguments.items()
    with pytest.raises(ValueError, match=f'{name} must be .* not {value}'):
        viz.grid(np.zeros((2, 4, 4), np.uint8), **arguments)


def test_strip():
    images = np.zeros((5, 20, 20, 3), np.uint8)
    plain, labelled = viz.strip(images), viz.strip(images, labels=range(5))
    assert plain.size == (112, 24) and labelled.width == 112 and labelled.height > 24
    rows = np.asarray(labelled)
    assert (rows[:24] == np.asarray(plain)).all() and (rows[24:] < 128).any()
    for i in range(5):
        assert (rows[24:, 22 * i:22 * i + 24] < 128).any()
    with pytest.raises(ValueError, match='2 labels for 5 images'):
        viz.strip(images, labels=['a', 'b'])


def test_curves_draw_the_history_and_its_equilibria():
    figure = viz.curves(HISTORY, title='mnist stand-in')
    losses, chances = figure.axes
    drawn = {line.get_label(): line for axes in figure.axes for line in axes.lines}
    assert drawn['errD'].get_ydata().tolist() == [point['errD'] for point in HISTORY]
    assert drawn['D(G(z))'].get_xdata().tolist() == [0, 10, 20, 30, 40]
    assert drawn['errD when D cannot tell: 2 ln 2 = 1.386'].get_ydata()[0] == pytest.approx(1.386294)
    assert drawn['errG when D cannot tell: ln 2 = 0.693'].get_ydata()[0] == pytest.approx(0.693147)
    assert drawn['D cannot tell: 0.5'].get_ydata()[0] == 0.5
    assert figure.get_suptitle() == 'mnist stand-in' and losses.get_xlabel() == 'step'


def test_curves_skip_what_is_missing():
    figure = viz.curves([{'epoch': 1, 'errD': 1.0}, {'step': 5}, {'epoch': 2, 'errD': None, 'errG': 2.0}], x='epoch', equilibrium={})
    drawn = {line.get_label(): line.get_xdata().tolist() for line in figure.axes[0].lines}
    assert drawn == {'errD': [1], 'errG': [2]}


def test_curves_read_a_file(tmp_path):
    path = tmp_path / 'history.jsonl'
    path.write_text('\n'.join(map(json.dumps, HISTORY)) + '\n{"step": 50, "er')
    assert len(viz.curves(path).axes[0].lines[0].get_xdata()) == 5
    path.write_text('{"step": 1}\nhello\n{"step": 2}\n')
    with pytest.raises(ValueError, match="line 2 is not JSON: 'hello'"):
        viz.curves(str(path))


@pytest.mark.parametrize('history', [[], [{'errD': 1}]])
def test_curves_of_nothing(history):
    with pytest.raises(ValueError, match="no point of the history has 'step'"):
        viz.curves(history)


def test_a_notebook_shows_the_figure_and_the_image():
    for shown in (viz.curves(HISTORY), viz.grid(np.zeros((2, 4, 4), np.uint8))):
        data, _ = DisplayFormatter().format(shown)
        assert data['image/png'] and 'image/jpeg' not in data and ' at 0x' not in data['text/plain']


def test_stack():
    grey, colour = viz.grid(np.zeros((2, 4, 4), np.uint8)), viz.grid(np.full((1, 4, 4, 3), 9, np.uint8))
    sheet = viz.stack([grey, colour], pad=3)
    assert sheet.mode == 'RGB' and sheet.size == (grey.width, grey.height + 3 + colour.height)
    assert sheet.getpixel((3, grey.height + 5)) == (9, 9, 9) and sheet.getpixel((grey.width - 1, sheet.height - 1)) == (255,) * 3
    assert viz.stack([grey, grey]).mode == 'L'
    with pytest.raises(ValueError, match='no images to stack'):
        viz.stack([])


def test_animate(tmp_path):
    batches = [np.full((4, 1, 8, 8), level, np.float32) for level in (-1, 0, 1)]
    path = viz.animate(batches, tmp_path / 'new' / 'a.gif', fps=10, hold=1.5)
    with Image.open(path) as gif:
        durations = []
        for i in range(gif.n_frames):
            gif.seek(i)
            durations.append(gif.info['duration'])
            assert gif.convert('L').getpixel((5, 5)) == (0, 128, 255)[i]
    assert durations == [100, 100, 1500] and gif.info['loop'] == 0 and os.listdir(path.parent) == ['a.gif']


def shades(path):
    """The grey level and the milliseconds of each frame of a GIF."""
    found = []
    with Image.open(path) as gif:
        for i in range(gif.n_frames):
            gif.seek(i)
            found.append((gif.convert('L').getpixel((5, 5)), gif.info['duration']))
    return found


def test_animate_a_walk_there_and_back(tmp_path):
    walk = np.linspace(-1, 1, 3, dtype=np.float32)[:, None, None, None] * np.ones((1, 1, 8, 8), np.float32)
    assert shades(viz.animate(walk, tmp_path / 'a.gif', fps=10, hold=0)) == [(0, 100), (128, 100), (255, 100)]
    assert shades(viz.animate(walk, tmp_path / 'a.gif', fps=10, hold=0, back=True)) == [(0, 100), (128, 100), (255, 100), (128, 100)]
    assert shades(viz.animate(walk, tmp_path / 'a.gif', fps=10, hold=1, back=True))[2] == (255, 1000)
    several = viz.animate(np.stack([walk, -walk], axis=1), tmp_path / 'b.gif')      # (3, 2, 1, 8, 8)
    with Image.open(several) as gif:
        assert gif.n_frames == 3 and gif.size == viz.grid(walk[:2]).size


def test_animate_takes_files_and_pictures(tmp_path):
    first = viz.save(viz.grid(np.zeros((1, 4, 4), np.uint8)), tmp_path / '1.png')
    with Image.open(viz.animate([first, Image.new('L', (8, 8))], tmp_path / 'a.gif')) as gif:
        assert gif.n_frames == 2 and gif.size == (8, 8)


@pytest.mark.parametrize('frames, fps, message', [
    ([], 8, 'no frames'), ([Image.new('L', (4, 4)), Image.new('L', (5, 4))], 8, 'frame 1 is 5x4 and frame 0 4x4'),
    ([Image.new('L', (4, 4))], 0, 'fps=0 must'), ([Image.new('L', (4, 4))], 60, 'fps=60 must')])
def test_bad_animation_leaves_nothing(tmp_path, frames, fps, message):
    with pytest.raises(ValueError, match=message):
        viz.animate(frames, tmp_path / 'a.gif', fps=fps)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize('picture, name, beginning', [
    (viz.grid(np.zeros((2, 4, 4), np.uint8)), 'a.png', b'\x89PNG'), (viz.grid(np.zeros((2, 4, 4), np.uint8)), 'a.JPG', b'\xff\xd8'),
    (viz.curves(HISTORY), 'a.png', b'\x89PNG'), (viz.curves(HISTORY), 'a.pdf', b'%PDF')])
def test_save(tmp_path, picture, name, beginning):
    path = viz.save(picture, tmp_path / 'new' / name)
    assert path.read_bytes().startswith(beginning) and os.listdir(path.parent) == [name]


def test_save_that_fails_leaves_what_was_there(tmp_path, monkeypatch):
    path = tmp_path / 'a.png'
    path.write_text('before')
    def fail(self, file, format):
        file.write_bytes(b'half')
        raise OSError(28, 'No space left on device')
    monkeypatch.setattr(Image.Image, 'save', fail)
    with pytest.raises(OSError):
        viz.save(Image.new('L', (4, 4)), path)
    assert os.listdir(tmp_path) == ['a.png'] and path.read_text() == 'before'


@pytest.mark.parametrize('picture, name', [(Image.new('L', (4, 4)), 'a.xyz'), (viz.curves(HISTORY), 'a'), (np.zeros((4, 4)), 'a.png')])
def test_save_of_something_else(tmp_path, picture, name):
    with pytest.raises(ValueError, match='names no image format|neither a PIL image nor a figure'):
        viz.save(picture, tmp_path / name)
    assert not os.listdir(tmp_path)


def test_pictures_need_no_mxnet_and_no_pyplot():
    code = ('import sys; from gluon_gan import viz; viz.curves([{"step": 1, "errD": 1.0}])._repr_png_(); '
            'found = {"mxnet", "matplotlib.pyplot"} & set(sys.modules); sys.exit(str(found) if found else 0)')
    result = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_labelled_pictures_stand_in_rows_under_their_titles():
    pictures = [[Image.new('RGB', (6, 4), (i, j, 9)) for j in range(2)] for i in range(3)]
    sheet = np.asarray(viz.labelled(pictures, ['1', '20', '300'], ['a', 'b'], pad=2))
    for i in range(3):
        for j in range(2):
            places = np.argwhere((sheet == (i, j, 9)).all(axis=2))
            assert len(places) == 24 and (np.ptp(places, axis=0) == (3, 5)).all()
    first = np.argwhere((sheet == (0, 0, 9)).all(axis=2)).min(axis=0)
    assert sheet[:, :first[1]].min() < 200 and sheet[:first[0], first[1]:].min() < 200        # labels and titles
    with pytest.raises(ValueError, match='2 labels and 2 titles'):
        viz.labelled(pictures, ['1', '2'], ['a', 'b'])
    with pytest.raises(ValueError, match='0 rows'):
        viz.labelled([], [], [])
