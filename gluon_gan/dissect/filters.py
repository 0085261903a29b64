"""What a feature map is looking for: the real pictures that excite it most, and a picture made to.

The nine strongest pictures of a map, cut to what its unit sees of them, are those of Zeiler and Fergus 2014 (arXiv:1311.2901, figure 2);
a picture is made by ascending the activation (Erhan et al. 2009; Simonyan et al. 2014, arXiv:1312.6034, section 2):

    x <- x + step * grad a_u(x) / ||grad a_u(x)||,    x in [-1, 1]
"""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd

from ..checks import number, whole_number
from .stages import as_inputs, maps_of


class Exciting(NamedTuple):
    """The pictures that excite one map most, the strongest first: which they are (``pictures`` ``(n,)``), how much (``values``), and the
    ``boxes`` ``(n, 4)`` of pixels that the most excited unit sees: x0, y0, x1, y1. ``selectivity`` is the mean of the values above the
    map's mean, in its deviations."""
    pictures: np.ndarray
    values: np.ndarray
    boxes: np.ndarray
    selectivity: float


def most_exciting(head, pictures, filters, n=9):
    """The pictures that excite each of some feature maps most, no picture twice for a map.

    Parameters
    ----------
    head : callable
        Pictures to maps: the first part of :func:`gluon_gan.dissect.split`.
    pictures : NDArray or numpy.ndarray
        ``(N, C, H, W)`` in [-1, 1].
    filters : sequence of int
        Which maps.
    n : int
        How many of the pictures; no more than there are.

    Returns
    -------
    dict of Exciting
        By the number of the map.

    Raises
    ------
    ValueError
        If the layer has no such map, or there are fewer than n pictures.
    """
    maps, n = maps_of(head, pictures), whole_number('n', n)
    if n > len(maps):
        raise ValueError(f'n={n} pictures cannot be chosen out of {len(maps)}')
    found = {}
    for index in filters:
        if not 0 <= index < maps.shape[1]:
            raise ValueError(f'this layer has the maps 0 to {maps.shape[1] - 1}, not {index}')
        flat = maps[:, index].reshape(len(maps), -1)
        strongest = np.argsort(-flat.max(axis=1), kind='stable')[:n]
        places = np.unravel_index(flat[strongest].argmax(axis=1), maps.shape[2:])
        values = flat[strongest].max(axis=1)
        boxes = [receptive_field(head, pictures.shape[1:], y, x) for y, x in zip(*places)]
        found[int(index)] = Exciting(strongest, values, np.array(boxes), float((values.mean() - flat.mean()) / (flat.std() + 1e-9)))
    return found


def receptive_field(head, shape, y, x):
    """The pixels that one unit of a layer sees, by asking which of them its value depends on.

    Parameters
    ----------
    head : callable
        Pictures to maps, with the same field for every map.
    shape : tuple of int
        Of a picture: (C, H, W).
    y, x : int
        Which location of the maps.

    Returns
    -------
    tuple of int
        x0, y0, x1, y1, within the picture; x1 and y1 lie just outside.

    Raises
    ------
    ValueError
        If there is no such location.
    """
    rng = np.random.default_rng(0)
    noise = as_inputs(rng.uniform(-1, 1, (4, *shape)), head)       # several: a ReLU may be silent for one
    noise.attach_grad()
    with autograd.record(train_mode=False):
        maps = head(noise)
        if not (0 <= y < maps.shape[2] and 0 <= x < maps.shape[3]):
            raise ValueError(f'({y}, {x}) is no location of a {maps.shape[2]}x{maps.shape[3]} map')
        mixed = mx.nd.array(rng.normal(size=maps.shape[:2]), ctx=maps.context)       # plain sums of opposite maps would cancel
        unit = (maps[:, :, int(y), int(x)] * mixed).sum(axis=1)
    gradient, = autograd.grad([unit], [noise], train_mode=False)
    seen = (gradient.asnumpy() != 0).any(axis=(0, 1))
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise ValueError('this unit depends on no pixel')
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def crops(pictures, exciting):
    """What the units see, each on mid-grey where its field ends: ``(n, C, h, w)`` of the largest field, NumPy in [-1, 1]."""
    pictures = pictures.asnumpy() if isinstance(pictures, mx.nd.NDArray) else np.asarray(pictures)
    wide, high = (exciting.boxes[:, 2] - exciting.boxes[:, 0]).max(), (exciting.boxes[:, 3] - exciting.boxes[:, 1]).max()
    cut = np.zeros((len(exciting.pictures), pictures.shape[1], high, wide), np.float32)
    for row, (which, (x0, y0, x1, y1)) in enumerate(zip(exciting.pictures, exciting.boxes)):
        cut[row, :, :y1 - y0, :x1 - x0] = pictures[which, :, y0:y1, x0:x1]
    return cut


class Ascent(NamedTuple):
    """``pictures`` ``(F, C, H, W)`` in [-1, 1] and how much each excites its map, ``values`` ``(F,)``: to be compared with what real pictures do."""
    pictures: np.ndarray
    values: np.ndarray


def ascend(head, shape, filters, steps=60, step=1.0, seed=0):
    """A picture for each of some maps that excites its middle unit as much as it can.

    Parameters
    ----------
    head : callable
        Pictures to maps.
    shape : tuple of int
        Of a picture: (C, H, W).
    filters : sequence of int
        Which maps.
    steps : int
        Of ascent.
    step : float
        The length of each, over all pixels of a picture.
    seed : int
        Of the noise to begin with.

    Returns
    -------
    Ascent

    Raises
    ------
    ValueError
        If the layer has no such map, or a number will not do.
    """
    steps, step, filters = whole_number('steps', steps), number('step', step, 'a positive number', least=1e-30), list(filters)
    rng = np.random.default_rng(seed)
    picture = as_inputs(rng.normal(0, 0.05, (1, *shape)), head)
    width, high, wide = head(picture).shape[1:]
    if not filters or not all(0 <= index < width for index in filters):
        raise ValueError(f'filters must be some of 0 to {width - 1}, not {filters}')
    picture, wanted = picture.repeat(len(filters), axis=0), mx.nd.array(filters, ctx=picture.context)
    for _ in range(steps):
        picture.attach_grad()
        with autograd.record(train_mode=False):
            unit = head(picture)[:, :, high // 2, wide // 2].pick(wanted, axis=1)
        gradient, = autograd.grad([unit], [picture], train_mode=False)
        length = gradient.square().sum(axis=(1, 2, 3), keepdims=True).sqrt() + 1e-12
        picture = (picture + step * gradient / length).clip(-1, 1)
    return Ascent(picture.asnumpy(), head(picture)[:, :, high // 2, wide // 2].pick(wanted, axis=1).asnumpy())
