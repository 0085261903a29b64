"""What a feature map responds to: the real images that activate it most, and an image optimised to activate it.

The nine images with the highest activations of a feature map, cropped to the receptive field of the most active unit,
are those of Zeiler and Fergus 2014 (arXiv:1311.2901, figure 2). Activation maximisation optimises an image by gradient
ascent (Erhan et al. 2009; Simonyan et al. 2014, arXiv:1312.6034, section 2):

    x <- x + step * grad a_u(x) / ||grad a_u(x)||,    x in [-1, 1]
"""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd

from ..support.checks import number, random_seed, whole_number
from .layers import as_inputs, feature_maps


class TopActivatingImages(NamedTuple):
    """The images that activate a feature map most, in descending order of their highest activation.

    Attributes
    ----------
    pictures : numpy.ndarray
        ``(n,)`` int: indices of the images.
    values : numpy.ndarray
        ``(n,)``: their highest activations.
    boxes : numpy.ndarray
        ``(n, 4)`` int: the receptive field of the most active unit in each image, as x0, y0, x1, y1.
    selectivity : float
        How far the mean of ``values`` is above the mean of the feature map, in standard deviations of the feature map.
    """
    pictures: np.ndarray
    values: np.ndarray
    boxes: np.ndarray
    selectivity: float


def top_activating_images(head, pictures, filters, n=9):
    """Find the images that activate each of some feature maps most; each image counts once for a feature map.

    Parameters
    ----------
    head : callable
        Maps images to feature maps: the first part of :func:`gluon_gan.dissect.split`.
    pictures : NDArray or numpy.ndarray
        The images, ``(N, C, H, W)`` in [-1, 1].
    filters : sequence of int
        Indices of the feature maps.
    n : int
        Number of images to return, at most N.

    Returns
    -------
    dict of TopActivatingImages
        By index of the feature map.

    Raises
    ------
    ValueError
        If the layer does not have such a feature map, or there are fewer than n images.
    """
    activations, n = feature_maps(head, pictures), whole_number('n', n)
    if n > len(activations):
        raise ValueError(f'n must be at most the number of images, {len(activations)}, not {n}')
    found = {}
    for index in filters:
        if not 0 <= index < activations.shape[1]:
            raise ValueError(f'this layer has the feature maps 0 to {activations.shape[1] - 1}, not {index}')
        flat = activations[:, index].reshape(len(activations), -1)
        top = np.argsort(-flat.max(axis=1), kind='stable')[:n]
        locations = np.unravel_index(flat[top].argmax(axis=1), activations.shape[2:])
        values = flat[top].max(axis=1)
        boxes = [receptive_field(head, pictures.shape[1:], y, x) for y, x in zip(*locations)]
        selectivity = float((values.mean() - flat.mean()) / (flat.std() + 1e-9))
        found[int(index)] = TopActivatingImages(top, values, np.array(boxes), selectivity)
    return found


