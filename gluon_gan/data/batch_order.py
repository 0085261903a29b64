"""The content of each batch of each epoch, shared by the loader and the data server.

The functions are stateless: the same seed, epoch and batch number give the same pixels, in any order of the calls.
"""
from functools import lru_cache

import numpy as np

from ..support.pixels import describe


@lru_cache(maxsize=4)        # a few epochs of a few clients; the order of 200,000 images takes milliseconds and 1.6 MB
def order(count, seed, epoch):
    """The order of the images in an epoch, ``(count,)`` int, read-only."""
    shuffled = np.random.default_rng([seed, epoch]).permutation(count)
    shuffled.flags.writeable = False
    return shuffled


def rows(count, batch_size, seed, epoch, number, shuffle=True):
    """Which of ``count`` images are in batch ``number``: an index array, or a slice if they are not shuffled."""
    start, stop = number * batch_size, min((number + 1) * batch_size, count)
    return order(count, seed, epoch)[start:stop] if shuffle else slice(start, stop)


def pixels(images, chosen, seed, epoch, number, augment=None):
    """The augmented images of a batch.

    Parameters
    ----------
    images : numpy.ndarray
        ``(N, H, W, C)`` uint8, the whole data set.
    chosen : array of int, or slice
        The rows of the batch, from :func:`rows`.
    seed, epoch, number : int
        They seed the augmentation.
    augment : callable, optional
        See :class:`~gluon_gan.data.Batches`.

    Returns
    -------
    numpy.ndarray
        ``(n, H, W, C)`` uint8; a view of `images` if the batch is neither shuffled nor augmented.

    Raises
    ------
    ValueError
        If `augment` returns an array of another type, length or number of channels.
    """
    batch = images[chosen]
    if augment is None:
        return batch
    # number + 1, since NumPy treats [seed, epoch, 0] like [seed, epoch], which seeds the shuffling.
    rng = np.random.default_rng([seed, epoch, number + 1])
    augmented = augment(batch.copy() if isinstance(chosen, slice) else batch, rng)
    is_uint8 = getattr(augmented, 'dtype', None) == np.uint8
    if not is_uint8 or augmented.ndim != 4 or augmented.shape[::3] != batch.shape[::3]:
        raise ValueError(f'augment must return (N, H, W, C) uint8 with the N and C of {describe(batch)}, '
                         f'not {describe(augmented)}')
    return augmented
