"""The position in the data: looks at batches, another batch size, other data, and totals that have been reached."""
import logging

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import Callback, LinearDecay, checkpoint
from helpers.small_trainings import DIGITS, loader, same, state, trainer


class Seen(Callback):
    """Records the position of the loader after each step, and the end of each epoch."""

    def __init__(self):
        self.positions, self.epochs = [], []

    def on_step(self, trainer):
        self.positions.append(tuple(trainer.loader.state().values()))

    def on_epoch(self, trainer):
        self.epochs.append((trainer.epoch, trainer.steps))


def test_looks_at_the_data_do_not_move_the_training(tmp_path):
    plain, looking = trainer(), trainer()
    data, seen = loader(), Seen()
    plain.fit(data, steps=7)
    plain.fit(data, epochs=3)
    data = loader()
    next(iter(data))
    looking.fit(data, steps=7, callbacks=[seen])
    for _ in data:
        pass                                                    # a complete loop, and one that is left early
    next(iter(data))
    saved = looking.save(tmp_path)
    assert storage.read_meta(saved)['position'] == {'epoch': 1, 'batch': 2}
    looking.fit(data, epochs=3, callbacks=[seen])
    assert seen.epochs == [(1, 5), (2, 10), (3, 15)] and same(state(plain), state(looking))


def test_a_loop_of_single_steps_moves_the_position():
    gan, data, seen = trainer(), loader(), Seen()
    for batch in data:
        gan.step(batch)
    gan.fit(data, steps=7, callbacks=[seen])
    assert seen.positions == [(1, 1), (1, 2)]


def test_a_position_that_was_restored_is_where_the_training_begins():
    data, seen = loader(), Seen()
    data.restore({'epoch': 3, 'batch': 2})
    next(iter(data))
    trainer().fit(data, steps=2, callbacks=[seen])
    assert seen.positions == [(3, 3), (3, 4)]


@pytest.mark.parametrize('before, after, first, total', [
    (8, 4, 4, 3 * 10 - 2), (4, 8, 1, 3 * 5 + 1), (8, 5, 3, 24 - 1)])
def test_another_batch_size_continues_at_the_same_image(tmp_path, caplog, before, after, first, total):
    gan, seen = trainer(), Seen()
    gan.fit(loader(before), steps=2)
    resumed = gg.GANTrainer.load(gan.save(tmp_path), ctx=mx.cpu())
    resumed.fit(loader(after), epochs=3, callbacks=[seen, LinearDecay(0)])
    assert seen.positions[0] == (0, first + 1) and resumed.epoch == 3
    assert resumed.steps == resumed.goal == total and resumed.trainerG.learning_rate == 0
    assert f'the batch size was {before} and is {after} now: the training continues at image' in caplog.text


def test_another_batch_size_in_one_process_and_a_further_checkpoint(tmp_path):
    gan = trainer()
    gan.fit(loader(4), epochs=1)
    gan.fit(loader(8), steps=12)
    assert (gan.steps, gan.epoch) == (12, 1)
    resumed = gg.GANTrainer.load(gan.save(tmp_path), ctx=mx.cpu())
    resumed.fit(loader(8), epochs=3)
    assert (resumed.steps, resumed.epoch) == (20, 3)


def test_other_data_within_an_epoch_are_refused_and_can_be_asked_for(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=4)
    path, more = gan.save(tmp_path), gg.data.batches(np.concatenate([DIGITS, DIGITS]), 8)
    resumed = gg.GANTrainer.load(path, ctx=mx.cpu())
    message = 'this training is at batch 4 of an epoch of 40 images, and the loader has 80: pass a loader of the same'
    with pytest.raises(ValueError, match=message):
        resumed.fit(more, steps=6)
    resumed.position = None
    resumed.fit(more, steps=6)
    assert more.state() == {'epoch': 0, 'batch': 2}


def test_checkpoints_of_earlier_versions_and_a_position_that_does_not_exist(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=4)
    arrays, meta = storage.read(gan.save(tmp_path))
    del meta['loader']
    path = checkpoint.checkpoints_in(tmp_path)[0][1]
    storage.write(path, arrays, meta)
    resumed = gg.GANTrainer.load(path, ctx=mx.cpu())
    with pytest.raises(ValueError, match='is at batch 4 of an epoch, and an epoch of the loader has 2: pass'):
        resumed.fit(loader(20), steps=6)
    resumed.fit(loader(), steps=6)
    gan.fit(gan.loader, steps=6)
    assert same(state(resumed), state(gan))
    storage.write(path, arrays, {**meta, 'loader': {'batches': 'five'}})
    with pytest.raises(storage.StorageError, match='is damaged: .*batches must be an int of at least 1'):
        gg.GANTrainer.load(path, ctx=mx.cpu())


@pytest.mark.parametrize('first, ends, warning', [
    (dict(epochs=1), dict(epochs=1), 'epochs=1 is a total, and this training has reached 1: pass epochs=2 or more'),
    (dict(steps=3), dict(steps=2), 'steps=2 is a total, and this training has reached 3: pass steps=4 or more')])
def test_totals_that_have_been_reached_are_reported(caplog, first, ends, warning):
    gan, data = trainer(), loader()
    gan.fit(data, **first)
    steps = gan.steps
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        gan.fit(data, **ends)
    assert gan.steps == steps and warning in caplog.text
