"""The operators beside convolutions on random shapes: the values and gradients of MXNet's own, with equal bits.

An error is relative to the norm of the whole array. For bfloat16, x and the gradient of the result are rounded before,
so that only the computation is compared.
"""
import mxnet as mx
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mxnet import autograd

from helpers import fast_steps
from helpers.fast_steps import channels_last, check, distance, gradients, normal, rounded
from helpers.properties import examples

MANY = st.sampled_from([16, 32, 48])
IMAGES, SIDE, SEED = st.integers(1, 7), st.integers(1, 9), st.integers(0, 999)
VALUES = st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False, allow_subnormal=False), min_size=16,
                  max_size=16)


@pytest.fixture(scope='module', params=fast_steps.PRECISIONS)
def precision(request):
    return fast_steps.library(request.param)


@pytest.fixture(scope='module')
def float32():
    return fast_steps.library()


@pytest.fixture(scope='module')
def bfloat16():
    return fast_steps.library('bfloat16')


# --- gg_norm ---

@st.composite
def norms(choose):
    """The arguments of gg_norm: the shape (N, C, H, W), groups, slope, momentum and the mean of x."""
    groups = choose(st.sampled_from([1, 2, 0]))
    images = choose(IMAGES) * (groups or 1)
    # At least 6 values: of two, the variance may be so small that epsilon decides.
    shape = (images, choose(MANY), choose(st.integers(2, 9)), choose(st.integers(3, 9)))
    return shape, groups, choose(st.sampled_from([0, 0.2, 1])), choose(st.sampled_from([0.9, 0.5])), choose(
        st.sampled_from([0, 0, 100, -100]))


def plain_norm(x, gamma, beta, running, groups, slope, momentum, seen=None):
    """MXNet's normalisation of each group, which updates the running statistics. ``seen`` gets what enters the ReLU."""
    parts = mx.nd.split(x, groups or len(x), axis=0) if (groups or len(x)) > 1 else [x]
    z = mx.nd.concat(*[mx.nd.BatchNorm(part, gamma, beta, *running, eps=1e-5, momentum=momentum, fix_gamma=False)
                       for part in parts], dim=0)
    if seen is not None:
        seen.append(z.asnumpy())
    return mx.nd.LeakyReLU(z, slope=slope)


def statistics(x, groups, momentum):
    """The running mean and variance after each group's update, from 0 and 1."""
    mean, variance = 0, 1
    for part in np.split(x.astype('float64'), groups or len(x)):
        mean = momentum * mean + (1 - momentum) * part.mean((0, 2, 3))
        variance = momentum * variance + (1 - momentum) * part.var((0, 2, 3))
    return mean, variance


@given(arguments=norms(), seed=SEED)
@example(((4, 16, 32, 32), 2, 0.2, 0.9, 100), 0)         # more pixels than one float32 sum takes
@examples(40)
def test_norm(precision, arguments, seed):
    shape, groups, slope, momentum, mean = arguments
    rng = np.random.default_rng(seed)
    x = normal(rng, 'float32', *shape) * rng.uniform(0.5, 2, (shape[1], 1, 1)).astype('float32') + np.float32(mean)
    x = rounded(x) if precision == 'bfloat16' else x
    gamma, beta = [normal(rng, 'float32', shape[1]) for _ in range(2)]
    wide, z = [array.astype('float64') for array in (x, gamma, beta)], []
    unused = [mx.nd.zeros(shape[1], dtype='float64') for _ in range(2)]
    head = normal(rng, precision, *shape)
    with autograd.train_mode():
        plain_norm(*[mx.nd.array(array, dtype='float64') for array in wide], unused, groups, slope, momentum, z)
    # At zero, the gradient jumps. The rounding of z alone decides on which side of it such a value is.
    head[np.abs(z[0]) < 1e-3] = 0
    expected = gradients(lambda *inputs: plain_norm(*inputs, unused, groups, slope, momentum), wide,
                         head.astype('float64'))
    running = [mx.nd.zeros(shape[1]), mx.nd.ones(shape[1])]
    actual = gradients(channels_last(
        lambda *inputs: mx.nd.gg_norm(*inputs, *running, groups=groups, slope=slope, momentum=momentum), precision),
        [x, gamma, beta], head)
    # z = x factor + offset: of two numbers near 100, the difference has fewer digits.
    tolerance = 1e-4 if mean and precision == 'float32' else None
    check(precision, ['y', 'dx', 'dgamma', 'dbeta'], actual, expected, tolerance)
    check('float32', ['mean', 'variance'], [array.asnumpy() for array in running], statistics(x, groups, momentum))


