"""Which checkpoints are kept: the last few and the best, always at least one, and never those of another training."""
import json
import os

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan.support import files, storage
from gluon_gan.train import Callback, Checkpoint, History, checkpoint
from gluon_gan.train.run.checkpoints import best_of, parse_best

DIGITS = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype=np.uint8)


def trainer():
    gg.seed(0)
    return gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), ctx=mx.cpu())


def loader():
    return gg.data.batches(DIGITS, batch_size=8, seed=5)      # 5 batches per epoch


def steps(folder):
    return [steps for steps, _ in checkpoint.checkpoints_in(folder)]


class Scripted(History):
    """A History with given values."""

    def __init__(self, values, **options):
        super().__init__(every=1, **options)
        self.values = values

    def _record(self, trainer):
        return {'step': trainer.steps, 'score': self.values[trainer.steps - 1]}


def test_the_last_few_checkpoints_are_kept(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=9, callbacks=[Checkpoint(tmp_path, every=2, keep=3)])
    assert steps(tmp_path) == [6, 8, 9]
    assert gg.GANTrainer.load(tmp_path, ctx=mx.cpu()).steps == 9
    trainer().fit(loader(), epochs=2, callbacks=[Checkpoint(tmp_path / 'each epoch', keep=9)])
    assert steps(tmp_path / 'each epoch') == [5, 10]


def test_the_oldest_checkpoint_is_removed_after_the_new_one_is_written(tmp_path, monkeypatch):
    gan = trainer()
    gan.fit(loader(), steps=2, callbacks=[Checkpoint(tmp_path, every=1, keep=2)])

    def full_disk(*args, **kwargs):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(os, 'fsync', full_disk)
    with pytest.raises(OSError, match='No space left') as caught:
        gan.fit(gan.loader, steps=3, callbacks=[Checkpoint(tmp_path, every=1, keep=2)])
    assert caught.value.filename == str(tmp_path / 'step-0000002.npz')       # this file is written first, again
    assert steps(tmp_path) == [1, 2]
    monkeypatch.undo()
    seen, unlink = [], os.unlink
    monkeypatch.setattr(os, 'unlink', lambda path, **more: (seen.append(steps(tmp_path)), unlink(path, **more)))
    gan.fit(gan.loader, steps=3, callbacks=[Checkpoint(tmp_path, every=1, keep=1)])
    assert [3] == steps(tmp_path) and all(max(existing) == 3 for existing in seen[-2:])


@pytest.mark.parametrize('best, kept', [('score', [1, 4]), ('score:min', [1, 4]), ('score:max', [1, 3])])
def test_the_best_by_a_recorded_number(tmp_path, best, kept):
    gan, saved = trainer(), []

    class Recorder(Callback):
        def on_step(self, trainer):
            saved.append(best_of(tmp_path)['step'])

    history = Scripted([0.5, 0.5, 0.9, -0.1, float('nan'), None, float('-inf')])
    gan.fit(loader(), steps=7, callbacks=[history, Checkpoint(tmp_path, best=best, history=history), Recorder()])
    assert sorted(set(saved)) == kept
    assert best_of(tmp_path) == dict(metric='score', mode=best.partition(':')[2] or 'min', step=kept[-1],
                                     value=history.values[kept[-1] - 1])
    assert gg.GANTrainer.load(tmp_path / 'best', ctx=mx.cpu()).steps == kept[-1]


