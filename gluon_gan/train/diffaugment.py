"""Differentiable augmentation for training on few images (Zhao et al. 2020, arXiv:2006.10738).

With few training images, D memorises them. Augmenting only the real images teaches G the augmentation: it begins to
generate shifted images, for example. Here every input of D is augmented, real images and G's alike, and G's gradient is
propagated back through the augmentation, so G need not imitate it. The policies and their ranges are those of the paper
(appendix B).
"""
import mxnet as mx
import numpy as np

SHIFT = 1 / 8       # largest translation, as a fraction of the side
CUTOUT = 1 / 2      # side of the erased square, as a fraction of the image side


def color(images, rng):
    """Change brightness, saturation and contrast.

    The brightness changes by up to a quarter of the range, the saturation by a factor of 0 to 2, and the contrast by a
    factor of 0.5 to 1.5.
    """
    brightness, saturation, contrast = (_array(rng.uniform(low, high, (len(images), 1, 1, 1)), images)
                                        for low, high in ((-0.5, 0.5), (0, 2), (0.5, 1.5)))
    grey = images.mean(axis=1, keepdims=True)
    level = grey.mean(axis=(2, 3), keepdims=True)
    # Each of the three changes is linear. Combined, they need only two operators on whole images and half of the time.
    grey = mx.nd.broadcast_add(mx.nd.broadcast_mul(grey, contrast * (1 - saturation)),
                               brightness + (1 - contrast) * level)
    return mx.nd.broadcast_add(mx.nd.broadcast_mul(images, contrast * saturation), grey)


def translation(images, rng):
    """Shift each image by whole pixels, up to an eighth of the side in each direction. Uncovered areas become grey."""
    count, _, *sides = images.shape
    grid = []
    for axis, side in enumerate(sides):
        most = round(side * SHIFT)
        source = np.arange(side) + rng.integers(-most, most + 1, (count, 1))      # the source position of each pixel
        source = source[:, :, None] if axis == 0 else source[:, None, :]
        grid.append(np.broadcast_to(2 * source / (side - 1) - 1, (count, *sides)))
    # BilinearSampler expects x before y.
    return mx.nd.BilinearSampler(images, _array(np.stack(grid[::-1], axis=1), images))


def cutout(images, rng):
    """Make a square of half the side grey. Its centre may be anywhere in the image."""
    count, _, *sides = images.shape
    inside = np.ones((count, *sides), bool)
    for axis, side in enumerate(sides):
        start = rng.integers(0, side, (count, 1)) - round(side * CUTOUT) // 2
        position = np.arange(side)
        covered = (position >= start) & (position < start + round(side * CUTOUT))
        inside &= covered[:, :, None] if axis == 0 else covered[:, None, :]
    return mx.nd.broadcast_mul(images, _array(~inside[:, None], images))


POLICIES = {'color': color, 'translation': translation, 'cutout': cutout}


def policies(names):
    """Return the augmentation functions of a comma-separated list of names.

    Parameters
    ----------
    names : str
        'none', or names from :data:`POLICIES`, such as 'color,translation'.

    Returns
    -------
    list of callable
        Each maps images ``(N, C, H, W)`` in [-1, 1] and a numpy.random.Generator to images of the same shape, and is
        differentiable with respect to the images.

    Raises
    ------
    ValueError
        If a name is not in :data:`POLICIES`.
    """
    words = [] if names == 'none' else str(names).split(',')
    if not set(words) <= set(POLICIES):
        raise ValueError(f"diff_augment must be none or a comma-separated list of {', '.join(POLICIES)}, not {names!r}")
    return [POLICIES[word] for word in words]


def _array(values, like):
    """An NDArray of float32 on the device of ``like``."""
    return mx.nd.array(values, ctx=like.context, dtype='float32')
