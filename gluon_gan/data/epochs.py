"""What each batch of each epoch holds: the same for a loader of this process and for a server that another one asks.

Nothing here has a position, so whoever knows a seed, an epoch and a batch's number gets the same pixels, in any order.
"""
from functools import lru_cache

import numpy as np

from ..pixels import describe


@lru_cache(maxsize=4)        # a few epochs, of a few who ask: an order of 200,000 images takes milliseconds and 1.6 MB
def order(count, seed, epoch):
    """The order of an epoch, ``(count,)`` int; it must not be written to."""
    shuffled = np.random.default_rng([seed, epoch]).permutation(count)
    shuffled.flags.writeable = False
    return shuffled


def rows(count, batch_size, seed, epoch, number, shuffle=True):
    """Which of ``count`` images make batch ``number``: an index array, or a slice where they are not shuffled."""
    start, stop = number * batch_size, min((number + 1) * batch_size, count)
    return order(count, seed, epoch)[start:stop] if shuffle else slice(start, stop)


def pixels(images, chosen, seed, epoch, number, augment=None):
    """The images of a batch, augmented.

    Parameters
    ----------
    images : numpy.ndarray
        ``(N, H, W, C)`` uint8, of all the set.
    chosen : array of int, or slice
        From :func:`rows`.
    augment : callable, optional
        See :class:`~gluon_gan.data.Batches`.

    Returns
    -------
    numpy.ndarray
        ``(n, H, W, C)`` uint8; unshuffled and not augmented a view of the set.

    Raises
    ------
    ValueError
        If `augment` returns something else than it should.
    """
    batch = images[chosen]
    if augment is None:
        return batch
    # + 1, since NumPy takes [seed, epoch, 0] for [seed, epoch], which is the shuffle's.
    rng = np.random.default_rng([seed, epoch, number + 1])
    augmented = augment(batch.copy() if isinstance(chosen, slice) else batch, rng)
    if getattr(augmented, 'dtype', None) != np.uint8 or augmented.ndim != 4 or augmented.shape[::3] != batch.shape[::3]:
        raise ValueError(f'augment must return (N, H, W, C) uint8 with the N and C of {describe(batch)}, not {describe(augmented)}')
    return augmented
