"""A row of pictures in the making: their colours, and for each pixel where on the head it lies.

Lengths are in half widths of the picture: x from -1 (left) to 1, y from -1 (top) to 1. The head is a cylinder that turns
about its own axis. A point at the longitude t of it, seen at x = R sin(t), comes to x = R sin(t + turn) when the head turns,
so features move, foreshorten and vanish as they do on a head: a feature that is drawn in the head's own coordinates
``u = R sin(t)`` and ``v`` needs to know nothing of it.
"""
import math

import numpy as np

from .shapes import cover

RADIUS = 0.56  # of the head, where its parameters ask for no other
EYES = -0.1    # v of the eyes; v = 0 is the middle of the head


class Scene:
    """Canvases ``(3, B, H, W)`` with the fields ``(B, H, W)`` that the shapes are made of.

    ``x, v`` are the upright head's coordinates (x to the right of its axis), ``u`` is the place on the turned head, and ``side``
    how far around it: 0 in the middle of the face, 1 at the ears, 2 at the back. ``face`` is how much of the pixel the head
    covers and ``light`` how lit it is; ``hair`` is the distance to the edge of the hair and ``strands`` how light it is.
    ``X`` ``(W,)`` and ``Y`` ``(H, 1)`` are the picture's own coordinates; ``scene[name]`` is a parameter, ``(B, 1, 1)``.
    """

    def __init__(self, canvas, pixel, X, Y, names, table, whole=None, at=None):
        self.canvas, self.pixel, self.X, self.Y = canvas, pixel, X, Y
        self._names, self._table, self._whole, self._at = names, table, whole, at

    def __getattr__(self, field):
        # A part of a scene cuts out a field when it is asked for it; few are.
        if field.startswith('_') or self._whole is None:
            raise AttributeError(field)
        values = getattr(self._whole, field)[self._at]
        setattr(self, field, values)
        return values

    def __getitem__(self, name):
        return self._table[self._names[name]][:, None, None]

    def has(self, name):
        """Which pictures have a parameter above 0, ``(B,)`` bool."""
        return self._table[self._names[name]] > 0

    def paint(self, part, colour):
        """Cover this much ``(B, H, W)`` of each pixel with a colour, ``(3, B, 1, 1)`` or of every pixel."""
        change = colour - self.canvas
        change *= part
        self.canvas += change

    def shade(self, part, factor):
        """Multiply the colours by the factor where the part is 1."""
        factor = (factor - 1) * part
        factor += 1
        self.canvas *= factor

    def cover(self, distance):
        return cover(distance, self.pixel)

    def within(self, top, bottom, reach=1, who=None):
        """The pixels with top < y < bottom and -reach < x < reach of the pictures in `who`, a mask (by default of all).

        Use it in a ``with``: at its end, what was painted on it is on this scene's canvas. What would be painted outside is
        lost, so the bounds are chosen with a margin for heads that are tilted and moved.
        """
        return _Part(self, top, bottom, reach, who)

    def colours(self, colour):
        """``(3, B)`` as ``(3, B, 1, 1)``."""
        return colour[:, :, None, None]


class _Part:
    def __init__(self, scene, top, bottom, reach, who):
        size = scene.canvas.shape[2]
        rows, columns = (slice(math.floor((low + 1) / 2 * size), math.ceil((high + 1) / 2 * size))
                         for low, high in ((top, bottom), (-reach, reach)))
        who = slice(None) if who is None else np.flatnonzero(who)
        self._scene, self._at = scene, (slice(None), who, rows, columns)
        self._copied = not isinstance(who, slice)

    def __enter__(self):
        scene, at = self._scene, self._at
        names, table = scene._names, scene._table[:, at[1]]
        self._part = Scene(scene.canvas[at], scene.pixel, scene.X[at[3]], scene.Y[at[2]], names, table, scene, at[1:])
        return self._part

    def __exit__(self, *_):
        if self._copied:
            self._scene.canvas[self._at] = self._part.canvas


def pose(size, p):
    """An empty scene for the parameters `p`, a dict of ``(B,)`` float32, with everyone's head in its place."""
    turn = p['pose'] * 0.5  # its sine: 30 degrees at most
    radius = RADIUS * (1 + 0.05 * p['width'] + 0.09 * p['chubby'] - 0.06 * p['oval'])
    p = {**p, 'turn': turn, 'ahead': np.sqrt(1 - turn * turn), 'radius': radius}
    names, table = {name: row for row, name in enumerate(p)}, np.stack(list(p.values())).astype(np.float32)
    shape = (len(turn), size, size)
    line = (np.arange(size, dtype=np.float32) * 2 + 1) / np.float32(size) - 1
    scene = Scene(np.empty((3, *shape), np.float32), np.float32(2 / size), line, line[:, None], names, table)
    # The tilt by t as the rational point ((1 - q^2) / (1 + q^2), 2q / (1 + q^2)) of the circle, q = tan(t / 2).
    q = scene['tilt'] * 0.05
    cos, sin = (1 - q * q) / (1 + q * q), 2 * q / (1 + q * q)
    # Aligned by the eyes, as CelebA is: the face stays about where it is and the skull moves the other way.
    left = (line - scene['x'] + scene['turn'] * 0.3) / scene['zoom']
    down = (line[:, None] - scene['y']) / scene['zoom']
    scene.x, scene.v = left * cos + down * sin, down * cos - left * sin
    s = np.clip(scene.x / scene['radius'], -1, 1)
    depth = np.sqrt(1 - s * s)
    scene.u = (s * scene['ahead'] - depth * scene['turn']) * scene['radius']
    facing = depth * scene['ahead'] + s * scene['turn']
    scene.side = 1 - facing * np.abs(facing)
    return scene
