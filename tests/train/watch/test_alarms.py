"""Every alarm is provoked; a healthy training raises none."""
import json
import logging

import mxnet as mx
import numpy as np
import pytest
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import Alarms, Callback, Checkpoint, Diverged, GANTrainer, History, Samples
from gluon_gan.train.watch import rules


@pytest.fixture(scope='module')
def digits(tmp_path_factory):
    """The real digits that ship with the package, whatever data sets this machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('GLUON_GAN_DATA', str(tmp_path_factory.mktemp('data')))
        patch.setenv('GLUON_GAN_OFFLINE', '1')
        return gg.catalogue.load('mnist', size=28)


class At(Callback):
    """Calls a function once, after a given step."""

    def __init__(self, step, act):
        self.step, self.act = step, act

    def on_step(self, trainer):
        if trainer.steps == self.step:
            self.act(trainer)


def rates(g, d):
    def act(trainer):
        trainer.trainerG.set_learning_rate(g)
        trainer.trainerD.set_learning_rate(d)
    return act


def trainer(lr=2e-3, **options):
    gg.seed(0)
    netG, netD = gg.Generator(28, 1, nz=8, ngf=8), gg.Discriminator(28, 1, ndf=8)
    return gg.GANTrainer(netG, netD, ctx=mx.cpu(), lr=lr, **options)


def alarms(gan, digits, steps, *callbacks, every=1, batch_size=16):
    watch = Alarms(every=every)
    gan.fit(gg.data.batches(digits, batch_size, seed=1), steps=steps, callbacks=[watch, *callbacks])
    return [(alarm['step'], alarm['name']) for alarm in watch.raised]


def test_a_healthy_training_raises_none(digits):
    assert alarms(trainer(), digits, 150, every=5) == []


def test_d_has_won_and_the_gradient_of_g_has_vanished(digits):
    """The minimax loss saturates where D is confident: Goodfellow et al. 2014, section 3."""
    (step, name), = alarms(trainer(loss='minimax'), digits, 25, At(12, rates(1e-6, 1e-2)))
    assert name == 'D has won' and step > 12


def test_d_has_won_for_long_under_the_nonsaturating_loss(digits):
    (step, name), = alarms(trainer(), digits, 45, At(12, rates(1e-6, 1e-2)))
    assert name == 'D has won' and step >= 12 + 20


def test_collapse(digits):
    """Dense layers without batch norm, and beta1 = 0.9: against DCGAN's guidelines."""
    gg.seed(0)
    netG, netD = nn.HybridSequential(), nn.HybridSequential()
    netG.add(nn.Dense(128, in_units=16, activation='relu'), nn.Dense(784, in_units=128, activation='tanh'),
             nn.HybridLambda(lambda F, x: F.reshape(x, (-1, 1, 28, 28))))
    netD.add(nn.Dense(128, in_units=784), nn.LeakyReLU(0.2), nn.Dense(1, in_units=128))
    netG.nz = 16
    for net in (netG, netD):
        net.initialize(mx.init.Xavier())
    gan = gg.GANTrainer(netG, netD, ctx=mx.cpu(), lr=2e-3, beta1=0.9)
    assert [name for _, name in alarms(gan, digits, 300, every=10, batch_size=32)] == ['collapse']


def kill_relus(gan):
    for name, parameter in storage.named(gan.netG).items():
        if name.endswith('beta'):
            parameter.set_data(mx.nd.full(parameter.shape, -100))


def make_d_constant(gan):
    gan.netD.to_logit.dense.weight.set_data(mx.nd.zeros(gan.netD.to_logit.dense.weight.shape))
    gan.trainerD.set_learning_rate(0)


@pytest.mark.parametrize('fault', [kill_relus, make_d_constant])
def test_dead_generator(digits, fault):
    assert alarms(trainer(), digits, 18, At(10, fault)) == [(12, 'dead generator')]


def test_a_generator_whose_images_do_not_change_is_dead(digits):
    gan = trainer()
    gan.trainerG.step = lambda size: None
    assert alarms(gan, digits, 6) == [(3, 'dead generator')]


def test_a_generator_with_a_learning_rate_of_zero_is_not_dead(digits):
    gan = trainer()
    gan.trainerG.set_learning_rate(0)
    assert alarms(gan, digits, 6) == []


