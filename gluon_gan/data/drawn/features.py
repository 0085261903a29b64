"""Eyes, brows, nose, mouth, beard: drawn in the head's own coordinates, so that they turn with it."""
import numpy as np

from .scene import EYES
from .shapes import blob, circle, ellipse, mix, ramp, rgb

IRIS = rgb('2e1a10', '5a3a1e', '7a5a2c', '5f7440', '4f8a8b', '4a7fb5', '8fa3b0')
LIPS = rgb('c8102e', 'd6336c', 'a4133c', 'e05780', '8d1f2d')
GAP = 0.255    # u of the eyes
MOUTH = 0.385  # v of the mouth


def eyes(scene, p):
    """Whites, irises, pupils with a light in them, lids and lashes; eyeshadow and bags where there are any."""
    iris = ramp(IRIS, p['eye_hue'] ** 2)
    with scene.within(-0.45, 0.25) as part:
        right = np.sign(part.u)
        du = np.abs(part.u) - (np.float32(GAP) + np.float32(0.02) * part['eye_gap'])
        dv = part.v - EYES + part['eye_slant'] * np.float32(0.12) * du
        wide = np.float32(0.128) + np.float32(0.014) * part['eye_size']
        arch = 1 - (du / wide) ** 2
        opened = (1 + np.float32(0.18) * part['eye_size']) * (1 - np.float32(0.55) * part['narrow'])
        upper = np.float32(-0.082) * opened * arch
        # A smile lifts the lower lid.
        lower = np.float32(0.055) * (opened - np.float32(0.25) * np.maximum(part['smile'], 0)) * arch
        part.shade(blob(du, dv + np.float32(0.03), np.float32(0.24), np.float32(0.17)) * part.face, np.float32(0.86))
        makeup = part['makeup'] * blob(du, dv + np.float32(0.085), np.float32(0.2), np.float32(0.1)) * part.face
        part.paint(makeup * np.float32(0.75), mix(rgb('7a4b8c')[0], rgb('4a7f9c')[0], 0.5)[:, None, None, None])
        bags = part['bags'] * blob(du, dv - np.float32(0.11), np.float32(0.15), np.float32(0.06)) * part.face
        part.shade(bags, np.float32(0.62))
        white = part.cover(np.maximum(upper - dv, dv - lower)) * part.face
        part.paint(white, (np.float32([0.97, 0.96, 0.95])[:, None, None, None]) * (np.float32(0.55) + np.float32(0.45) * part.light))
        ix, iy = du - part['gaze'] * np.float32(0.04) * right, dv + np.float32(0.012)
        part.paint(part.cover(circle(ix, iy, np.float32(0.068))) * white, part.colours(iris))
        part.paint(part.cover(circle(ix, iy, np.float32(0.032))) * white, np.float32(0.05))
        part.paint(part.cover(circle(ix + np.float32(0.022) * right, iy + np.float32(0.028), np.float32(0.016))) * white, np.float32(1))
        thick = np.float32(0.011) + np.float32(0.006) * (1 - part['male']) + np.float32(0.012) * part['makeup']
        lash = np.maximum(np.abs(dv - upper) - thick, np.abs(du) - wide * np.float32(1.05))
        part.paint(part.cover(lash) * part.face, np.float32([0.16, 0.09, 0.07])[:, None, None, None])


def brows(scene, hues):
    """One over each eye, in the colour of the hair and somewhat darker."""
    with scene.within(-0.6, 0.1) as part:
        du = np.abs(part.u) - np.float32(GAP + 0.01)
        t = du / np.float32(0.17)
        middle = np.float32(EYES - 0.135) - np.float32(0.02) * part['brow_height'] - np.float32(0.03) * part['arched']
        line = middle + (np.float32(0.035) + np.float32(0.065) * part['arched']) * (t * t - np.float32(0.5)) - np.float32(0.012) * t
        thick = np.float32(0.017) + np.float32(0.008) * part['male'] + np.float32(0.025) * part['bushy']
        distance = np.maximum(np.abs(part.v - line) - thick * (1 - np.float32(0.35) * t), np.abs(du) - np.float32(0.165))
        part.paint(part.cover(distance) * part.face * np.float32(0.88), part.colours(hues.brow))


