"""The fast forms of both networks: their outputs, gradients and statistics beside those of Gluon's networks."""
import gc
import weakref

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan.fast import networks
from gluon_gan.models import spectral_blocks
from gluon_gan.support import storage
from helpers import fast_steps
from helpers.fast_steps import distance

# size, channels, norm of D, kernel
ARCHITECTURES = [(28, 1, 'batch', 4), (28, 3, 'spectral', 5), (32, 3, 'batch', 4), (32, 1, 'none', 5),
                 (64, 3, 'batch', 5), (64, 1, 'spectral', 4), (64, 3, 'none', 4), (128, 3, 'batch', 4)]
NZ, BATCH = 10, 6
every_architecture = pytest.mark.parametrize('architecture', ARCHITECTURES)


@pytest.fixture(scope='module', params=fast_steps.PRECISIONS)
def precision(request):
    return fast_steps.library(request.param)


@pytest.fixture(scope='module')
def float32():
    fast_steps.library()


def initialised(net):
    net.initialize(mx.init.Xavier(magnitude=2))       # with N(0, 0.02), some gradients are too small to compare
    for name, parameter in storage.named(net).items():
        if name.endswith(('beta', 'bias')):
            parameter.set_data(mx.nd.random.normal(0, 0.2, shape=parameter.shape))
        elif name.endswith('gamma'):
            parameter.set_data(mx.nd.random.normal(1, 0.2, shape=parameter.shape))
    for block in spectral_blocks(net):
        block.iterate(20)
    return net


def generator(size=32, channels=3, norm='batch', kernel=4):
    return initialised(gg.Generator(size, channels, nz=NZ, ngf=16, kernel=kernel))


def discriminator(size=32, channels=3, norm='batch', kernel=4):
    return initialised(gg.Discriminator(size, channels, ndf=16, kernel=kernel, norm=norm))


def images(size=32, channels=3, *_):
    return mx.nd.random.uniform(-1, 1, (BATCH, channels, size, size))


def gradients(net):
    return {name: parameter.grad().asnumpy() for name, parameter in storage.named(net).items()
            if parameter.grad_req != 'null'}


def statistics(net):
    return {name: array for name, array in storage.parameters(net).items() if 'running' in name}


def computed(function, net, inputs, heads):
    """(outputs, gradients of the parameters, running statistics) after a forward and a backward pass.

    The running statistics start from the same values in each call.
    """
    for name, parameter in storage.named(net).items():
        if 'running' in name:
            parameter.set_data(mx.nd.full(parameter.shape, 0.5))
        elif parameter.grad_req != 'null':
            parameter.grad()[:] = np.nan
    with autograd.record():
        outputs = function(*inputs)
        outputs = outputs if isinstance(outputs, list) else [outputs]
    autograd.backward(outputs, heads)
    return [output.asnumpy() for output in outputs], gradients(net), statistics(net)


def compare(precision, fast, plain):
    """Compare outputs and gradients; in bfloat16, the direction of a gradient."""
    (outputs, found, _), (expected_outputs, expected, _) = fast, plain
    for output, other in zip(outputs, expected_outputs, strict=True):
        assert distance(output, other) < {'float32': 1e-5, 'bfloat16': 0.05}[precision]
    assert found.keys() == expected.keys()
    if precision == 'float32':
        distances = [distance(found[name], expected[name]) for name in found]
        # A value near zero may be on the other side of a ReLU, so a few gradients differ by more than by rounding.
        assert max(distances) < 1e-3 and np.median(distances) < 1e-5, distances
    for name, one in found.items():
        other = expected[name]
        assert np.isfinite(one).all() and np.linalg.norm(other) > 0
        cosine = (one * other).sum(dtype='float64') / np.linalg.norm(one) / np.linalg.norm(other)
        assert cosine > 0.97, (name, cosine)


@every_architecture
def test_generator(precision, architecture):
    net, z = generator(*architecture), mx.nd.random.normal(shape=(BATCH, NZ))
    head = [mx.nd.random.normal(shape=net(z).shape)]
    plain = computed(net, net, [z], head)
    fast = computed(networks.generator(net, precision == 'bfloat16'), net, [z], head)
    assert fast[0][0].dtype == np.float32
    compare(precision, fast, plain)
    tolerance = 1e-4 if precision == 'float32' else 0.02
    for name, array in plain[2].items():
        assert distance(fast[2][name], array) < tolerance, name