def test_saturated_tanh(digits):
    """G's learning rate is a thousand times too high."""
    (step, name), = alarms(trainer(), digits, 25, At(12, rates(1.0, 2e-3)))
    assert name == 'saturated tanh' and step > 12


def test_saturation_is_relative_to_the_data(digits):
    record = {'saturated': 0.9, 'saturated_data': 0.83, 'diversity_data': 0.7}
    check = rules.AlarmRules('nonsaturating')
    assert not any(check(dict(record, step=step)) for step in range(10))             # mostly black, like MNIST
    check = rules.AlarmRules('nonsaturating')
    assert [check(dict(record, saturated_data=0.02))[0:1] for _ in range(4)][-1][0][0] == 'saturated tanh'


def test_an_alarm_is_raised_when_it_begins_and_again_only_after_it_has_ended():
    check, healthy, bad = rules.AlarmRules('x'), {'diversity': 0.6, 'gradG': 1.0}, {'diversity': 0.1, 'gradG': 1.0}
    check({'diversity_data': 0.7, 'saturated_data': 0.1})
    records = [healthy] * 10 + [bad] * 50 + [healthy] * 3 + [bad] * 10 + [healthy] * 10 + [bad] * 10
    assert [number for number, record in enumerate(records) if check(record)] == [10 + 3, 10 + 50 + 3 + 10 + 10 + 3]


def test_an_alarm_is_logged_and_written(digits, tmp_path, caplog):
    watch = Alarms(tmp_path, every=1)
    with caplog.at_level(logging.WARNING, 'gluon_gan'):
        trainer().fit(gg.data.batches(digits, 16), steps=15, callbacks=[watch, At(10, kill_relus)])
    line, = (tmp_path / 'alarms.jsonl').read_text().splitlines()
    alarm = json.loads(line)
    assert alarm == watch.raised[0] and set(alarm) == {'step', 'name', 'message', 'remedy'}
    assert caplog.messages == [f"step 12: dead generator: {alarm['message']}; {alarm['remedy']}"]
    assert 'same image for all noise' in alarm['message'] and 'learning rate' in alarm['remedy']


def test_resuming_restores_typical_values_and_active_alarms(digits, tmp_path, caplog):
    data, gan = gg.data.batches(digits, 16, seed=1), trainer()
    gan.fit(data, steps=14, callbacks=[Alarms(tmp_path, every=1), History(tmp_path / 'history.jsonl', every=1),
                                       At(10, kill_relus)])
    path = gan.save(tmp_path / 'last')
    with open(tmp_path / 'alarms.jsonl', 'a') as file:
        file.write('{"step": 20, "name": "later", "message": "", "remedy": ""}\n')
    again, caplog = GANTrainer.load(path, ctx=mx.cpu()), caplog.clear()
    watch = Alarms(tmp_path, every=1)
    again.fit(gg.data.batches(digits, 16, seed=1), steps=20,
              callbacks=[watch, History(tmp_path / 'history.jsonl', every=1)])
    assert [alarm['step'] for alarm in watch.raised] == [12]
    assert (tmp_path / 'alarms.jsonl').read_text().count('\n') == 1


def test_resuming_adds_the_alarms_that_an_earlier_version_did_not_raise(digits, tmp_path, caplog):
    gan = trainer(lrD=1e-6)
    gan.fit(gg.data.batches(digits, 16, seed=1), steps=2,
            callbacks=[Alarms(tmp_path, every=1), History(tmp_path / 'history.jsonl', every=1)])
    record = {'errD': 4.0, 'errG': 0.01, 'D(x)': 0.5, 'D(G(z))': 0.99, 'auc': 0.0, 'gradG': 1.0, 'diversity': 0.6}
    lines = [json.dumps({'step': step / 4, **record}) for step in range(1, 9)]
    (tmp_path / 'history.jsonl').write_text('\n'.join(lines) + '\n')
    path = gan.save(tmp_path / 'last')
    for _ in range(2):                                   # the second time it is known
        watch = Alarms(tmp_path, every=1)
        GANTrainer.load(path, ctx=mx.cpu()).fit(gg.data.batches(digits, 16, seed=1), steps=3, callbacks=[watch])
        assert [(alarm['step'], alarm['name']) for alarm in watch.raised] == [(1, 'G has won')]
        assert len((tmp_path / 'alarms.jsonl').read_text().splitlines()) == 1
    assert [message[:17] for message in caplog.messages] == ['step 1: G has won']


