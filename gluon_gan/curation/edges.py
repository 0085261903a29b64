"""Edge features: the length, strength and orientation of the edges in an image.

Patchwork has long straight seams that meet at a few angles; petals, leaves and faces do not.
"""
import cv2
import numpy as np

SCALES = 0.7, 1.4, 2.8          # standard deviations of the blur, in pixels of a 128 x 128 image
BINS = 24                       # orientation bins over 180 degrees
CENTRES = (np.arange(BINS) + 0.5) * np.pi / BINS


def line_segments(lab):
    """Number, lengths and angles of the straight line segments in the lightness and in both colour channels.

    The segments are found by LSD (von Gioi and others, IPOL 2012).
    """
    parts = []
    for channel, (gain, offset) in enumerate(((2.55, 0), (2, 128), (2, 128))):
        level = np.clip(lab[..., channel] * gain + offset, 0, 255).astype(np.uint8)
        found = cv2.createLineSegmentDetector().detect(level)[0]
        ends = np.zeros((0, 4)) if found is None else found[:, 0]
        dx, dy = ends[:, 2] - ends[:, 0], ends[:, 3] - ends[:, 1]
        length, angle = np.hypot(dx, dy) / len(lab), np.arctan2(dy, dx) % np.pi
        total, weight = length.sum(), length ** 2
        by_length = np.histogram(length, (0, .05, .08, .12, .18, .27, .4, 2), weights=length)[0]
        by_angle = np.bincount(np.round(angle / np.pi * 12).astype(int) % 12, weights=weight, minlength=12)
        parts += [np.log1p(5 * by_length), np.sqrt(by_length / (total + .1)), np.log1p([len(length), total]),
                  [length.max(initial=0), weight.sum() / (total + .1)], _angle_agreement(angle, weight, 1e-3),
                  np.sort(np.sqrt(by_angle / (weight.sum() + 1e-3)))]
    return parts


def gradient_statistics(lab):
    """Strength of the gradients, its distribution over the image, and the dominant orientations, at three scales."""
    parts = []
    for scale in SCALES:
        dx, dy = _gradient(lab, scale)
        strength = np.sqrt((dx ** 2 + dy ** 2).sum(2))
        energy, coherence, direction = _structure_tensor(dx, dy, 3 * scale)
        quarter = len(lab) // 4
        grid = energy.reshape(4, quarter, 4, quarter).mean((1, 3))
        middle = energy[quarter:-quarter, quarter:-quarter].mean()
        parts += [np.log1p(np.percentile(strength, (10, 25, 50, 75, 90, 98))), np.log1p(grid),
                  np.log([strength.std() / (strength.mean() + .1) + .01, (middle + 1) / (energy.mean() + 1)]),
                  [grid.std() / (grid.mean() + 1), grid.min() / (grid.max() + 1),
                   (coherence * energy).sum() / (energy.sum() + 1)]]
        share = _histogram(direction % np.pi, BINS, np.pi, energy * coherence) ** 2
        parts += [_angle_agreement(CENTRES, share, 1e-3), np.sqrt(share), np.sort(np.sqrt(share)),
                  [-(share * np.log(share + 1e-9)).sum()]]
    return parts


def gradient_histograms(lab):
    """Histograms of oriented gradients (Dalal and Triggs 2005) of the lightness: 4 x 4 cells, eight orientations."""
    dx, dy = _gradient(np.ascontiguousarray(lab[..., :1]), 1.0)
    dx, dy = dx[..., 0], dy[..., 0]
    direction = np.minimum(np.arctan2(dy, dx) % np.pi / np.pi * 8, 7).astype(np.int32)
    cell = np.arange(len(lab)) * 4 // len(lab)
    place = (cell[:, None] * 4 + cell) * 8 + direction
    counts = np.bincount(place.ravel(), weights=np.hypot(dx, dy).ravel(), minlength=128).reshape(16, 8)
    return np.sqrt(counts / (counts.sum(1, keepdims=True) + 1e-3)),


def _gradient(lab, scale):
    """Horizontal and vertical derivative of each channel: two arrays ``(H, W, C)``."""
    blurred = cv2.GaussianBlur(lab, (0, 0), scale)
    return [cv2.Sobel(blurred, cv2.CV_32F, *order).reshape(lab.shape) for order in ((1, 0), (0, 1))]


def _structure_tensor(dx, dy, scale):
    """Strength, coherence (0..1) and direction of the gradient around each pixel.

    They are derived from the structure tensor, summed over the channels (Di Zenzo 1986).
    """
    xx, yy, xy = (cv2.GaussianBlur(product.sum(2), (0, 0), scale) for product in (dx * dx, dy * dy, dx * dy))
    trace, difference, mixed = xx + yy, xx - yy, 2 * xy
    strength = np.sqrt(trace)
    coherence = np.sqrt(difference ** 2 + mixed ** 2) / (trace + .01)
    return strength, coherence, np.arctan2(mixed, difference) / 2


def _angle_agreement(angle, weight, epsilon):
    """Agreement of angles modulo 180, 90 and 45 degrees, 0..1: the mean resultant length of their multiples."""
    return [abs((weight * np.exp(1j * multiple * angle)).sum()) / (weight.sum() + epsilon) for multiple in (2, 4, 8)]


def _histogram(values, bins, top, weights):
    """Square roots of the shares of a weighted histogram over 0..top."""
    place = np.minimum(values * np.float32(bins / top), bins - 1).astype(np.int32)
    counts = np.bincount(place.ravel(), weights=weights.ravel(), minlength=bins)
    return np.sqrt(counts / max(counts.sum(), 1e-9))