@every_architecture
def test_discriminator_of_real_and_generated_images(precision, architecture):
    net, real, fake = discriminator(*architecture), images(*architecture), images(*architecture) / 2
    head = [mx.nd.random.normal(shape=(2 * BATCH, 1))]
    split = [mx.nd.slice_axis(head[0], axis=0, begin=begin, end=begin + BATCH) for begin in (0, BATCH)]
    plain = computed(lambda *pair: [net(each) for each in pair], net, [real, fake], split)
    fast = computed(networks.discriminator(net, precision == 'bfloat16'), net, [mx.nd.concat(real, fake, dim=0)], head)
    plain = [np.concatenate(plain[0])], *plain[1:]
    compare(precision, fast, plain)


@every_architecture
def test_frozen_discriminator_has_the_gradient_of_images_alone(precision, architecture):
    net, head = discriminator(*architecture), mx.nd.random.normal(shape=(BATCH, 1))
    for parameter in storage.named(net).values():
        if parameter.grad_req != 'null':
            parameter.grad()[:] = 7
    results, x = [], images(*architecture)
    for function in (net, networks.discriminator(net, precision == 'bfloat16', frozen=True)):
        inputs = x.copy()
        inputs.attach_grad()
        with autograd.record():
            logits = function(inputs)
        results.append([logits.asnumpy(), autograd.grad([logits], [inputs], [head])[0].asnumpy()])
    (plain_logits, plain), (logits, gradient) = results
    assert distance(logits, plain_logits) < (1e-5 if precision == 'float32' else 0.05)
    # A value near zero that is on the other side of a ReLU changes some pixels. 0.25 is a cosine of 0.97.
    assert distance(gradient, plain) < (1e-2 if precision == 'float32' else 0.25)
    assert all((array == 7).all() for array in gradients(net).values())


@pytest.mark.parametrize('architecture', [(28, 1), (32, 3), (32, 3, 'batch', 5)])
def test_the_running_statistics_of_d_are_those_of_two_batches(precision, architecture):
    """MXNet updates them in the backward pass, first by the generated images; the fast form begins with the real ones.

    The last batch weighs 0.1, and the one before 0.09. So the order hardly matters, and only this test reverses it.
    """
    net, first, last = discriminator(*architecture), images(*architecture), images(*architecture) / 2
    head = mx.nd.ones((BATCH, 1))
    plain = computed(lambda *pair: [net(each) for each in pair], net, [last, first], [head, head])[2]
    fast = computed(networks.discriminator(net, precision == 'bfloat16'), net, [mx.nd.concat(first, last, dim=0)],
                    [mx.nd.concat(head, head, dim=0)])[2]
    assert plain and all('running' in name for name in plain)
    for name, array in plain.items():
        assert distance(fast[name], array) < (1e-6 if precision == 'float32' else 5e-3), name
        assert distance(array, np.full_like(array, 0.5)) > 0.01


def test_the_frozen_discriminator_updates_the_running_statistics_as_one_batch(float32):
    net, x, head = discriminator(), images(), [mx.nd.ones((BATCH, 1))]
    plain = computed(net, net, [x], head)[2]
    fast = computed(networks.discriminator(net, frozen=True), net, [x], head)[2]
    for name, array in plain.items():
        assert distance(fast[name], array) < 1e-6, name


def test_both_halves_of_a_batch_are_normalised_apart(float32):
    net, real, fake, other = discriminator(), images(), images() / 2, images() * 2
    both = networks.discriminator(net)
    with autograd.train_mode():
        one, another = [both(mx.nd.concat(real, each, dim=0)).asnumpy() for each in (fake, other)]
    assert np.array_equal(one[:BATCH], another[:BATCH]) and not np.array_equal(one[BATCH:], another[BATCH:])


def test_an_odd_batch_has_no_halves(float32):
    with pytest.raises(mx.MXNetError, match='gg_chain needs .* N a multiple of groups'):
        networks.discriminator(discriminator())(images()[:3]).wait_to_read()


@pytest.mark.parametrize('norm', ['batch', 'spectral', 'none'])
def test_parameters_are_shared(float32, norm):
    netG, netD = generator(), discriminator(norm=norm)
    for net, fast in ((netG, networks.generator(netG)), (netD, networks.discriminator(netD)),
                      (netD, networks.discriminator(netD, frozen=True))):
        shared = set(map(id, fast.collect_params().values()))
        own = storage.named(net)
        assert shared <= set(map(id, own.values()))
        # The biases of transposed convolutions before a normalisation do not exist; everything else is used.
        assert {name for name, parameter in own.items() if id(parameter) not in shared} == set()