def test_the_alarms_of_an_earlier_training_are_not_overwritten(digits, tmp_path):
    for _ in range(2):
        (tmp_path / 'alarms.jsonl').write_text('')
        with pytest.raises(ValueError, match='belongs to an earlier training'):
            trainer().fit(gg.data.batches(digits, 16), steps=1, callbacks=[Alarms(tmp_path)])


def poison(place, net='netD', value=np.nan):
    """An action for At that sets a weight to a value; the following step then uses it."""
    def act(gan):
        array = storage.named(getattr(gan, net))[place].data()
        array[0] = value
    return act


def all_callbacks(folder):
    return [Alarms(folder), Checkpoint(folder / 'checkpoints', every=4), History(folder / 'history.jsonl', every=2),
            Samples(folder / 'samples', every=3)]


# Between two checkpoints, just before one, and within the last steps, which are checked at the end.
@pytest.mark.parametrize('step', [5, 8, 19])
def test_nan_ends_the_training_at_its_step_and_keeps_the_good_checkpoint(digits, tmp_path, step):
    gan = trainer(average=0.9)
    with pytest.raises(Diverged) as failure:
        gan.fit(gg.data.batches(digits, 16, seed=1), steps=20,
                callbacks=[*all_callbacks(tmp_path), At(step, poison('down.1.conv.weight'))])
    good = step // 4 * 4
    message = str(failure.value)
    assert f'at step {step + 1} all of netD became NaN' in message and '\n' not in message
    checkpoint = tmp_path / 'checkpoints' / f'step-{good:07d}.npz'
    assert f'would resume from {checkpoint} (step {good})' in message and 'a lower lr than 0.002' in message
    alarm, = [json.loads(line) for line in (tmp_path / 'alarms.jsonl').read_text().splitlines()]
    assert (alarm['step'], alarm['name']) == (step + 1, 'NaN or Inf')
    again = GANTrainer.load(tmp_path, ctx=mx.cpu())
    assert again.steps == good
    again.fit(gg.data.batches(digits, 16, seed=1), steps=20, callbacks=all_callbacks(tmp_path))       # without NaN
    assert again.steps == 20 and (tmp_path / 'alarms.jsonl').read_text() == ''
    records = [json.loads(line) for line in (tmp_path / 'history.jsonl').read_text().splitlines()]
    assert [record['step'] for record in records] == [*range(2, 21, 2)]


def test_a_single_layer_is_named(digits):
    """An overflow in a running variance affects no other array in that step: training uses batch statistics."""
    gan = trainer()
    message = r'at step 7 netG up.1.norm.running_var became NaN, Inf or larger than 1e19; start'
    with pytest.raises(Diverged, match=message):
        alarms(gan, digits, 30, At(6, poison('up.1.norm.running_var', 'netG', np.inf)))


def test_the_largest_weights_before_are_named(digits):
    def enlarge(gan):
        weight = gan.netD.down[1].conv.weight
        weight.set_data(weight.data() * 1e6)

    gan = trainer()
    with pytest.raises(Diverged, match=r'at step 8 .* .the largest weights before: netD down.1.conv.weight, 2e\+04'):
        alarms(gan, digits, 30, At(6, enlarge), At(7, poison('to_logit.dense.weight')))


def test_an_absurd_learning_rate(digits, tmp_path):
    message = r'at step 1 all of netD .* lower lr than 1e\+30; there is no checkpoint to resume from'
    with pytest.raises(Diverged, match=message):
        trainer(lr=1e30).fit(gg.data.batches(digits, 16), steps=30, callbacks=all_callbacks(tmp_path))
    assert not (tmp_path / 'checkpoints' / 'last.npz').exists()


def test_the_remedy_says_if_the_checkpoint_cannot_be_read(digits, tmp_path):
    (tmp_path / 'checkpoints').mkdir()
    (tmp_path / 'checkpoints' / 'last.npz').write_bytes(b'half')
    with pytest.raises(Diverged, match='cannot be read'):
        trainer().fit(gg.data.batches(digits, 16), steps=9,
                      callbacks=[Alarms(tmp_path), At(2, poison('down.1.conv.weight'))])
