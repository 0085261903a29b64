"""Hair: what hangs behind the head, what frames the face, and its strands."""
from types import SimpleNamespace

import numpy as np

from .shapes import box, ellipse, mix, rgb, wave

# From a kind's darkest to its lightest, in the order of people.HAIR.
TONES = [rgb('120e0d', '2b2320'), rgb('3f2617', '7d5233'), rgb('b98a45', 'f0d592'), rgb('7d7d80', 'd9d9d9'), rgb('7a2a12', 'c05a25')]


def colours(p):
    """The colours of hair, brows and beards, ``(3, B)`` each, as attributes ``hair``, ``brow`` and ``beard``."""
    kinds = np.stack(TONES)[p['hair'].astype(np.int64)]
    tone = mix(kinds[:, 0], kinds[:, 1], p['hair_tone'][:, None]).T
    return SimpleNamespace(hair=tone, brow=tone * np.float32(0.68), beard=tone * np.float32(0.82))


def behind(scene, hues):
    """Hair that shows beside the head and neck, for all who are not bald."""
    who = ~scene.has('bald')
    with scene.within(-1, 1, who) as part:
        part.paint(part.cover(_outline(part)), _strands(part, part.colours(hues.hair[:, who])) * np.float32(0.72))


def front(scene, hues):
    """Hair over the skull down to the hairline; the fringe around the back of a bald head."""
    who = ~scene.has('bald')
    with scene.within(-1, 0.9, who) as part:
        bangs, receding = part['bangs'], part['receding']
        top = mix(mix(np.float32(-0.5), np.float32(-0.27), bangs), np.float32(-0.6), receding)
        ends = np.float32(0.05) + np.float32(1.3) * np.minimum(part['hair_length'], np.float32(0.6))
        side = part.side ** 2
        # A parting is the highest point of the line, and it is to one side of the middle.
        off = part.u - part['hair_part'] * np.float32(0.3)
        line = top + (ends - top) * side * part.side + np.minimum(np.abs(off), np.float32(0.5)) * np.float32(0.16) * (1 - bangs)
        line = line + receding * (np.float32(0.16) - np.float32(0.75) * np.minimum(np.abs(np.abs(part.u) - np.float32(0.28)) * np.float32(-1) + np.float32(0.2), np.float32(0.2)))
        ragged = np.float32(0.012) + np.float32(0.03) * bangs
        line = line + ragged * wave(part.u * np.float32(9) + part['hair_part']) + np.float32(0.02) * part['hair_wave'] * wave(part.u * 4)
        distance = np.maximum(_outline(part), part.v - line)
        part.paint(part.cover(distance), _strands(part, part.colours(hues.hair[:, who])))
    who = scene.has('bald') & (scene.has('sideburns') | ~scene.has('young'))
    with scene.within(-0.5, 0.4, who) as part:
        distance = np.maximum(np.abs(part.v + np.float32(0.1)) - np.float32(0.16), np.float32(0.85) - part.side)
        part.paint(part.cover(distance) * part.face, part.colours(hues.hair[:, who]))


def _outline(part):
    """Distance to the edge of all the hair: a cap above, hanging down as far as it is long."""
    length, volume, curls = part['hair_length'], part['hair_volume'], part['hair_wave']
    thick = np.float32(0.05) + np.float32(0.09) * volume + np.float32(0.05) * curls * volume
    uneven = wave(part.v * np.float32(2.3) + part['hair_part']) + wave(part.x * np.float32(2.1) - part['hair_tone'])
    thick_now = thick + curls * np.float32(0.028) * uneven
    wide, high = part['radius'] + thick_now * np.float32(0.8), np.float32(0.67) + thick_now
    cap = ellipse(part.x, part.v, wide, high)
    # Below the eyes it hangs, a little wider where it is longer, and its ends are round and uneven.
    end = np.float32(0.04) + length * np.float32(1.1) + np.float32(0.03) * wave(part.x * np.float32(3.1) + part['hair_part'])
    spread = wide + np.maximum(part.v, 0) * np.float32(0.12) * volume
    hanging = box(part.x, part.v, spread, end, np.minimum(end, np.float32(0.2)))
    return np.where(part.v < 0, cap, hanging)


def _strands(part, colour):
    """The colour with darker strands, and a gloss where the light falls."""
    fan = part.x * np.float32(7) / (np.float32(0.6) + np.abs(part.v + np.float32(0.75)) * np.float32(0.5))
    strands = wave(fan + part['hair_wave'] * np.float32(0.8) * wave(part.v * np.float32(2.5) + part.x))
    gloss = np.float32(0.9) - np.abs(part.v + np.float32(0.5) - part['light_y'] * np.float32(0.2) + part.x * part.x * np.float32(-0.3)) * 3
    lit = np.float32(0.9) + np.float32(0.12) * strands + np.float32(0.28) * np.maximum(gloss, 0) + part.x * part['light_x'] * np.float32(0.3)
    return colour * lit + np.maximum(gloss, 0) * np.float32(0.06)
