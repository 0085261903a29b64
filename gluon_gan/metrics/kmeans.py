"""Features of a single layer learned by k-means: the baseline of the DCGAN paper's probe.

Coates, Ng and Lee 2011, "An analysis of single-layer networks in unsupervised feature learning".
"""
import mxnet as mx
import numpy as np

from ..support.checks import random_seed, whole_number
from .base import Extractor

PATCH = 6                   # pixels, the best size in the paper
PATCHES = 50_000            # training patches
CONTRAST = 10 / 127.5 ** 2  # added to the variance of a patch: 10 for pixels in 0..255, converted to [-1, 1]
WHITENING = 0.1             # added to the eigenvalues of the covariance for whitening
BATCH = 20                  # images per block: 23 MB for 32 px and 400 centres


class KMeans(Extractor):
    """Describe 6x6 patches by how much closer they are to each centre than to the average centre.

    Each patch is normalised to mean 0 and variance 1, and whitened. Its features are ``f_k = max(0, mean(z) - z_k)``,
    where z are its distances to the centres (the paper's "triangle" encoding). They are summed over each quadrant of
    the image. Whitening and centres are learned from images without labels.

    Parameters
    ----------
    pictures : ImageArray
        Training images.
    centres : int
        Number of centres. The accuracy of 80.6 % that the DCGAN paper quotes used 4,800.
    seed : int
        Seed of the patches and of k-means.
    """

    def __init__(self, pictures, centres=400, seed=0):
        from sklearn.cluster import MiniBatchKMeans
        centres = whole_number('centres', centres)
        if not isinstance(pictures.size, int) or pictures.size < 2 * PATCH:
            raise ValueError(f'k-means requires square images of at least {2 * PATCH} px, not {pictures!r}')
        super().__init__(f'kmeans{centres}', 4 * centres, (pictures.channels,), pictures.size, mx.cpu())
        rng = np.random.default_rng(random_seed(seed))
        limits = len(pictures), *[pictures.size - PATCH + 1] * 2
        indices, rows, columns = (rng.integers(0, limit, PATCHES) for limit in limits)
        # Sorted indices make reads from a memory-mapped data set sequential.
        patches = np.stack([pictures.images[i, y:y + PATCH, x:x + PATCH]
                            for i, y, x in zip(np.sort(indices), rows, columns)])
        patches = _normalise(patches.transpose(0, 3, 1, 2).reshape(PATCHES, -1) / np.float32(127.5) - 1)
        self._mean = patches.mean(axis=0)
        # ZCA whitening. scikit-learn offers PCA(whiten=True) only, which rotates to the principal components and does
        # not add a constant to the eigenvalues.
        values, vectors = np.linalg.eigh(np.cov(patches, rowvar=False))
        self._whiten = ((vectors / np.sqrt(values + WHITENING)) @ vectors.T).astype(np.float32)
        model = MiniBatchKMeans(centres, batch_size=4096, n_init=1, random_state=seed)
        self._centres = model.fit((patches - self._mean) @ self._whiten).cluster_centers_.astype(np.float32)

    def _features(self, pictures):
        pixels = pictures.asnumpy()
        blocks = [self._encode(pixels[start:start + BATCH]) for start in range(0, len(pixels), BATCH)]
        return mx.nd.array(np.concatenate(blocks))

    def _encode(self, pixels):
        """Features ``(N, 4 centres)`` of images ``(N, C, H, W)``."""
        # (N, C, y, x, PATCH, PATCH)
        views = np.lib.stride_tricks.sliding_window_view(pixels, (PATCH, PATCH), axis=(2, 3))
        count, _, height, width = views.shape[:4]
        patches = _normalise(views.transpose(0, 2, 3, 1, 4, 5).reshape(count * height * width, -1))
        patches = (patches - self._mean) @ self._whiten
        squares = (patches ** 2).sum(1, keepdims=True) + (self._centres ** 2).sum(1) - 2 * patches @ self._centres.T
        distances = np.sqrt(np.maximum(squares, 0))
        closer = np.maximum(distances.mean(1, keepdims=True) - distances, 0).reshape(count, height, width, -1)
        quadrants = [closer[:, rows, columns].sum((1, 2)) for rows in _halves(height) for columns in _halves(width)]
        return np.concatenate(quadrants, axis=1)


def _halves(length):
    return slice(length // 2), slice(length // 2, None)


def _normalise(patches):
    """Patches ``(M, D)``, each shifted to mean 0 and scaled to variance 1."""
    patches = patches - patches.mean(axis=1, keepdims=True)
    return patches / np.sqrt(patches.var(axis=1, keepdims=True) + np.float32(CONTRAST))
