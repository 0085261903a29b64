"""Checks of the class labels that a conditional network is called with."""
import mxnet as mx
import numpy as np

from .checks import shown
from .pixels import describe


def check_labels(labels, classes, x, values=True):
    """The labels of a batch as an NDArray ``(N,)`` on the device of its input ``x``.

    Parameters
    ----------
    labels : NDArray, array_like or int
        One class for each sample, or a single one for all.
    classes : int
        The number of classes.
    x : NDArray
        ``(N, ...)``.
    values : bool
        Whether to check the values of an NDArray too, which waits until they are computed. Those of other types are
        always checked.

    Raises
    ------
    ValueError
        If labels has another shape, or a value is not a whole number from 0 to classes - 1.
    """
    on_device = isinstance(labels, mx.nd.NDArray)
    wanted = f'labels must be classes from 0 to {classes - 1}, one for each of the {len(x)} samples'
    if values or not on_device:
        try:
            numbers = labels.asnumpy() if on_device else np.array(labels)
        except ValueError as error:          # lists of different lengths
            raise ValueError(f'{wanted}, not {shown(labels)}') from error
        if numbers.dtype.kind not in 'iuf':
            raise ValueError(f'{wanted}, not {shown(labels)}')
        valid = (numbers >= 0) & (numbers < classes) & (numbers == np.floor(numbers))        # False for NaN too
        if not valid.all():
            raise ValueError(f'{wanted}, not {numbers[~valid][0]:g}')
        if not on_device:
            numbers = numbers if numbers.ndim else np.full(len(x), numbers)
            labels = mx.nd.array(numbers, ctx=x.context, dtype=np.float32)
    if labels.shape != x.shape[:1]:
        raise ValueError(f'{wanted}, not {describe(labels)}')
    return labels
