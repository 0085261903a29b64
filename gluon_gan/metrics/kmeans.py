"""Features of one layer learned by k-means (Coates, Ng, Lee 2011, "An analysis of single-layer networks in unsupervised feature learning"):
what the DCGAN paper's probe was set against.
"""
import mxnet as mx
import numpy as np

from ..checks import whole_number
from .extractors import Extractor

PATCH = 6                   # pixels, the paper's best
PATCHES = 50_000            # that the centres are learned from
CONTRAST = 10 / 127.5 ** 2  # added to a patch's variance: 10 of 0..255, here in [-1, 1]
EVEN = 0.1                  # added to the variances that whitening divides by
BATCH = 20                  # pictures at once: of 32 px and with 400 centres that is 23 MB


class KMeans(Extractor):
    """Patches of 6 x 6, each brought to mean 0 and variance 1, whitened, and told by how much nearer than the average each centre is.

    ``f_k = max(0, mean(z) - z_k)`` where z are the distances to the centres (the paper's "triangle"); f is summed over each quarter of the
    picture. Whitening and centres are learned from pictures without their labels.

    Parameters
    ----------
    pictures : ImageArray
        To learn from.
    centres : int
        400 here; the 80.6 % that the DCGAN paper names took 4,800.
    seed : int
    """

    def __init__(self, pictures, centres=400, seed=0):
        from sklearn.cluster import MiniBatchKMeans
        centres = whole_number('centres', centres)
        if not isinstance(pictures.size, int) or pictures.size < 2 * PATCH:
            raise ValueError(f'k-means takes square pictures of {2 * PATCH} px at least, not {pictures!r}')
        super().__init__(f'kmeans{centres}', 4 * centres, (pictures.channels,), pictures.size, mx.cpu())
        rng = np.random.default_rng(seed)
        which, rows, columns = (rng.integers(0, top, PATCHES) for top in (len(pictures), *[pictures.size - PATCH + 1] * 2))
        # In the order of `which`, as a memory-mapped set likes to be read.
        patches = np.stack([pictures.images[i, y:y + PATCH, x:x + PATCH] for i, y, x in zip(np.sort(which), rows, columns)])
        patches = _even(patches.transpose(0, 3, 1, 2).reshape(PATCHES, -1) / np.float32(127.5) - 1)
        self._mean = patches.mean(axis=0)
        values, vectors = np.linalg.eigh(np.cov(patches, rowvar=False))
        self._whiten = ((vectors / np.sqrt(values + EVEN)) @ vectors.T).astype(np.float32)
        model = MiniBatchKMeans(centres, batch_size=4096, n_init=1, random_state=seed)
        self._centres = model.fit((patches - self._mean) @ self._whiten).cluster_centers_.astype(np.float32)

    def _features(self, pictures):
        pixels = pictures.asnumpy()
        return mx.nd.array(np.concatenate([self._some(pixels[start:start + BATCH]) for start in range(0, len(pixels), BATCH)]))

    def _some(self, pixels):
        views = np.lib.stride_tricks.sliding_window_view(pixels, (PATCH, PATCH), axis=(2, 3))      # (N, C, y, x, PATCH, PATCH)
        count, _, height, width = views.shape[:4]
        patches = (_even(views.transpose(0, 2, 3, 1, 4, 5).reshape(count * height * width, -1)) - self._mean) @ self._whiten
        squares = (patches ** 2).sum(1, keepdims=True) + (self._centres ** 2).sum(1) - 2 * patches @ self._centres.T
        distances = np.sqrt(np.maximum(squares, 0))
        nearer = np.maximum(distances.mean(1, keepdims=True) - distances, 0).reshape(count, height, width, -1)
        parts = [nearer[:, rows, columns].sum((1, 2)) for rows in _halves(height) for columns in _halves(width)]
        return np.concatenate(parts, axis=1)


def _halves(length):
    return slice(length // 2), slice(length // 2, None)


def _even(patches):
    """Patches ``(M, D)`` at mean 0 and variance 1, each by itself."""
    patches = patches - patches.mean(axis=1, keepdims=True)
    return patches / np.sqrt(patches.var(axis=1, keepdims=True) + np.float32(CONTRAST))
