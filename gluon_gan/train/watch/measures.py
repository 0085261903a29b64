"""Measures of images (diversity, saturation), and the reference values to which records are compared."""
import mxnet as mx
import numpy as np

from ... import losses
from ...data.loader import Batches
from ...support.pixels import to_float

SATURATED = 0.99     # |tanh| above which its derivative is less than 2 %: 1 - 0.99 ** 2
IMAGES = 64          # number of real images measured for reference; as many as there are images of fixed_z


def real_images(loader):
    """Return a few real images for reference.

    Returns
    -------
    ndarray or None
        ``(N, C, H, W)`` in [-1, 1], evenly spaced over the data. None if the loader's next batch cannot be read without
        taking it away from training: the monitor then measures the batch of the first record.
    """
    if isinstance(loader, Batches):
        images = loader.images.images
        return to_float(images[np.linspace(0, len(images) - 1, min(IMAGES, len(images))).astype(int)])
    if hasattr(loader, 'fixed'):             # a loader of two domains
        return np.concatenate([images.asnumpy() for images in loader.fixed(IMAGES // 2)])
    if not isinstance(loader, (list, tuple)):
        return None
    batches, count = [], 0
    for batch in loader:
        images = batch[0] if isinstance(batch, (list, tuple)) and batch else batch         # without its labels
        if not isinstance(images, mx.nd.NDArray) or batches and images.shape[1:] != batches[0].shape[1:]:
            break
        batches.append(images[:IMAGES - count].asnumpy())
        count += len(batches[-1])
        if count == IMAGES:
            break
    return np.concatenate(batches) if batches else None


def references(images):
    """Return the measures of real images to which records are compared: a dict, which is empty for fewer than two."""
    if images is None or len(images) < 2:
        return {}
    return {'diversity_data': diversity(images), 'saturated_data': saturated(images)}


def diversity(images):
    """Return the mean distance between two images, where the distance is the root mean square over pixels.

    Parameters
    ----------
    images : ndarray
        ``(N, C, H, W)``, N at least 2.

    Returns
    -------
    float
        0 if all images are equal; at most 2 for values in [-1, 1]. It does not depend on the image size.
    """
    flat = images.reshape(len(images), -1).astype(np.float64)
    flat -= flat.mean(axis=0)            # otherwise rounding errors dominate the distances of nearly equal images
    products = flat @ flat.T
    squares = np.diag(products)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * products, 0) / flat.shape[1])
    return float(distances[np.triu_indices(len(images), 1)].mean())


def saturated(images):
    """Return the share of values beyond +-:data:`SATURATED`, where tanh passes hardly any gradient."""
    return float((np.abs(images) > SATURATED).mean())


def equilibrium(loss, real_label=1.0):
    """Return the values to which a record converges if D cannot distinguish real from fake.

    Parameters
    ----------
    loss, real_label
        See :func:`gluon_gan.losses.objective`.

    Returns
    -------
    dict
        (formula, value) by the name in a record, such as ``{'errD': ('2 ln 2', 1.386), ...}``. The losses are those of
        :func:`gluon_gan.losses.equilibrium`. ``auc`` is 1/2. ``D(x)`` and ``D(G(z))`` are included if D's output is a
        probability.
    """
    levels = dict(losses.equilibrium(loss, real_label), auc=('1/2', 0.5))
    if losses.OBJECTIVES[loss].lossD.smooths:       # D's output is, or is trained towards, the target
        text = '1/2' if real_label == 1 else f'{real_label / 2:g}'
        levels.update({name: (text, real_label / 2) for name in ('D(x)', 'D(G(z))')})
    return levels
