"""The fast networks of a translation equal those whose parameters they share, and train them."""
import logging

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan.fast import build
from gluon_gan.support import storage
from gluon_gan.translate import Critics, CycleTrainer, Translators, fast
from helpers.fast_steps import distance, gradients, library

SIZE = 16


@pytest.fixture
def loaded():
    library('bfloat16')


def networks(width=16, **kinds):
    netG = Translators(kinds.get('generator', 'resnet'), SIZE, 3, width, **kinds.get('blocks', dict(blocks=1)))
    return netG, Critics('patch', SIZE, 3, ndf=width, halvings=1)


def trainer(precision, **options):
    gg.seed(0)
    return CycleTrainer(*networks(), ctx=mx.cpu(), seed=0, precision=precision, **options)


def pairs(count, batch_size=1):
    rng = np.random.default_rng(0)
    return [[mx.nd.array(rng.uniform(-1, 1, (batch_size, 3, SIZE, SIZE))) for _ in 'ab'] for _ in range(count)]


def cosine(one, other):
    one, other = one.ravel().astype('float64'), other.ravel().astype('float64')
    return one @ other / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-30)


def passes(net, x, head):
    """The output of a network, the gradient of its input, and those of its parameters by name."""
    parameters = storage.named(net)
    for parameter in parameters.values():
        parameter.zero_grad()
    x = x.copy()
    x.attach_grad()
    with autograd.record():
        y = net(x)
    y.backward(head)
    return y.asnumpy(), x.grad.asnumpy(), {name: parameter.grad().asnumpy().copy()
                                           for name, parameter in parameters.items() if parameter.grad_req != 'null'}


@pytest.mark.parametrize('edge, shape', [(1, (2, 16, 5, 4)), (3, (1, 3, 4, 9)), (2, (3, 1, 3, 3))])
def test_padding_reflects_and_adds_the_gradients_of_copies(loaded, edge, shape):
    x = np.random.default_rng(0).standard_normal(shape, dtype='float32')
    sides = [size + 2 * edge for size in shape[2:]]
    head = np.random.default_rng(1).standard_normal((*shape[:2], *sides), dtype='float32')
    plain = gradients(lambda x: mx.nd.pad(x, mode='reflect', pad_width=(0, 0, 0, 0, *4 * [edge])), [x], head)
    quick = gradients(lambda x: mx.nd.gg_channels_first(mx.nd.gg_pad(mx.nd.gg_channels_last(x), edge=edge)), [x], head)
    assert (quick[0] == plain[0]).all() and distance(quick[1], plain[1]) < 1e-6


def test_fork_adds_gradients_and_add_copies_them(loaded):
    def doubled(x, y):
        one, other = mx.nd.gg_fork(mx.nd.gg_channels_last(x, bfloat16=1))
        return mx.nd.gg_channels_first(mx.nd.gg_add(mx.nd.gg_add(one, other), mx.nd.gg_channels_last(y, bfloat16=1)))
    x, y = (np.random.default_rng(seed).integers(-8, 8, (2, 3, 5, 7)).astype('float32') for seed in (0, 1))
    sums, dx, dy = gradients(doubled, [x, y], np.ones_like(x))
    assert (sums == 2 * x + y).all() and (dx == 2).all() and (dy == 1).all()


def test_padding_beyond_the_image_is_named(loaded):
    with pytest.raises(mx.MXNetError, match=r'gg_pad needs x .* above edge=3, not of the shape \(1, 3, 5, 2\)'):
        mx.nd.gg_pad(mx.nd.zeros((1, 3, 5, 2)), edge=3).wait_to_read()


@pytest.mark.parametrize('count', [1, 2])
def test_translator_computes_what_its_network_does(loaded, count):
    netG, _ = networks()
    netG.initialize(mx.init.Xavier(), ctx=mx.cpu())
    a = pairs(1, count)[0][0]
    head = mx.nd.array(np.random.default_rng(1).standard_normal(a.shape))
    y, _, expected = passes(netG.ab, a, head)
    quick = fast.translator(netG.ab)
    for parameter in storage.named(netG.ab).values():
        parameter.zero_grad()
    with autograd.record():
        found = quick(a)
    found.backward(head)
    assert distance(found.asnumpy(), y) < 0.05
    for name, parameter in storage.named(netG.ab).items():
        if parameter.grad_req != 'null':
            assert cosine(parameter.grad().asnumpy(), expected[name]) > 0.97, name


