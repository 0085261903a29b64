"""Hair: what hangs behind the head, what frames the face, and its strands."""
from types import SimpleNamespace

import numpy as np

from .shapes import box, ellipse, mix, rgb, wave

# From a kind's darkest to its lightest, in the order of people.HAIR.
TONES = np.stack([rgb('120e0d', '2b2320'), rgb('3f2617', '7d5233'), rgb('b98a45', 'f0d592'), rgb('7d7d80', 'd9d9d9'),
                  rgb('7a2a12', 'c05a25')])


def colours(p):
    """The colours of hair, brows and beards, ``(3, B)`` each, as attributes ``hair``, ``brow`` and ``beard``."""
    kinds = TONES[p['hair'].astype(np.int64)]
    tone = mix(kinds[:, 0], kinds[:, 1], p['hair_tone'][:, None]).T
    return SimpleNamespace(hair=tone, brow=tone * 0.68, beard=tone * 0.82)


def grow(scene):
    """Set how far each pixel is from the edge of all the hair, and how light the strand there is; bald heads have none."""
    # A hat presses the hair down.
    free = 1 - np.float32(0.85) * (scene['hat'] > 0)
    length, volume, curls = scene['hair_length'], scene['hair_volume'] * free, scene['hair_wave'] * (0.25 + 0.75 * free)
    thick = 0.05 + 0.09 * volume + 0.05 * curls * volume
    waved = wave(scene.v * 2.3 + scene['hair_part'])
    thick = thick + curls * 0.028 * (waved + wave(scene.x * 2.1 - scene['hair_tone']))
    wide = scene['radius'] + thick * 0.8
    cap = ellipse(scene.x, scene.v, wide, 0.67 + thick)
    # Below the eyes it hangs, a little wider where it is longer, and its ends are round and uneven.
    end = 0.04 + length * 1.1 + 0.05 * length * wave(scene.x * 3.1 + scene['hair_part'])
    spread = wide + np.maximum(scene.v, 0) * 0.12 * volume
    hanging = box(scene.x, scene.v, spread, end, np.minimum(end, 0.2))
    scene.hair = np.where(scene.v < 0, cap, hanging) + 9 * scene['bald']
    fan = scene.x * 7 / (0.6 + np.abs(scene.v + 0.75) * 0.5)
    strands = wave(fan + curls * 0.45 * waved)
    gloss = 0.27 - np.abs(scene.v + 0.5 - scene['light_y'] * 0.2 - scene.x * scene.x * 0.3)
    scene.strands = (0.9 + 0.1 * strands + np.maximum(gloss, 0) + scene.x * (scene['light_x'] * 0.3))


def behind(scene, hues):
    """Hair that shows beside the head and neck."""
    scene.paint(scene.cover(scene.hair), scene.colours(hues.hair * 0.72) * scene.strands)


def front(scene, hues):
    """Hair over the skull down to the hairline; the fringe around the back of a bald head."""
    with scene.within(-1, 0.9) as part:
        bangs, receding = part['bangs'], part['receding']
        top = mix(mix(-0.54, -0.29, bangs), -0.58, receding)
        ends = 0.05 + 1.3 * np.minimum(part['hair_length'], 0.6)
        # A parting is the highest point of the line, and it is to one side of the middle.
        off = np.minimum(np.abs(part.u - part['hair_part'] * 0.3), 0.5)
        aside = (ends - top) * part.side ** 2
        line = top + aside * part.side + off * (0.26 * (1 - bangs))
        line += (0.012 + 0.02 * bangs) * wave(part.u * 6 + part['hair_part'])
        if receding.any():
            # Two bays, to the left and right of what is left in the middle.
            bays = np.maximum(0.2 - np.abs(np.abs(part.u) - 0.26), 0)
            line -= receding * (bays * 0.8 - 0.1)
        # Where the line falls steeply, it is nearer than its height says.
        distance = np.maximum(part.hair, (part.v - line) / (1 + 4 * aside))
        part.paint(part.cover(distance), part.colours(hues.hair) * part.strands)
    who = scene.has('bald') & (scene.has('sideburns') | ~scene.has('young'))
    with scene.within(-0.5, 0.4, 1, who) as part:
        distance = ellipse(part.side - 1.25, part.v + 0.08, 0.45, 0.17)
        part.paint(part.cover(distance) * part.face, part.colours(hues.hair[:, who]))
