"""Penalties on D's gradient in a trainer: every valid pair of options, lazy steps, resume, devices and refusals."""
import itertools
import json

import mxnet as mx
import numpy as np
import pytest
from mxnet import autograd

import gluon_gan as gg
from gluon_gan import losses
from gluon_gan.penalties import PENALTIES, GradientPenalty
from gluon_gan.support import storage
from gluon_gan.train import History, update
from helpers import small_trainings

CHOICES = dict(penalty=list(PENALTIES), loss=list(losses.OBJECTIVES), size=[28, 32, 64, 128], norm=['none', 'spectral'],
               classes=[0, 3], every=[1, 2], channels=[1, 3])


def all_pairs(choices):
    """Combinations of options in which every pair of values of two options occurs, as a list of dict.

    Each combination begins with a missing pair; every other option then gets the value with the most missing pairs.
    """
    names = list(choices)
    missing = {frozenset([(a, x), (b, y)]) for a, b in itertools.combinations(names, 2)
               for x in choices[a] for y in choices[b]}
    found = []
    while missing:
        row = dict(min(missing, key=lambda pair: sorted(map(str, pair))))
        for name in names:
            if name not in row:
                new = {value: sum(frozenset([(name, value), pair]) in missing for pair in row.items())
                       for value in choices[name]}
                row[name] = max(new, key=new.get)
        found.append({name: row[name] for name in names})
        missing -= {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}
    return found


COMBINATIONS = all_pairs(CHOICES)


def trainer(size=28, channels=1, classes=0, norm='none', **options):
    gg.seed(0)
    netG = gg.Generator(size, channels, nz=4, ngf=2, classes=classes)
    netD = gg.Discriminator(size, channels, ndf=2, classes=classes, norm=norm)
    return gg.GANTrainer(netG, netD, **{'ctx': mx.cpu(), 'seed': 1, **options})


def real(size=28, channels=1, count=4, seed=0):
    return mx.nd.array(np.random.default_rng([seed]).uniform(-1, 1, (count, channels, size, size)))


def test_the_combinations_contain_all_pairs():
    for one, other in itertools.combinations(CHOICES, 2):
        assert {(row[one], row[other]) for row in COMBINATIONS} == set(itertools.product(CHOICES[one], CHOICES[other]))


@pytest.mark.parametrize('row', COMBINATIONS, ids=lambda row: '-'.join(str(value) for value in row.values()))
def test_every_pair_of_options_trains(row):
    options = {name: row[name] for name in ('size', 'channels', 'classes', 'norm', 'penalty', 'loss')}
    gan = trainer(**options, penalty_every=row['every'], d_steps=2)
    before = storage.parameters(gan.netD)
    labels = mx.nd.array([0, 1, 2, 0]) if row['classes'] else None
    for _ in range(3):
        gan.step(real(row['size'], row['channels']), labels)
    after = storage.parameters(gan.netD)
    assert all(np.isfinite(array).all() for array in after.values())
    assert all((after[name] != before[name]).any() for name in after if name.endswith('weight'))
    assert gan.outputs['penalty'].shape == (4,) and np.isfinite(gan.outputs['penalty'].asnumpy()).all()


@pytest.mark.parametrize('name', PENALTIES)
def test_a_step_has_the_gradient_of_loss_and_penalty(name):
    """D's gradients in a step equal those of the loss and of a penalty with the same random numbers."""
    gan = trainer(penalty=name, gamma=3, penalty_every=4, swap_labels=True)
    gan.netG.initialize(mx.init.Normal(0.2), force_reinit=True)
    gan.netD.initialize(mx.init.Normal(0.2), force_reinit=True)
    gan.trainerG.set_learning_rate(0)
    gan.trainerD.set_learning_rate(0)
    images, z = real(), gg.sample_z(4, 4, seed=[1, 1])
    gan.step(images)
    actual = {place: parameter.grad().asnumpy() for place, parameter in storage.named(gan.netD).items()}
    with autograd.train_mode():
        fake = gan.netG(z)
    penalty = GradientPenalty(gan.netD, name, 3)
    random = penalty.random_numbers(images.shape, np.random.default_rng([1, 1, 1, 0, 1]))
    with autograd.record():
        found = penalty(images, fake, random=None if random is None else mx.nd.array(random), times=4)
        loss = gg.objective('nonsaturating')[0](-found.real_logits, -found.fake_logits) + found.term
    loss.backward()
    for place, parameter in storage.named(gan.netD).items():
        wanted = parameter.grad().asnumpy()
        np.testing.assert_allclose(actual[place], wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max(), err_msg=place)
    np.testing.assert_allclose(gan.outputs['penalty'].asnumpy(), found.value.asnumpy(), rtol=1e-5)


def test_a_lazy_penalty_is_applied_in_the_first_of_every_few_steps(monkeypatch):
    calls, call = [], GradientPenalty.with_loss

    def recorded(self, *args, times, **options):
        calls.append((gan.steps + 1, times))
        return call(self, *args, times=times, **options)

    monkeypatch.setattr(GradientPenalty, 'with_loss', recorded)
    gan = trainer(penalty='r1', penalty_every=3)
    for _ in range(7):
        gan.step(real())
    assert calls == [(1, 3), (4, 3), (7, 3)]


def test_the_history_records_the_penalty_and_errD_is_without_it():
    history, gan = History(every=1), small_trainings.trainer(norm='none', penalty='r1', gamma=5, penalty_every=2)
    gan.fit(small_trainings.loader(), steps=4, callbacks=[history])
    values = [record['penalty'] for record in history.records]
    assert values[0] == values[1] > 0 and values[2] == values[3] != values[0]
    assert 'penalty' in history.names(gan) and 'penalty' not in history.names(small_trainings.trainer())
    errD = [small_trainings.trainer(norm='none', **options).step(real(count=8))[0].asnumpy()
            for options in (dict(), dict(penalty='r1', gamma=1000))]
    np.testing.assert_allclose(*errD, rtol=1e-5)


