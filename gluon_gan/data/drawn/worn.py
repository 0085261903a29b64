"""What people wear: clothes, ties, necklaces, earrings, glasses, hats."""
import numpy as np

from .features import GAP
from .scene import EYES
from .shapes import box, circle, ellipse, hsv, mix, ramp, rgb, wave

FRAMES = rgb('14110f', '2a1a12', '5b3418', '1d2b4f', '7a1f2b', '8a8d91', 'b08d3c')
GOLD = rgb('e8bf4a')[0][:, None, None, None]


def clothes(scene, p):
    """Shoulders in one colour, darker at the neck."""
    colour = hsv(p['cloth_hue'], p['cloth_depth'], p['cloth_light'])
    with scene.within(0.35, 1) as part:
        wide = np.float32(0.95) + np.float32(0.15) * part['male'] + np.float32(0.1) * part['chubby']
        distance = ellipse(part.X + part['turn'] * np.float32(0.2), part.Y - np.float32(1.25), wide, np.float32(0.55))
        fold = np.float32(0.86) + np.float32(0.14) * part.X * part['light_x'] + np.float32(0.05) * wave(part.X * 2 + part.Y)
        part.paint(part.cover(distance), part.colours(colour) * fold)


def at_the_neck(scene, p):
    """A collar with a tie, or a necklace."""
    tie = hsv(p['tie_hue'], np.float32(0.75), np.float32(0.3) + np.float32(0.4) * p['cloth_depth'])
    who = scene.has('necktie')
    with scene.within(0.5, 1, who) as part:
        x = np.abs(part.x - part['turn'] * np.float32(0.12))
        collar = np.maximum(x - np.float32(0.36), np.abs(part.v - np.float32(0.98) + x * np.float32(0.5)) - np.float32(0.13))
        part.paint(part.cover(collar), np.float32([0.94, 0.94, 0.96])[:, None, None, None])
        wide = np.float32(0.075) + np.maximum(part.v - np.float32(0.84), 0) * np.float32(0.35)
        part.paint(part.cover(np.maximum(x - wide, np.float32(0.79) - part.v)), part.colours(tie[:, who]))
        part.shade(part.cover(np.abs(part.v - np.float32(0.87)) - np.float32(0.008)) * part.cover(x - wide), np.float32(0.6))
    with scene.within(0.5, 1, scene.has('necklace')) as part:
        x = part.x - part['turn'] * np.float32(0.12)
        chain = np.abs(part.v - np.float32(0.87) + x * x * np.float32(1.4)) - np.float32(0.022)
        beads = np.float32(0.75) + np.float32(0.35) * wave(x * 12)
        part.paint(part.cover(np.maximum(chain, np.abs(x) - np.float32(0.3))), GOLD * beads)


def earrings(scene):
    """One below each ear that shows."""
    with scene.within(0, 0.6, scene.has('earrings')) as part:
        out = part['radius'] + np.float32(0.025) - np.sign(part.x) * part['turn'] * np.float32(0.16)
        distance = circle(np.abs(part.x) - out, part.v - np.float32(0.23), np.float32(0.05))
        part.paint(part.cover(distance), GOLD)
        part.paint(part.cover(distance + np.float32(0.03)), np.float32(1))


def glasses(scene, p):
    """Two rims, a bridge and temples; lenses from clear to black."""
    frame = ramp(FRAMES, p['glasses_hue'])
    who = scene.has('glasses')
    with scene.within(-0.5, 0.35, who) as part:
        size, curved = part['glasses_size'], part['glasses_round']
        wide, high = np.float32(0.185) * size, mix(np.float32(0.12), np.float32(0.165), curved) * size
        du, dv = np.abs(part.u) - np.float32(GAP + 0.01), part.v - np.float32(EYES + 0.01)
        rim = box(du, dv, wide, high, mix(np.float32(0.04), high, curved))
        lens = part.cover(rim)
        part.paint(lens * (part['lens'] + np.float32(0.1)), mix(np.float32(0.75), np.float32(0.06), part['lens'] > 0))
        glare = part.cover(np.abs(du - dv * np.float32(0.8) + np.float32(0.05)) - np.float32(0.025)) * part.cover(rim + np.float32(0.03))
        part.paint(glare * np.float32(0.3), np.float32(1))
        thick = np.float32(0.021)
        bridge = np.maximum(np.abs(dv + np.float32(0.03)) - thick, du + wide)
        temple = np.maximum(np.abs(dv + np.float32(0.03)) - thick, wide - du)
        line = part.cover(np.minimum(np.minimum(np.abs(rim) - thick, bridge), temple))
        part.paint(line * np.maximum(part.face, lens), part.colours(frame[:, who]))


def hats(scene, p):
    """Beanies, caps with a visor, hats with a brim."""
    colour = hsv(p['hat_hue'], p['hat_depth'], p['hat_light'])
    dark = (p['light_y'] * np.float32(0.2) + np.float32(0.72))
    beanie, cap, brimmed = (p['hat'] == place for place in (1, 2, 3))
    who = beanie | cap
    with scene.within(-1, 0.1, who) as part:
        x = part.x - part['turn'] * np.float32(0.1)
        tall = np.float32(0.8) + np.float32(0.05) * (part['hat'] == 1)
        crown = ellipse(x, part.v, part['radius'] + np.float32(0.13), tall)
        edge = np.float32(-0.36) + np.float32(0.08) * (x * x - part['turn'] * x)
        knit = 1 - (part['hat'] == 1) * np.float32(0.1) * (1 + wave(x * 9 / (np.float32(1.3) + part.v)))
        lit = np.float32(0.85) + part.x * part['light_x'] * np.float32(0.35) - np.float32(0.15) * np.abs(x)
        part.paint(part.cover(np.maximum(crown, part.v - edge)), part.colours(colour[:, who]) * (lit * knit))
        band = np.maximum(crown - np.float32(0.025), np.abs(part.v - edge + np.float32(0.07)) - np.float32(0.085))
        part.paint(part.cover(band) * (part['hat'] == 1), part.colours((colour * np.float32(0.75))[:, who]) * (lit * (1 + np.float32(0.12) * wave(x * 8))))
    with scene.within(-0.8, 0.1, cap) as part:
        x = part.x - part['turn'] * np.float32(0.75)
        visor = np.maximum(ellipse(x, part.v + np.float32(0.29), np.float32(0.52), np.float32(0.16)), part.v + np.float32(0.27) - x * x * np.float32(0.3))
        part.paint(part.cover(visor), part.colours((colour * dark)[:, cap]))
        part.shade(part.cover(np.abs(visor) - np.float32(0.008)), np.float32(0.75))
    with scene.within(-1, 0.1, brimmed) as part:
        x = part.x - part['turn'] * np.float32(0.1)
        lit = np.float32(0.85) + part.x * part['light_x'] * np.float32(0.35)
        crown = box(x, part.v + np.float32(0.66), part['radius'] * np.float32(0.9), np.float32(0.3), np.float32(0.2))
        part.paint(part.cover(crown), part.colours(colour[:, brimmed]) * lit)
        part.paint(part.cover(np.maximum(crown, np.abs(part.v + np.float32(0.5)) - np.float32(0.06))), part.colours((colour * np.float32(0.4))[:, brimmed]))
        brim = ellipse(x, part.v + np.float32(0.4) - x * x * np.float32(0.1), part['radius'] + np.float32(0.4), np.float32(0.1))
        part.paint(part.cover(brim), part.colours((colour * np.float32(0.9))[:, brimmed]) * lit)
