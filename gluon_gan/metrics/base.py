"""The base class of feature extractors, and the check of what an extractor returns.

A feature extractor is a callable that maps images ``(N, C, H, W)``, an NDArray in [-1, 1], to features ``(N, d)``
float32. It has

- ``name``, which becomes part of the name of every score computed from its features,
- ``dim``, the number of features d, or None as long as d is unknown because it depends on the size of the images, and
- ``probabilities(images)``, ``(N, K)``, if it is a classifier.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import runtime
from ..support.pixels import describe


class Extractor:
    """Base class of the package's feature extractors. It checks the images and moves them to the extractor's device.

    A subclass implements ``_features``, from an NDArray ``(N, C, H, W)`` to an NDArray ``(N, d)``.

    Parameters
    ----------
    name : str
        Becomes part of the names of scores.
    dim : int, optional
        Number of features; None if it depends on the images.
    channels : tuple of int
        Accepted numbers of channels.
    size : int, optional
        Required height and width; None accepts any size.
    ctx : mxnet.Context, optional
        Device; :func:`gluon_gan.device` by default.
    """

    def __init__(self, name, dim=None, channels=(1, 3), size=None, ctx=None):
        self.name, self.dim, self.channels, self.size, self.ctx = name, dim, channels, size, ctx or runtime.device()

    def __call__(self, pictures):
        """Compute features.

        Parameters
        ----------
        pictures : NDArray
            Images ``(N, C, H, W)`` in [-1, 1].

        Returns
        -------
        numpy.ndarray
            ``(N, d)`` float32.

        Raises
        ------
        ValueError
            If the number of channels or the size is not accepted.
        """
        with autograd.pause():              # batch norm uses its running statistics, whatever the caller records
            return self._features(self._checked(pictures)).asnumpy()

    def _features(self, pictures):
        raise NotImplementedError

    def _checked(self, pictures):
        """Check images and return them on this extractor's device."""
        if not isinstance(pictures, mx.nd.NDArray) or pictures.ndim != 4:
            raise ValueError(f'{self.name} takes images (N, C, H, W), an NDArray in [-1, 1], not {describe(pictures)}')
        side = (self.size,) * 2 if self.size else pictures.shape[2:]
        if pictures.shape[1] not in self.channels or pictures.shape[2:] != side:
            channels = f"{' or '.join(map(str, self.channels))} channel{'s' * (self.channels != (1,))}"
            size = f'size {self.size}x{self.size}' if self.size else 'any size'
            raise ValueError(f'{self.name} takes images with {channels} and {size}, not {describe_shape(pictures)}: '
                             'choose another extractor')
        return pictures.as_in_context(self.ctx)

    def __repr__(self):
        return f"<extractor {self.name}: {self.dim or 'as many as pixels'} features>"


def describe_shape(pictures):
    """Channels and size of images ``(N, C, H, W)``, for a message."""
    _, channels, height, width = pictures.shape
    return f"{channels} channel{'s' * (channels != 1)} and size {height}x{width}"


def as_features(returned, count, extractor):
    """Check what an extractor returned for ``count`` images, and convert it to ``(count, d)`` float32.

    Raises
    ------
    ValueError
        If it is not an array of numbers with one row per image.
    """
    features = returned.asnumpy() if isinstance(returned, mx.nd.NDArray) else np.asarray(returned)
    if features.ndim < 2 or len(features) != count or features.dtype.kind not in 'fiu':
        raise ValueError(f'{extractor.name} returned {describe(features)} for {count} images: '
                         f'it must return numbers ({count}, d)')
    return features.reshape(count, -1).astype(np.float32, copy=False)
