"""gg_chain: the bits of the operators that it consists of, in less memory; and the memory between its two passes."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan.fast import networks
from gluon_gan.fast.chain import Memory
from gluon_gan.support import storage
from helpers import fast_steps
from helpers.fast_steps import normal

DOWN, UP = '2 1 0 bias 2 1 0 norm 2 1 0 norm', '0 0 0 norm 2 1 0 norm 2 1 0 image'


@pytest.fixture(scope='module', params=fast_steps.PRECISIONS)
def precision(request):
    return fast_steps.library(request.param)


@pytest.fixture(scope='module')
def float32():
    return fast_steps.library()


def after(kind, rng, channels):
    """The parameters of a stage beside its weight."""
    if kind != 'norm':
        return [normal(rng, 'float32', channels)]
    return [normal(rng, 'float32', channels), normal(rng, 'float32', channels), np.zeros(channels, 'float32'),
            np.ones(channels, 'float32')]


def example(stages, images=6):
    """x and the parameters for one of the two chains above."""
    rng = np.random.default_rng(0)
    if stages == DOWN:
        x, weights = (images, 3, 16, 16), [(16, 3), (32, 16), (32, 32)]
        channels = [16, 32, 32]
    else:
        x, weights = (images, 32, 4, 4), [None, (32, 16), (16, 3)]
        channels = [32, 16, 3]
    parameters = []
    for kind, weight, width in zip(stages.split()[3::4], weights, channels):
        parameters += [normal(rng, 'float32', *weight, 4, 4)] if weight else []
        parameters += after(kind, rng, width)
    return normal(rng, 'float32', *x), parameters


def chain(x, parameters, kept, stages, precision, **others):
    options = dict(groups=2, slope=0.2) if stages == DOWN else dict(groups=1, slope=0, transpose=1, channels=2)
    # Detached, as Memory does: otherwise MXNet clears a graph that shares it.
    return mx.nd.gg_chain(x, kept.detach(), *parameters, stages=stages, bfloat16=int(precision == 'bfloat16'),
                          **{**options, **others})[0]


def one_by_one(x, parameters, _, stages, precision):
    """The same with an operator for each part."""
    slope, groups, transpose = (0.2, 2, 0) if stages == DOWN else (0, 1, 1)
    x, parameters = mx.nd.gg_channels_last(x, bfloat16=int(precision == 'bfloat16')), list(parameters)
    words = stages.split()
    for stride, pad, kind in zip(words[::4], words[1::4], words[3::4]):
        if stride != '0':
            x = mx.nd.gg_conv(x, parameters.pop(0), stride=stride, pad=pad, transpose=transpose)
        given = [parameters.pop(0) for _ in range(4 if kind == 'norm' else 1)]
        if kind == 'norm':
            x = mx.nd.gg_norm(x, *given, groups=groups, slope=slope)[0]
        elif kind == 'bias':
            x = mx.nd.gg_bias(x, *given, slope=slope)
        else:
            return mx.nd.gg_image(x, *given, channels=2)
    return mx.nd.gg_channels_first(x)


def memory():
    return mx.nd.full((200_000,), np.nan)


def forward(function, stages, precision, kept, x=None):
    """(inputs, y) of a recorded forward pass; the inputs are x and the parameters."""
    usual, parameters = example(stages)
    x, *parameters = inputs = [mx.nd.array(array) for array in (usual if x is None else x, *parameters)]
    for array in (x, *trained(parameters, stages)):
        array.attach_grad()
    with autograd.record():
        return inputs, function(x, parameters, kept, stages, precision)


def trained(parameters, stages):
    """The parameters without the running statistics."""
    found, rest, words = [], list(parameters), stages.split()
    for stride, kind in zip(words[::4], words[3::4]):
        count = (stride != '0') + (2 if kind == 'norm' else 1)
        found, rest = found + rest[:count], rest[count + 2 * (kind == 'norm'):]
    return found


def results(inputs, y, retain_graph=False):
    """y, the gradients, and the running statistics among the inputs."""
    head = mx.nd.array(np.random.default_rng(1).standard_normal(y.shape))
    y.backward(head, retain_graph=retain_graph)
    return [array.asnumpy() for array in (y, *inputs, *[each.grad for each in inputs if each.grad is not None])]


def equal(one, other):
    return len(one) == len(other) and all(map(np.array_equal, one, other))


@pytest.mark.parametrize('stages', [DOWN, UP])
def test_the_bits_are_those_of_the_operators_one_by_one(precision, stages):
    expected = results(*forward(one_by_one, stages, precision, None))
    assert all(np.isfinite(array).all() for array in expected) and len(expected) > 12
    assert equal(results(*forward(chain, stages, precision, memory())), expected)


@pytest.mark.parametrize('stages', [DOWN, UP])
def test_what_another_forward_pass_overwrote_is_computed_again(precision, stages):
    expected, kept = results(*forward(chain, stages, precision, memory())), memory()
    first = forward(chain, stages, precision, kept)
    second = forward(chain, stages, precision, kept, example(stages)[0] * 3)
    third = forward(chain, DOWN if stages == UP else UP, precision, kept)
    mx.nd.waitall()
    assert equal(results(*first), expected)
    again = results(*forward(chain, stages, precision, memory(), example(stages)[0] * 3))
    assert equal(results(*second), again) and not equal(again, expected)
    assert all(np.isfinite(array).all() for array in results(*third))


def test_a_second_backward_pass_gives_the_same(precision):
    inputs, y = forward(chain, DOWN, precision, memory())
    assert equal(results(inputs, y, retain_graph=True), results(inputs, y))


@pytest.mark.parametrize('unwanted', ['x_gradient', 'weight_gradient'])
def test_a_gradient_that_is_not_wanted_changes_no_other(precision, unwanted):
    def function(*arguments):
        return chain(*arguments, **{unwanted: 0})

    expected, (inputs, y) = results(*forward(chain, DOWN, precision, memory())), forward(function, DOWN, precision,
                                                                                         memory())
    some, count = results(inputs, y), 1 + len(inputs)
    assert equal(some[:count], expected[:count])
    of_x, of_weights = [count], [count + 1, count + 3, count + 6]
    wanted = set(range(count, len(some))) - set(of_x if unwanted == 'x_gradient' else of_weights)
    assert all(np.array_equal(some[i], expected[i]) for i in wanted)


def shaped(*shape):
    return mx.nd.ones(shape)


@pytest.mark.parametrize('call, message', [
    (lambda f: f(shaped(4, 3, 8), shaped(9), shaped(16, 3, 4, 4), shaped(16), stages='2 1 0 bias'),
     r'gg_chain needs x \(N, C, H, W\), not of the shape \(4, 3, 8\)'),
    (lambda f: f(shaped(3, 16, 4, 4), shaped(9), *[shaped(16)] * 4, stages='0 0 0 norm', groups=2),
     'gg_chain needs .* N a multiple of groups=2'),
    (lambda f: f(shaped(4, 3, 8, 8), shaped(9), shaped(16, 3, 4, 4), shaped(16), stages='2 1 0 bias'),
     r'gg_chain needs memory for \d+ numbers, not of the shape \(9\)'),
    (lambda f: f(shaped(4, 3, 8, 8), shaped(9), shaped(8, 3, 4, 4), shaped(8), stages='2 1 0 bias'),
     'gg_chain needs channels in multiples of 16'),
    (lambda f: f(shaped(4, 3, 8, 8), shaped(9), shaped(3, 3, 4, 4), shaped(3), stages='2 1 0 image', channels=4),
     'images of at most 3 channels, not of 4'),
    (lambda f: f(shaped(4, 3, 8, 8), shaped(9), shaped(16, 2, 4, 4), shaped(16), stages='2 1 0 bias'),
     'x has 3 channels, and its weight is for 2'),
    (lambda f: f(shaped(4, 3, 8, 8)), 'gg_chain needs stages')])
def test_wrong_arguments_are_refused(float32, call, message):
    with pytest.raises(mx.MXNetError, match=message):
        call(mx.nd.gg_chain)


# --- the memory of a network ---

def test_memory_grows_and_is_used_again():
    shared = Memory()
    first, smaller, larger = [shared.array(mx.cpu(), count) for count in (100, 50, 200)]
    first[:] = 1
    assert first.size == smaller.size == 100 and smaller.sum().asscalar() == 100 and larger.size == 200
    assert shared.array(mx.cpu(1), 10).context == mx.cpu(1) and shared.array(mx.cpu(), 200).size == 200


@pytest.mark.parametrize('size, channels, kernel, norm', [(28, 1, 4, 'batch'), (32, 3, 5, 'none'), (64, 3, 4, 'batch')])
def test_the_memory_is_as_large_as_a_network_needs(precision, size, channels, kernel, norm):
    netG = gg.Generator(size, channels, nz=8, ngf=16, kernel=kernel)
    netD = gg.Discriminator(size, channels, ndf=16, kernel=kernel, norm=norm)
    for net, x in ((netG, mx.nd.ones((6, 8))), (netD, mx.nd.ones((6, channels, size, size)))):
        net.initialize()
        fast = (networks.generator if net is netG else networks.discriminator)(net, precision == 'bfloat16')
        count, results = fast.chain.kept_count(6), {}
        for tried in (count, count // 2):
            fast._memory.array = lambda context, _: mx.nd.empty((tried,), context)       # noqa: B023
            try:
                results[tried] = np.isfinite(fast(x).asnumpy()).all()
            except mx.MXNetError as error:
                results[tried] = 'needs memory' in str(error)
        assert all(results.values())


def test_both_forms_of_d_share_their_memory(precision):
    netG, netD = gg.Generator(32, 3, nz=8, ngf=16), gg.Discriminator(32, 3, ndf=16)
    for net in (netG, netD):
        net.initialize()
    pair = gg.fast.Pair(netG, netD, precision)
    assert pair._trained._memory is pair._frozen._memory is not pair.generator._memory
    images = mx.nd.random.uniform(-1, 1, (4, 3, 32, 32))
    results = []
    for between in (False, True):
        for parameter in storage.named(netD).values():
            if parameter.grad_req != 'null':
                parameter.grad()[:] = 0
        with autograd.record():
            logits = mx.nd.concat(*pair.discriminate_both(images, images / 2), dim=0)
        if between:
            with autograd.train_mode():
                pair.discriminate(images * 2).wait_to_read()
        logits.backward()
        results.append([parameter.grad().asnumpy() for parameter in storage.named(netD).values()
                        if parameter.grad_req != 'null'])
    assert equal(*results)
