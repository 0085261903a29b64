"""Differentiable augmentation: "Differentiable Augmentation for Data-Efficient GAN Training" (Zhao et al. 2020, arXiv:2006.10738).

Where pictures are few, D learns them by heart. Augmenting them alone teaches G the augmentation: it begins to draw shifted pictures.
Here all that D sees is changed, real pictures and G's, and G's gradient goes back through the change, so that G need not
imitate it. Policies and their ranges are the paper's (appendix B).
"""
import mxnet as mx
import numpy as np

SHIFT = 1 / 8       # of the side, at most
CUTOUT = 1 / 2      # of the side


def color(pictures, rng):
    """Brighter or darker by up to a quarter of the range, saturation times 0 to 2, contrast times 0.5 to 1.5."""
    bright, saturation, contrast = (_array(rng.uniform(low, high, (len(pictures), 1, 1, 1)), pictures)
                                    for low, high in ((-0.5, 0.5), (0, 2), (0.5, 1.5)))
    grey = pictures.mean(axis=1, keepdims=True)
    level = grey.mean(axis=(2, 3), keepdims=True)
    # Each of the three is linear; multiplied out, only two operators touch all of the picture, which takes half of the time.
    grey = mx.nd.broadcast_add(mx.nd.broadcast_mul(grey, contrast * (1 - saturation)), bright + (1 - contrast) * level)
    return mx.nd.broadcast_add(mx.nd.broadcast_mul(pictures, contrast * saturation), grey)


def translation(pictures, rng):
    """Moved by whole pixels, up to an eighth of the side each way; grey comes in where the picture ends."""
    count, _, *sides = pictures.shape
    places = []
    for axis, side in enumerate(sides):
        most = round(side * SHIFT)
        place = np.arange(side) + rng.integers(-most, most + 1, (count, 1))            # where each pixel is taken from
        place = place[:, :, None] if axis == 0 else place[:, None, :]
        places.append(np.broadcast_to(2 * place / (side - 1) - 1, (count, *sides)))
    return mx.nd.BilinearSampler(pictures, _array(np.stack(places[::-1], axis=1), pictures))      # it wants x before y


def cutout(pictures, rng):
    """A square of half the side, with its middle anywhere in the picture, is made grey."""
    count, _, *sides = pictures.shape
    inside = np.ones((count, *sides), bool)
    for axis, side in enumerate(sides):
        start = rng.integers(0, side, (count, 1)) - round(side * CUTOUT) // 2
        along = np.arange(side)
        along = (along >= start) & (along < start + round(side * CUTOUT))
        inside &= along[:, :, None] if axis == 0 else along[:, None, :]
    return mx.nd.broadcast_mul(pictures, _array(~inside[:, None], pictures))


POLICIES = {'color': color, 'translation': translation, 'cutout': cutout}


def policies(names):
    """The functions of a comma-separated list, such as 'color,translation'; none of 'none'.

    Each takes pictures ``(N, C, H, W)`` in [-1, 1] and a numpy.random.Generator, and gives as many, through which gradients flow.

    Raises
    ------
    ValueError
        If a name is none of :data:`POLICIES`.
    """
    words = [] if names == 'none' else str(names).split(',')
    if not set(words) <= set(POLICIES):
        raise ValueError(f"diff_augment must be none or a list of {', '.join(POLICIES)} with commas between, not {names!r}")
    return [POLICIES[word] for word in words]


def _array(values, like):
    return mx.nd.array(values, ctx=like.context, dtype='float32')
