"""The block grid of synthetic quilts, whose blocks are known, and of images without a repetition."""
import numpy as np
import pytest

from gluon_gan.curation import block_grid, find_grid
from gluon_gan.synthetic import BLOCKS, faces, render_quilts, sample_quilts


def quilts(count=8, size=256, **parameters):
    """Sections of quilts with equal blocks, 4 along a side, and the period of their blocks."""
    p = sample_quilts(5, np.arange(count))
    names = 'churn dash', 'shoo fly', 'Ohio star', 'log cabin'
    p |= {name: np.zeros(count) for name in ('setting', 'border', 'sash', 'rotation', 'bend', 'scrappy')}
    p |= {'across': np.full(count, 4), 'view_width': np.ones(count),
          'block': np.resize([BLOCKS.index(name) for name in names], count)}
    p |= {name: np.resize(values, count) for name, values in parameters.items()}
    p = {name: np.asarray(values, np.float32) for name, values in p.items()}
    return render_quilts(p, size), (1 + p['sash']) * size / (p['across'] * (1 + p['sash']) * p['view_width'])


def checkers(height, width, period, angle=0.0, x=0.0, y=0.0):
    """Squares of two colours on a third, which repeat after `period` pixels, with the grid crossing at (x, y)."""
    u, v = np.meshgrid(np.arange(width) - x, np.arange(height) - y)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    u, v = (u * cos + v * sin) / period % 1, (v * cos - u * sin) / period % 1
    image = np.full((height, width, 3), (230, 220, 200), np.uint8)
    image[(np.abs(u - 0.5) < 0.32) & (np.abs(v - 0.5) < 0.32)] = 40, 60, 140
    image[(np.abs(u - 0.5) < 0.12) & (np.abs(v - 0.5) < 0.12)] = 200, 40, 40
    return image


@pytest.mark.parametrize('parameters', [
    {}, {'rotation': [-1, -0.5, 0.3, 0.8]}, {'sash': 0.15}, {'scrappy': 1}, {'view_width': [0.8, 1.2]}, {'across': 3}])
def test_the_blocks_of_synthetic_quilts(parameters):
    """The fabrics of a scrappy quilt may repeat after several blocks, along the rows or diagonally."""
    images, periods = quilts(**parameters)
    rotations = np.resize(np.asarray(parameters.get('rotation', 0), np.float32), len(images)) * 0.268
    right = 0
    for image, period, tangent in zip(images, periods, rotations):
        if grid := find_grid(image):
            angle = np.radians(grid.angle) - 2 * np.arctan(tangent)
            along, down = grid.period_x / period, grid.period_y / period
            blocks = np.array([(along * np.cos(angle), along * np.sin(angle)),
                               (-down * np.sin(angle), down * np.cos(angle))])
            whole = np.abs(blocks - np.round(blocks)).max() < 0.05 * min(along, down)
            right += whole and ('scrappy' in parameters or max(along, down) < 1.05)
    assert right >= 7


@pytest.mark.parametrize('angle', [-40, -17, 0, 8, 30])
def test_period_angle_and_crossing(angle):
    grid = find_grid(checkers(200, 260, 41.5, angle, 57, 33))
    assert grid.period_x == pytest.approx(41.5, rel=0.02) and grid.period_y == pytest.approx(41.5, rel=0.02)
    assert grid.angle == pytest.approx(angle, abs=1) and 0.5 < grid.confidence <= 1
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    x, y = grid.x - 57, grid.y - 33
    offsets = np.array([x * cos + y * sin, y * cos - x * sin]) / 41.5
    # The lines run along the sides of the squares' cells, or through their middle.
    assert np.abs(2 * offsets - np.round(2 * offsets)).max() < 0.15


