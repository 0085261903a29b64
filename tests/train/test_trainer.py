"""The trainer: bit-for-bit repeatable, exactly resumable, ended by steps, epochs or Ctrl-C."""
import json
import os
import signal

import gluon_gan as gg
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import storage
from gluon_gan.train import Callback, Checkpoint, History, LinearDecay, Samples

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)


def loader(batch_size=8):
    return gg.data.batches(DIGITS, batch_size=batch_size, seed=5)      # 5 batches an epoch


def trainer(seed=0, **options):
    gg.seed(seed)
    return gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), **{'ctx': mx.cpu(), **options})


def state(trainer):
    """Everything that exact continuation must bring back: weights, statistics, Adam's moments and counts, the average."""
    nets = [trainer.netG, trainer.netD] + ([trainer.average.netG] if trainer.average else [])
    arrays = [array for net in nets for array in storage.parameters(net).values()]
    for optimizer in (trainer.trainerG, trainer.trainerD):
        updater = optimizer._updaters[0]
        arrays += [moment.asnumpy() for index in sorted(updater.states) for moment in updater.states[index]]
        arrays.append(np.array(sorted(updater.optimizer._index_update_count.items())))
    return arrays


def same(one, other):
    return len(one) == len(other) and all(np.array_equal(a, b) for a, b in zip(one, other))


def test_the_same_seed_gives_the_same_training_bit_for_bit():
    results = []
    for seed in (0, 0, 1):
        gan = trainer(seed)
        gan.fit(loader(), steps=4)
        results.append(state(gan))
    assert same(results[0], results[1])
    assert not same(results[0], results[2])


@pytest.mark.parametrize('stop', [3, 5, 7])      # within an epoch, at its end, within the second
def test_resumed_equals_uninterrupted_bit_for_bit(tmp_path, stop):
    whole = trainer(average=0.9)
    whole.fit(loader(), steps=12, callbacks=[LinearDecay(0.5)])
    first = trainer(average=0.9)
    first.fit(loader(), steps=stop)
    path = first.save(tmp_path / 'last')
    gg.seed(99)                                    # whatever else the process did
    mx.nd.random.normal(shape=(3,))
    second = gg.GANTrainer.load(path, ctx=mx.cpu())
    assert second.steps == stop
    second.fit(loader(), steps=12, callbacks=[LinearDecay(0.5)])
    assert same(state(second), state(whole))
    np.testing.assert_array_equal(second.fixed_z.asnumpy(), whole.fixed_z.asnumpy())


