"""The trainer of a CycleGAN: gradients, exact resumption including the pools, and bad arguments."""
import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import Alarms, History, LinearDecay, checkpoint
from gluon_gan.translate import Critics, CycleTrainer, Translators
from helpers.small_translations import SIZE, domains, loader, trainer


def batch(seed=0, count=2):
    return mx.nd.array(np.random.default_rng(seed).uniform(-1, 1, (count, 3, SIZE, SIZE)))


def state(cycle):
    return checkpoint.arrays_of(cycle)


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_the_generators_gradients_are_those_of_the_written_objective():
    """The update agrees with a direct implementation in which each term has its own graph and shares no result."""
    a, b = batch(1), batch(2)
    cycle = trainer(pool=0)
    cycle.netG.hybridize(False)
    gradients = {}

    def compare(_):
        D = {side: getattr(cycle.netD, side) for side in 'ab'}
        parameters = storage.named(cycle.netG)
        ours = {name: parameter.grad().asnumpy() for name, parameter in parameters.items()}
        cycle.netG.collect_params().zero_grad()
        G, F = cycle.netG.ab, cycle.netG.ba
        for make in (lambda: 2 * 0.5 * ((D['b'](G(a)) - 1) ** 2).mean(axis=0, exclude=True),
                     lambda: 2 * 0.5 * ((D['a'](F(b)) - 1) ** 2).mean(axis=0, exclude=True),
                     lambda: 10 * (F(mx.nd.array(G(a).asnumpy())) - a).abs().mean(axis=0, exclude=True),
                     lambda: 10 * (G(mx.nd.array(F(b).asnumpy())) - b).abs().mean(axis=0, exclude=True),
                     lambda: 5 * (G(b) - b).abs().mean(axis=0, exclude=True),
                     lambda: 5 * (F(a) - a).abs().mean(axis=0, exclude=True)):
            with autograd.record():
                loss = make()
            loss.backward()
        # The gradient of the first generator of each cycle, from the gradient at its output.
        for first, second, x in ((G, F, a), (F, G, b)):
            middle = mx.nd.array(first(x).asnumpy())
            middle.attach_grad()
            with autograd.record():
                loss = 10 * (second(middle) - x).abs().mean(axis=0, exclude=True)
            towards = autograd.grad(loss, [middle])[0]
            with autograd.record():
                output = first(x)
            output.backward(towards)
        expected = {name: parameter.grad().asnumpy() for name, parameter in parameters.items()}
        gradients.update(ours=ours, expected=expected)

    cycle.trainerG.step = compare
    cycle.step(a, b)
    for name, expected in gradients['expected'].items():
        atol = 2e-4 * max(1e-3, np.abs(expected).max())
        np.testing.assert_allclose(gradients['ours'][name], expected, atol=atol, err_msg=name)


def test_the_generators_update_computes_no_gradient_of_a_discriminator():
    cycle = trainer()
    gradients, step = {}, cycle.trainerD.step

    def record(count):
        step(count)
        gradients.update({name: parameter.grad().asnumpy() for name, parameter in storage.named(cycle.netD).items()})

    cycle.trainerD.step = record
    cycle.step(batch(1), batch(2))
    for name, parameter in storage.named(cycle.netD).items():
        np.testing.assert_array_equal(parameter.grad().asnumpy(), gradients[name])


@pytest.mark.parametrize('stop', [3, 7, 9])      # pools not yet full, end of an epoch, second epoch
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path, stop):
    uninterrupted = trainer(pool=5)
    uninterrupted.fit(loader(), steps=12, callbacks=[LinearDecay(0.75)])
    first = trainer(pool=5)
    first.fit(loader(), steps=stop)
    path = first.save(tmp_path / 'last')
    gg.seed(99)
    second = CycleTrainer.load(path, ctx=mx.cpu())
    assert second.steps == stop and len(second.pools['a']) == min(stop, 5)
    second.fit(loader(), steps=12, callbacks=[LinearDecay(0.75)])
    assert same(state(second), state(uninterrupted)) and 'memory/pool/a' in state(uninterrupted)
    np.testing.assert_array_equal(second.pictures().asnumpy(), uninterrupted.pictures().asnumpy())


