"""A pool of earlier generated images for the discriminator (Shrivastava et al. 2017, arXiv:1612.07828, section 2.3)."""
import mxnet as mx


class ImagePool:
    """A pool of a generator's earlier images, which make up half of what the discriminator is shown.

    Until the pool is full, each image is added to it and shown. Afterwards, with probability 1/2, an image of the pool
    is shown and the new one takes its place; otherwise the new one is shown.

    Parameters
    ----------
    size : int
        Capacity: 50 in CycleGAN (section 4). With 0, the new images are always shown.
    """

    def __init__(self, size=50):
        self.size, self._images = size, []

    def __len__(self):
        return len(self._images)

    def __call__(self, images, rng):
        """Return the images to show to the discriminator.

        Parameters
        ----------
        images : NDArray
            New images ``(N, C, H, W)``, detached from the recorded graph.
        rng : numpy.random.Generator
            Decides which images are exchanged.

        Returns
        -------
        NDArray
            ``(N, C, H, W)``.
        """
        if not self.size:
            return images
        shown = []
        for row in range(len(images)):
            image = images[row:row + 1].copy()
            if len(self) < self.size:
                self._images.append(image)
            elif rng.random() < 0.5:
                index = int(rng.integers(self.size))
                image, self._images[index] = self._images[index], image
            shown.append(image)
        return shown[0] if len(shown) == 1 else mx.nd.concat(*shown, dim=0)

    def array(self):
        """Return the images of the pool, ndarray ``(n, C, H, W)``; None if it is empty."""
        return mx.nd.concat(*self._images, dim=0).asnumpy() if self._images else None

    def restore(self, array, ctx):
        """Replace the images of the pool by those of :meth:`array`; None empties it."""
        rows = [] if array is None else [mx.nd.array(array[row:row + 1], ctx=ctx) for row in range(len(array))]
        if len(rows) > self.size:
            raise ValueError(f'{len(rows)} images are more than a pool of {self.size} holds')
        self._images = rows
