"""Render portraits, from the background to the frames of the glasses."""
import numpy as np

from . import clothing, facial_features, hair
from .scene import RADIUS, pose
from .shapes import blob, box, ellipse, hsv, mix, ramp, rgb, to_bytes, unit, wave

SKIN = rgb('fdeee4', 'fbdcc8', 'f3c8a8', 'e2ad85', 'c98f64', 'a87048', '7f5032', '5c3823')


def portraits(size, p):
    """Render faces.

    Parameters
    ----------
    size : int
        Pixels a side.
    p : dict
        ``(B,)`` float32 by name, as :func:`~gluon_gan.synthetic.sample_faces` returns them.

    Returns
    -------
    numpy.ndarray
        ``(B, size, size, 3)`` uint8.
    """
    scene = pose(size, p)
    background(scene, p)
    skin = complexion(p)
    hues = hair.colours(p)
    hair.grow(scene)
    clothing.clothes(scene, p)
    hair.behind(scene, hues)
    neck(scene, skin)
    clothing.at_the_neck(scene, p)
    head(scene, skin)
    facial_features.eyes(scene, p)
    facial_features.nose(scene, p)
    facial_features.age(scene)
    facial_features.beard(scene, hues)
    facial_features.mouth(scene, p)
    facial_features.brows(scene, hues)
    hair.front(scene, hues)
    clothing.earrings(scene)
    clothing.glasses(scene, p)
    clothing.hats(scene, p)
    return finish(scene)


def background(scene, p):
    """Two colours that blend in a gradient, at an edge or in soft waves, and three blurred spots of light or shade."""
    first = hsv(p['back_hue'], p['back_depth'] * 0.6, 0.25 + 0.7 * p['back_light'])
    step = p['back_light'] + (p['back_step'] - 0.5) * 0.9
    second = hsv(p['back_hue'] + (p['back_turn'] - 0.5) * 0.4, p['back_depth'] * 0.5,
                 np.clip(0.25 + 0.7 * step, 0.12, 0.97))
    along = scene.X * scene['back_x'] + scene.Y * scene['back_y']
    part = 0.5 + along + np.maximum(scene['back_waves'], 0) * 0.3 * wave(along * 2 + scene['back_phase'])
    part = unit(part)
    first, second = scene.colours(first), scene.colours(second)
    scene.canvas[:] = mix(first, second, part)
    for spot in '123':
        near = blob(scene.X - scene['spot_x' + spot], scene.Y - scene['spot_y' + spot], scene['spot_size' + spot],
                    scene['spot_size' + spot])
        scene.shade(near, 1 + scene['spot_light' + spot])


def complexion(p):
    """The colours of lit and of shaded skin, ``(3, B)`` each."""
    lit = ramp(SKIN, p['skin'])
    lit = lit * (1 + p['skin_hue'] * np.float32([[0.02], [0], [-0.06]]))
    return lit, lit * np.float32([[0.72], [0.57], [0.52]])


def neck(scene, skin):
    """The neck, with the shadow of the chin on it."""
    with scene.within(0.3, 1, 0.7) as part:
        middle = part.x - part['yaw_sin'] * 0.12
        wide = 0.27 + 0.07 * part['male'] + 0.04 * part['chubby']
        inside = part.cover(box(middle, part.v - 0.6, wide, 0.3 + 0.15 * part['neckline'], wide))
        shadow = blob(middle, part.v - 0.66, 0.5, 0.34)
        lit, dark = map(part.colours, skin)
        part.paint(inside, mix(lit * 0.95, dark * 0.85, np.minimum(shadow * 1.6, 1)))


def head(scene, skin):
    """The head, an egg shape with a jaw that may be square, and its ears. Sets ``scene.face`` and ``scene.light``."""
    lit, dark = map(scene.colours, skin)
    low = np.maximum(scene.v, 0) / 0.67
    x = scene.x - scene['yaw_sin'] * 0.16 * low
    taper = 0.17 + 0.05 * scene['oval'] - 0.12 * scene['chubby'] - 0.08 * scene['jaw']
    X = x / (scene['radius'] * (1 - taper * low * low))
    Y = scene.v / (0.67 + 0.03 * scene['oval'])
    square = X * X + Y * Y - (0.1 + 0.45 * scene['jaw'] + 0.2 * scene['chubby']) * (X * Y) ** 2
    scene.face = scene.cover((square - 1) * 0.3)
    nx, ny = scene.x / np.float32(RADIUS * 1.08), scene.v / 0.74
    depth = np.sqrt(np.maximum(1 - nx * nx - ny * ny, 0))
    light = nx * scene['light_x'] + ny * scene['light_y'] + depth * 0.85 + 0.12
    scene.light = unit(light * scene['light'] + (1 - scene['light']) * 0.75)
    with scene.within(-0.3, 0.4, 0.95) as part:
        # When the head is rotated, the ear on the near side stands out and the other is hidden by the cheek.
        out = part['radius'] + 0.01 - np.sign(part.x) * part['yaw_sin'] * 0.16
        distance = ellipse(np.abs(part.x) - out, part.v - 0.02, 0.085, 0.15)
        inner = blob(np.abs(part.x) - out, part.v, 0.06, 0.11)
        part.paint(part.cover(distance), mix(lit * 0.93, dark, np.minimum(inner + 0.15, 1)))
    scene.paint(scene.face, mix(dark, lit, scene.light))
    with scene.within(-0.15, 0.6, 0.75, scene.has('rosy')) as part:
        spots = blob(np.abs(part.u) - 0.31, part.v - 0.17, 0.2, 0.17)
        part.paint(spots * part.face * 0.5, rgb('e8586a').T[:, :, None, None])


def finish(scene):
    """Apply the colour of the light and convert to ``(B, size, size, 3)`` uint8."""
    warm = scene['warmth'] * np.float32([0.035, 0, -0.05])[:, None, None, None]
    return to_bytes(scene.canvas * (255 * (1 + warm)))
