"""The cycle's trainer: its gradients, and a resumption that is exact, pools included."""
import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import storage
from gluon_gan.train import Alarms, History, LinearDecay, checkpoint
from gluon_gan.translate import Critics, CycleTrainer, Translators
from mxnet import autograd
from small import SIZE, domains, loader, trainer


def batch(seed=0, count=2):
    return mx.nd.array(np.random.default_rng(seed).uniform(-1, 1, (count, 3, SIZE, SIZE)))


def state(cycle):
    return checkpoint.arrays_of(cycle)


def same(one, other):
    return one.keys() == other.keys() and all(np.array_equal(one[name], other[name]) for name in one)


def test_the_gradients_are_those_of_the_objective_written_down():
    """The generators' update, against one graph in which everything is called for itself and nothing is shared."""
    a, b = batch(1), batch(2)
    cycle = trainer(pool=0)
    cycle.netG.hybridize(False)
    seen = {}

    def watch(_):
        D = {side: getattr(cycle.netD, side) for side in 'ab'}
        parameters = storage.named(cycle.netG)
        ours = {name: parameter.grad().asnumpy() for name, parameter in parameters.items()}
        cycle.netG.collect_params().zero_grad()
        G, F = cycle.netG.ab, cycle.netG.ba
        for make in (lambda: 2 * 0.5 * ((D['b'](G(a)) - 1) ** 2).mean(axis=0, exclude=True), lambda: 2 * 0.5 * ((D['a'](F(b)) - 1) ** 2).mean(axis=0, exclude=True),
                     lambda: 10 * (F(mx.nd.array(G(a).asnumpy())) - a).abs().mean(axis=0, exclude=True),
                     lambda: 10 * (G(mx.nd.array(F(b).asnumpy())) - b).abs().mean(axis=0, exclude=True),
                     lambda: 5 * (G(b) - b).abs().mean(axis=0, exclude=True), lambda: 5 * (F(a) - a).abs().mean(axis=0, exclude=True)):
            with autograd.record():
                loss = make()
            loss.backward()
        # What goes through the first generator of each cycle: by the gradient at its picture.
        for first, second, x in ((G, F, a), (F, G, b)):
            middle = mx.nd.array(first(x).asnumpy())
            middle.attach_grad()
            with autograd.record():
                loss = 10 * (second(middle) - x).abs().mean(axis=0, exclude=True)
            towards = autograd.grad(loss, [middle])[0]
            with autograd.record():
                made = first(x)
            made.backward(towards)
        seen.update(ours=ours, plain={name: parameter.grad().asnumpy() for name, parameter in parameters.items()})

    cycle.trainerG.step = watch
    cycle.step(a, b)
    for name, wanted in seen['plain'].items():
        np.testing.assert_allclose(seen['ours'][name], wanted, atol=2e-4 * max(1e-3, np.abs(wanted).max()), err_msg=name)


def test_a_discriminator_gets_no_gradient_from_the_generators_turn():
    cycle = trainer()
    after = {}
    step = cycle.trainerD.step
    cycle.trainerD.step = lambda count: (step(count), after.update({name: p.grad().asnumpy() for name, p in storage.named(cycle.netD).items()}))
    cycle.step(batch(1), batch(2))
    for name, parameter in storage.named(cycle.netD).items():
        np.testing.assert_array_equal(parameter.grad().asnumpy(), after[name])


@pytest.mark.parametrize('stop', [3, 7, 9])      # before the pools are full, at an epoch's end, within the second
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path, stop):
    whole = trainer(pool=5)
    whole.fit(loader(), steps=12, callbacks=[LinearDecay(0.75)])
    first = trainer(pool=5)
    first.fit(loader(), steps=stop)
    path = first.save(tmp_path / 'last')
    gg.seed(99)
    second = CycleTrainer.load(path, ctx=mx.cpu())
    assert second.steps == stop and len(second.pools['a']) == min(stop, 5)
    second.fit(loader(), steps=12, callbacks=[LinearDecay(0.75)])
    assert same(state(second), state(whole)) and 'memory/pool/a' in state(whole)
    np.testing.assert_array_equal(second.pictures().asnumpy(), whole.pictures().asnumpy())