def receptive_field(head, shape, y, x):
    """The receptive field of a unit, found from the pixels for which the gradient of its activation is not zero.

    Parameters
    ----------
    head : callable
        Maps images to feature maps, with the same receptive field for every feature map.
    shape : tuple of int
        Shape of an image: (C, H, W).
    y, x : int
        Location in the feature map.

    Returns
    -------
    tuple of int
        x0, y0, x1, y1, clipped to the image; x1 and y1 are exclusive.

    Raises
    ------
    ValueError
        If the location is outside the feature map, or the unit does not depend on any pixel.
    """
    rng = np.random.default_rng(0)
    noise = as_inputs(rng.uniform(-1, 1, (4, *shape)), head)       # several inputs: a ReLU may be inactive for one
    noise.attach_grad()
    with autograd.record(train_mode=False):
        activations = head(noise)
        height, width = activations.shape[2:]
        if not (0 <= y < height and 0 <= x < width):
            raise ValueError(f'({y}, {x}) is outside this feature map of {height}x{width}')
        # Random weights, because in a plain sum opposite feature maps would cancel.
        weights = mx.nd.array(rng.normal(size=activations.shape[:2]), ctx=activations.context)
        unit = (activations[:, :, int(y), int(x)] * weights).sum(axis=1)
    gradient, = autograd.grad([unit], [noise], train_mode=False)
    reached = (gradient.asnumpy() != 0).any(axis=(0, 1))
    rows, columns = np.flatnonzero(reached.any(axis=1)), np.flatnonzero(reached.any(axis=0))
    if not len(rows):
        raise ValueError('this unit does not depend on any pixel')
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def crops(pictures, top):
    """Crop images to the receptive fields of the units that they activate most.

    Parameters
    ----------
    pictures : NDArray or numpy.ndarray
        The images, ``(N, C, H, W)`` in [-1, 1].
    top : TopActivatingImages

    Returns
    -------
    numpy.ndarray
        ``(n, C, h, w)`` in [-1, 1], as large as the largest receptive field; smaller ones are padded with mid-grey.
    """
    pictures = pictures.asnumpy() if isinstance(pictures, mx.nd.NDArray) else np.asarray(pictures)
    width = (top.boxes[:, 2] - top.boxes[:, 0]).max()
    height = (top.boxes[:, 3] - top.boxes[:, 1]).max()
    cropped = np.zeros((len(top.pictures), pictures.shape[1], height, width), np.float32)
    for row, (index, (x0, y0, x1, y1)) in enumerate(zip(top.pictures, top.boxes)):
        cropped[row, :, :y1 - y0, :x1 - x0] = pictures[index, :, y0:y1, x0:x1]
    return cropped


class ActivationMaximisation(NamedTuple):
    """Images optimised to activate one feature map each.

    Attributes
    ----------
    pictures : numpy.ndarray
        ``(F, C, H, W)`` in [-1, 1].
    values : numpy.ndarray
        ``(F,)``: the activations they reach, to be compared with those of real images.
    """
    pictures: np.ndarray
    values: np.ndarray


def activation_maximisation(head, shape, filters, steps=60, step=1.0, seed=0):
    """Optimise an image for each of some feature maps, to maximise the activation of its central unit.

    Parameters
    ----------
    head : callable
        Maps images to feature maps.
    shape : tuple of int
        Shape of an image: (C, H, W).
    filters : sequence of int
        Indices of the feature maps.
    steps : int
        Number of gradient ascent steps.
    step : float
        Euclidean length of each step, over all pixels of an image.
    seed : int
        Seed of the initial noise image.

    Returns
    -------
    ActivationMaximisation

    Raises
    ------
    ValueError
        If the layer does not have such a feature map, or an argument is out of range.
    """
    steps, step = whole_number('steps', steps), number('step', step, 'a positive number', least=1e-30)
    filters, rng = list(filters), np.random.default_rng(random_seed(seed))
    image = as_inputs(rng.normal(0, 0.05, (1, *shape)), head)
    with autograd.pause():                  # batch norm uses its running statistics, whatever the caller records
        count, height, width = head(image).shape[1:]
    if not filters or not all(0 <= index < count for index in filters):
        raise ValueError(f'filters must be one or more of 0 to {count - 1}, not {filters}')
    image, indices = image.repeat(len(filters), axis=0), mx.nd.array(filters, ctx=image.context)
    for _ in range(steps):
        image.attach_grad()
        with autograd.record(train_mode=False):
            unit = head(image)[:, :, height // 2, width // 2].pick(indices, axis=1)
        gradient, = autograd.grad([unit], [image], train_mode=False)
        length = gradient.square().sum(axis=(1, 2, 3), keepdims=True).sqrt() + 1e-12
        image = (image + step * gradient / length).clip(-1, 1)
    with autograd.pause():
        values = head(image)[:, :, height // 2, width // 2].pick(indices, axis=1)
    return ActivationMaximisation(image.asnumpy(), values.asnumpy())
