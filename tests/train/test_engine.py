"""The training loop: it ends after epochs, steps or Ctrl-C, and calls its callbacks in every case."""
import os
import signal

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import storage
from gluon_gan.train import Callback, Checkpoint, History
from helpers.small_trainings import loader, same, state, trainer


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


def test_a_list_of_batches_is_a_loader():
    gan = trainer()
    gan.fit([mx.nd.zeros((4, 1, 28, 28))] * 3, epochs=2)
    assert gan.steps == 6


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


def test_ctrl_c_finishes_the_step_and_saves_it(tmp_path):
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


def test_an_interrupted_update_is_not_saved(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path)])
    before = (tmp_path / 'step-0000003.npz').read_bytes()
    gan.game.lossG = None                              # the next step updates D, then fails to update G
    with pytest.raises(TypeError):
        gan.fit(gan.loader, steps=5, callbacks=[Checkpoint(tmp_path)])
    assert gan.mid_update and gan.steps == 3
    with pytest.raises(storage.StorageError, match='the update after step 3 was interrupted'):
        gan.save(tmp_path / 'step-0000003')
    assert (tmp_path / 'step-0000003.npz').read_bytes() == before


def test_a_diverged_network_does_not_replace_a_good_checkpoint(tmp_path):
    gan = trainer()
    path = gan.save(tmp_path / 'last')
    before = path.read_bytes()
    gan.netD.to_logit.dense.bias.set_data(mx.nd.array([np.nan]))
    with pytest.raises(storage.StorageError, match='diverged: at step 0 netD/to_logit.dense.bias contains NaN or Inf'):
        gan.save(tmp_path / 'last')
    assert path.read_bytes() == before


def test_a_callback_that_fails_at_the_end_does_not_stop_the_others(tmp_path):
    class Broken(Callback):
        def on_end(self, trainer):
            raise OSError(28, 'No space left on device')

    with pytest.raises(OSError, match='No space left'):
        trainer().fit(loader(), steps=2, callbacks=[Broken(), Checkpoint(tmp_path), Broken()])
    assert (tmp_path / 'step-0000002.npz').exists()


def test_an_error_in_training_still_ends_the_callbacks(tmp_path):
    class Break(Callback):
        def on_step(self, trainer):
            raise RuntimeError('broken')

    history = History(tmp_path / 'history.jsonl', every=1)
    with pytest.raises(RuntimeError, match='broken'):
        trainer().fit(loader(), steps=5, callbacks=[history, Checkpoint(tmp_path), Break()])
    assert (tmp_path / 'step-0000001.npz').exists() and len(history.records) == 1


def test_an_empty_loader_is_an_error_instead_of_an_endless_loop():
    class Empty(list):
        def __len__(self):
            return 3

    with pytest.raises(ValueError, match='the loader is empty'):
        trainer().fit(Empty(), epochs=1)