@pytest.mark.parametrize('before, after', [(1, 1), (0, 1), (1, 0)])
def test_resumed_equals_uninterrupted_on_another_device_number(tmp_path, before, after):
    """Gluon counts Adam's steps for each device number."""
    gg.seed(0)
    whole = gg.GANTrainer(gg.Generator(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu(before))
    whole.fit(loader(), steps=4)
    path = whole.save(tmp_path / 'last')
    whole.fit(whole.loader, steps=7)
    second = gg.GANTrainer.load(path, ctx=mx.cpu(after))
    second.fit(loader(), steps=7)
    assert all(np.array_equal(a, b) for net in ('netG', 'netD')
               for a, b in zip(storage.parameters(getattr(whole, net)).values(), storage.parameters(getattr(second, net)).values()))


def test_a_training_whose_rate_has_fallen_can_go_further(tmp_path):
    gan = trainer(lr=1e-3)
    gan.fit(loader(), steps=4, callbacks=[LinearDecay(0.5), Checkpoint(tmp_path)])
    again = gg.GANTrainer.load(tmp_path / 'last', ctx=mx.cpu())
    assert gan.trainerG.learning_rate == 0 and again.trainerG.learning_rate == again.trainerD.learning_rate == 1e-3


def test_linear_decay():
    gan, rates = trainer(lr=1e-3), []

    class Watch(Callback):
        def on_step(self, trainer):
            rates.append((trainer.trainerG.learning_rate, trainer.trainerD.learning_rate))

    gan.fit(loader(), steps=4, callbacks=[LinearDecay(0.5), Watch()])
    np.testing.assert_allclose([rate[0] for rate in rates], [1e-3, 1e-3, 5e-4, 0])
    assert all(g == d for g, d in rates)


def test_decay_from_the_end_on_is_none():
    gan = trainer(lr=1e-3)
    gan.fit(loader(), steps=3, callbacks=[LinearDecay(1)])
    assert gan.trainerG.learning_rate == 1e-3


def test_epochs_and_steps_are_totals():
    gan = trainer()
    gan.fit(loader(), epochs=1)
    assert (gan.steps, gan.epoch) == (5, 1)
    data = loader()
    gan.fit(data, epochs=2, steps=8)
    assert (gan.steps, gan.epoch) == (8, 1)
    gan.fit(data, epochs=2)
    assert (gan.steps, gan.epoch) == (10, 2)
    gan.fit(data, epochs=2)
    assert gan.steps == 10


def test_a_plain_list_is_a_loader():
    gan = trainer()
    gan.fit([mx.nd.zeros((4, 1, 28, 28))] * 3, epochs=2)
    assert gan.steps == 6


def test_a_peek_at_a_batch_leaves_the_epochs_whole():
    epochs = []

    class Watch(Callback):
        def on_epoch(self, trainer): epochs.append((trainer.epoch, trainer.steps))

    data = loader()
    next(iter(data))
    trainer().fit(data, epochs=2, callbacks=[Watch()])
    assert epochs == [(1, 4), (2, 9)]


def test_a_loader_without_a_length_needs_steps():
    gan = trainer()
    gan.fit((batch for batch in loader()), steps=3, callbacks=[History(every=1)])
    assert gan.steps == 3
    with pytest.raises(ValueError, match='a generator has no length: pass steps='):
        trainer().fit((batch for batch in loader()), epochs=1)


def test_callbacks_are_called_in_order():
    calls = []

    class Record(Callback):
        def on_begin(self, trainer): calls.append('begin')
        def on_step(self, trainer): calls.append(trainer.steps)
        def on_epoch(self, trainer): calls.append(f'epoch {trainer.epoch}')
        def on_end(self, trainer): calls.append('end')

    trainer().fit(loader(), steps=6, callbacks=[Record()])
    assert calls == ['begin', 1, 2, 3, 4, 5, 'epoch 1', 6, 'end']


def test_ctrl_c_finishes_the_step_and_keeps_what_was_learned(tmp_path):
    class Interrupt(Callback):
        def on_step(self, trainer):
            if trainer.steps == 3:
                os.kill(os.getpid(), signal.SIGINT)

    gan, before = trainer(), signal.getsignal(signal.SIGINT)
    gan.fit(loader(), steps=100, callbacks=[Interrupt(), Checkpoint(tmp_path)])
    assert gan.interrupted and gan.steps == 3
    assert signal.getsignal(signal.SIGINT) is before
    assert same(state(gg.GANTrainer.load(tmp_path / 'last', ctx=mx.cpu())), state(gan))


def test_a_second_ctrl_c_is_a_keyboard_interrupt():
    class Twice(Callback):
        def on_step(self, trainer):
            os.kill(os.getpid(), signal.SIGINT)
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        trainer().fit(loader(), steps=100, callbacks=[Twice()])


def test_an_update_that_was_cut_short_is_not_saved(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path)])
    before = (tmp_path / 'step-0000003.npz').read_bytes()
    gan.game.lossG = None                              # D's half of the next update works, G's does not
    with pytest.raises(TypeError):
        gan.fit(gan.loader, steps=5, callbacks=[Checkpoint(tmp_path)])
    assert gan.halfway and gan.steps == 3
    with pytest.raises(storage.StorageError, match='the update after step 3 was cut short'):
        gan.save(tmp_path / 'step-0000003')
    assert (tmp_path / 'step-0000003.npz').read_bytes() == before


def test_a_diverged_network_does_not_replace_a_good_checkpoint(tmp_path):
    gan = trainer()
    path = gan.save(tmp_path / 'last')
    before = path.read_bytes()
    gan.netD.to_logit.dense.bias.set_data(mx.nd.array([np.nan]))
    with pytest.raises(storage.StorageError, match='diverged: at step 0 netD/to_logit.dense.bias holds NaN or Inf'):
        gan.save(tmp_path / 'last')
    assert path.read_bytes() == before


def test_one_callback_that_fails_at_the_end_keeps_no_other_from_it(tmp_path):
    class Broken(Callback):
        def on_end(self, trainer):
            raise OSError(28, 'No space left on device')

    with pytest.raises(OSError, match='No space left'):
        trainer().fit(loader(), steps=2, callbacks=[Broken(), Checkpoint(tmp_path), Broken()])
    assert (tmp_path / 'step-0000002.npz').exists()


