"""Feature extractors by name, and the features of many images.

Every kind of extractor has its own module; this one knows them all. :mod:`gluon_gan.metrics.base` defines what an
extractor is.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd

from ..data import ImageArray, batches
from ..support.checks import whole_number
from ..support.pixels import describe
from .base import as_features
from .imagenet import NETWORKS, ImageNet
from .lenet import Digits
from .quilt_classifier import QuiltPatternClassifier
from .random_features import Random
from .raw_pixels import Pixels

EXTRACTORS = {
    'lenet': Digits, 'quilt_patterns': QuiltPatternClassifier, 'random64': Random,
    'pixels': Pixels, 'pixels8': lambda **settings: Pixels(8, **settings),
    **{name: lambda name=name, **settings: ImageNet(name, **settings) for name in NETWORKS}}
BATCH = 128
TOLERANCE = 1e-3        # beyond [-1, 1], for rounding errors


class Custom:
    """Adapter that gives any callable the ``name`` and ``dim`` of an extractor, and checks what it returns."""

    def __init__(self, function):
        self.function, self.dim = function, None
        self.name = getattr(function, '__name__', type(function).__name__).strip('<>')
        if hasattr(function, 'probabilities'):
            self.probabilities = function.probabilities

    def __call__(self, pictures):
        features = as_features(self.function(pictures), len(pictures), self)
        self.dim = features.shape[1]
        return features


def named(extractor, **settings):
    """Create an extractor from its name, or turn a callable into one.

    Parameters
    ----------
    extractor : str or callable
        One of these names:

        - 'lenet': digits of 28 px; the weights ship with the package,
        - 'quilt_patterns': synthetic quilts of 64 px; the weights ship with the package,
        - 'inception', 'resnet50', 'resnet18': photographs; the weights are downloaded, or read from ``weights=path``,
        - 'random64', 'pixels', 'pixels8': images of any kind and size.

        Or a callable from images ``(N, C, H, W)``, an NDArray in [-1, 1], to features ``(N, d)``, an NDArray or a
        NumPy array. Its ``name``, else its ``__name__``, becomes part of the names of scores.
    **settings
        ``ctx`` for any of the names; ``weights`` for a network trained on ImageNet.

    Returns
    -------
    callable
        An extractor with ``name`` and ``dim``. ``dim`` is None until the first images are seen, if it depends on them.

    Raises
    ------
    ValueError
        If the name is unknown; the message lists the known ones.
    """
    if isinstance(extractor, str):
        if extractor not in EXTRACTORS:
            raise ValueError(f"there is no extractor {extractor!r}: use a callable, or one of {', '.join(EXTRACTORS)}")
        return EXTRACTORS[extractor](**settings)
    if not callable(extractor):
        raise ValueError(f'an extractor must be a name or a callable, not {extractor!r}')
    return extractor if hasattr(extractor, 'name') and hasattr(extractor, 'dim') else Custom(extractor)


def stream(extractor, pictures, batch_size=BATCH):
    """Yield the features of many images batch by batch. The memory in use does not depend on their number.

    Parameters
    ----------
    extractor : str or callable
        As for :func:`named`.
    pictures : ImageArray, numpy.ndarray, NDArray or iterable
        Images: ``(N, H, W, C)`` uint8, or ``(N, C, H, W)`` in [-1, 1], or an iterable of batches of the latter, such
        as a :class:`~gluon_gan.data.Batches`. A batch may be a tuple whose first element holds the images.
    batch_size : int
        Images per batch, if they are not batched already. It affects the memory in use, not the result.

    Yields
    ------
    numpy.ndarray
        ``(n, d)`` float32.

    Raises
    ------
    ValueError
        While iterating: if there are no images, the extractor does not accept them, an image has a NaN, an Inf or a
        pixel outside [-1, 1] (the message gives its index, from 0), or the extractor does not return one row per
        image.
    """
    extractor, seen = named(extractor), 0
    for batch in _batches(pictures, whole_number('batch_size', batch_size)):
        batch = _checked(batch, seen)
        with autograd.pause():              # for custom extractors: batch norm uses its running statistics
            features = as_features(extractor(batch), len(batch), extractor)
        yield features
        seen += len(batch)
    if not seen:
        raise ValueError('there are no images to compute features of')


def extract(extractor, pictures, batch_size=BATCH):
    """Compute the features of many images as one array ``(N, d)`` float32.

    Parameters and errors are those of :func:`stream`.
    """
    return np.concatenate(list(stream(extractor, pictures, batch_size)))


def _batches(pictures, batch_size):
    """Yield images in any of the accepted forms as batches ``(n, C, H, W)``."""
    if isinstance(pictures, np.ndarray) and pictures.ndim == 4 and pictures.dtype.kind == 'f':
        for start in range(0, len(pictures), batch_size):
            yield mx.nd.array(pictures[start:start + batch_size], dtype=np.float32)
        return
    if isinstance(pictures, np.ndarray):
        pictures = ImageArray(pictures)
    if isinstance(pictures, ImageArray):
        yield from batches(pictures, batch_size, shuffle=False, drop_last=False) if len(pictures) else ()
    elif isinstance(pictures, mx.nd.NDArray):
        for start in range(0, len(pictures), batch_size):
            yield pictures[start:start + batch_size]
    else:
        for batch in pictures:
            yield batch[0] if isinstance(batch, (tuple, list)) else batch


def _checked(batch, seen):
    """A batch as float32; raises ValueError for an invalid batch or pixel.

    Features cannot be checked instead, because ReLU and pooling can hide a NaN.
    """
    if not isinstance(batch, mx.nd.NDArray) or batch.ndim != 4:
        raise ValueError(f'a batch must be images (N, C, H, W), an NDArray in [-1, 1], not {describe(batch)}')
    if np.dtype(batch.dtype).kind != 'f':
        raise ValueError(f'the images of a batch must be floats in [-1, 1], not {np.dtype(batch.dtype).name}: '
                         "pass x.astype('float32') / 127.5 - 1")
    pixels = batch.asnumpy().reshape(len(batch), -1)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    valid = (low >= -1 - TOLERANCE) & (high <= 1 + TOLERANCE)         # False for NaN too
    if not valid.all():
        first = int(np.argmin(valid))
        raise ValueError(f'image {seen + first} has pixels from {low[first]:.4g} to {high[first]:.4g}: '
                         'they must lie in [-1, 1]')
    return batch.astype(np.float32, copy=False)