def test_norm_updates_the_running_statistics_as_mxnet(float32):
    x = mx.nd.random.normal(3, 2, shape=(5, 16, 4, 3))
    runnings = [[mx.nd.array(np.full(16, value)) for value in (0.5, 2)] for _ in range(2)]
    gamma, beta = mx.nd.ones(16), mx.nd.zeros(16)
    gamma.attach_grad()
    with autograd.record():
        plain_norm(x, gamma, beta, runnings[0], 1, 0.2, 0.9).sum().backward()
    mx.nd.gg_norm(mx.nd.gg_channels_last(x), gamma, beta, *runnings[1], momentum=0.9, slope=0.2)[0].wait_to_read()
    for plain, fast in zip(*runnings):
        np.testing.assert_allclose(fast.asnumpy(), plain.asnumpy(), rtol=1e-5)


def test_norm_of_each_image_is_mxnets_instance_norm(precision):
    rng = np.random.default_rng(0)
    x, head, gamma, beta = [normal(rng, precision, *shape) for shape in [(5, 16, 7, 6)] * 2 + [(16,)] * 2]
    running = mx.nd.zeros(16), mx.nd.ones(16)
    actual = gradients(channels_last(lambda *inputs: mx.nd.gg_norm(*inputs, *running, groups=0), precision),
                       [x, gamma, beta], head)
    expected = gradients(lambda *inputs: mx.nd.InstanceNorm(*inputs, eps=1e-5), [x, gamma, beta], head)
    check(precision, ['y', 'dx', 'dgamma', 'dbeta'], actual, expected)


def test_norm_returns_the_statistics_of_each_group(float32):
    x = mx.nd.random.normal(3, 2, shape=(4, 5, 3, 16))
    others = mx.nd.ones(16), mx.nd.zeros(16), mx.nd.zeros(16), mx.nd.ones(16)
    _, mean, scale = mx.nd.gg_norm(x, *others, groups=2)
    parts = x.asnumpy().astype('float64').reshape(2, -1, 16)
    np.testing.assert_allclose(mean.asnumpy(), parts.mean(1), rtol=1e-5)
    np.testing.assert_allclose(scale.asnumpy(), (parts.var(1) + 1e-5) ** -0.5, rtol=1e-5)


# --- gg_bias and gg_image ---

@given(images=IMAGES, channels=MANY, height=SIDE, width=SIDE, slope=st.sampled_from([0, 0.2, 1]), seed=SEED)
@examples(30)
def test_bias(precision, images, channels, height, width, slope, seed):
    rng = np.random.default_rng(seed)
    shape = images, channels, height, width
    x, head = normal(rng, precision, *shape), normal(rng, precision, *shape)
    bias = normal(rng, 'float32', channels)
    # x + bias is one rounding, in both, so that no sign differs.
    expected = gradients(lambda x, bias: mx.nd.LeakyReLU(x + bias.reshape((1, -1, 1, 1)), slope=slope), [x, bias], head)
    actual = gradients(channels_last(mx.nd.gg_bias, precision, slope=slope), [x, bias], head)
    check(precision, ['y', 'dx', 'dbias'], actual, expected)


@pytest.mark.parametrize('slope', [0, 0.2, 1])
def test_the_gradient_at_zero_is_that_of_mxnet(precision, slope):
    x, bias = np.array([-1, 0, 1, 0.5] * 4, 'float32').reshape(1, 16, 1, 1), np.array([1, 0, -1, 1] * 4, 'float32')
    head = np.ones_like(x)
    actual = gradients(channels_last(mx.nd.gg_bias, precision, slope=slope), [x, bias], head)
    expected = gradients(lambda x, bias: mx.nd.LeakyReLU(x + bias.reshape((1, -1, 1, 1)), slope=slope), [x, bias], head)
    assert distance(actual[1], expected[1]) < 1e-2