def test_periods_that_differ():
    image = checkers(200, 200, 40)[:, np.arange(300) * 2 // 3]
    grid = find_grid(image)
    assert grid.period_x == pytest.approx(60, rel=0.03) and grid.period_y == pytest.approx(40, rel=0.03)


def test_large_images_are_reduced_and_the_grid_is_in_their_pixels():
    small, large = (find_grid(checkers(256 * scale, 300 * scale, 50 * scale)) for scale in (1, 3))
    assert large.period_x == pytest.approx(3 * small.period_x, rel=0.02)
    assert large.confidence == pytest.approx(small.confidence, abs=0.15)


def test_grey_images():
    grey = checkers(200, 200, 40)[..., 1]
    grid = find_grid(grey)
    assert grid.period_x == pytest.approx(40, rel=0.02)
    assert find_grid(grey[..., None]) == grid == find_grid(np.repeat(grey[..., None], 3, -1))


def test_a_strided_image():
    assert find_grid(checkers(400, 400, 80)[::2, ::-2]).period_x == pytest.approx(40, rel=0.02)


@pytest.mark.parametrize('image', [
    np.zeros((200, 200, 3), np.uint8), np.full((128, 300), 255, np.uint8), np.zeros((1, 1, 3), np.uint8),
    checkers(27, 300, 20), np.zeros((3, 1000), np.uint8)], ids=['black', 'white', 'one pixel', 'low', 'line'])
def test_flat_and_tiny_images_have_no_grid(image):
    assert find_grid(image, 0.0) is None


def test_noise_and_gradients_have_no_grid():
    rng = np.random.default_rng(0)
    ramp = np.broadcast_to(np.arange(256, dtype=np.uint8), (200, 256))
    for image in (rng.integers(0, 256, (200, 240, 3), dtype=np.uint8), ramp):
        assert find_grid(image) is None


@pytest.mark.parametrize('transposed', [False, True])
def test_stripes_have_no_grid(transposed):
    stripes = np.where(np.arange(240) // 15 % 2, 220, 40).astype(np.uint8)[None].repeat(200, 0)
    assert find_grid(stripes.T if transposed else stripes) is None


def test_the_default_confidence_excludes_faces():
    found = [find_grid(image, 0.0) for image in faces(30, 128, seed=4)[0]]
    assert max(grid.confidence for grid in found if grid) < block_grid.CONFIDENCE


def test_the_confidence_is_a_threshold():
    image = checkers(200, 200, 40)
    grid = find_grid(image, 0.0)
    assert find_grid(image, grid.confidence - 1e-6) == grid
    assert find_grid(image, min(grid.confidence + 1e-3, 0.9999)) is None


@pytest.mark.parametrize('image, message', [
    (np.zeros((20, 20, 4), np.uint8), r'must have the shape .* not \(20, 20, 4\)'),
    (np.zeros((0, 20), np.uint8), 'must have the shape'), (np.zeros(20, np.uint8), 'must have the shape'),
    (np.zeros((20, 20)), 'uint8, not an array of float64'), ([[1]], 'uint8, not')])
def test_bad_images_are_refused(image, message):
    with pytest.raises(ValueError, match=message):
        find_grid(image)


@pytest.mark.parametrize('confidence', [-0.1, 1, float('nan'), '0.5', True])
def test_bad_confidence_is_refused(confidence):
    with pytest.raises(ValueError, match='confidence must be at least 0 and less than 1, not'):
        find_grid(checkers(100, 100, 30), confidence)


def test_the_autocorrelation_is_that_of_the_overlapping_parts():
    values = np.random.default_rng(1).normal(size=(20, 30, 2)).astype(np.float32)
    result = block_grid.autocorrelation(values)
    rows, columns = (side // 2 for side in result.shape)
    assert (rows, columns) == (12, 18)
    for dx, dy in ((0, 0), (5, 3), (-7, 12), (18, -4)):
        a = values[max(0, -dy):20 - max(0, dy), max(0, -dx):30 - max(0, dx)]
        b = values[max(0, dy):20 - max(0, -dy), max(0, dx):30 - max(0, -dx)]
        wanted = (a * b).sum() / np.sqrt((a ** 2).sum() * (b ** 2).sum())
        assert result[rows + dy, columns + dx] == pytest.approx(wanted, abs=1e-4)
