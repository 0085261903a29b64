"""Fabrics: palettes of matching colours, prints, and the texture of the weave."""
import functools

import numpy as np

from .randomness import CounterRandom
from .shapes import rgb, wave

# Six colours each: ground, figure, accent, a second dark one, a second light one, and one for the sashes.
PALETTES = np.stack([rgb(*row.split()) for row in (
    'f4ead5 8c1c2b d9a441 3d2b24 e8d3a8 26415e', 'fbfaf5 2b4c8c e0b94f 17305f b7cfe8 2b4c8c',
    'f7efe2 2f6b4f c8553d 1e4636 d7dfb8 8c3b2a', '1f2440 e8b23a c8432f 5e8fb5 34406b d97f3a',
    'f5e6e8 b5446e 6a994e 7a2e4d f0c3cf 6a994e', 'efe6dd 6d597a e56b6f 355070 eaac8b b56576',
    'fdf6e3 268b8b e9724c 145a5a a8d5ba e9c46a', 'e9e4d4 5c4a3d a3754a 38291f cbb68f 75583c',
    'f2f2ee 30343f c1121f 5b616e c9cdd3 780000', 'fff8ec f28482 84a59d c95d63 f6bd60 84a59d',
    '17262a d64550 f4e4c1 2a7f7f 3b4a4d f0a830', 'f0ede5 4f6d8f d08c60 2f4057 b9c7d5 7b4b3a',
    'fff5f5 d62839 457b9d 1d3557 f1b5b9 a8dadc', 'f3e9ff 7b2cbf ff9e00 3c096c cdb4db 5a189a',
    'ecf4e8 7a9e3f f2c14e 40531b cfe0a8 b0492c', 'f8f1e7 b7472a 3a5a78 7c2d1a edc9a3 d9a05b',
    'e6ecef 0f7173 f05d5e 272932 b9d6d6 d8a47f', 'faf3dd 4a7c59 8fc0a9 2d4a36 c8d5b9 68b0ab')])
TILE = 32  # samples along a side of a print's tile
PRINTS = ('solid', 'dots', 'stripes', 'gingham', 'flowers', 'sprigs', 'mottled', 'crosses')


@functools.lru_cache(maxsize=1)
def prints():
    """The periodic tiles of the prints: ``(8, TILE, TILE)`` float32, 0 for the cloth and 1 for the ink."""
    line = (np.arange(TILE, dtype=np.float32) + 0.5) / TILE
    x, y = line[None, :], line[:, None]

    def spots(centres, radius):
        # Distances wrap around at the edges of the tile.
        nearest = 1
        for px, py in centres:
            dx, dy = (np.abs((d + 0.5) % 1 - 0.5) for d in (x - px, y - py))
            nearest = np.minimum(nearest, np.sqrt(dx * dx + dy * dy) - radius)
        return np.clip(0.5 - nearest * 10, 0, 1)

    around = ((0.11, 0), (-0.11, 0), (0, 0.11), (0, -0.11))
    petals = [(px + dx, py + dy) for px, py in ((0.25, 0.3), (0.75, 0.8)) for dx, dy in around]
    flat = np.zeros((TILE, TILE), np.float32)
    stripes = np.clip(0.5 + wave(x * 2) * 2, 0, 1) + flat
    gingham = (np.clip(0.5 + wave(x) * 4, 0, 1) + np.clip(0.5 + wave(y) * 4, 0, 1)) / 2
    noise = CounterRandom(0, np.arange(64)).uniform().reshape(8, 8).repeat(4, 0).repeat(4, 1)
    for axis in (0, 1, 0, 1):
        noise = (np.roll(noise, 2, axis) + np.roll(noise, -1, axis) + noise) / 3
    arms = (0.3, 0.4, 0.5, 0.6, 0.7)
    crosses = spots([(0.5, arm) for arm in arms] + [(arm, 0.5) for arm in arms], 0.04)
    leaves, buds = [(0.2, 0.2), (0.28, 0.3), (0.7, 0.62), (0.78, 0.72)], [(0.36, 0.18), (0.62, 0.8)]
    sprigs = np.maximum(spots(leaves, 0.06), spots(buds, 0.035))
    tiles = [flat, spots([(0.25, 0.25), (0.75, 0.75)], 0.13), stripes, gingham, spots(petals, 0.07), sprigs,
             np.clip((noise - 0.3) * 2.2, 0, 1), crosses]
    return np.stack(tiles).astype(np.float32)


@functools.lru_cache(maxsize=1)
def weave():
    """The uneven brightness of threads: ``(128, 128)`` float32 around 0, correlated along rows and columns."""
    grain = CounterRandom(1, np.arange(128 * 128)).uniform(-1).reshape(128, 128)
    warp, weft = (grain + np.roll(grain, 1, axis) + np.roll(grain, 2, axis) for axis in (0, 1))
    return (grain + (warp + weft) / 2) / 3