def nose(scene, p):
    """Light down the ridge, shade beside and under it, nostrils. It stands out from the head, so it turns further."""
    big, pointy = (p['nose'] == 1).astype(np.float32), (p['nose'] == 2).astype(np.float32)
    with scene.within(-0.3, 0.5) as part:
        big, pointy = big[:, None, None], pointy[:, None, None]
        tip = np.float32(0.2) + np.float32(0.025) * part['nose_length'] + np.float32(0.02) * big
        down = np.clip((part.v - EYES) / (tip - EYES), 0, 1)
        x = part.x - part['turn'] * (part['radius'] * np.float32(0.95) + np.float32(0.17) * down)
        wide = np.float32(0.085) + np.float32(0.04) * big - np.float32(0.025) * pointy
        dv = part.v - tip
        away = np.where(part['light_x'] + part['turn'] > 0, np.float32(-1), np.float32(1))
        ridge = blob(x - away * (np.float32(0.02) + wide * down * np.float32(0.75)), dv + np.float32(0.1), np.float32(0.07), np.float32(0.24))
        part.shade(ridge * part.face, np.float32(0.8))
        part.shade(blob(x, dv - np.float32(0.045), wide * np.float32(1.6), np.float32(0.06)) * part.face, np.float32(0.66))
        part.shade(blob(x, dv + np.float32(0.015), wide * np.float32(0.8), np.float32(0.07)) * part.face, np.float32(1.13))
        part.shade(blob(np.abs(x) - wide, dv - np.float32(0.005), np.float32(0.03), np.float32(0.06)) * part.face, np.float32(0.72))
        holes = ellipse(np.abs(x) - wide * np.float32(0.5), dv - np.float32(0.03), np.float32(0.026), np.float32(0.014))
        part.shade(part.cover(holes) * part.face, np.float32(0.42))


def mouth(scene, p):
    """Two lips about a line that the smile bends; open, it shows teeth in a smile and the dark of the mouth below them."""
    natural = np.stack([p['skin'] * np.float32(-0.38) + np.float32(0.82), p['skin'] * np.float32(-0.27) + np.float32(0.49),
                        p['skin'] * np.float32(-0.24) + np.float32(0.47)])
    colour = mix(natural, ramp(LIPS, p['lipstick_hue']), p['lipstick'] * np.float32(0.92))
    with scene.within(0.08, 0.75) as part:
        smile = part['smile']
        wide = np.float32(0.185) + np.float32(0.05) * smile - np.float32(0.015) * part['mouth_open']
        t = part.u / wide
        inside = np.maximum(1 - t * t, 0)
        line = np.float32(MOUTH) - smile * np.float32(0.085) * (t * t - np.float32(0.4))
        full = np.float32(0.75) + np.float32(0.3) * part['lips'] + np.float32(0.65) * part['big_lips']
        gap = part['mouth_open'] * np.float32(0.105) * inside
        upper, lower = np.float32(0.042) * full * inside, np.float32(0.055) * full * inside
        upper = upper * (1 - np.float32(0.3) * np.maximum(1 - np.abs(t) * 5, 0))  # the bow
        end = np.abs(part.u) - wide
        dv = part.v - line
        lips = part.cover(np.maximum(np.maximum(-upper - dv, dv - gap - lower), end)) * part.face
        shade = blob(part.u, part.v - np.float32(MOUTH + 0.13) - part['mouth_open'] * np.float32(0.09), np.float32(0.15), np.float32(0.05))
        part.shade(shade * part.face, np.float32(0.8))
        lit = np.where(dv < gap, np.float32(0.86), np.float32(1.06)) * (np.float32(0.6) + np.float32(0.42) * part.light)
        part.paint(lips, part.colours(colour) * lit)
        hollow = part.cover(np.maximum(np.maximum(-dv, dv - gap), end)) * part.face * (part['mouth_open'] > 0)
        part.paint(hollow, np.float32([0.27, 0.07, 0.08])[:, None, None, None])
        teeth = part.cover(np.maximum(np.maximum(-dv, dv - gap * np.float32(0.62)), end + np.float32(0.02))) * hollow
        part.paint(teeth * np.where(smile > 0, np.float32(1), np.float32(0.45)), np.float32([0.96, 0.95, 0.92])[:, None, None, None])
        seam = np.maximum(np.abs(dv) - np.float32(0.013), end - np.float32(0.008))
        part.shade(part.cover(seam) * part.face * (part['mouth_open'] == 0), np.float32(0.42))
        # The corners of a smile press folds into the cheeks.
        folds = blob(np.abs(part.u) - wide - np.float32(0.035), part.v - line, np.float32(0.035), np.float32(0.07))
        part.shade(folds * np.maximum(smile, 0) * part.face, np.float32(0.75))