@given(images=IMAGES, channels=st.integers(1, 5), shown=st.integers(1, 5), height=SIDE, width=SIDE, seed=SEED)
@examples(20)
def test_image(precision, images, channels, shown, height, width, seed):
    rng, shown = np.random.default_rng(seed), min(shown, channels)
    x, bias = normal(rng, precision, images, channels, height, width), normal(rng, 'float32', channels)
    head = normal(rng, precision, images, shown, height, width)

    def fast(x, bias):
        x = mx.nd.gg_channels_last(x, bfloat16=int(precision == 'bfloat16'))
        return mx.nd.gg_image(x, bias, channels=shown)

    y, dx, dbias = gradients(fast, [x, bias], head)
    # Nothing is rounded to bfloat16: x and the gradient were before.
    assert np.array_equal(y, (x + bias.reshape(-1, 1, 1))[:, :shown])
    assert np.array_equal(dx[:, :shown], head) and not dx[:, shown:].any()
    np.testing.assert_allclose(dbias[:shown], head.sum((0, 2, 3), dtype='float64'), rtol=1e-6, atol=1e-12)
    assert not dbias[shown:].any()


# --- gg_channels_last and gg_channels_first ---

@given(images=IMAGES, channels=st.integers(1, 40), height=SIDE, width=st.integers(1, 20), seed=SEED)
@examples(20)
def test_channels_last_and_back(precision, images, channels, height, width, seed):
    x = normal(np.random.default_rng(seed), precision, images, channels, height, width)
    y = mx.nd.gg_channels_last(mx.nd.array(x), bfloat16=int(precision == 'bfloat16'))
    assert y.shape == (images, height, width, channels)
    assert np.array_equal(numbers(y), x.transpose(0, 2, 3, 1))
    assert np.array_equal(mx.nd.gg_channels_first(y).asnumpy(), x)


def test_the_gradients_of_both_change_the_layout(precision):
    x, head = [normal(np.random.default_rng(i), precision, 2, 3, 4, 5) for i in range(2)]
    y, dx = gradients(channels_last(lambda x: x, precision), [x], head)
    assert np.array_equal(y, x) and np.array_equal(dx, head)


def test_arrays_in_the_layout_of_onednn_are_read(float32):
    """MXNet's convolutions leave their results in blocks of channels, and its operators understand each other."""
    x, weight = mx.nd.random.normal(shape=(2, 16, 8, 8)), mx.nd.random.normal(shape=(32, 16, 3, 3))
    y = mx.nd.Convolution(x, weight, kernel=(3, 3), num_filter=32, no_bias=True)
    last = mx.nd.gg_channels_last(y)
    assert np.array_equal(last.asnumpy(), y.asnumpy().transpose(0, 2, 3, 1))


def numbers(array):
    """A float32 or bfloat16 NDArray as float32."""
    array = array.asnumpy()
    if array.dtype == np.float32:
        return array
    return (array.view('uint16').astype('uint32') << 16).view('float32')


@given(values=VALUES)
@example(np.array([0x3f808000, 0x3f818000, 0xbf808000, 0x3f80ffff, 0x3f807fff, 0x3f808001, 0x7f7f7fff, 0x7f7fffff] * 2,
                  'uint32').view('float32'))     # ties to even, and the largest numbers
@examples(100)
def test_bfloat16_is_rounded_to_the_nearest_and_ties_to_even(bfloat16, values):
    x = np.array(values, 'float32').reshape(1, 16, 1, 1)
    y = mx.nd.gg_channels_last(mx.nd.array(x), bfloat16=1)
    assert np.array_equal(numbers(y).ravel(), rounded(x).ravel())
    # The operators that compute 16 numbers at once: y + bias is exact, or rounded to float32 as NumPy does.
    with np.errstate(over='ignore'):
        expected = rounded(rounded(x).ravel() + x.ravel()[::-1])
    normal_numbers = np.abs(expected) >= np.finfo('float32').tiny
    sums = numbers(mx.nd.gg_bias(y, mx.nd.array(x.ravel()[::-1]), slope=1)).ravel()
    assert np.array_equal(sums[normal_numbers], expected[normal_numbers])


def test_nan_and_inf_remain(bfloat16):
    x = np.array([np.nan, np.inf, -np.inf, 1] * 4, 'float32').reshape(1, 16, 1, 1)
    y = mx.nd.gg_channels_last(mx.nd.array(x), bfloat16=1)
    for result in (y, mx.nd.gg_bias(y, mx.nd.zeros(16), slope=1)):
        assert np.array_equal(numbers(result).ravel(), x.ravel(), equal_nan=True)


