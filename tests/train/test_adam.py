"""Settings of the optimisers that were changed by hand are kept in checkpoints, and scheduled ones are not."""
import mxnet as mx
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import LinearDecay
from helpers.small_trainings import loader, same, state, trainer


def test_a_learning_rate_changed_by_hand_is_kept(tmp_path):
    gan, data = trainer(), loader()
    gan.fit(data, steps=2)
    gan.trainerG.set_learning_rate(3e-6)
    gan.trainerD.optimizer.wd = 0.01
    gan.trainerD.optimizer.clip_gradient = 0.5
    path = gan.save(tmp_path)
    resumed = gg.GANTrainer.load(path, ctx=mx.cpu())
    assert (resumed.trainerG.learning_rate, resumed.trainerD.learning_rate) == (3e-6, 2e-4)
    assert (resumed.trainerD.optimizer.wd, resumed.trainerD.optimizer.clip_gradient) == (0.01, 0.5)
    other = loader()
    for each, batches in ((gan, data), (resumed, other)):
        each.fit(batches, steps=5)
    assert same(state(gan), state(resumed))
    assert storage.read_meta(resumed.save(tmp_path))['changed_by_hand'] == {
        'G': {'lr': 3e-6}, 'D': {'wd': 0.01, 'clip_gradient': 0.5}}


def test_unchanged_and_scheduled_rates_are_not_recorded(tmp_path):
    gan, data = trainer(lrG=1e-4), loader()
    assert 'changed_by_hand' not in storage.read_meta(gan.save(tmp_path))
    gan.fit(data, steps=2, callbacks=[LinearDecay(0)])
    assert gan.trainerG.learning_rate == 0
    assert 'changed_by_hand' not in storage.read_meta(gan.save(tmp_path))
    assert gg.GANTrainer.load(tmp_path, ctx=mx.cpu()).trainerG.learning_rate == 1e-4
    gan.fit(data, steps=3, callbacks=[LinearDecay(1)])
    assert gan.trainerG.learning_rate == 1e-4


def test_no_decay_leaves_a_rate_that_was_changed_by_hand():
    gan, data = trainer(), loader()
    gan.trainerD.set_learning_rate(1e-5)
    gan.fit(data, steps=2, callbacks=[LinearDecay(1)])
    assert (gan.trainerG.learning_rate, gan.trainerD.learning_rate) == (2e-4, 1e-5)
    gan.fit(data, steps=4, callbacks=[LinearDecay(0.5)])
    assert gan.trainerD.learning_rate == 0


@pytest.mark.parametrize('changed', [{'G': {'lr': 'fast'}}, {'G': {'momentum': 1}}, {'H': {'lr': 1}}, [1]])
def test_damaged_settings_are_refused(tmp_path, changed):
    path = trainer().save(tmp_path)
    arrays, meta = storage.read(path)
    storage.write(path, arrays, {**meta, 'changed_by_hand': changed})
    with pytest.raises(storage.StorageError, match='is damaged: no trainer can be created from its settings'):
        gg.GANTrainer.load(path, ctx=mx.cpu())
