"""``gluon-gan sample``: a grid, a single image, and images in files of their own."""
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import cli
from gluon_gan.support import pixels

pytestmark = pytest.mark.usefixtures('elsewhere')


def call(*words):
    return cli.main([str(word) for word in words])


def read(path):
    with Image.open(path) as image:
        return np.array(image)


def expected(count, seed=0):
    """The images of `gluon-gan sample mnist`, ``(N, 28, 28)`` uint8."""
    return pixels.to_uint8(gg.sample(gg.pretrained('mnist'), count, seed=seed).asnumpy())[..., 0]


def test_a_grid_is_enlarged_and_padded(capsys):
    assert call('sample', 'mnist', '-n', 4) == 0
    assert capsys.readouterr().out == 'samples.png\n'
    assert read('samples.png').shape == (2 * (2 * 30 + 2),) * 2


def test_a_single_image_is_plain():
    assert call('sample', 'mnist', '-n', 1, '--seed', 3) == 0
    assert np.array_equal(read('samples.png'), expected(1, seed=3)[0])
    assert call('sample', 'mnist', '-n', 1, '--scale', 3, '-o', 'large.png') == 0
    assert read('large.png').shape == (84, 84)


def test_separate_files_at_their_own_size(capsys):
    assert call('sample', 'mnist', '-n', 5, '--separate') == 0
    assert capsys.readouterr().out == 'samples\n'
    assert sorted(os.listdir('samples')) == [f'000{i}.png' for i in range(5)]
    for i, image in enumerate(expected(5)):
        assert np.array_equal(read(f'samples/000{i}.png'), image)
    assert call('sample', 'mnist', '-n', 1, '--separate', '--scale', 2, '-o', 'a/b') == 0
    assert read('a/b/0000.png').shape == (56, 56)


@pytest.mark.parametrize('words, message', [
    (['mnist', '--separate', '-o', 'x.png'], 'with --separate, -o names a folder and not a file such as x.png'),
    (['mnist', '--separate', '-o', 'file'], 'file is a file: choose a folder'),
    (['mnist', '-n', 0], '-n must be an int of at least 1, not 0'),
    (['mnist', '--scale', 0], '--scale must be an int of at least 1, not 0'),
    (['nosuch'], 'there is no run or checkpoint nosuch: pass the folder of a run, a checkpoint (.npz), or the name of '
                 'weights that ship with the package, celeba, celeba-128, mnist, quilts'),
    (['empty'], 'empty is a folder without checkpoints: pass'),
    (['file'], 'file is not a checkpoint: pass'),
])
def test_what_cannot_be_sampled(capsys, words, message):
    Path('file').write_text('')
    Path('empty').mkdir()
    before = sorted(os.listdir())
    assert call('sample', *words) == 2
    assert capsys.readouterr().err.startswith(f'gluon-gan: {message}') and sorted(os.listdir()) == before