def test_resuming_with_another_pool_gives_another_result():
    """The test above can fail: the pools affect the training."""
    results = []
    for reverse in (False, True):
        cycle = trainer(pool=2)
        cycle.fit(loader(), steps=6)
        if reverse:
            for pool in cycle.pools.values():
                pool.restore(pool.array()[::-1], mx.cpu())
        cycle.fit(cycle.loader, steps=12)
        results.append(state(cycle))
    assert not same(*results)


def test_a_checkpoint_of_the_other_task_raises(tmp_path):
    path = trainer().save(tmp_path / 'cycle')
    with pytest.raises(storage.StorageError, match="is a checkpoint of the task 'translate', not 'generate'"):
        gg.GANTrainer.load(path)
    gan = gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), ctx=mx.cpu())
    path = gan.save(tmp_path / 'gan')
    with pytest.raises(storage.StorageError, match="is a checkpoint of the task 'generate', not 'translate'"):
        CycleTrainer.load(path)


def test_an_unknown_pool_in_a_checkpoint_is_reported_as_damage(tmp_path):
    cycle = trainer(pool=3)
    cycle.fit(loader(), steps=4)
    path = cycle.save(tmp_path / 'last')
    arrays, meta = storage.read(path)
    arrays['memory/pool/c'] = arrays.pop('memory/pool/a')
    storage.write(path, arrays, meta)
    with pytest.raises(storage.StorageError, match='has no state'):
        CycleTrainer.load(path, ctx=mx.cpu())


def test_dark_and_light_images_are_translated_into_each_other():
    cycle = trainer(lr=2e-3, identity=0, cycle=1)
    history = History(every=20)
    cycle.fit(loader(batch_size=2, count_a=8, count_b=8), steps=120, callbacks=[history, Alarms()])
    translations = cycle.pictures().asnumpy()
    light, dark = translations[:8].mean(), translations[8:].mean()      # of 8 dark and 8 light images
    assert light - dark > 0.5
    columns = {'errD', 'errG', 'cycle', 'auc', 'gradG', 'updateD', 'diversity', 'images/s'}
    assert columns <= set(history.records[-1])
    assert 'identity' not in history.records[-1]


def test_the_history_records_the_cycle_and_identity_losses():
    history = History(every=2)
    cycle = trainer()
    cycle.fit(loader(), steps=2, callbacks=[history])
    assert history.records[0]['cycle'] == pytest.approx(cycle.outputs['cycle'].asnumpy().mean(), rel=1e-4)
    assert history.records[0]['identity'] > 0 and history.records[0]['diversity_data'] > 0


@pytest.mark.parametrize('options, words', [
    (dict(lr=0), 'lr'), (dict(cycle=-1), 'cycle'), (dict(pool=-1), 'pool'), (dict(loss='l3'), 'least_squares'),
    (dict(loss='feature_matching'), 'cannot match features'),
    (dict(loss='relativistic'), 'a translation has no pairs of real and generated images to compare'),
    (dict(ctx=[mx.cpu(0), mx.cpu(1)]), 'one device')])
def test_bad_arguments_raise_a_message_of_one_line(options, words):
    with pytest.raises(ValueError) as error:
        trainer(**options)
    assert words in str(error.value) and '\n' not in str(error.value)


def test_networks_and_batches_that_do_not_fit_raise():
    with pytest.raises(ValueError, match='they must be the same'):
        CycleTrainer(Translators(size=16, ngf=2, blocks=1), Critics(size=20, ndf=2, halvings=1))
    with pytest.raises(ValueError, match='netG must be a Translators'):
        CycleTrainer(gg.Generator(28, 1), Critics())
    cycle = trainer()
    with pytest.raises(ValueError, match='domain B must be an NDArray'):
        cycle.step(batch(), batch()[:, :1])
    with pytest.raises(ValueError, match='equally many'):
        cycle.step(batch(), batch(count=1))
    with pytest.raises(ValueError, match='has no fixed images'):
        cycle.fit([(batch(), batch())], epochs=1)


def test_an_epoch_is_a_pass_through_the_larger_domain(tmp_path):
    assert len(domains()) == 7
    cycle = trainer()
    cycle.fit(loader(), epochs=2)
    assert (cycle.steps, cycle.epoch) == (14, 2)
