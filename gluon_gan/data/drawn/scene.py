"""A row of pictures in the making: their colours, and for each pixel where on the head it lies.

Lengths are in half widths of the picture: x from -1 (left) to 1, y from -1 (top) to 1. The head is a cylinder that turns
about its own axis. A point at the longitude t of it, seen at x = R sin(t), comes to x = R sin(t + turn) when the head turns,
so features move, foreshorten and vanish as they do on a head: a feature that is drawn in the head's own coordinates
``u = R sin(t)`` and ``v`` needs to know nothing of it.
"""
import numpy as np

from .shapes import blob, cover, mix

RADIUS = 0.56  # of the head, where its parameters ask for no other
EYES = -0.1    # v of the eyes; v = 0 is the middle of the head


class Scene:
    """Canvases ``(3, B, H, W)`` with the fields ``(B, H, W)`` that the shapes are made of.

    ``X, Y`` are the picture's coordinates, ``x, v`` the upright head's (x to the right of its axis), ``u`` is the place on the
    turned head, and ``side`` how far around it: 0 in the middle of the face, 1 at the ears, 2 at the back. ``face`` is how much
    of the pixel the head covers and ``light`` how lit it is. ``scene[name]`` is a parameter, ``(B, 1, 1)``.
    """

    FIELDS = ('X', 'Y', 'x', 'v', 'u', 'side', 'face', 'light')

    def __init__(self, canvas, pixel, names, table, **fields):
        self.canvas, self.pixel, self._names, self._table = canvas, pixel, names, table
        for name, field in fields.items():
            setattr(self, name, field)

    def __getitem__(self, name):
        return self._table[self._names[name]][:, None, None]

    def has(self, name):
        """Which pictures have a parameter above 0, ``(B,)`` bool."""
        return self._table[self._names[name]] > 0

    def paint(self, part, colour):
        """Cover this much ``(B, H, W)`` of each pixel with a colour, ``(3, B, 1, 1)`` or of every pixel."""
        self.canvas += (colour - self.canvas) * part

    def shade(self, part, factor):
        """Multiply the colours by the factor where the part is 1."""
        self.canvas *= 1 + (factor - 1) * part

    def cover(self, distance):
        return cover(distance, self.pixel)

    def within(self, top, bottom, who=None):
        """The rows from y = top to bottom of the pictures in `who`, a mask (by default of all).

        Use it in a ``with``: at its end, what was painted on it is on this scene's canvas. What would be painted outside is
        lost, so the rows are chosen with a margin for heads that are tilted and moved.
        """
        return _Part(self, top, bottom, who)

    def colours(self, colour):
        """``(3, B)`` as ``(3, B, 1, 1)``."""
        return colour[:, :, None, None]


class _Part:
    def __init__(self, scene, top, bottom, who):
        height = scene.canvas.shape[2]
        first, last = (min(max(round((y + 1) / 2 * height), 0), height) for y in (top, bottom))
        who = slice(None) if who is None else np.flatnonzero(who)
        self._scene, self._at = scene, (slice(None), who, slice(first, last))
        self._copied = not isinstance(who, slice)

    def __enter__(self):
        scene, at = self._scene, self._at
        fields = {name: getattr(scene, name)[at[1:]] for name in scene.FIELDS if hasattr(scene, name)}
        self._part = Scene(scene.canvas[at], scene.pixel, scene._names, scene._table[:, at[1]], **fields)
        return self._part

    def __exit__(self, *_):
        if self._copied:
            self._scene.canvas[self._at] = self._part.canvas


def pose(size, p):
    """An empty scene for the parameters `p`, a dict of ``(B,)`` float32, with everyone's head in its place."""
    turn = p['pose'] * np.float32(0.5)  # its sine: 30 degrees at most
    radius = RADIUS * (1 + np.float32(0.05) * p['width'] + np.float32(0.09) * p['chubby'] - np.float32(0.06) * p['oval'])
    p = {**p, 'turn': turn, 'ahead': np.sqrt(1 - turn * turn), 'radius': radius}
    names, table = {name: row for row, name in enumerate(p)}, np.stack(list(p.values())).astype(np.float32)
    shape = (len(turn), size, size)
    line = (np.arange(size, dtype=np.float32) * 2 + 1) / np.float32(size) - 1
    X, Y = np.broadcast_to(line, shape), np.broadcast_to(line[:, None], shape)
    scene = Scene(np.empty((3, *shape), np.float32), np.float32(2 / size), names, table, X=X, Y=Y)
    # The tilt by t as the rational point ((1 - q^2) / (1 + q^2), 2q / (1 + q^2)) of the circle, q = tan(t / 2).
    q = scene['tilt'] * np.float32(0.05)
    cos, sin = (1 - q * q) / (1 + q * q), 2 * q / (1 + q * q)
    # Aligned by the eyes, as CelebA is: the face stays about where it is and the skull moves the other way.
    left = (line - scene['x'] + scene['turn'] * np.float32(0.3)) / scene['zoom']
    down = (line[:, None] - scene['y']) / scene['zoom']
    scene.x, scene.v = left * cos + down * sin, down * cos - left * sin
    s = np.clip(scene.x / scene['radius'], -1, 1)
    depth = np.sqrt(1 - s * s)
    scene.u = (s * scene['ahead'] - depth * scene['turn']) * scene['radius']
    facing = depth * scene['ahead'] + s * scene['turn']
    scene.side = 1 - facing * np.abs(facing)
    return scene
