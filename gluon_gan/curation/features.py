"""Hand-crafted image features, for use without a trained network: colours, their layout, textures and edges.

Images are brought to 128 x 128 pixels first, so that neither file size nor aspect ratio reveals the source of an image.
Lab, LSD, gradients and pyramids are OpenCV's. ``scikit-image`` is not used: its LBP has no tolerance and its HOG no
smoothing, so every score in a manifest would change.
"""
import cv2
import numpy as np

from . import edges

SIDE = 128
# Offsets (row, column) of a pixel's eight neighbours, in circular order.
CIRCLE = ((-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1))


def describe(squares):
    """Compute the features of images.

    Parameters
    ----------
    squares : numpy.ndarray
        ``(N, 128, 128, 3)`` uint8.

    Returns
    -------
    list of numpy.ndarray
        One array ``(N, D)`` float32 for each group of features; D differs between groups.
    """
    rows = [_features(square) for square in squares]
    return [np.stack([row[group] for row in rows]) for group in range(len(rows[0]))]


def _features(square):
    """The features of one image: a list of vectors, one for each group."""
    lab = cv2.cvtColor(square.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)      # L 0..100, a and b about -100..100
    groups = (colours(lab), layout(lab), textures(lab), edges.line_segments(lab), edges.gradient_statistics(lab),
              edges.gradient_histograms(lab))
    return [np.concatenate([np.ravel(part) for part in parts]).astype(np.float32) for parts in groups]


def shares(counts):
    """Square roots of a histogram's shares: their Euclidean distance is proportional to Hellinger's."""
    return np.sqrt(counts / max(counts.sum(), 1e-9))


def colours(lab):
    """A coarse joint histogram of the three channels, its entropy, and the total share of its three largest bins."""
    lightness = np.clip(lab[..., 0] / 34, 0, 2).astype(int)
    a, b = (np.clip((lab[..., channel] + 50) / 20, 0, 4).astype(int) for channel in (1, 2))
    counts = np.bincount((lightness * 25 + a * 5 + b).ravel(), minlength=75)
    share = counts / counts.sum()
    entropy = -(share[share > 0] * np.log(share[share > 0])).sum()
    return shares(counts), [entropy, np.sort(share)[-3:].sum()]


def layout(lab):
    """Mean and standard deviation of the colours in 4 x 4 cells, the cells' symmetry, and their variation."""
    grid = lab.reshape(4, SIDE // 4, 4, SIDE // 4, 3)
    mean, deviation = grid.mean((1, 3)), grid.std((1, 3))
    mirrored = [np.abs(mean - mean[:, ::-1]).mean((0, 1)), np.abs(mean - mean[::-1]).mean((0, 1))]
    return mean, deviation, *mirrored, mean.std((0, 1)), deviation.std((0, 1))


def textures(lab):
    """Local binary patterns (Ojala, Pietikainen, Maenpaa 2002) of lightness and both colour channels, at four scales.

    A pixel's pattern is the set of its neighbours that are brighter by more than a tolerance. If they are adjacent on
    the circle, their number is the bin (0 to 8); all other patterns share bin 9. The tolerance suppresses camera noise
    and JPEG artefacts.
    """
    parts = []
    for channel, tolerances in ((0, (0.5, 1.0, 4.0)), (1, (1.0,)), (2, (1.0,))):
        level = np.ascontiguousarray(lab[..., channel])
        for _ in range(4):
            height, width = level.shape
            neighbours = np.stack([level[1 + row:height - 1 + row, 1 + column:width - 1 + column]
                                   for row, column in CIRCLE])
            above = neighbours - level[1:-1, 1:-1]
            for tolerance in tolerances:
                brighter = above > tolerance
                changes = (brighter != np.roll(brighter, 1, axis=0)).sum(0)
                pattern = np.where(changes <= 2, brighter.sum(0), 9)
                parts.append(shares(np.bincount(pattern.ravel(), minlength=10)))
            level = cv2.pyrDown(level)
    return parts
