"""Batches of two domains at once, which need not have equally many pictures."""
import numpy as np

from ..pixels import to_float
from .domains import TwoDomains
from .loader import Batches, Loader


class Pairs(Loader):
    """An endless stream of pairs of batches, one of each domain, that have nothing to do with each other.

    An epoch is a pass through the larger domain; the smaller one begins anew when it ends, each time in another order. The
    position is two numbers, as of :class:`Batches`.

    Parameters
    ----------
    domains : TwoDomains
    batch_size : int
        Pictures of each domain.
    seed : int
    augment : callable, optional
        As for :class:`Batches`, of both.
    ctx : mxnet.Context, optional

    Yields
    ------
    (NDArray, NDArray)
        ``(N, C, H, W)`` float32 in [-1, 1] each.

    Raises
    ------
    ValueError
        At construction, as :class:`Batches`.
    """

    def __init__(self, domains, batch_size=1, seed=0, augment=None, ctx=None):
        if not isinstance(domains, TwoDomains):
            raise ValueError(f'pairs are made of a TwoDomains, not of {type(domains).__name__}')
        # Seeds of their own, or two domains of equal length would go through their orders side by side.
        self.a, self.b = (Batches(images, batch_size, seed=2 * seed + place, augment=augment, ctx=ctx) for place, images in enumerate(domains))
        super().__init__(domains, batch_size, True, seed, True, ctx, 0, 1)

    def fixed(self, count):
        """(NDArray, NDArray): ``count`` pictures of each domain, or as many as there are, spread over it."""
        chosen = (np.linspace(0, len(side.images) - 1, min(count, len(side.images))).astype(int) for side in (self.a, self.b))
        return tuple(side._on_device(to_float(side.images.images[rows])) for side, rows in zip((self.a, self.b), chosen))

    def _make(self, epoch, number):
        passed = epoch * len(self) + number
        return tuple(side._make(*divmod(passed, len(side))) for side in (self.a, self.b))
