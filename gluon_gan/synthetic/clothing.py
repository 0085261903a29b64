"""Clothes, ties, necklaces, earrings, glasses and hats."""
import numpy as np

from .facial_features import GAP
from .scene import EYES
from .shapes import box, circle, ellipse, hsv, mix, ramp, rgb, wave

FRAMES = rgb('14110f', '2a1a12', '5b3418', '1d2b4f', '7a1f2b', '8a8d91', 'b08d3c')
GOLD = rgb('e8bf4a')[0][:, None, None, None]


def clothes(scene, p):
    """Clothes on the shoulders, in one colour with soft folds."""
    colour = hsv(p['cloth_hue'], p['cloth_depth'], p['cloth_light'])
    with scene.within(0.35, 1) as part:
        wide = 0.95 + 0.15 * part['male'] + 0.1 * part['chubby']
        distance = ellipse(part.X + part['yaw_sin'] * 0.2, part.Y - 1.25, wide, 0.55)
        fold = 0.86 + 0.14 * part.X * part['light_x'] + 0.05 * wave(part.X * 2 + part.Y)
        part.paint(part.cover(distance), part.colours(colour) * fold)


def at_the_neck(scene, p):
    """A collar with a tie, or a necklace."""
    tie = hsv(p['tie_hue'], 0.75, 0.3 + 0.4 * p['cloth_depth'])
    chosen = scene.has('necktie')
    with scene.within(0.5, 1, 0.7, chosen) as part:
        x = np.abs(part.x - part['yaw_sin'] * 0.12)
        collar = np.maximum(x - 0.36, np.abs(part.v - 0.98 + x * 0.5) - 0.13)
        part.paint(part.cover(collar), np.float32([0.94, 0.94, 0.96])[:, None, None, None])
        wide = 0.075 + np.maximum(part.v - 0.84, 0) * 0.35
        part.paint(part.cover(np.maximum(x - wide, 0.79 - part.v)), part.colours(tie[:, chosen]))
        part.shade(part.cover(np.abs(part.v - 0.87) - 0.008) * part.cover(x - wide), 0.6)
    with scene.within(0.5, 1, 0.7, scene.has('necklace')) as part:
        x = part.x - part['yaw_sin'] * 0.12
        chain = np.abs(part.v - 0.87 + x * x * 1.4) - 0.022
        beads = 0.75 + 0.35 * wave(x * 12)
        part.paint(part.cover(np.maximum(chain, np.abs(x) - 0.3)), GOLD * beads)


def earrings(scene):
    """An earring below each visible ear."""
    with scene.within(0, 0.6, 1, scene.has('earrings')) as part:
        out = part['radius'] + 0.025 - np.sign(part.x) * part['yaw_sin'] * 0.16
        distance = circle(np.abs(part.x) - out, part.v - 0.23, 0.05)
        part.paint(part.cover(distance), GOLD)
        part.paint(part.cover(distance + 0.03), 1)


def glasses(scene, p):
    """Glasses: two rims, a bridge, temples, and lenses from clear to black."""
    frame = ramp(FRAMES, p['glasses_hue'])
    chosen = scene.has('glasses')
    with scene.within(-0.5, 0.35, 0.9, chosen) as part:
        size, curved = part['glasses_size'], part['glasses_round']
        wide, high = 0.185 * size, mix(0.12, 0.165, curved) * size
        du, dv = np.abs(part.u) - np.float32(GAP + 0.01), part.v - np.float32(EYES + 0.01)
        rim = box(du, dv, wide, high, mix(0.04, high, curved))
        # u is not defined beyond the edge of the head, so the frame may stand out by no more than its thickness.
        visible = part.cover(np.abs(part.x) - part['radius'] - 0.03)
        lens = part.cover(rim) * visible
        part.paint(lens * (part['lens'] + np.float32(0.1)), mix(np.float32(0.75), np.float32(0.06), part['lens'] > 0))
        glare = part.cover(np.abs(du - dv * 0.8 + 0.05) - 0.025) * part.cover(rim + 0.03)
        part.paint(glare * visible * 0.3, 1)
        thick = 0.021
        bridge = np.maximum(np.abs(dv + 0.03) - thick, du + wide)
        temple = np.maximum(np.abs(dv + 0.03) - thick, wide - du)
        line = part.cover(np.minimum(np.minimum(np.abs(rim) - thick, bridge), temple))
        part.paint(line * visible, part.colours(frame[:, chosen]))


def hats(scene, p):
    """Beanies, caps with a visor, and hats with a brim."""
    colour = hsv(p['hat_hue'], p['hat_depth'], p['hat_light'])
    dark = (p['light_y'] * 0.2 + 0.72)
    beanie, cap, brimmed = (p['hat'] == index for index in (1, 2, 3))
    chosen = beanie | cap
    with scene.within(-1, 0.1, 1, chosen) as part:
        x = part.x - part['yaw_sin'] * 0.1
        tall = np.float32(0.8) + np.float32(0.05) * (part['hat'] == 1)
        crown = ellipse(x, part.v, part['radius'] + 0.13, tall)
        edge = -0.36 + 0.08 * (x * x - part['yaw_sin'] * x)
        knit = 1 - (part['hat'] == 1) * np.float32(0.1) * (1 + wave(x * 9 / (np.float32(1.3) + part.v)))
        lit = 0.85 + part.x * part['light_x'] * 0.35 - 0.15 * np.abs(x)
        part.paint(part.cover(np.maximum(crown, part.v - edge)), part.colours(colour[:, chosen]) * (lit * knit))
        band = np.maximum(crown - 0.025, np.abs(part.v - edge + 0.07) - 0.085)
        ribs = lit * (0.75 + 0.09 * wave(x * 8))
        part.paint(part.cover(band) * (part['hat'] == 1), part.colours(colour[:, chosen]) * ribs)
    with scene.within(-0.8, 0.1, 1, cap) as part:
        x = part.x - part['yaw_sin'] * 0.75
        visor = np.maximum(ellipse(x, part.v + 0.29, 0.52, 0.16), part.v + 0.27 - x * x * 0.3)
        part.paint(part.cover(visor), part.colours((colour * dark)[:, cap]))
        part.shade(part.cover(np.abs(visor) - 0.008), 0.75)
    with scene.within(-1, 0.1, 1, brimmed) as part:
        x = part.x - part['yaw_sin'] * 0.1
        lit = 0.85 + part.x * part['light_x'] * 0.35
        crown = box(x, part.v + 0.66, part['radius'] * 0.9, 0.3, 0.2)
        part.paint(part.cover(crown), part.colours(colour[:, brimmed]) * lit)
        part.paint(part.cover(np.maximum(crown, np.abs(part.v + 0.5) - 0.06)), part.colours((colour * 0.4)[:, brimmed]))
        brim = ellipse(x, part.v + 0.4 - x * x * 0.1, part['radius'] + 0.4, 0.1)
        part.paint(part.cover(brim), part.colours((colour * 0.9)[:, brimmed]) * lit)