def age(scene):
    """Lines on the forehead and from the nose to the mouth, and a second chin."""
    with scene.within(-0.65, 0.65, ~scene.has('young')) as part:
        for v in (-0.41, -0.34):
            distance = np.maximum(np.abs(part.v - np.float32(v) - part.u * part.u * np.float32(0.3)) - np.float32(0.006), np.abs(part.u) - np.float32(0.26))
            part.shade(part.cover(distance) * part.face, np.float32(0.84))
        fold = np.abs(np.abs(part.u) - np.float32(0.13) - np.float32(0.42) * (part.v - np.float32(0.2))) - np.float32(0.009)
        part.shade(part.cover(np.maximum(fold, np.abs(part.v - np.float32(0.3)) - np.float32(0.1))) * part.face, np.float32(0.68))
    with scene.within(0.4, 1, scene.has('double_chin')) as part:
        line = np.abs(part.v - np.float32(0.6) + part.u * part.u * np.float32(0.9)) - np.float32(0.011)
        part.shade(part.cover(np.maximum(line, np.abs(part.u) - np.float32(0.26))), np.float32(0.66))


def beard(scene, hues):
    """Stubble, a goatee, a mustache, a full beard, sideburns."""
    colour = scene.colours(hues.beard)
    who = scene.has('stubble') | scene.has('full_beard')
    with scene.within(-0.3, 0.9, who) as part:
        cheeks = np.float32(0.3) - np.float32(0.42) * part.side * part.side + np.float32(0.1) * (1 - part['full_beard'])
        part.paint(part.cover(cheeks - part.v) * part.face * mix(np.float32(0.34), np.float32(0.95), part['full_beard']),
                   colour[:, who] * (np.float32(0.65) + np.float32(0.4) * part.light))
    who = scene.has('goatee')
    with scene.within(0.25, 0.9, who) as part:
        distance = ellipse(part.u, part.v - np.float32(0.58), np.float32(0.16), np.float32(0.13))
        part.paint(part.cover(distance) * part.face * np.float32(0.95), colour[:, who] * (np.float32(0.65) + np.float32(0.4) * part.light))
    who = scene.has('mustache')
    with scene.within(0.05, 0.65, who) as part:
        t = part.u / np.float32(0.22)
        distance = np.maximum(np.float32(0.275) + np.float32(0.07) * t * t - part.v, part.v - np.float32(0.365) - np.float32(0.05) * t * t)
        distance = np.maximum(distance, np.abs(part.u) - np.float32(0.21))
        part.paint(part.cover(distance) * part.face * np.float32(0.95), colour[:, who] * (np.float32(0.65) + np.float32(0.4) * part.light))
    who = scene.has('sideburns')
    with scene.within(-0.35, 0.4, who) as part:
        distance = np.maximum(np.float32(0.7) - part.side, part.v - np.float32(0.22))
        part.paint(part.cover(distance) * part.face * np.float32(0.9), colour[:, who])