# --- all ---

def test_equal_bits_when_computed_twice(precision):
    rng = np.random.default_rng(0)
    x, bias = normal(rng, precision, 6, 16, 16, 16), normal(rng, precision, 16)

    def network(x, weight, wide, gamma, bias):
        x = mx.nd.gg_conv(mx.nd.gg_channels_last(x, bfloat16=int(precision == 'bfloat16')), weight, stride=2, pad=1)
        x = mx.nd.gg_norm(x, gamma, bias, mx.nd.zeros(16), mx.nd.ones(16), groups=2, slope=0.2)[0]
        x = mx.nd.gg_bias(mx.nd.gg_conv(x, wide, stride=2, pad=2), bias, slope=0.2)
        return mx.nd.gg_image(mx.nd.gg_conv(x, weight, stride=2, pad=1, transpose=1), bias, channels=2)

    arrays = [x, normal(rng, precision, 16, 16, 4, 4), normal(rng, precision, 16, 16, 5, 5), bias + 1, bias]
    results = [gradients(network, arrays, lambda shape: np.random.default_rng(1).standard_normal(shape))
               for _ in range(2)]
    assert all(np.array_equal(*pair) for pair in zip(*results))


def ones(*shape):
    return mx.nd.ones(shape)


@pytest.mark.parametrize('name, call, message', [
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3), ones(16, 2, 4, 4)), 'x has 3 channels, and its weight is for 2'),
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3), ones(16, 2, 4, 4), transpose=1), 'x has 3 channels, .* is for 16'),
    ('gg_conv', lambda f: f(ones(4, 4, 3), ones(16, 3, 4, 4)), r'needs x \(N, H, W, C\) and a weight'),
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3), ones(16, 3)), r'needs x \(N, H, W, C\) and a weight'),
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3), ones(16, 3, 7, 7), pad=1), '4 x 4 pixels with pad=1 are too few'),
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3), ones(16, 3, 4, 3)), 'needs a square kernel, .* not a 4 x 3 kernel'),
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3), ones(16, 3, 4, 4), stride=0), 'gg_conv .* stride=0'),
    ('gg_conv', lambda f: f(ones(1, 4, 4, 3).astype('float64'), ones(16, 3, 4, 4)), 'float32 or bfloat16, not of'),
    ('gg_norm', lambda f: f(ones(2, 4, 4, 15), *[ones(15)] * 4), 'C a multiple of 16'),
    ('gg_norm', lambda f: f(ones(4, 4, 16), *[ones(16)] * 4), r'needs x \(N, H, W, C\)'),
    ('gg_norm', lambda f: f(ones(3, 4, 4, 16), *[ones(16)] * 4, groups=2), 'N a multiple of groups'),
    ('gg_norm', lambda f: f(ones(3, 4, 4, 16), *[ones(8)] * 4), r'Provided = \[8\], inferred shape=\[16\]'),
    ('gg_bias', lambda f: f(ones(2, 4, 4, 24), ones(24)), 'C a multiple of 16'),
    ('gg_bias', lambda f: f(ones(4, 4, 16), ones(16)), r'needs x \(N, H, W, C\)'),
    ('gg_bias', lambda f: f(ones(2, 4, 4, 16), ones(8)), r'Provided = \[8\], inferred shape=\[16\]'),
    ('gg_image', lambda f: f(ones(1, 4, 4, 2), ones(2), channels=3), r'channels=3, not of the shape \(1, 4, 4, 2\)'),
    ('gg_image', lambda f: f(ones(4, 4, 2), ones(2), channels=1), 'gg_image'),
    ('gg_channels_last', lambda f: f(ones(4, 4, 2)), 'gg_channels_last'),
    ('gg_channels_first', lambda f: f(ones(4, 4, 2)), 'gg_channels_first')])
def test_wrong_shapes_are_refused(float32, name, call, message):
    with pytest.raises(mx.MXNetError, match=message) as caught:
        call(getattr(mx.nd, name))
    # MXNet repeats the messages of earlier errors, and names no operator if shapes are inconsistent.
    assert name in str(caught.value) or 'Provided' in message or 'bfloat16' in message