@pytest.mark.parametrize('stop', [3, 5])                    # the best, of step 4, comes later or is remembered
def test_the_best_is_remembered_by_a_resumed_training(tmp_path, stop):
    values = [0.5, 0.3, 0.4, 0.1, 0.2, 0.15, 0.12, 0.18]

    def callbacks(folder):
        history = Scripted(values, path=folder / 'history.jsonl')
        return [history, Checkpoint(folder, every=stop, best='score', history=history)]

    trainer().fit(loader(), steps=8, callbacks=callbacks(tmp_path / 'whole'))

    class Break(Callback):
        def on_step(self, trainer):
            if trainer.steps == stop + 2:
                raise RuntimeError('killed')

    with pytest.raises(RuntimeError, match='killed'):
        trainer().fit(loader(), steps=8, callbacks=[Break(), *callbacks(tmp_path / 'parts')])
    second = gg.GANTrainer.load(tmp_path / 'parts', ctx=mx.cpu())
    assert second.steps == stop
    second.fit(loader(), steps=8, callbacks=callbacks(tmp_path / 'parts'))
    expected = dict(metric='score', mode='min', value=0.1, step=4)
    assert best_of(tmp_path / 'parts') == best_of(tmp_path / 'whole') == expected
    whole, parts = (storage.read(tmp_path / name / 'best.npz') for name in ('whole', 'parts'))
    assert whole[1] == parts[1] and all(np.array_equal(whole[0][name], parts[0][name]) for name in whole[0])


def test_the_best_checkpoint_of_a_later_step_is_removed(tmp_path):
    history = Scripted([0.5, 0.4, 0.3, 0.45])
    gan = trainer()
    gan.fit(loader(), steps=3, callbacks=[history, Checkpoint(tmp_path, every=1, best='score', history=history)])
    again = gg.GANTrainer.load(tmp_path / 'step-0000001', ctx=mx.cpu())
    history = Scripted([0.5, 0.6, 0.7, 0.8])
    again.fit(loader(), steps=4, callbacks=[history, Checkpoint(tmp_path, every=1, best='score', history=history)])
    assert best_of(tmp_path)['value'] == 0.6


@pytest.mark.parametrize('best, parts', [
    ('errG', ('errG', 'min')), ('a:b', ('a:b', 'min')), ('a:b:max', ('a:b', 'max')), (None, (None, None)),
])
def test_best_is_parsed(best, parts):
    assert parse_best(best) == parts


def test_a_wrong_best(tmp_path):
    with pytest.raises(ValueError, match=r"best='errG' needs history=..., the History whose records are compared"):
        Checkpoint(tmp_path, best='errG')
    for best in ('', 3, ('errG', 'max')):
        with pytest.raises(ValueError, match='best must be the name of a recorded number'):
            Checkpoint(tmp_path, best=best)
    history = Scripted([1, 2, 3])
    with pytest.raises(ValueError, match="best='errg' is not recorded; the history records step, score"):
        checkpoints = Checkpoint(tmp_path / 'a', every=2, best='errg', history=history)
        trainer().fit(loader(), steps=3, callbacks=[history, checkpoints])
    assert steps(tmp_path / 'a') == [2]
    history = Scripted([1, 2, 3])
    with pytest.raises(ValueError, match='must come after its History'):
        trainer().fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path / 'b', best='score', history=history), history])
    history = Scripted([[1, 2], 2, 3])
    with pytest.raises(ValueError, match="best='score' is not a number"):
        trainer().fit(loader(), steps=3, callbacks=[history, Checkpoint(tmp_path / 'c', best='score', history=history)])


@pytest.mark.parametrize('options', [dict(keep=0), dict(keep=2.5), dict(every=0)])
def test_numbers_out_of_range(tmp_path, options):
    with pytest.raises(ValueError, match='must be an int of at least 1'):
        Checkpoint(tmp_path, **options)


def test_resuming_an_earlier_step_makes_it_the_newest(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=4, callbacks=[Checkpoint(tmp_path, every=1, keep=4)])
    (tmp_path / 'step-0000004.npz').write_bytes(b'damaged')
    again = gg.GANTrainer.load(tmp_path / 'step-0000002', ctx=mx.cpu())
    again.fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path, every=1, keep=4)])
    assert steps(tmp_path) == [1, 2, 3]
    assert gg.GANTrainer.load(tmp_path, ctx=mx.cpu()).steps == 3


def test_a_last_npz_of_the_first_version_resumes(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=2)
    gan.save(tmp_path / 'last')
    again = gg.GANTrainer.load(tmp_path, ctx=mx.cpu())
    again.fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path, every=1)])
    assert steps(tmp_path) == [2, 3] and not (tmp_path / 'last.npz').exists()
    assert gg.GANTrainer.load(tmp_path / 'last', ctx=mx.cpu()).steps == 3


