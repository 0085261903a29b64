"""Animated GIF files."""
import os

import numpy as np
import pytest
from PIL import Image

from gluon_gan import viz


def frames_of(path):
    """The grey level and the duration in milliseconds of each frame of a GIF."""
    found = []
    with Image.open(path) as gif:
        for i in range(gif.n_frames):
            gif.seek(i)
            found.append((gif.convert('L').getpixel((5, 5)), gif.info['duration']))
    return found


def test_animation_of_batches(tmp_path):
    batches = [np.full((4, 1, 8, 8), level, np.float32) for level in (-1, 0, 1)]
    path = viz.animate(batches, tmp_path / 'new' / 'a.gif', fps=10, hold=1.5)
    assert frames_of(path) == [(0, 100), (128, 100), (255, 1500)]
    with Image.open(path) as gif:
        assert gif.info['loop'] == 0 and os.listdir(path.parent) == ['a.gif']


def test_animation_of_a_walk_with_reversed_frames(tmp_path):
    walk = np.linspace(-1, 1, 3, dtype=np.float32)[:, None, None, None] * np.ones((1, 1, 8, 8), np.float32)
    forwards = viz.animate(walk, tmp_path / 'a.gif', fps=10, hold=0)
    assert frames_of(forwards) == [(0, 100), (128, 100), (255, 100)]
    both_ways = viz.animate(walk, tmp_path / 'a.gif', fps=10, hold=0, back=True)
    assert frames_of(both_ways) == [(0, 100), (128, 100), (255, 100), (128, 100)]
    assert frames_of(viz.animate(walk, tmp_path / 'a.gif', fps=10, hold=1, back=True))[2] == (255, 1000)
    several = viz.animate(np.stack([walk, -walk], axis=1), tmp_path / 'b.gif')      # (3, 2, 1, 8, 8)
    with Image.open(several) as gif:
        assert gif.n_frames == 3 and gif.size == viz.grid(walk[:2]).size


def test_animation_of_files_and_images(tmp_path):
    first = viz.save(viz.grid(np.zeros((1, 4, 4), np.uint8)), tmp_path / '1.png')
    with Image.open(viz.animate([first, Image.new('L', (8, 8))], tmp_path / 'a.gif')) as gif:
        assert gif.n_frames == 2 and gif.size == (8, 8)


@pytest.mark.parametrize('frames, fps, message', [
    ([], 8, 'no frames'),
    ([Image.new('L', (4, 4)), Image.new('L', (5, 4))], 8, 'frame 1 has 5x4 pixels and frame 0 has 4x4'),
    ([Image.new('L', (4, 4))], 0, 'fps must be above 0 and at most 50, not 0'),
    ([Image.new('L', (4, 4))], 60, 'not 60')])
def test_failed_animation_leaves_no_file(tmp_path, frames, fps, message):
    with pytest.raises(ValueError, match=message):
        viz.animate(frames, tmp_path / 'a.gif', fps=fps)
    assert not os.listdir(tmp_path)
