"""Eyes, brows, nose, mouth and beard, in the coordinates of the head, so that they rotate with it."""
import numpy as np

from .scene import EYES
from .shapes import blob, circle, ellipse, mix, ramp, rgb, unit

IRIS = rgb('2e1a10', '5a3a1e', '7a5a2c', '5f7440', '4f8a8b', '4a7fb5', '8fa3b0')
LIPS = rgb('c8102e', 'd6336c', 'a4133c', 'e05780', '8d1f2d')
GAP = 0.255    # u of the eyes
MOUTH = 0.385  # v of the mouth


def eyes(scene, p):
    """Whites, irises, pupils with a highlight, and lashes; eyeshadow and bags under the eyes where they are set."""
    iris = ramp(IRIS, p['eye_hue'] ** 2)
    with scene.within(-0.45, 0.25, 0.65) as part:
        right = np.sign(part.u)
        du = np.abs(part.u) - (np.float32(GAP) + 0.02 * part['eye_gap'])
        dv = part.v - EYES + part['eye_slant'] * 0.12 * du
        wide = 0.128 + 0.014 * part['eye_size']
        arch = 1 - (du / wide) ** 2
        opened = (1 + 0.18 * part['eye_size']) * (1 - 0.55 * part['narrow'])
        upper = -0.082 * opened * arch
        # A smile raises the lower lid.
        lower = 0.055 * (opened - 0.25 * np.maximum(part['smile'], 0)) * arch
        part.shade(blob(du, dv + 0.03, 0.24, 0.17) * part.face, 0.86)
        makeup = part['makeup'] * blob(du, dv + 0.085, 0.2, 0.1) * part.face
        part.paint(makeup * 0.75, mix(rgb('7a4b8c')[0], rgb('4a7f9c')[0], 0.5)[:, None, None, None])
        bags = part['bags'] * blob(du, dv - 0.11, 0.15, 0.06) * part.face
        part.shade(bags, 0.62)
        white = part.cover(np.maximum(upper - dv, dv - lower)) * part.face
        part.paint(white, (np.float32([0.97, 0.96, 0.95])[:, None, None, None]) * (0.55 + 0.45 * part.light))
        ix, iy = du - part['gaze'] * 0.04 * right, dv + 0.012
        part.paint(part.cover(circle(ix, iy, 0.068)) * white, part.colours(iris))
        part.paint(part.cover(circle(ix, iy, 0.032)) * white, 0.05)
        part.paint(part.cover(circle(ix + 0.022 * right, iy + 0.028, 0.016)) * white, 1)
        thick = 0.011 + 0.006 * (1 - part['male']) + 0.012 * part['makeup']
        lash = np.maximum(np.abs(dv - upper) - thick, np.abs(du) - wide * 1.05)
        part.paint(part.cover(lash) * part.face, np.float32([0.16, 0.09, 0.07])[:, None, None, None])


def brows(scene, hues):
    """Eyebrows, in the colour of the hair but darker."""
    with scene.within(-0.6, 0.1, 0.65) as part:
        du = np.abs(part.u) - np.float32(GAP + 0.01)
        t = du / 0.17
        middle = np.float32(EYES - 0.135) - 0.02 * part['brow_height'] - 0.03 * part['arched']
        line = middle + (0.035 + 0.065 * part['arched']) * (t * t - 0.5) - 0.012 * t
        thick = 0.017 + 0.008 * part['male'] + 0.025 * part['bushy']
        distance = np.maximum(np.abs(part.v - line) - thick * (1 - 0.35 * t), np.abs(du) - 0.165)
        part.paint(part.cover(distance) * part.face * 0.88, part.colours(hues.brow))


def nose(scene, p):
    """A ridge with light on it and shade beside and below it, and nostrils.

    The nose stands out from the head, so a rotation moves it further than the rest of the face.
    """
    big, pointy = (p['nose'] == 1).astype(np.float32), (p['nose'] == 2).astype(np.float32)
    with scene.within(-0.3, 0.5, 0.5) as part:
        big, pointy = big[:, None, None], pointy[:, None, None]
        tip = 0.2 + 0.025 * part['nose_length'] + 0.02 * big
        down = unit((part.v - EYES) / (tip - EYES))
        x = part.x - part['yaw_sin'] * (part['radius'] * 0.95 + 0.17 * down)
        wide = 0.085 + 0.04 * big - 0.025 * pointy
        dv = part.v - tip
        away = np.where(part['light_x'] + part['yaw_sin'] > 0, np.float32(-1), np.float32(1))
        ridge = blob(x - away * (0.02 + wide * down * 0.75), dv + 0.1, 0.07, 0.24)
        part.shade(ridge * part.face, 0.8)
        part.shade(blob(x, dv - 0.045, wide * 1.6, 0.06) * part.face, 0.66)
        part.shade(blob(x, dv + 0.015, wide * 0.8, 0.07) * part.face, 1.13)
        part.shade(blob(np.abs(x) - wide, dv - 0.005, 0.03, 0.06) * part.face, 0.72)
        holes = ellipse(np.abs(x) - wide * 0.5, dv - 0.03, 0.026, 0.014)
        part.shade(part.cover(holes) * part.face, 0.42)