def test_without_its_pool_it_would_not_be():
    """The check above can fail: the pools do decide what comes."""
    results = []
    for forget in (False, True):
        cycle = trainer(pool=2)
        cycle.fit(loader(), steps=6)
        if forget:
            for pool in cycle.pools.values():
                pool.restore(pool.array()[::-1], mx.cpu())
        cycle.fit(cycle.loader, steps=12)
        results.append(state(cycle))
    assert not same(*results)


def test_a_checkpoint_of_the_other_task_is_refused_in_a_line(tmp_path):
    path = trainer().save(tmp_path / 'cycle')
    with pytest.raises(storage.StorageError, match='is of a training to translate, and this is one to generate'):
        gg.GANTrainer.load(path)
    path = gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), ctx=mx.cpu()).save(tmp_path / 'gan')
    with pytest.raises(storage.StorageError, match='is of a training to generate, and this is one to translate'):
        CycleTrainer.load(path)


def test_a_pool_that_does_not_fit_is_damage(tmp_path):
    cycle = trainer(pool=3)
    cycle.fit(loader(), steps=4)
    path = cycle.save(tmp_path / 'last')
    arrays, meta = storage.read(path)
    arrays['memory/pool/c'] = arrays.pop('memory/pool/a')
    storage.write(path, arrays, meta)
    with pytest.raises(storage.StorageError, match='remembers no'):
        CycleTrainer.load(path, ctx=mx.cpu())


def test_it_learns_what_two_colours_need():
    cycle = trainer(lr=2e-3, identity=0, cycle=1)
    history = History(every=20)
    cycle.fit(loader(batch_size=2, count_a=8, count_b=8), steps=120, callbacks=[history, Alarms()])
    made = cycle.pictures().asnumpy()
    dark, light = made[7:].mean() if len(made) == 13 else made[8:].mean(), made[:8].mean()
    assert light - dark > 0.5             # of dark pictures light ones, and the other way round
    assert {'errD', 'errG', 'cycle', 'auc', 'gradG', 'updateD', 'diversity', 'images/s'} <= set(history.records[-1])
    assert 'identity' not in history.records[-1]


def test_the_history_tells_of_cycle_and_identity():
    history = History(every=2)
    cycle = trainer()
    cycle.fit(loader(), steps=2, callbacks=[history])
    assert history.records[0]['cycle'] == pytest.approx(cycle.outputs['cycle'].asnumpy().mean(), rel=1e-4)
    assert history.records[0]['identity'] > 0 and history.records[0]['diversity_data'] > 0


@pytest.mark.parametrize('options, words', [
    (dict(lr=0), 'lr'), (dict(cycle=-1), 'cycle'), (dict(pool=-1), 'pool'), (dict(loss='feature_matching'), 'matches no features'), (dict(loss='l3'), 'least_squares'),
    (dict(ctx=[mx.cpu(0), mx.cpu(1)]), 'one device')])
def test_what_cannot_be_is_refused_in_a_line(options, words):
    with pytest.raises(ValueError) as error:
        trainer(**options)
    assert words in str(error.value) and '\n' not in str(error.value)


def test_networks_and_batches_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match='they must be the same'):
        CycleTrainer(Translators(size=16, ngf=2, blocks=1), Critics(size=20, ndf=2, halvings=1))
    with pytest.raises(ValueError, match='netG must be a Translators'):
        CycleTrainer(gg.Generator(28, 1), Critics())
    cycle = trainer()
    with pytest.raises(ValueError, match='domain B must be an NDArray'):
        cycle.step(batch(), batch()[:, :1])
    with pytest.raises(ValueError, match='equally many'):
        cycle.step(batch(), batch(count=1))
    with pytest.raises(ValueError, match='names no pictures'):
        cycle.fit([(batch(), batch())], epochs=1)


def test_domains_of_unequal_length_are_gone_through(tmp_path):
    assert len(domains()) == 7
    cycle = trainer()
    cycle.fit(loader(), epochs=2)
    assert (cycle.steps, cycle.epoch) == (14, 2)
