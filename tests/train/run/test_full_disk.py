"""A full disk on the command line: one line names the file, the last checkpoint is kept, and the run can be resumed.

A limit on the size of every file stands in for the full disk: it needs no privileges, and the same writes fail.
"""
import json
import os
import resource
from pathlib import Path

import pytest

from gluon_gan import cli, viz
from gluon_gan.support import storage
from gluon_gan.train import History, checkpoint
from gluon_gan.train.run import Run

SETTINGS = ['--steps', 7, '--save-every', 2, '--batch-size', 8, '--ngf', 2, '--ndf', 2, '--nz', 4, '--average', 0.9]
# As in test_kill: values of a record that depend on the process.
PROCESS_VALUES = ('images/s', 'moved', 'diversity_data', 'saturated_data')
LIMIT = resource.getrlimit(resource.RLIMIT_FSIZE)


def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, LIMIT[1]))


@pytest.fixture(autouse=True)
def elsewhere(elsewhere, monkeypatch):
    """Use an empty folder, offline, and record every step in the history."""
    monkeypatch.setattr(Run, 'FRAMES', 2)
    monkeypatch.setattr(Run, 'HISTORY_EVERY', 1)
    yield
    limit(LIMIT[0])


def train(*words):
    return cli.main(['train', *map(str, words)])


def fill_disk(monkeypatch, step, size):
    """Before the record of this step is written, limit every file to ``size(history)`` bytes."""
    class Full(History):
        def _record(self, trainer):
            if trainer.steps == step:
                limit(size(self.path))
            return super()._record(trainer)

    monkeypatch.setattr(Run, 'HISTORY', Full)


def history(name):
    lines = Path('runs', name, 'history.jsonl').read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in PROCESS_VALUES} for line in lines]


@pytest.mark.parametrize('size, records', [
    (lambda path: 50_000, 4),                              # a record and a grid still fit, a checkpoint does not
    (lambda path: path.stat().st_size + 30, 3),            # the record of this step is cut off in the middle
])
def test_a_full_disk_loses_nothing(capsys, monkeypatch, size, records):
    assert train('--name', 'whole', *SETTINGS) == 0
    fill_disk(monkeypatch, 4, size)
    capsys.readouterr()
    assert train('--name', 'parts', *SETTINGS) == 2
    limit(LIMIT[0])
    # The page is written last, after a failure too, so it is the file that the message names.
    assert capsys.readouterr().err == 'gluon-gan: runs/parts/index.html: File too large\n'
    assert len(viz.read_history('runs/parts/history.jsonl')) == records
    assert [steps for steps, _ in checkpoint.checkpoints_in('runs/parts/checkpoints')] == [0, 2]
    assert not list(Path('runs').rglob('*.tmp'))
    assert len(history('whole')) == 7
    monkeypatch.setattr(Run, 'HISTORY', History)
    assert cli.main(['sample', 'runs/parts']) == 0
    assert train('--resume', 'runs/parts') == 0
    assert history('parts') == history('whole')
    (arrays, meta), (other_arrays, other_meta) = (storage.read(f'runs/{name}/checkpoints/step-0000007.npz')
                                                  for name in ('whole', 'parts'))
    assert meta == other_meta and {name: array.tobytes() for name, array in arrays.items()} == {
        name: array.tobytes() for name, array in other_arrays.items()}


def test_a_disk_that_is_full_before_the_run_starts(capsys):
    limit(20_000)
    assert train(*SETTINGS) == 2
    limit(LIMIT[0])                   # pytest may write its own output to a file
    assert capsys.readouterr().err == 'gluon-gan: cannot write to runs/mnist (File too large): choose another folder\n'
    assert os.listdir('runs') == []


def test_resuming_on_a_full_disk_changes_nothing(capsys):
    train(*SETTINGS)
    before = {path: path.read_bytes() for path in Path('runs').rglob('*')
              if path.is_file() and path.name != 'config.json'}
    limit(20_000)
    assert train('--resume', 'runs/mnist/checkpoints/step-0000004.npz') == 2
    limit(LIMIT[0])
    assert capsys.readouterr().err == 'gluon-gan: runs/mnist/checkpoints/step-0000004.npz: File too large\n'
    assert {path: path.read_bytes() for path in before} == before


def test_a_disk_that_is_full_at_the_end(capsys, monkeypatch):
    """The training is complete but the final images are not, and --resume writes them."""
    save = checkpoint.save

    def save_and_fill_disk(trainer, path, **more):
        save(trainer, path, **more)
        if trainer.steps == 7:
            limit(20_000)

    monkeypatch.setattr(checkpoint, 'save', save_and_fill_disk)
    assert train(*SETTINGS) == 2
    limit(LIMIT[0])
    assert 'File too large' in capsys.readouterr().err and not Path('runs/mnist/progress.gif').exists()
    monkeypatch.setattr(checkpoint, 'save', save)
    assert train('--resume', 'runs/mnist') == 0
    assert Path('runs/mnist/progress.gif').exists() and len(history('mnist')) == 7
    assert train('--resume', 'runs/mnist') == 2