def test_critic_for_its_own_update_has_the_gradients_of_weights_and_the_frozen_one_that_of_the_images(loaded):
    _, netD = networks()
    netD.initialize(mx.init.Xavier(), ctx=mx.cpu())
    x = pairs(1, 2)[0][0]
    y, dx, expected = passes(netD.a, x, None)
    trained, frozen = fast.critic(netD.a), fast.critic(netD.a, frozen=True)
    for parameter in storage.named(netD.a).values():
        parameter.zero_grad()
    with autograd.record():
        found = trained(x)
    found.backward()
    mine = {name: storage.named(netD.a)[name].grad().asnumpy().copy() for name in expected}
    assert distance(found.asnumpy(), y) < 0.05
    assert min(cosine(mine[name], expected[name]) for name in expected) > 0.97
    images = x.copy()
    images.attach_grad()
    with autograd.record():
        logits = frozen(images)
    gradient, = autograd.grad(logits, [images])
    assert distance(logits.asnumpy(), y) < 0.05 and cosine(gradient.asnumpy(), dx) > 0.97
    assert all((storage.named(netD.a)[name].grad().asnumpy() == mine[name]).all() for name in expected)


def test_gradients_of_several_graphs_are_accumulated(loaded):
    netG, _ = networks()
    netG.initialize(ctx=mx.cpu())
    netG.collect_params().setattr('grad_req', 'add')
    quick, x, sums = fast.translator(netG.ab), pairs(1)[0][0], []
    netG.collect_params().zero_grad()
    for _ in range(3):
        with autograd.record():
            y = quick(x)
        y.backward()
        sums.append({name: parameter.grad().asnumpy().copy() for name, parameter in storage.named(netG.ab).items()
                     if parameter.grad_req != 'null'})
    for name, gradient in sums[0].items():
        assert distance(sums[2][name], 3 * gradient) < 1e-5, name


def test_trainer_in_bfloat16_follows_the_plain_one(loaded):
    plain, quick = trainer('float32'), trainer('bfloat16')
    assert plain.fast is None and quick.fast is not None and quick.options['precision'] == 'bfloat16'
    for pair in pairs(5):
        plain.step(*pair)
        quick.step(*pair)
        for name in ('errD', 'errG', 'cycle', 'identity'):
            one, other = (each.outputs[name].mean().asscalar() for each in (quick, plain))
            assert one == pytest.approx(other, rel=0.05)


def test_training_has_equal_bits_from_run_to_run_and_when_resumed(loaded, tmp_path):
    batches, whole, stopped = pairs(4, 2), trainer('bfloat16', identity=0.0), trainer('bfloat16', identity=0.0)
    for pair in batches:
        whole.step(*pair)
    for pair in batches[:2]:
        stopped.step(*pair)
    stopped.save(tmp_path / 'middle.npz')
    resumed = CycleTrainer.load(tmp_path / 'middle.npz', ctx=mx.cpu())
    for pair in batches[2:]:
        resumed.step(*pair)
    assert resumed.precision == 'bfloat16'
    for net in ('netG', 'netD'):
        one, other = (gg.storage.parameters(getattr(each, net)) for each in (whole, resumed))
        assert all((one[name] == other[name]).all() for name in one)


@pytest.mark.parametrize('nets, reason', [
    (lambda: networks(generator='dream', blocks={}), 'no network of the class DreamGenerator'),
    (lambda: networks(width=8), 'no 8 feature maps, no multiple of 16')])
def test_networks_without_a_fast_form_train_in_float32_with_a_warning(monkeypatch, caplog, nets, reason):
    monkeypatch.setattr(build, 'load', lambda precision: pytest.fail('compiled for nothing'))
    netG, netD = nets()
    with caplog.at_level(logging.WARNING, 'gluon_gan'):
        assert CycleTrainer(netG, netD, ctx=mx.cpu(), precision='bfloat16').fast is None
    assert reason in caplog.text