def test_what_an_earlier_training_left_is_not_written_over(tmp_path):
    callbacks = [lambda: History(tmp_path / 'history.jsonl', every=1), lambda: Samples(tmp_path), lambda: Checkpoint(tmp_path)]
    trainer().fit(loader(), steps=2, callbacks=[make() for make in callbacks])
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for make in callbacks:
        with pytest.raises(ValueError, match='is of an earlier training'):
            trainer().fit(loader(), steps=2, callbacks=[make()])
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_error_in_training_still_ends_the_callbacks(tmp_path):
    class Break(Callback):
        def on_step(self, trainer):
            raise RuntimeError('broken')

    history = History(tmp_path / 'history.jsonl', every=1)
    with pytest.raises(RuntimeError, match='broken'):
        trainer().fit(loader(), steps=5, callbacks=[history, Checkpoint(tmp_path), Break()])
    assert (tmp_path / 'step-0000001.npz').exists() and len(history.records) == 1


def test_history(tmp_path):
    path = tmp_path / 'history.jsonl'
    gan, history = trainer(), History(path, every=2)
    gan.fit(loader(), steps=5, callbacks=[history])
    assert [record['step'] for record in history.records] == [2, 4]
    assert {'step', 'epoch', 'errD', 'errG', 'D(x)', 'D(G(z))', 'gradG', 'gradD', 'updateG', 'updateD', 'diversity', 'saturated',
            'images/s'} <= set(history.records[0])
    assert history.records[1]['epoch'] == pytest.approx(0.8)
    assert [json.loads(line) for line in path.read_text().splitlines()] == history.records


def test_history_drops_what_lies_after_the_point_of_resuming(tmp_path):
    path = tmp_path / 'history.jsonl'
    path.write_text('{"step": 2, "errD": 1}\n{"step": 4, "errD": 1}\n{"step": 6, "er')
    gan = trainer()
    gan.steps = 3
    gan.fit(loader(), steps=4, callbacks=[History(path, every=4)])
    assert [json.loads(line)['step'] for line in path.read_text().splitlines()] == [2, 4]


