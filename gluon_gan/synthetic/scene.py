"""A batch of unfinished portraits: their colours, and the position of each pixel on the head.

Lengths are in half widths of the image: x runs from -1 (left) to 1, y from -1 (top) to 1. The head is a cylinder of
radius R that rotates around its vertical axis by an angle, the yaw. A point at longitude t is seen at x = R sin(t), and
at x = R sin(t + yaw) after the rotation. Facial features are rendered in the coordinates of the head, ``u = R sin(t)``
and ``v``. So they move, foreshorten and disappear as on a real head, and their code need not know the yaw.
"""
import math

import numpy as np

from .shapes import cover

RADIUS = 0.56  # of the average head
EYES = -0.1    # v of the eyes; v = 0 is the centre of the head


class Scene:
    """Canvases, and the fields that shapes are computed from.

    ``scene[name]`` is a parameter, ``(B, 1, 1)``.

    Attributes
    ----------
    canvas : numpy.ndarray
        ``(3, B, H, W)`` float32, the colours.
    pixel : numpy.float32
        The width of a pixel.
    X, Y : numpy.ndarray
        ``(W,)`` and ``(H, 1)``, the coordinates in the image.
    x, v : numpy.ndarray
        ``(B, H, W)``, as all fields below: the coordinates of the upright head, x to the right of its axis.
    u : numpy.ndarray
        The horizontal coordinate on the rotated head.
    side : numpy.ndarray
        The position around the head: 0 in the middle of the face, 1 at the ears, 2 at the back.
    face : numpy.ndarray
        How much of the pixel the head covers, 0 to 1.
    light : numpy.ndarray
        The brightness of the skin.
    hair : numpy.ndarray
        The signed distance to the edge of the hair.
    strands : numpy.ndarray
        The brightness of the hair.
    """

    def __init__(self, canvas, pixel, X, Y, names, table, whole=None, at=None):
        self.canvas, self.pixel, self.X, self.Y = canvas, pixel, X, Y
        self._names, self._table, self._whole, self._at = names, table, whole, at

    def __getattr__(self, field):
        # A part of a scene crops a field when it is first read; most fields never are.
        if field.startswith('_') or self._whole is None:
            raise AttributeError(field)
        values = getattr(self._whole, field)[self._at]
        setattr(self, field, values)
        return values

    def __getitem__(self, name):
        return self._table[self._names[name]][:, None, None]

    def has(self, name):
        """Which images have this parameter above 0, ``(B,)`` bool."""
        return self._table[self._names[name]] > 0

    def paint(self, coverage, colour):
        """Blend a colour over the canvas.

        Parameters
        ----------
        coverage : numpy.ndarray
            ``(B, H, W)``, how much of each pixel it covers.
        colour : numpy.ndarray or float
            ``(3, B, 1, 1)``, or one colour for each pixel.
        """
        change = colour - self.canvas
        change *= coverage
        self.canvas += change

    def shade(self, weight, factor):
        """Multiply the colours by the factor where the weight is 1, and leave them where it is 0."""
        factor = (factor - 1) * weight
        factor += 1
        self.canvas *= factor

    def cover(self, distance):
        """How much of each pixel lies inside a shape, 0 to 1, from its signed distance."""
        return cover(distance, self.pixel)

    def within(self, top, bottom, reach=1, chosen=None):
        """The part of the scene with top < y < bottom and -reach < x < reach.

        Use it as a context manager: when it exits, what was painted on the part is on the canvas of this scene.
        Anything painted outside of the bounds is lost, so callers leave a margin for heads that are tilted and shifted.

        Parameters
        ----------
        top, bottom, reach : float
        chosen : array of bool, optional
            ``(B,)``, the images to include; by default all.
        """
        return _Part(self, top, bottom, reach, chosen)

    def colours(self, colour):
        """Reshape ``(3, B)`` to ``(3, B, 1, 1)``."""
        return colour[:, :, None, None]


class _Part:
    def __init__(self, scene, top, bottom, reach, chosen):
        size = scene.canvas.shape[2]
        rows, columns = (slice(math.floor((low + 1) / 2 * size), math.ceil((high + 1) / 2 * size))
                         for low, high in ((top, bottom), (-reach, reach)))
        images = slice(None) if chosen is None else np.flatnonzero(chosen)
        self._scene, self._at = scene, (slice(None), images, rows, columns)
        self._copied = not isinstance(images, slice)

    def __enter__(self):
        scene, at = self._scene, self._at
        names, table = scene._names, scene._table[:, at[1]]
        self._part = Scene(scene.canvas[at], scene.pixel, scene.X[at[3]], scene.Y[at[2]], names, table, scene, at[1:])
        return self._part

    def __exit__(self, *_):
        if self._copied:
            self._scene.canvas[self._at] = self._part.canvas


def pose(size, p):
    """An empty scene with the coordinates of the heads.

    Parameters
    ----------
    size : int
        Pixels a side.
    p : dict
        ``(B,)`` float32 by name, as :func:`~gluon_gan.synthetic.sample_faces` returns them.

    Returns
    -------
    Scene
        Without ``face``, ``light``, ``hair`` and ``strands``, which are set while the image is rendered.
    """
    yaw_sin = p['pose'] * 0.5  # at most 30 degrees
    radius = RADIUS * (1 + 0.05 * p['width'] + 0.09 * p['chubby'] - 0.06 * p['oval'])
    p = {**p, 'yaw_sin': yaw_sin, 'yaw_cos': np.sqrt(1 - yaw_sin * yaw_sin), 'radius': radius}
    names, table = {name: row for row, name in enumerate(p)}, np.stack(list(p.values())).astype(np.float32)
    shape = (len(yaw_sin), size, size)
    line = (np.arange(size, dtype=np.float32) * 2 + 1) / np.float32(size) - 1
    scene = Scene(np.empty((3, *shape), np.float32), np.float32(2 / size), line, line[:, None], names, table)
    # cos(t) = (1 - q^2) / (1 + q^2) and sin(t) = 2q / (1 + q^2) for the tilt t, with q = tan(t / 2).
    q = scene['tilt'] * 0.05
    cos, sin = (1 - q * q) / (1 + q * q), 2 * q / (1 + q * q)
    # Images are aligned at the eyes, as in CelebA: the face stays in place and the skull moves the other way.
    left = (line - scene['x'] + scene['yaw_sin'] * 0.3) / scene['zoom']
    down = (line[:, None] - scene['y']) / scene['zoom']
    scene.x, scene.v = left * cos + down * sin, down * cos - left * sin
    s = np.clip(scene.x / scene['radius'], -1, 1)
    depth = np.sqrt(1 - s * s)
    scene.u = (s * scene['yaw_cos'] - depth * scene['yaw_sin']) * scene['radius']
    facing = depth * scene['yaw_cos'] + s * scene['yaw_sin']
    scene.side = 1 - facing * np.abs(facing)
    return scene
