"""The operators of the fast step, for the tests that compute with them."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

from gluon_gan.fast import build

PRECISIONS = ('float32', 'bfloat16')
TOLERANCE = {'float32': 1e-5, 'bfloat16': 1e-2}        # of an operator's result, relative to its norm


def library(precision='float32'):
    """Load the operators, before a test chooses another cache. Where a part is missing, skip the test and name it.

    A compilation that fails is no missing part, and fails the test.
    """
    try:
        build.check(precision)
    except build.Unavailable as error:
        pytest.skip(f'the fast step in {precision}: {error}')
    build.load(precision)
    return precision


def rounded(array):
    """A float32 array rounded to the nearest bfloat16, ties to even, by integer arithmetic; its type is float32."""
    bits = np.ascontiguousarray(array, 'float32').view('uint32').astype('uint64')
    bits = (bits + 0x7fff + (bits >> 16 & 1)) >> 16 << 16
    return bits.astype('uint32').view('float32')


def distance(actual, expected):
    """The norm of the difference, as a fraction of the norm of the expected array."""
    actual, expected = [np.asarray(array, 'float64').ravel() for array in (actual, expected)]
    assert actual.shape == expected.shape and np.isfinite(actual).all()
    return np.linalg.norm(actual - expected) / max(np.linalg.norm(expected), 1e-30)


def gradients(function, arrays, heads):
    """Call a function of NDArrays, made from NumPy arrays, that returns one; compute its gradients.

    Returns
    -------
    list of ndarray
        The result, and its gradients with respect to each array.
    """
    inputs = [mx.nd.array(array, dtype=array.dtype) for array in arrays]
    for array in inputs:
        array.attach_grad()
    with autograd.record():
        result = function(*inputs)
    result.backward(mx.nd.array(heads(result.shape) if callable(heads) else heads, dtype=result.dtype))
    return [result.asnumpy(), *[array.grad.asnumpy() for array in inputs]]


def normal(rng, precision, *shape):
    """Random float32 numbers that the precision represents exactly."""
    array = rng.standard_normal(shape).astype('float32')
    return rounded(array) if precision == 'bfloat16' else array


def channels_last(operator, precision, **options):
    """An operator of (N, H, W, C) as a function of float32 (N, C, H, W)."""
    def function(x, *others):
        result = operator(mx.nd.gg_channels_last(x, bfloat16=int(precision == 'bfloat16')), *others, **options)
        return mx.nd.gg_channels_first(result[0] if isinstance(result, list) else result)
    return function


def check(precision, names, actual, expected, tolerance=None):
    """Compare the results of an operator."""
    for name, one, other in zip(names, actual, expected, strict=True):
        assert distance(one, other) < (tolerance or TOLERANCE[precision]), name