@pytest.mark.parametrize('name', PENALTIES)
def test_resuming_is_exact(name, tmp_path):
    """To the bit, and with the same history, from a step between two penalties."""
    def new():
        return small_trainings.trainer(norm='spectral', penalty=name, penalty_every=3, loss='relativistic', average=0.9)

    def records(history):
        names = 'step', 'errD', 'errG', 'penalty', 'gradD'
        return [{name: record[name] for name in names} for record in history.records]

    whole, history = new(), History(every=1)
    whole.fit(small_trainings.loader(), steps=9, callbacks=[history])
    first = new()
    first.fit(small_trainings.loader(), steps=5)
    first.save(tmp_path / 'part')
    second, resumed = gg.GANTrainer.load(tmp_path / 'part', ctx=mx.cpu()), History(every=1)
    assert second.options == first.options
    second.fit(small_trainings.loader(), steps=9, callbacks=[resumed])
    assert small_trainings.same(small_trainings.state(whole), small_trainings.state(second))
    assert records(resumed) == records(history)[5:]


@pytest.mark.parametrize('name', PENALTIES)
def test_two_devices_equal_one(name):
    """The random numbers are those of the effective batch, and so is dragan's standard deviation."""
    results = []
    for ctx in (mx.cpu(0), [mx.cpu(0), mx.cpu(1)]):
        gan = trainer(penalty=name, ctx=ctx, norm='spectral', d_steps=2)
        gan.netG = FixedG()
        gan.step(real())
        trained = [parameter for parameter in gan.netD.collect_params().values() if parameter.grad_req != 'null']
        results.append([gan.outputs['penalty'].asnumpy(), *(each.list_grad()[0].asnumpy() for each in trained)])
    for one, other in zip(*results):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6 * np.abs(one).max())


class FixedG:
    """Images that do not depend on the rest of the batch, as those of a generator with batch norm do."""

    nz, classes = 4, 0

    def __call__(self, z):
        return (z[:, :1].reshape((-1, 1, 1, 1)) * real(count=1, seed=3).as_in_context(z.context)).tanh()


@pytest.mark.parametrize('options, wanted', [
    (dict(loss='wasserstein'), (1, 0.01)), (dict(loss='wasserstein', penalty='wgan-gp'), (5, 0)),
    (dict(loss='wasserstein', penalty='r1', d_steps=2), (2, 0)), (dict(penalty='wgan-gp'), (1, 0)),
    (dict(loss='wasserstein', clip=0.1, d_steps=3), (3, 0.1)), (dict(loss='wasserstein', clip=0), (1, 0))])
def test_a_penalty_takes_the_place_of_clipping(options, wanted):
    gan = trainer(**options)
    assert (gan.d_steps, gan.clip) == wanted


@pytest.mark.parametrize('options, message', [
    (dict(penalty='r1', norm='batch'), "norm='none' or 'spectral'"),
    (dict(penalty='r3'), "penalty='r3' must be one of 'none', 'r1', 'r2'"),
    (dict(penalty=None), "penalty=None must be one of 'none', 'r1', 'r2'"),
    (dict(gamma=1), "gamma=1 belongs to a penalty on D's gradient, and there is none: .*, or leave gamma=... out"),
    (dict(penalty_every=16), "penalty_every=16 belongs to a penalty"),
    (dict(penalty='r1', penalty_every=0), 'penalty_every must be an int of at least 1, not 0'),
    (dict(penalty='r1', gamma=-1), 'gamma must be a number of at least 0, not -1'),
    (dict(penalty='r1', clip=0.1), "clip=0.1 and penalty='r1' both bound the slope of D: leave one of them out"),
    (dict(penalty='r1', half=True), "penalty='r1' is computed in float32 only: leave half=True out")])
def test_what_is_refused_before_any_work(options, message):
    with pytest.raises(ValueError, match=message) as error:
        trainer(**options)
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('loss', ['nonsaturating', 'relativistic'])
def test_the_update_without_a_trainer_takes_a_penalty(loss):
    gg.seed(0)
    netG, netD = gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2, norm='none')
    for net in (netG, netD):
        net.initialize()
    lossD, lossG = gg.objective(loss)
    adam = [mx.gluon.Trainer(net.collect_params(), 'adam', kvstore=None) for net in (netG, netD)]
    outputs = update(netG, netD, lossG, lossD, *adam, real(), gg.sample_z(4, 4, seed=0), GradientPenalty(netD, 'r1'))
    assert {name: array.shape for name, array in outputs.items()} == {
        'errD': (4,), 'errG': (4,), 'real_logits': (4, 1), 'fake_logits': (4, 1), 'penalty': (4,)}


def test_a_checkpoint_of_an_earlier_version_has_no_penalty(tmp_path):
    gan = small_trainings.trainer()
    gan.save(tmp_path / 'old')
    arrays, meta = storage.read(tmp_path / 'old.npz')
    for name in ('penalty', 'gamma', 'penalty_every'):
        del meta['trainer'][name]
    storage.write(tmp_path / 'old.npz', arrays, json.loads(json.dumps(meta)))
    loaded = gg.GANTrainer.load(tmp_path / 'old.npz', ctx=mx.cpu())
    assert loaded.game.penalty == 'none' and loaded.d_steps == 1
