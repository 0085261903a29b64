"""Squares along the block grid: where they lie, what they show, and which blocks are left out."""
import numpy as np
import pytest

from gluon_gan.curation import Grid, crops, places

GRID = Grid(40.0, 40.0, 0.0, 0.9, -0.5, -0.5)


def block_image(rows, columns, side=40):
    """Blocks of a dark frame around a bright square, with one corner in another colour."""
    block = np.full((side, side, 3), (30, 40, 90), np.uint8)
    block[8:32, 8:32] = 230, 220, 200
    block[8:16, 8:16] = 200, 30, 30
    return np.tile(block, (rows, columns, 1))


def test_crops_equal_the_blocks():
    image = block_image(3, 4)
    assert places(image, GRID) == [(row, column) for row in range(3) for column in range(4)]
    found = crops(image, GRID, size=40)
    assert found.shape == (12, 40, 40, 3) and found.dtype == np.uint8
    assert np.abs(found.astype(int) - image[:40, :40]).max() <= 2


def test_several_blocks_begin_where_most_squares_fit():
    image = block_image(4, 5)
    assert places(image, GRID, 2) == [(0, 0), (0, 2), (2, 0), (2, 2)]
    image = block_image(5, 5)
    image[:40] = 128                                     # the first row of blocks is a border
    assert places(image, GRID, 2) == [(1, 0), (1, 2), (3, 0), (3, 2)]
    assert places(image, GRID, 3) == [(1, 0)] and places(image, GRID, 9) == []
    found = crops(image, GRID, 2, 80)
    assert np.abs(found.astype(int) - image[40:120, :80]).max() <= 2


def test_a_rotated_grid():
    side, angle = 40, 25.0
    rng = np.random.default_rng(0)
    tile = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    v, u = np.mgrid[:300, :320].astype(float)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    a, b = ((u - 100) * cos + (v - 90) * sin) / side % 1, ((v - 90) * cos - (u - 100) * sin) / side % 1
    image = tile[(b * 4).astype(int), (a * 4).astype(int)]
    found = crops(image, Grid(side, side, angle, 0.9, 100.0, 90.0), size=40)
    assert len(found) > 15
    middles = found[:, 5::10, 5::10].astype(int)
    assert np.abs(middles - tile).max() <= 30 and np.abs(middles - tile).mean() < 6
    assert len(crops(image, Grid(side, side, angle, 0.9, 100.0, 90.0), 2)) < len(found) / 3


def test_blocks_beside_the_quilt_are_left_out():
    image = np.full((200, 280, 3), 90, np.uint8)
    image[40:160, 80:200] = block_image(3, 3)
    assert places(image, GRID) == [(row, column) for row in (1, 2, 3) for column in (2, 3, 4)]


def test_blocks_that_are_not_square_are_not_distorted():
    image = np.repeat(block_image(4, 4), 2, 1)           # blocks of 80 x 40 pixels
    grid = GRID._replace(period_x=80.0)
    assert places(image, grid) == [(0, 0), (0, 1), (0, 2), (0, 3), (2, 0), (2, 1), (2, 2), (2, 3)]
    assert np.abs(crops(image, grid, size=80)[0].astype(int) - image[:80, :80]).max() <= 2


def test_large_blocks_are_reduced_without_aliasing():
    image = block_image(4, 4)
    image[::2, ::2] //= 2                                # a fine print
    large = image.repeat(4, 0).repeat(4, 1)
    grid = Grid(160.0, 160.0, 0.0, 0.9, -0.5, -0.5)
    found = crops(large, grid, size=20)
    mean = image[:40, :40].reshape(20, 2, 20, 2, 3).mean((1, 3))
    assert np.abs(found[0] - mean).mean() < 4


def test_grey_and_flat_images():
    grey = block_image(3, 3)[..., 0]
    assert crops(grey, GRID, size=8).shape == (9, 8, 8, 3)
    assert crops(np.full((120, 120), 7, np.uint8), GRID, size=8).shape == (0, 8, 8, 3)
    assert crops(np.full((5, 5), 7, np.uint8), GRID, size=8).shape == (0, 8, 8, 3)


@pytest.mark.parametrize('change, message', [
    ({'blocks': 0}, 'blocks must be an int of at least 1, not 0'), ({'size': 0}, 'size must be'),
    ({'size': 5000}, 'size must be an int from 1 to 4096, not 5000'), ({'grid': None}, 'grid must be a Grid'),
    ({'grid': GRID._replace(period_x=0.0)}, 'period_x must be'), ({'image': np.zeros((9, 9))}, 'image must be')])
def test_bad_arguments_are_refused(change, message):
    arguments = {'image': block_image(2, 2), 'grid': GRID, 'blocks': 1, 'size': 64}
    with pytest.raises(ValueError, match=message):
        crops(**{**arguments, **change})
