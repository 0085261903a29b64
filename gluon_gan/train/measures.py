"""Pictures to numbers: what they are compared with, how they differ, how saturated they are."""
import mxnet as mx
import numpy as np

from .. import losses
from ..data.loader import Batches
from ..pixels import to_float

SATURATED = 0.99     # |x| of a pixel beyond which tanh passes less than 2 % of a gradient: 1 - .99 ** 2
PICTURES = 64        # of the data, for a yardstick: as many as fixed_z gives


def data_pictures(loader):
    """ndarray: some real pictures ``(N, C, H, W)`` in [-1, 1], spread over the data; None where nobody knows the next batch
    without taking it away from training."""
    if isinstance(loader, Batches):
        images = loader.images.images
        return to_float(images[np.linspace(0, len(images) - 1, min(PICTURES, len(images))).astype(int)])
    if hasattr(loader, 'fixed'):             # of two domains
        return np.concatenate([pictures.asnumpy() for pictures in loader.fixed(PICTURES // 2)])
    first = loader[0] if isinstance(loader, (list, tuple)) and loader else None
    first = first[0] if isinstance(first, (list, tuple)) and first else first         # labels beside the pictures
    return first[:PICTURES].asnumpy() if isinstance(first, mx.nd.NDArray) else None


def diversity(images):
    """float: the mean distance of two of the pictures ``(N, C, H, W)``, N at least 2, as the root of the mean square over pixels.

    So it does not grow with the size: 0 where all are the same, at most 2 for values in [-1, 1].
    """
    flat = images.reshape(len(images), -1).astype(np.float64)
    flat -= flat.mean(axis=0)            # pictures that are nearly the same would cancel to noise
    products = flat @ flat.T
    squares = np.diag(products)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * products, 0) / flat.shape[1])
    return float(distances[np.triu_indices(len(images), 1)].mean())


def saturated(images):
    """float: the share of values beyond +-:data:`SATURATED`, where tanh passes hardly any gradient."""
    return float((np.abs(images) > SATURATED).mean())


def equilibrium(loss, real_label=1.0):
    """dict: where the numbers of a record settle when D can no longer tell, ``{'errD': ('2 ln 2', 1.386), ...}``.

    The losses as :func:`gluon_gan.losses.equilibrium` has them, ranks of even chance, and probabilities where D's output is one.
    """
    levels = dict(losses.equilibrium(loss, real_label), auc=('1/2', 0.5))
    if losses.OBJECTIVES[loss].lossD.smooths:       # D's output is, or aims at, the target
        text = '1/2' if real_label == 1 else f'{real_label / 2:g}'
        levels.update({name: (text, real_label / 2) for name in ('D(x)', 'D(G(z))')})
    return levels