def test_checkpoints_of_another_training_are_not_changed(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path / 'a', every=1)])
    gan.save(tmp_path / 'elsewhere')
    before = {path: path.read_bytes() for path in (tmp_path / 'a').iterdir()}
    unsaved = trainer()
    unsaved.fit(loader(), steps=2)
    for other in (trainer(), unsaved, gg.GANTrainer.load(tmp_path / 'elsewhere', ctx=mx.cpu())):
        with pytest.raises(ValueError, match='step-0000003.npz belongs to an earlier training: choose another folder'):
            other.fit(loader(), steps=5, callbacks=[Checkpoint(tmp_path / 'a')])
    assert {path: path.read_bytes() for path in (tmp_path / 'a').iterdir()} == before


def test_the_folder_is_locked_during_a_training_and_swept_before_it(tmp_path):
    (tmp_path / '.step-0000002.npz.abcdefgh.tmp').write_bytes(b'half')
    locked = []

    class Recorder(Callback):
        def on_step(self, trainer):
            locked.append(files.lock(tmp_path))

    trainer().fit(loader(), steps=2, callbacks=[Checkpoint(tmp_path), Recorder()])
    assert locked == [False, False]                        # not new: this training has the lock
    assert files.lock(tmp_path) is True
    files.unlock(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ['.lock', 'step-0000002.npz']


def test_a_step_in_which_another_callback_failed_is_not_saved(tmp_path):
    """Its record in the history would be missing for ever. Resumed from the step before, the training writes it."""
    class FullDisk(History):
        def on_step(self, trainer):
            if trainer.steps == 3:
                raise OSError(28, 'No space left on device', 'history.jsonl')
            super().on_step(trainer)

    path = tmp_path / 'history.jsonl'
    with pytest.raises(OSError, match='No space left'):
        trainer().fit(loader(), steps=5, callbacks=[FullDisk(path, every=1), Checkpoint(tmp_path, every=2)])
    assert steps(tmp_path) == [2]
    gg.GANTrainer.load(tmp_path, ctx=mx.cpu()).fit(
        loader(), steps=5, callbacks=[History(path, every=1), Checkpoint(tmp_path, every=2)])
    assert [json.loads(line)['step'] for line in path.read_text().splitlines()] == [1, 2, 3, 4, 5]


def test_two_checkpoints_of_one_step_are_equal_even_if_samples_were_generated_between_them(tmp_path):
    gg.seed(0)
    gan = gg.GANTrainer(gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2), average=0.9, ctx=mx.cpu())
    gan.fit(loader(), steps=2)
    one = _arrays(gan.save(tmp_path / 'one'))
    before = storage.parameters(gan.average.netG)
    gan.generator()                                        # recomputes the batch statistics of the average
    assert any((before[name] != array).any() for name, array in storage.parameters(gan.average.netG).items())
    assert _arrays(gan.save(tmp_path / 'two')) == one
    assert _arrays(gg.GANTrainer.load(tmp_path / 'one', ctx=mx.cpu()).save(tmp_path / 'three')) == one


def _arrays(path):
    return {name: array.tobytes() for name, array in storage.read(path)[0].items()}


def test_a_long_epoch_has_checkpoints_within_it(tmp_path):
    gan = trainer()
    gan.fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path / 'short', minutes=0)])
    assert [steps for steps, _ in checkpoint.checkpoints_in(tmp_path / 'short')] == [1, 2, 3]
    trainer().fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path / 'ten')])
    assert [steps for steps, _ in checkpoint.checkpoints_in(tmp_path / 'ten')] == [3]
    trainer().fit(loader(), steps=3, callbacks=[Checkpoint(tmp_path / 'every', every=2, minutes=0)])
    assert [steps for steps, _ in checkpoint.checkpoints_in(tmp_path / 'every')] == [2, 3]
    assert Checkpoint(tmp_path).minutes == 10
    with pytest.raises(ValueError, match="minutes must be at least 0, not 'ten'"):
        Checkpoint(tmp_path, minutes='ten')
