"""What the edges of a picture are like: long or short, strong or weak, at a few angles or at any.

Patchwork has long straight seams that meet at a few angles; petals, leaves and faces have not.
"""
import cv2
import numpy as np

SCALES = 0.7, 1.4, 2.8          # standard deviations of the blur, in pixels of 128
BINS = 24                       # of the half circle
CENTRES = (np.arange(BINS) + 0.5) * np.pi / BINS


def lines(lab):
    """Straight segments (LSD: von Gioi and others, IPOL 2012) in lightness and both colours: how many, how long, at which angles."""
    parts = []
    for channel, (gain, offset) in enumerate(((2.55, 0), (2, 128), (2, 128))):
        level = np.clip(lab[..., channel] * gain + offset, 0, 255).astype(np.uint8)
        found = cv2.createLineSegmentDetector().detect(level)[0]
        ends = np.zeros((0, 4)) if found is None else found[:, 0]
        right, down = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
        length, angle = np.hypot(right, down) / len(lab), np.arctan2(down, right) % np.pi
        total, weight = length.sum(), length ** 2
        by_length = np.histogram(length, (0, .05, .08, .12, .18, .27, .4, 2), weights=length)[0]
        by_angle = np.bincount(np.round(angle / np.pi * 12).astype(int) % 12, weights=weight, minlength=12)
        parts += [np.log1p(5 * by_length), np.sqrt(by_length / (total + .1)), np.log1p([len(length), total]),
                  [length.max(initial=0), weight.sum() / (total + .1)], _folds(angle, weight, 1e-3),
                  np.sort(np.sqrt(by_angle / (weight.sum() + 1e-3)))]
    return parts


def contrasts(lab):
    """How strong edges are, how they are spread over the picture, and how many directions they have."""
    parts = []
    for scale in SCALES:
        right, down = _gradient(lab, scale)
        strength = np.sqrt((right ** 2 + down ** 2).sum(2))
        energy, coherence, direction = _tensor(right, down, 3 * scale)
        quarter = len(lab) // 4
        grid = energy.reshape(4, quarter, 4, quarter).mean((1, 3))
        middle = energy[quarter:-quarter, quarter:-quarter].mean()
        parts += [np.log1p(np.percentile(strength, (10, 25, 50, 75, 90, 98))), np.log1p(grid),
                  np.log([strength.std() / (strength.mean() + .1) + .01, (middle + 1) / (energy.mean() + 1)]),
                  [grid.std() / (grid.mean() + 1), grid.min() / (grid.max() + 1), (coherence * energy).sum() / (energy.sum() + 1)]]
        share = _histogram(direction % np.pi, BINS, np.pi, energy * coherence) ** 2
        parts += [_folds(CENTRES, share, 1e-3), np.sqrt(share), np.sort(np.sqrt(share)), [-(share * np.log(share + 1e-9)).sum()]]
    return parts


def cells(lab):
    """Histograms of oriented gradients (Dalal and Triggs 2005) of the lightness, in 4 x 4 cells and eight directions."""
    right, down = _gradient(np.ascontiguousarray(lab[..., :1]), 1.0)
    right, down = right[..., 0], down[..., 0]
    direction = np.minimum(np.arctan2(down, right) % np.pi / np.pi * 8, 7).astype(np.int32)
    cell = np.arange(len(lab)) * 4 // len(lab)
    place = (cell[:, None] * 4 + cell) * 8 + direction
    counts = np.bincount(place.ravel(), weights=np.hypot(right, down).ravel(), minlength=128).reshape(16, 8)
    return np.sqrt(counts / (counts.sum(1, keepdims=True) + 1e-3)),


def _gradient(lab, scale):
    """Of each channel, towards the right and down: two of ``(H, W, C)``."""
    blurred = cv2.GaussianBlur(lab, (0, 0), scale)
    return [cv2.Sobel(blurred, cv2.CV_32F, *step).reshape(lab.shape) for step in ((1, 0), (0, 1))]


def _tensor(right, down, scale):
    """The structure tensor of all channels (Di Zenzo 1986): strength, coherence 0..1 and direction of the gradient around each pixel."""
    xx, yy, xy = (cv2.GaussianBlur(product.sum(2), (0, 0), scale) for product in (right * right, down * down, right * down))
    trace, difference, mixed = xx + yy, xx - yy, 2 * xy
    return np.sqrt(trace), np.sqrt(difference ** 2 + mixed ** 2) / (trace + .01), np.arctan2(mixed, difference) / 2


def _folds(angle, weight, least):
    """How much angles agree, as they are, up to right angles, and up to half of these: the length of the mean of their multiples, 0..1."""
    return [abs((weight * np.exp(1j * fold * angle)).sum()) / (weight.sum() + least) for fold in (2, 4, 8)]


def _histogram(values, bins, top, weights):
    place = np.minimum(values * np.float32(bins / top), bins - 1).astype(np.int32)
    counts = np.bincount(place.ravel(), weights=weights.ravel(), minlength=bins)
    return np.sqrt(counts / max(counts.sum(), 1e-9))
