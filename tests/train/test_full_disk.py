"""A full disk, on the command line: one line that names the file, the last checkpoint stays, and afterwards it goes on.

What makes the disk full is a limit on the size of any file, which needs no rights; the writes fail in the same place.
"""
import json
import os
import resource
from functools import partial
from pathlib import Path

import pytest
from gluon_gan import cli, storage, viz
from gluon_gan.train import History, checkpoint, run

SETTINGS = ['--steps', 7, '--save-every', 2, '--batch-size', 8, '--ngf', 2, '--ndf', 2, '--nz', 4, '--average', 0.9]
# As in test_kill.
PASSING = ('images/s', 'moved', 'diversity_data', 'saturated_data')
LIMIT = resource.getrlimit(resource.RLIMIT_FSIZE)


def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, LIMIT[1]))


@pytest.fixture(autouse=True)
def elsewhere(elsewhere, monkeypatch):
    """An empty folder, offline, and a line in the history for each step."""
    monkeypatch.setattr(run, 'FRAMES', 2)
    monkeypatch.setattr(run, 'History', partial(History, every=1))
    yield
    limit(LIMIT[0])


def train(*words):
    return cli.main(['train', *map(str, words)])


def fill(monkeypatch, step, size):
    """From this step's record on, before it is written, no file grows beyond ``size(history)`` bytes."""
    class Full(History):
        def _record(self, trainer):
            if trainer.steps == step:
                limit(size(self.path))
            return super()._record(trainer)

    monkeypatch.setattr(run, 'History', partial(Full, every=1))


def history(name):
    lines = Path('runs', name, 'history.jsonl').read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in PASSING} for line in lines]


@pytest.mark.parametrize('size, left', [
    (lambda path: 50_000, 4),                              # a record and a grid still find room, a checkpoint does not
    (lambda path: path.stat().st_size + 30, 3),            # the record of this step is cut in the middle
])
def test_a_full_disk_loses_nothing(capsys, monkeypatch, size, left):
    assert train('--name', 'whole', *SETTINGS) == 0
    fill(monkeypatch, 4, size)
    capsys.readouterr()
    assert train('--name', 'parts', *SETTINGS) == 2
    limit(LIMIT[0])
    # The page is written at every end: the last of the files that could not be is named.
    assert capsys.readouterr().err == 'gluon-gan: runs/parts/index.html: File too large\n'
    assert len(viz.read_history('runs/parts/history.jsonl')) == left
    assert [steps for steps, _ in checkpoint.of_steps('runs/parts/checkpoints')] == [0, 2]
    assert not list(Path('runs').rglob('*.tmp'))
    assert len(history('whole')) == 7
    monkeypatch.setattr(run, 'History', partial(History, every=1))
    assert cli.main(['sample', 'runs/parts']) == 0
    assert train('--resume', 'runs/parts') == 0
    assert history('parts') == history('whole')
    (arrays, meta), (others, other_meta) = (storage.read(f'runs/{name}/checkpoints/step-0000007.npz') for name in ('whole', 'parts'))
    assert meta == other_meta and {name: array.tobytes() for name, array in arrays.items()} == {
        name: array.tobytes() for name, array in others.items()}


def test_a_disk_that_is_full_from_the_beginning(capsys):
    limit(20_000)
    assert train(*SETTINGS) == 2
    limit(LIMIT[0])                   # pytest's own output may be going to a file
    assert capsys.readouterr().err == 'gluon-gan: cannot write to runs/mnist (File too large): choose another place\n'
    assert os.listdir('runs') == []


def test_a_resumed_training_on_a_full_disk_changes_nothing(capsys):
    train(*SETTINGS)
    before = {path: path.read_bytes() for path in Path('runs').rglob('*') if path.is_file() and path.name != 'config.json'}
    limit(20_000)
    assert train('--resume', 'runs/mnist/checkpoints/step-0000004.npz') == 2
    limit(LIMIT[0])
    assert capsys.readouterr().err == 'gluon-gan: runs/mnist/checkpoints/step-0000004.npz: File too large\n'
    assert {path: path.read_bytes() for path in before} == before


def test_a_disk_that_is_full_at_the_end(capsys, monkeypatch):
    """The run is trained, and owes its pictures, which --resume makes."""
    save = checkpoint.save

    def then_full(trainer, path, **more):
        save(trainer, path, **more)
        if trainer.steps == 7:
            limit(20_000)

    monkeypatch.setattr(checkpoint, 'save', then_full)
    assert train(*SETTINGS) == 2
    limit(LIMIT[0])
    assert 'File too large' in capsys.readouterr().err and not Path('runs/mnist/progress.gif').exists()
    monkeypatch.setattr(checkpoint, 'save', save)
    assert train('--resume', 'runs/mnist') == 0
    assert Path('runs/mnist/progress.gif').exists() and len(history('mnist')) == 7
    assert train('--resume', 'runs/mnist') == 2