def test_samples_are_of_the_same_noise(tmp_path):
    gan = trainer(average=0.5)
    gan.fit(loader(), steps=5, callbacks=[Samples(tmp_path, every=2)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [f'step-000000{step}.png' for step in (0, 2, 4, 5)]
    again = trainer()
    np.testing.assert_array_equal(gan.fixed_z.asnumpy(), again.fixed_z.asnumpy())


def test_the_average_follows_with_statistics_of_its_own():
    gan = trainer(average=0.5)
    gan.fit(loader(), steps=10)
    averaged = gan.generator()
    own, average = storage.parameters(gan.netG), storage.parameters(averaged)
    assert all((own[name] != average[name]).any() for name in own)
    z = gg.draw(500, 6, seed=7)
    with mx.autograd.record():                   # batch statistics
        batch = averaged(z).asnumpy()
    running = averaged(z).asnumpy()
    assert np.abs(batch - running).mean() < 0.1 * batch.std()
    assert gan.generator() is averaged and same([*storage.parameters(averaged).values()], [*average.values()])


def test_an_average_with_little_memory_is_the_network_itself():
    gan = trainer(average=1e-9)
    gan.fit(loader(), steps=3)
    own, average = storage.parameters(gan.netG), storage.parameters(gan.average.netG)
    for name in own:
        if 'running' not in name:
            np.testing.assert_allclose(average[name], own[name], rtol=1e-6, atol=1e-9)


def test_without_an_average_samples_come_from_netg():
    gan = trainer()
    assert gan.generator() is gan.netG


def test_networks_of_your_own_go_on_too(tmp_path):
    def own():
        netG, netD = mx.gluon.nn.HybridSequential(), mx.gluon.nn.HybridSequential()
        netG.add(mx.gluon.nn.Dense(16, in_units=6), mx.gluon.nn.HybridLambda(lambda F, x: x.reshape((-1, 1, 4, 4))))
        netD.add(mx.gluon.nn.Dense(1, in_units=16))
        netG.nz, netG.config, netD.config = 6, {'mine': 1}, {'mine': 2}
        return netG, netD

    data = [mx.nd.ones((4, 1, 4, 4))] * 4
    gan = gg.GANTrainer(*own(), ctx=mx.cpu(), seed=0)
    gan.fit(data, steps=2)
    path = gan.save(tmp_path / 'own')
    with pytest.raises(storage.StorageError, match='networks of your own: pass netG'):
        gg.GANTrainer.load(path)
    netG, netD = own()
    assert same(state(gg.GANTrainer.load(path, ctx=mx.cpu(), netG=netG, netD=netD)), state(gan))


def test_networks_whose_shapes_wait_for_the_first_batch(tmp_path):
    def own():
        netG, netD = mx.gluon.nn.HybridSequential(), mx.gluon.nn.HybridSequential()
        netG.add(mx.gluon.nn.Dense(16), mx.gluon.nn.HybridLambda(lambda F, x: x.reshape((-1, 1, 4, 4))))
        netD.add(mx.gluon.nn.Dense(1))
        netG.nz = 6
        return netG, netD

    netG, netD = own()
    netG.initialize(mx.init.Constant(0.5))             # the user's own, to be kept
    gan = gg.GANTrainer(netG, netD, ctx=mx.cpu(), lr=1e-9)
    with pytest.raises(storage.StorageError, match='has no value yet'):
        gan.save(tmp_path / 'own')
    gan.fit([mx.nd.ones((4, 1, 4, 4))], steps=1)
    np.testing.assert_allclose(netG[0].weight.data().asnumpy(), 0.5, atol=1e-6)
    path = gan.save(tmp_path / 'own')
    netG, netD = own()
    assert same(state(gg.GANTrainer.load(path, ctx=mx.cpu(), netG=netG, netD=netD)), state(gan))


def test_a_class_that_inherits_from_ours_is_not_taken_for_it(tmp_path):
    class Inverted(gg.Generator):
        def hybrid_forward(self, F, z):
            return -super().hybrid_forward(F, z)

    gan = gg.GANTrainer(Inverted(28, 1, nz=6, ngf=4), gg.Discriminator(28, 1, ndf=4), ctx=mx.cpu())
    path = gan.save(tmp_path / 'own')
    with pytest.raises(storage.StorageError, match='networks of your own'):
        gg.GANTrainer.load(path)
    assert gg.GANTrainer.load(path, netG=Inverted(28, 1, nz=6, ngf=4), ctx=mx.cpu()).steps == 0


def test_networks_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match=r'netG makes pictures of \(1, 28, 28\) and netD sees \(1, 32, 32\): size and channels'):
        gg.GANTrainer(gg.Generator(28, 1, ngf=4), gg.Discriminator(32, 1, ndf=4))


@pytest.mark.parametrize('batch, message', [
    (mx.nd.zeros((4, 1, 32, 32)), r'a batch of 1 x 28 x 28 is needed, not \(1, 32, 32\)'),
    (mx.nd.zeros((4, 3, 28, 28)), 'a batch of 1 x 28 x 28 is needed'),
    (np.zeros((4, 1, 28, 28), np.float32), 'a batch must be an NDArray'),
    ([mx.nd.zeros((4, 1, 28, 28)), mx.nd.zeros(4)], 'a batch must be an NDArray .* not list'),
])
def test_batches_that_do_not_fit(batch, message):
    gan = trainer()
    with pytest.raises(ValueError, match=message):
        gan.step(batch)
    assert gan.steps == 0 and not gan.halfway


@pytest.mark.parametrize('options, message', [
    (dict(ctx='cpu'), "ctx must be an mxnet.Context, such as mx.cpu.., or a list of them, not 'cpu'"),
    (dict(seed=-1), 'seed must be an int .* not -1'),
    (dict(lr='x'), "lr must be a positive number, not 'x'"),
    (dict(lr=0), 'lr must be a positive number, not 0'),
    (dict(lr=float('nan')), 'lr must be a positive number, not nan'),
    (dict(beta1=1), 'beta1 must be from 0 up to, not including, 1, not 1'),
    (dict(average=1.0), 'average must be a decay from 0 .none. up to, not including, 1, not 1.0'),
    (dict(loss='nope'), "no loss 'nope'"),
])
def test_bad_arguments(options, message):
    with pytest.raises(ValueError, match=message):
        trainer(**options)


@pytest.mark.parametrize('goal, message', [
    ({}, 'training needs epochs=... or steps=...'),
    (dict(epochs=0), 'epochs must be an int of at least 1, not 0'),
    (dict(steps=-5), 'steps must be an int of at least 1, not -5'),
])
def test_bad_goals(goal, message):
    with pytest.raises(ValueError, match=message):
        trainer().fit(loader(), **goal)


def test_an_empty_loader_is_an_error_and_no_endless_loop():
    class Empty(list):
        def __len__(self):
            return 3

    with pytest.raises(ValueError, match='the loader gave no batch'):
        trainer().fit(Empty(), epochs=1)
