"""Numbers that describe a picture where no network has been trained: its colours, its textures and where they lie.

They are for pictures of 128 x 128, so that neither the size of a file nor the shape of a photograph can give away where it came from.
"""
import cv2
import numpy as np

from . import edges

SIDE = 128
# A pixel's eight neighbours, in a circle.
CIRCLE = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def describe(squares):
    """The features of pictures.

    Parameters
    ----------
    squares : numpy.ndarray
        ``(N, 128, 128, 3)`` uint8.

    Returns
    -------
    list of numpy.ndarray
        One ``(N, D)`` float32 for each kind of feature; D differs.
    """
    rows = [_picture(square) for square in squares]
    return [np.stack([row[kind] for row in rows]) for kind in range(len(rows[0]))]


def _picture(square):
    lab = cv2.cvtColor(square.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)      # L 0..100, a and b about -100..100
    kinds = colours(lab), layout(lab), textures(lab), edges.lines(lab), edges.contrasts(lab), edges.cells(lab)
    return [np.concatenate([np.ravel(part) for part in parts]).astype(np.float32) for parts in kinds]


def shares(counts):
    """A histogram as the square roots of its shares, between which a Euclidean distance means something (Hellinger's)."""
    return np.sqrt(counts / max(counts.sum(), 1e-9))


def colours(lab):
    """A coarse histogram of all three channels, how evenly it is filled, and how much the three most frequent colours cover."""
    lightness = np.clip(lab[..., 0] / 34, 0, 2).astype(int)
    a, b = (np.clip((lab[..., channel] + 50) / 20, 0, 4).astype(int) for channel in (1, 2))
    counts = np.bincount((lightness * 25 + a * 5 + b).ravel(), minlength=75)
    share = counts / counts.sum()
    entropy = -(share[share > 0] * np.log(share[share > 0])).sum()
    return shares(counts), [entropy, np.sort(share)[-3:].sum()]


def layout(lab):
    """Mean and spread of the colours in 4 x 4 cells, how alike opposite cells are, and how much cells differ."""
    grid = lab.reshape(4, SIDE // 4, 4, SIDE // 4, 3)
    mean, spread = grid.mean((1, 3)), grid.std((1, 3))
    mirrored = [np.abs(mean - mean[:, ::-1]).mean((0, 1)), np.abs(mean - mean[::-1]).mean((0, 1))]
    return mean, spread, *mirrored, mean.std((0, 1)), spread.std((0, 1))


def textures(lab):
    """Local binary patterns (Ojala, Pietikainen, Maenpaa 2002) of lightness and both colours, at four scales.

    Each pixel is told by which of its neighbours are brighter by more than a tolerance: the number of them where they lie side by side
    (nine kinds), or that they do not (the tenth). The tolerances keep the noise of a camera and of JPEG out.
    """
    parts = []
    for channel, tolerances in ((0, (0.5, 1.0, 4.0)), (1, (1.0,)), (2, (1.0,))):
        level = np.ascontiguousarray(lab[..., channel])
        for _ in range(4):
            height, width = level.shape
            around = np.stack([level[1 + down:height - 1 + down, 1 + right:width - 1 + right] for down, right in CIRCLE])
            above = around - level[1:-1, 1:-1]
            for tolerance in tolerances:
                brighter = above > tolerance
                changes = (brighter != np.roll(brighter, 1, axis=0)).sum(0)
                kind = np.where(changes <= 2, brighter.sum(0), 9)
                parts.append(shares(np.bincount(kind.ravel(), minlength=10)))
            level = cv2.pyrDown(level)
    return parts
