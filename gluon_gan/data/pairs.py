"""Pairs of batches from two image domains, which may have different numbers of images."""
import numpy as np

from ..support.checks import whole_number
from ..support.pixels import to_float
from .domains import TwoDomains
from .loader import Batches, Loader


class Pairs(Loader):
    """An endless stream of unpaired batches: a batch of domain A and a batch of domain B, shuffled independently.

    An epoch is a pass through the larger domain. When the smaller domain ends, it starts again in a new order. The
    position consists of an epoch and a batch number, as in :class:`Batches`.

    Parameters
    ----------
    domains : TwoDomains
    batch_size : int
        The number of images from each domain.
    seed : int
        0 or more.
    augment : callable, optional
        Applied to both domains, as in :class:`Batches`.
    ctx : mxnet.Context, optional
        The device of the batches; by default the CPU.

    Yields
    ------
    a, b : mxnet.nd.NDArray
        ``(N, C, H, W)`` float32 in [-1, 1] each.

    Raises
    ------
    ValueError
        If an argument is invalid, as in :class:`Batches`.
    """

    def __init__(self, domains, batch_size=1, seed=0, augment=None, ctx=None):
        if not isinstance(domains, TwoDomains):
            raise ValueError(f'domains must be a TwoDomains, not {type(domains).__name__}')
        seed = whole_number('seed', seed, 0, None)
        # With a common seed, two domains of equal length would have the same order.
        self.a, self.b = (Batches(images, batch_size, seed=2 * seed + index, augment=augment, ctx=ctx)
                          for index, images in enumerate(domains))
        super().__init__(domains, batch_size, True, seed, True, ctx, 0, 1)

    def fixed(self, count):
        """(NDArray, NDArray): up to ``count`` evenly spaced images of each domain."""
        def evenly_spaced(batches):
            rows = np.linspace(0, len(batches.images) - 1, min(count, len(batches.images))).astype(int)
            return batches._on_device(to_float(batches.images.images[rows]))
        return evenly_spaced(self.a), evenly_spaced(self.b)

    def _make(self, epoch, number):
        count = epoch * len(self) + number
        return tuple(batches._make(*divmod(count, len(batches))) for batches in (self.a, self.b))
