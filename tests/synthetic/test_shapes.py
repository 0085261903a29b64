"""Signed distances, coverage and colours."""
import numpy as np
import pytest

from gluon_gan.synthetic import shapes

X, Y = (axis.astype(np.float32) for axis in np.meshgrid(np.linspace(-1, 1, 201), np.linspace(-1, 1, 201)))


@pytest.mark.parametrize('distance, area', [
    (shapes.circle(X, Y, 0.5), np.pi / 4), (shapes.ellipse(X, Y, np.float32(0.8), np.float32(0.4)), np.pi * 0.32),
    (shapes.box(X, Y, 0.6, 0.3, 0.1), 4 * 0.18 - 0.01 * (4 - np.pi))])
def test_a_shape_covers_its_area(distance, area):
    assert shapes.cover(distance, np.float32(0.01)).sum() / 100 ** 2 == pytest.approx(area, rel=0.01)


def test_distances_computed_by_hand():
    x, y = np.float32([0, 0.7, 0.5]), np.float32([0, 0, 0.4])
    assert shapes.circle(x, y, 0.5) == pytest.approx([-0.5, 0.2, np.hypot(0.5, 0.4) - 0.5])
    assert shapes.box(x, y, 0.3, 0.2, 0) == pytest.approx([-0.2, 0.4, np.hypot(0.2, 0.2)])
    assert shapes.cover(np.float32([-1, 0, 0.05, 1]), np.float32(0.2)) == pytest.approx([1, 0.5, 0.25, 0])


def test_soft_shapes():
    spot = shapes.blob(np.float32([0, 1, 2]), np.float32([0, 0, 0]), np.float32(2), np.float32(1))
    assert spot == pytest.approx([1, 0.5625, 0])
    phase = np.linspace(-2, 2, 400, dtype=np.float32)
    assert abs(shapes.wave(phase) - np.sin(2 * np.pi * phase)).max() < 0.06


def test_colours():
    assert shapes.rgb('ff8000').tolist() == [[1, pytest.approx(128 / 255), 0]]
    assert shapes.hsv(np.float32([0, 1 / 3, 2 / 3]), np.float32(1), np.float32(1)) == pytest.approx(np.eye(3), abs=1e-5)
    stops = shapes.rgb('000000', 'ff0000', 'ff00ff')
    colours = shapes.ramp(stops, np.float32([0, 0.25, 1]))
    assert colours.T == pytest.approx(np.array([[0, 0, 0], [0.5, 0, 0], [1, 0, 1]]))


def test_to_bytes_rounds_and_clips():
    image = np.float32([-3, 0.4, 0.6, 300]).reshape(1, 1, 2, 2).repeat(3, axis=0)
    assert shapes.to_bytes(image)[0, ..., 0].tolist() == [[0, 0], [1, 255]]