def test_new_weights_are_used_at_once(float32):
    net = generator()
    fast, z = networks.generator(net), mx.nd.random.normal(shape=(BATCH, NZ))
    with autograd.train_mode():
        before = fast(z).asnumpy()
        for parameter in net.collect_params('.*weight').values():
            parameter.set_data(parameter.data() * 1.5)
        after, plain = fast(z).asnumpy(), net(z).asnumpy()
    assert distance(after, plain) < 1e-5 < 0.01 < distance(after, before)


def test_batches_of_different_sizes(precision):
    net = discriminator()
    frozen = networks.discriminator(net, precision == 'bfloat16', frozen=True)
    with autograd.train_mode():
        batches = [images()[:count] for count in (6, 1, 5, 6)]
        logits = [np.concatenate([function(x).asnumpy() for x in batches]) for function in (frozen, net)]
    assert distance(*logits) < (1e-5 if precision == 'float32' else 0.05)


def test_a_fast_network_is_freed_at_once(float32):
    net = generator()
    fast = networks.generator(net)
    with autograd.record():
        fast(mx.nd.random.normal(shape=(2, NZ))).backward()
    seen = weakref.ref(fast)
    gc.disable()
    try:
        del fast
        assert seen() is None
    finally:
        gc.enable()


# --- which networks can be made fast ---

@pytest.mark.parametrize('net, reason', [
    (lambda: gg.Generator(32, ngf=16), None),
    (lambda: gg.Discriminator(28, 1, ndf=48, norm='spectral', kernel=5), None),
    (lambda: gg.Generator(32, ngf=24), '24 feature maps, no multiple of 16'),
    (lambda: gg.Discriminator(32, ndf=8), '8 feature maps, no multiple of 16'),
    (lambda: gg.Generator(32, ngf=16, classes=3), 'class-conditional networks'),
    (lambda: gg.Discriminator(32, ndf=16, classes=3), 'class-conditional networks'),
    (lambda: gg.Generator(32, ngf=16, block='residual'), 'residual blocks'),
    (lambda: gg.Discriminator(32, ndf=16, block='residual'), 'residual blocks'),
    (lambda: gg.Generator(32, ngf=16, upsampling='nearest'), "upsampling 'nearest'"),
    (lambda: gg.Generator(32, ngf=16, upsampling='bilinear'), "upsampling 'bilinear'"),
    (lambda: type('Custom', (gg.Generator,), {})(32, ngf=16), 'network of the class Custom'),
    (lambda: mx.gluon.nn.Dense(1), 'network of the class Dense'),
    (lambda: 7, 'network of the class int')])
def test_unsupported(net, reason):
    assert networks.unsupported(net()) == reason


@pytest.mark.parametrize('change', [
    lambda netD: setattr(netD.down[1], 'act', mx.gluon.nn.LeakyReLU(0.01)),
    lambda netD: setattr(netD.down[1], 'norm', mx.gluon.nn.BatchNorm(use_global_stats=True, in_channels=32)),
    lambda netD: setattr(netD.down[1], 'conv', mx.gluon.nn.Conv2D(32, 4, 2, 1, groups=2, in_channels=16)),
    lambda netD: netD.down.add(mx.gluon.nn.Dropout(0.5))])
def test_networks_with_other_layers_are_not_made_fast(change):
    netD = gg.Discriminator(32, ndf=16)
    change(netD)
    assert networks.unsupported(netD) == 'Discriminator whose layers were changed'


def test_networks_with_hooks_are_not_made_fast():
    netD = gg.Discriminator(32, ndf=16)
    handle = netD.down[0].act.register_forward_hook(lambda *seen: None)
    assert networks.unsupported(netD) == 'forward hooks, as the LeakyReLU of this Discriminator has'
    handle.detach()
    assert networks.unsupported(netD) is None


@pytest.mark.parametrize('size, kernel, faster', [(28, 4, False), (28, 5, False), (32, 4, True), (32, 5, False),
                                                  (64, 4, True), (64, 5, False), (128, 4, True)])
def test_gains(size, kernel, faster):
    assert networks.gains(gg.Generator(size, ngf=16, kernel=kernel)) is faster
    assert networks.gains(gg.Discriminator(size, ndf=16, kernel=kernel)) is faster
