"""From pictures to the features that distances are measured in.

An extractor is a callable: pictures ``(N, C, H, W)`` NDArray in [-1, 1] to features ``(N, d)`` float32. Its ``name`` goes into the name of
every score taken in its features, since scores in different features do not compare; ``dim`` is d, and where it classifies,
``probabilities(pictures)`` is ``(N, K)``. :func:`named` knows those of this module; any other callable will do as well.
"""
import mxnet as mx
import numpy as np

from .. import runtime
from ..checks import whole_number
from ..data import ImageArray, batches
from ..pixels import describe

BATCH = 128
SLACK = 1e-3        # beyond [-1, 1], for what rounding adds


class Extractor:
    """What the extractors here have in common: their pictures are looked at before they are.

    Parameters
    ----------
    name : str
    dim : int, optional
        None where it follows from the pictures.
    channels : tuple of int
        Those it takes.
    size : int, optional
        Height and width that it takes; None for any.
    ctx : mxnet.Context, optional
        Where pictures are brought to; :func:`gluon_gan.device` by default.
    """

    def __init__(self, name, dim=None, channels=(1, 3), size=None, ctx=None):
        self.name, self.dim, self.channels, self.size, self.ctx = name, dim, channels, size, ctx or runtime.device()

    def __call__(self, pictures):
        """Features ``(N, d)`` float32 of pictures ``(N, C, H, W)``; ValueError for such as it does not take."""
        return self._features(self._taken(pictures)).asnumpy()

    def _features(self, pictures):
        raise NotImplementedError

    def _taken(self, pictures):
        """The pictures on this extractor's device."""
        if not isinstance(pictures, mx.nd.NDArray) or pictures.ndim != 4:
            raise ValueError(f'{self.name} takes pictures (N, C, H, W), an NDArray in [-1, 1], not {describe(pictures)}')
        side = (self.size,) * 2 if self.size else pictures.shape[2:]
        if pictures.shape[1] not in self.channels or pictures.shape[2:] != side:
            channels = ' or '.join(map(str, self.channels))
            wanted = f'{self.size}x{self.size}' if self.size else 'any size'
            raise ValueError(f'{self.name} takes pictures of {channels} channels and {wanted}, not of {pictures.shape[1]} and '
                             f'{pictures.shape[2]}x{pictures.shape[3]}: choose other features')
        return pictures.as_in_context(self.ctx)

    def __repr__(self):
        return f"<extractor {self.name}: {self.dim or 'as many as pixels'} features>"


class Pixels(Extractor):
    """The pixels themselves; with ``side``, the means of a grid of side x side areas. Nothing is learned.

    Distances between pixels see colours and where they lie, and little of what people see: they are for where no network knows the
    pictures.
    """

    def __init__(self, side=None, channels=(1, 3), ctx=None):
        self._side = None if side is None else whole_number('side', side)
        super().__init__(f"pixels{side or ''}", channels=channels, ctx=ctx)

    def _features(self, pictures):
        if self._side:
            pictures = mx.nd.contrib.AdaptiveAvgPooling2D(pictures, output_size=self._side)
        self.dim = int(np.prod(pictures.shape[1:]))
        return pictures.flatten()


class Digits(Extractor):
    """The 64 features of the shipped :class:`~gluon_gan.metrics.lenet.LeNet`, for digits of 28 px, and its ten probabilities."""

    def __init__(self, ctx=None):
        from . import lenet
        super().__init__('lenet', lenet.FEATURES, (1,), 28, ctx)
        self._net = lenet.load(ctx=self.ctx)

    def _features(self, pictures):
        return self._net(pictures)[0]

    def probabilities(self, pictures):
        """``(N, 10)`` float32: how likely each digit is."""
        return mx.nd.softmax(self._net(self._taken(pictures))[1]).asnumpy()


def stream(extractor, pictures, batch_size=BATCH):
    """The features of many pictures, a batch at a time: what is held in memory does not grow with their number.

    Parameters
    ----------
    extractor : str or callable
        As :func:`gluon_gan.metrics.named` takes it.
    pictures : ImageArray, numpy.ndarray, NDArray or iterable
        ``(N, H, W, C)`` uint8; ``(N, C, H, W)`` in [-1, 1]; or batches of the latter, alone or first in a pair with their labels, such as a
        :class:`~gluon_gan.data.Batches` or a generator's.
    batch_size : int
        How many at once, where they come in one piece; it changes nothing but the memory.

    Yields
    ------
    numpy.ndarray
        ``(n, d)`` float32.

    Raises
    ------
    ValueError
        While iterating: if there are no pictures, the extractor does not take them, one holds NaN or Inf (it is named, from 0) or leaves
        [-1, 1], or the extractor does not return a row for each.
    """
    from .names import named
    extractor, seen = named(extractor), 0
    for batch in _batches(pictures, whole_number('batch_size', batch_size)):
        _check(batch, seen)
        yield rows(extractor(batch), len(batch), extractor)
        seen += len(batch)
    if not seen:
        raise ValueError('there are no pictures to take features of')


def extract(extractor, pictures, batch_size=BATCH):
    """The features of many pictures in one array ``(N, d)`` float32: :func:`stream`, collected; arguments and errors as there."""
    return np.concatenate(list(stream(extractor, pictures, batch_size)))


def rows(features, count, extractor):
    """What an extractor returned as ``(count, d)`` float32; ValueError if it is anything else."""
    features = features.asnumpy() if isinstance(features, mx.nd.NDArray) else np.asarray(features)
    if features.ndim < 2 or len(features) != count or features.dtype.kind not in 'fiu':
        raise ValueError(f'{extractor.name} returned {describe(features)} for {count} pictures: it should return ({count}, d) numbers')
    return features.reshape(count, -1).astype(np.float32, copy=False)


def _batches(pictures, batch_size):
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


def _check(batch, seen):
    """ValueError for a batch that is none, or holds a picture that is none. Here, since ReLU and pooling can hide a NaN."""
    if not isinstance(batch, mx.nd.NDArray) or batch.ndim != 4:
        raise ValueError(f'a batch must be pictures (N, C, H, W), an NDArray in [-1, 1], not {describe(batch)}')
    pixels = batch.asnumpy().reshape(len(batch), -1)
    low, high = pixels.min(axis=1), pixels.max(axis=1)
    good = (low >= -1 - SLACK) & (high <= 1 + SLACK)         # False for NaN too
    if not good.all():
        first = int(np.argmin(good))
        raise ValueError(f'picture {seen + first} has pixels from {low[first]:.4g} to {high[first]:.4g}: they must lie in [-1, 1]')
