"""Pictures that a generator made earlier, for its discriminator to see again (Shrivastava et al. 2017, arXiv:1612.07828, section 2.3)."""
import mxnet as mx


class Pool:
    """The last pictures of a generator, of which a discriminator sees old ones half of the time.

    Each picture of a batch goes in while there is room; afterwards it is, with a chance of 1/2, exchanged for one of the pool.

    Parameters
    ----------
    size : int
        How many it holds: 50 in CycleGAN (section 4); 0 for none, and then it gives what it gets.
    """

    def __init__(self, size=50):
        self.size, self._pictures = size, []

    def __len__(self):
        return len(self._pictures)

    def __call__(self, pictures, rng):
        """What the discriminator is to see.

        Parameters
        ----------
        pictures : NDArray
            ``(N, C, H, W)``, new ones, not recorded.
        rng : numpy.random.Generator

        Returns
        -------
        NDArray
            ``(N, C, H, W)``.
        """
        if not self.size:
            return pictures
        shown = []
        for row in range(len(pictures)):
            picture = pictures[row:row + 1].copy()
            if len(self) < self.size:
                self._pictures.append(picture)
            elif rng.random() < 0.5:
                place = int(rng.integers(self.size))
                picture, self._pictures[place] = self._pictures[place], picture
            shown.append(picture)
        return shown[0] if len(shown) == 1 else mx.nd.concat(*shown, dim=0)

    def array(self):
        """ndarray: what it holds, ``(n, C, H, W)``; None of an empty one."""
        return mx.nd.concat(*self._pictures, dim=0).asnumpy() if self._pictures else None

    def restore(self, array, ctx):
        """Hold what :meth:`array` gave; None for nothing."""
        rows = [] if array is None else [mx.nd.array(array[row:row + 1], ctx=ctx) for row in range(len(array))]
        if len(rows) > self.size:
            raise ValueError(f'{len(rows)} pictures are more than a pool of {self.size} holds')
        self._pictures = rows