def mouth(scene, p):
    """Two lips along a line that the smile bends. An open mouth shows teeth and the dark inside below them."""
    natural = np.stack([p['skin'] * -0.38 + 0.82, p['skin'] * -0.27 + 0.49,
                        p['skin'] * -0.24 + 0.47])
    colour = mix(natural, ramp(LIPS, p['lipstick_hue']), p['lipstick'] * 0.92)
    with scene.within(0.08, 0.75, 0.55) as part:
        smile = part['smile']
        wide = 0.185 + 0.05 * smile - 0.015 * part['mouth_open']
        t = part.u / wide
        inside = np.maximum(1 - t * t, 0)
        line = np.float32(MOUTH) - smile * 0.085 * (t * t - 0.4)
        full = 0.75 + 0.3 * part['lips'] + 0.65 * part['big_lips']
        gap = part['mouth_open'] * 0.105 * inside
        upper, lower = 0.042 * full * inside, 0.055 * full * inside
        upper = upper * (1 - 0.3 * np.maximum(1 - np.abs(t) * 5, 0))  # the cupid's bow
        end = np.abs(part.u) - wide
        dv = part.v - line
        lips = part.cover(np.maximum(np.maximum(-upper - dv, dv - gap - lower), end)) * part.face
        shade = blob(part.u, part.v - np.float32(MOUTH + 0.13) - part['mouth_open'] * 0.09, 0.15, 0.05)
        part.shade(shade * part.face, 0.8)
        lit = np.where(dv < gap, np.float32(0.86), np.float32(1.06)) * (np.float32(0.6) + np.float32(0.42) * part.light)
        part.paint(lips, part.colours(colour) * lit)
        hollow = part.cover(np.maximum(np.maximum(-dv, dv - gap), end)) * part.face * (part['mouth_open'] > 0)
        part.paint(hollow, np.float32([0.27, 0.07, 0.08])[:, None, None, None])
        teeth = part.cover(np.maximum(np.maximum(-dv, dv - gap * 0.62), end + 0.02)) * hollow
        teeth *= np.where(smile > 0, np.float32(1), np.float32(0.45))
        part.paint(teeth, np.float32([0.96, 0.95, 0.92])[:, None, None, None])
        seam = np.maximum(np.abs(dv) - 0.013, end - 0.008)
        part.shade(part.cover(seam) * part.face * (part['mouth_open'] == 0), np.float32(0.42))
        # A smile makes folds in the cheeks, beside the corners of the mouth.
        folds = blob(np.abs(part.u) - wide - 0.035, part.v - line, 0.035, 0.07)
        part.shade(folds * np.maximum(smile, 0) * part.face, 0.75)


def age(scene):
    """Lines on the forehead and from the nose to the mouth, and a double chin."""
    with scene.within(-0.65, 0.65, 0.6, ~scene.has('young')) as part:
        for v in (-0.41, -0.34):
            distance = np.maximum(np.abs(part.v - np.float32(v) - part.u * part.u * 0.3) - 0.006, np.abs(part.u) - 0.26)
            part.shade(part.cover(distance) * part.face, 0.84)
        fold = np.abs(np.abs(part.u) - 0.13 - 0.42 * (part.v - 0.2)) - 0.009
        part.shade(part.cover(np.maximum(fold, np.abs(part.v - 0.3) - 0.1)) * part.face, 0.68)
    with scene.within(0.4, 1, 0.6, scene.has('double_chin')) as part:
        line = np.abs(part.v - 0.6 + part.u * part.u * 0.9) - 0.011
        part.shade(part.cover(np.maximum(line, np.abs(part.u) - 0.26)), 0.66)


def beard(scene, hues):
    """Stubble, goatee, mustache, full beard and sideburns."""
    colour = scene.colours(hues.beard)
    chosen = scene.has('stubble') | scene.has('full_beard')
    with scene.within(-0.3, 0.9, 0.9, chosen) as part:
        cheeks = 0.3 - 0.42 * part.side * part.side + 0.1 * (1 - part['full_beard'])
        part.paint(part.cover(cheeks - part.v) * part.face * mix(0.34, 0.95, part['full_beard']),
                   colour[:, chosen] * (0.65 + 0.4 * part.light))
    chosen = scene.has('goatee')
    with scene.within(0.25, 0.9, 0.5, chosen) as part:
        distance = ellipse(part.u, part.v - 0.58, 0.16, 0.13)
        part.paint(part.cover(distance) * part.face * 0.95, colour[:, chosen] * (0.65 + 0.4 * part.light))
    chosen = scene.has('mustache')
    with scene.within(0.05, 0.65, 0.55, chosen) as part:
        t = part.u / 0.22
        distance = np.maximum(0.275 + 0.07 * t * t - part.v, part.v - 0.365 - 0.05 * t * t)
        distance = np.maximum(distance, np.abs(part.u) - 0.21)
        part.paint(part.cover(distance) * part.face * 0.95, colour[:, chosen] * (0.65 + 0.4 * part.light))
    chosen = scene.has('sideburns')
    with scene.within(-0.35, 0.4, 0.9, chosen) as part:
        distance = np.maximum(0.7 - part.side, part.v - 0.22)
        part.paint(part.cover(distance) * part.face * 0.9, colour[:, chosen])
