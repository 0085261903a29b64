"""Hair: behind the head, around the face, and its strands."""
from types import SimpleNamespace

import numpy as np

from .shapes import box, ellipse, mix, rgb, wave

# The darkest and the lightest tone of each hair colour, in the order of people.HAIR.
TONES = np.stack([rgb('120e0d', '2b2320'), rgb('3f2617', '7d5233'), rgb('b98a45', 'f0d592'), rgb('7d7d80', 'd9d9d9'),
                  rgb('7a2a12', 'c05a25')])


def colours(p):
    """A namespace with the colours of ``hair``, ``brow`` and ``beard``, ``(3, B)`` each."""
    tones = TONES[p['hair'].astype(np.int64)]
    tone = mix(tones[:, 0], tones[:, 1], p['hair_tone'][:, None]).T
    return SimpleNamespace(hair=tone, brow=tone * 0.68, beard=tone * 0.82)


def grow(scene):
    """Set ``scene.hair``, the distance to the edge of the hair, and ``scene.strands``, the brightness of the strands.

    Bald heads have no hair: every pixel is far outside of it.
    """
    # A hat flattens the hair.
    free = 1 - np.float32(0.85) * (scene['hat'] > 0)
    length, volume, curls = scene['hair_length'], scene['hair_volume'] * free, scene['hair_wave'] * (0.25 + 0.75 * free)
    thick = 0.05 + 0.09 * volume + 0.05 * curls * volume
    waved = wave(scene.v * 2.3 + scene['hair_part'])
    thick = thick + curls * 0.028 * (waved + wave(scene.x * 2.1 - scene['hair_tone']))
    wide = scene['radius'] + thick * 0.8
    cap = ellipse(scene.x, scene.v, wide, 0.67 + thick)
    # Below v = 0 the hair hangs down, a little wider where it is longer, with round and uneven ends.
    end = 0.04 + length * 1.1 + 0.05 * length * wave(scene.x * 3.1 + scene['hair_part'])
    width = wide + np.maximum(scene.v, 0) * 0.12 * volume
    hanging = box(scene.x, scene.v, width, end, np.minimum(end, 0.2))
    scene.hair = np.where(scene.v < 0, cap, hanging) + 9 * scene['bald']
    fan = scene.x * 7 / (0.6 + np.abs(scene.v + 0.75) * 0.5)
    strands = wave(fan + curls * 0.45 * waved)
    gloss = 0.27 - np.abs(scene.v + 0.5 - scene['light_y'] * 0.2 - scene.x * scene.x * 0.3)
    scene.strands = (0.9 + 0.1 * strands + np.maximum(gloss, 0) + scene.x * (scene['light_x'] * 0.3))


def behind(scene, hues):
    """Hair that is visible beside the head and neck."""
    scene.paint(scene.cover(scene.hair), scene.colours(hues.hair * 0.72) * scene.strands)


def front(scene, hues):
    """Hair on the skull down to the hairline, or the ring of hair around a bald head."""
    with scene.within(-1, 0.9) as part:
        bangs, receding = part['bangs'], part['receding']
        top = mix(mix(-0.54, -0.29, bangs), -0.58, receding)
        ends = 0.05 + 1.3 * np.minimum(part['hair_length'], 0.6)
        # The parting is the highest point of the hairline, to one side of the centre.
        offset = np.minimum(np.abs(part.u - part['hair_part'] * 0.3), 0.5)
        aside = (ends - top) * part.side ** 2
        line = top + aside * part.side + offset * (0.26 * (1 - bangs))
        line += (0.012 + 0.02 * bangs) * wave(part.u * 6 + part['hair_part'])
        if receding.any():
            # The hairline recedes in two places, left and right of the centre.
            temples = np.maximum(0.2 - np.abs(np.abs(part.u) - 0.26), 0)
            line -= receding * (temples * 0.8 - 0.1)
        # Where the hairline is steep, its distance is less than the vertical one.
        distance = np.maximum(part.hair, (part.v - line) / (1 + 4 * aside))
        part.paint(part.cover(distance), part.colours(hues.hair) * part.strands)
    chosen = scene.has('bald') & (scene.has('sideburns') | ~scene.has('young'))
    with scene.within(-0.5, 0.4, 1, chosen) as part:
        distance = ellipse(part.side - 1.25, part.v + 0.08, 0.45, 0.17)
        part.paint(part.cover(distance) * part.face, part.colours(hues.hair[:, chosen]))
