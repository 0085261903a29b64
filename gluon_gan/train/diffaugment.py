"""Differentiable augmentation for training on few images (Zhao et al. 2020, arXiv:2006.10738).

With few training images, D memorises them. Augmenting only the real images teaches G the augmentation: it begins to
generate shifted images, for example. Here every input of D is augmented, real images and G's alike, and G's gradient is
propagated back through the augmentation, so G need not imitate it. The policies and their ranges are those of the paper
(appendix B).

By default every image is augmented. With a target, each policy is applied to each image with a probability that follows
the overfitting of D (adaptive discriminator augmentation: Karras et al. 2020, arXiv:2006.06676, section 3): an
overfitted D classifies nearly every real image as real.
"""
import mxnet as mx
import numpy as np

from ..support.checks import ABOVE_1, number

SHIFT = 1 / 8       # largest translation, as a fraction of the side
CUTOUT = 1 / 2      # side of the erased square, as a fraction of the image side
# Real images after which an overfitted D has raised the probability from 0 to 1. Karras et al. use 500,000, of the
# 25 million of their trainings; ours see a few hundred thousand.
ADAPTATION = 50_000


def color(images, rng, chosen=None):
    """Change brightness, saturation and contrast.

    The brightness changes by up to a quarter of the range, the saturation by a factor of 0 to 2, and the contrast by a
    factor of 0.5 to 1.5.
    """
    brightness, saturation, contrast = (
        _array(_where(chosen, rng.uniform(low, high, (len(images), 1, 1, 1)), unchanged), images)
        for low, high, unchanged in ((-0.5, 0.5, 0), (0, 2, 1), (0.5, 1.5, 1)))
    grey = images.mean(axis=1, keepdims=True)
    level = grey.mean(axis=(2, 3), keepdims=True)
    # Each of the three changes is linear. Combined, they need only two operators on whole images and half of the time.
    grey = mx.nd.broadcast_add(mx.nd.broadcast_mul(grey, contrast * (1 - saturation)),
                               brightness + (1 - contrast) * level)
    return mx.nd.broadcast_add(mx.nd.broadcast_mul(images, contrast * saturation), grey)


def translation(images, rng, chosen=None):
    """Shift each image by whole pixels, up to an eighth of the side in each direction. Uncovered areas become grey."""
    count, _, *sides = images.shape
    grid = []
    for axis, side in enumerate(sides):
        most = round(side * SHIFT)
        # The source position of each pixel.
        source = np.arange(side) + _where(chosen, rng.integers(-most, most + 1, (count, 1)), 0)
        source = source[:, :, None] if axis == 0 else source[:, None, :]
        grid.append(np.broadcast_to(2 * source / (side - 1) - 1, (count, *sides)))
    # BilinearSampler expects x before y.
    return mx.nd.BilinearSampler(images, _array(np.stack(grid[::-1], axis=1), images))


def cutout(images, rng, chosen=None):
    """Make a square of half the side grey. Its centre may be anywhere in the image."""
    count, _, *sides = images.shape
    inside = np.ones((count, *sides), bool)
    for axis, side in enumerate(sides):
        start = rng.integers(0, side, (count, 1)) - round(side * CUTOUT) // 2
        position = np.arange(side)
        covered = (position >= start) & (position < start + round(side * CUTOUT))
        inside &= covered[:, :, None] if axis == 0 else covered[:, None, :]
    return mx.nd.broadcast_mul(images, _array(~_where(chosen, inside[:, None], False), images))


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
        differentiable with respect to the images. A third argument, ``chosen``, is ``(N,)`` bool and says which images
        are changed; by default all are.

    Raises
    ------
    ValueError
        If a name is not in :data:`POLICIES`.
    """
    words = [] if names == 'none' else str(names).split(',')
    if not set(words) <= set(POLICIES):
        raise ValueError(f"diff_augment must be none or a comma-separated list of {', '.join(POLICIES)}, not {names!r}")
    return [POLICIES[word] for word in words]


class DiffAugment:
    """The augmentation of all images that D receives, with a probability that may follow D's overfitting.

    Parameters
    ----------
    names : str
        As for :func:`policies`.
    target : float, optional
        The wanted mean sign of D's outputs for real images, in (0, 1): 0.6 in the paper of Karras et al. Without it,
        every image is augmented.
    probability : float
        In [0, 1]: the first probability, if there is a target.

    Raises
    ------
    ValueError
        If a name is unknown, a number is out of range, or there is a target and no policy.
    """

    def __init__(self, names, target=None, probability=0.0):
        self.names, self._policies = names, policies(names)
        self.target = target if target is None else number('augment_target', target, 'a number above 0 and below 1',
                                                           1e-6, 1 - 1e-6)
        self.probability = number('augment_p', probability, 'a probability from 0 to 1', below=ABOVE_1)
        if self.target is not None and not self._policies:
            raise ValueError(f'augment_target={target!r} adapts an augmentation, and there is none: add '
                             "diff_augment='color,translation,cutout', or leave augment_target=... out")

    def __call__(self, images, rng):
        """Return the augmented images, whose random numbers come from ``rng``."""
        for policy in self._policies:
            if self.target is None:
                images = policy(images, rng)
            else:
                images = policy(images, rng, rng.random(len(images)) < self.probability)
        return images

    def adapt(self, sign, count):
        """Follow D after a step with ``count`` real images: raise or lower the probability.

        ``sign`` is the mean sign of D's outputs for them: 1 if D classifies all of them as real, -1 if as generated.
        """
        change = np.sign(sign - self.target) * count / ADAPTATION
        self.probability = float(np.clip(self.probability + change, 0, 1))


def _where(chosen, changed, unchanged):
    """``changed``, one row for each image, with the value ``unchanged`` for the images that are not chosen."""
    return changed if chosen is None else np.where(chosen.reshape(-1, *[1] * (changed.ndim - 1)), changed, unchanged)


def _array(values, like):
    """An NDArray of float32 on the device of ``like``."""
    return mx.nd.array(values, ctx=like.context, dtype='float32')
