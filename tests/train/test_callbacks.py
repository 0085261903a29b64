"""Schedules of the learning rate, and the protection of an earlier training's files."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.train import Callback, Checkpoint, History, LinearDecay, Samples
from helpers.small_trainings import loader, trainer


def test_a_resumed_training_starts_with_the_original_learning_rate(tmp_path):
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


def test_a_decay_that_starts_at_the_end_changes_nothing():
    gan = trainer(lr=1e-3)
    gan.fit(loader(), steps=3, callbacks=[LinearDecay(1)])
    assert gan.trainerG.learning_rate == 1e-3


def test_the_files_of_an_earlier_training_are_not_overwritten(tmp_path):
    callbacks = [lambda: History(tmp_path / 'history.jsonl', every=1), lambda: Samples(tmp_path),
                 lambda: Checkpoint(tmp_path)]
    trainer().fit(loader(), steps=2, callbacks=[make() for make in callbacks])
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for make in callbacks:
        with pytest.raises(ValueError, match='belongs to an earlier training'):
            trainer().fit(loader(), steps=2, callbacks=[make()])
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
