"""Resumed runs: from the newest checkpoint, an earlier one, the best, or one of an earlier version; to another end."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gluon_gan import cli, viz
from gluon_gan.support import files, storage
from gluon_gan.train import History, checkpoint
from gluon_gan.train.run import Run

SMALL = ['--batch-size', 8, '--ngf', 2, '--ndf', 2, '--nz', 4, '--average', 0.9]
LOCK = ('import sys, time; from gluon_gan.support import files; '
        "files.lock(sys.argv[1]); print('locked', flush=True); time.sleep(60)")


@pytest.fixture(autouse=True)
def elsewhere(elsewhere, monkeypatch):
    """Use an empty folder, offline, and record every step in the history."""
    monkeypatch.setattr(Run, 'FRAMES', 2)
    monkeypatch.setattr(Run, 'HISTORY_EVERY', 1)


def train(*words):
    return cli.main(['train', *map(str, words)])


def refused(capsys, *words):
    """The one line of the error message; the command must not change any file."""
    before = {path: path.read_bytes() for path in Path('runs').rglob('*') if path.is_file()}
    capsys.readouterr()
    assert train(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    assert {path: path.read_bytes() for path in Path('runs').rglob('*') if path.is_file()} == before
    return line


def steps(name='mnist'):
    return [steps for steps, _ in checkpoint.checkpoints_in(f'runs/{name}/checkpoints')]


def arrays(path):
    return {name: array.tobytes() for name, array in storage.read(path)[0].items()}


def test_a_damaged_checkpoint_names_the_one_before_it_which_resumes(capsys):
    train('--steps', 6, '--save-every', 2, '--keep', 4, *SMALL)
    newest = Path('runs/mnist/checkpoints/step-0000006.npz')
    wanted = arrays(newest)
    newest.write_bytes(newest.read_bytes()[:5000])
    line = refused(capsys, '--resume', 'runs/mnist')
    assert line == (f'gluon-gan: {newest} is truncated, damaged or not a file of gluon_gan (BadZipFile): '
                    'replace it with a complete copy, or resume from the one before it: '
                    'gluon-gan train --resume runs/mnist/checkpoints/step-0000004.npz\n')
    assert train(*line.split('gluon-gan train ')[1].split()) == 0
    assert steps() == [0, 2, 4, 6] and arrays(newest) == wanted
    assert [record['step'] for record in viz.read_history('runs/mnist/history.jsonl')] == [1, 2, 3, 4, 5, 6]


def test_resuming_an_earlier_step_removes_later_ones(capsys):
    train('--steps', 6, '--save-every', 1, '--keep', 9, '--best', 'errG:max', *SMALL)
    assert train('--resume', 'runs/mnist/checkpoints/step-0000002.npz', '--steps', 3) == 0
    assert steps() == [0, 1, 2, 3]
    assert [record['step'] for record in viz.read_history('runs/mnist/history.jsonl')] == [1, 2, 3]
    assert sorted(os.listdir('runs/mnist/samples')) == ['step-0000000.png', 'step-0000003.png']
    train('--resume', 'runs/mnist/checkpoints/step-0000001', '--steps', 3)
    assert 'has completed its 3 steps' in refused(capsys, '--resume', 'runs/mnist')


def test_the_best_checkpoint_is_printed_and_resumes(capsys):
    train('--steps', 5, '--best', 'errD', *SMALL)
    records = viz.read_history('runs/mnist/history.jsonl')
    best = min(records, key=lambda record: record['errD'])
    out = capsys.readouterr().out
    assert f"  best      runs/mnist/checkpoints/best.npz: errD {best['errD']} at step {best['step']}\n" in out
    assert '  newest    runs/mnist/checkpoints/step-0000005.npz\n' in out
    assert 'sample runs/mnist/checkpoints/best.npz -n 100 --seed 7    from the best' in out
    assert cli.main(['sample', 'runs/mnist/checkpoints/best.npz', '-n', '4']) == 0
    assert train('--resume', 'runs/mnist/checkpoints/best.npz', '--steps', 6) == 0
    assert steps() == [0, best['step'], 6] and len(viz.read_history('runs/mnist/history.jsonl')) == 6


def test_a_run_of_the_first_version_resumes():
    train('--steps', 4, '--save-every', 2, '--name', 'new', *SMALL)
    train('--steps', 2, '--name', 'old', *SMALL)
    folder = Path('runs/old/checkpoints')
    newest = (folder / 'step-0000002.npz').read_bytes()
    for path in folder.iterdir():
        path.unlink()
    (folder / 'last.npz').write_bytes(newest)
    config = json.loads(Path('runs/old/config.json').read_text())
    for name in ('ended', 'save_every', 'keep', 'best'):
        del config[name]
    Path('runs/old/config.json').write_text(json.dumps(config))
    assert train('--resume', 'runs/old') == 2                       # it is complete
    assert train('--resume', 'runs/old', '--steps', 4) == 0
    assert steps('old') == [2, 4]
    assert sorted(os.listdir(folder)) == ['.lock', 'step-0000002.npz', 'step-0000004.npz']
    assert arrays(folder / 'step-0000004.npz') == arrays('runs/new/checkpoints/step-0000004.npz')


def test_more_counts_from_the_current_step(capsys, monkeypatch):
    class Stop(History):
        def on_step(self, trainer):
            raise RuntimeError(trainer.goal)

    train('--steps', 3, '--batch-size', 900, *SMALL[2:])           # 5 steps per epoch
    monkeypatch.setattr(Run, 'HISTORY', Stop)
    with pytest.raises(RuntimeError, match='13'):
        train('--resume', 'runs/mnist', '--more', 2)
    with pytest.raises(RuntimeError, match='13'):                  # the new end is kept when the run is killed
        train('--resume', 'runs/mnist')
    with pytest.raises(RuntimeError, match='10'):
        train('--resume', 'runs/mnist', '--epochs', 2)
    line = refused(capsys, '--resume', 'runs/mnist', '--more', 1, '--steps', 9)
    assert '--more counts from the current step of the run, --steps counts from its beginning: give one' in line
    assert 'more must be an int of at least 1, not 0' in refused(capsys, '--resume', 'runs/mnist', '--more', 0)
    with pytest.raises(ValueError, match='more=1 counts from the current step'):
        Run.resume('runs/mnist', epochs=3, more=1)


def test_a_resumed_run_may_change_which_checkpoints_are_kept():
    train('--steps', 3, '--save-every', 1, '--keep', 2, *SMALL)
    assert steps() == [2, 3]
    train('--resume', 'runs/mnist', '--steps', 5)
    assert steps() == [4, 5]
    train('--resume', 'runs/mnist', '--steps', 8, '--keep', 4)
    assert steps() == [5, 6, 7, 8] and json.loads(Path('runs/mnist/config.json').read_text())['keep'] == 4


def test_two_trainings_of_one_run_are_refused_and_a_killed_one_does_not_block(capsys):
    train('--steps', 2, *SMALL)
    left = Path('runs/mnist/samples/.step-0000003.png.abcdefgh.tmp')
    left.touch()
    other = subprocess.Popen([sys.executable, '-c', LOCK, 'runs/mnist/checkpoints'], stdout=subprocess.PIPE, text=True,
                             env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    try:
        assert other.stdout.readline() == 'locked\n'
        assert 'another process is training in runs/mnist/checkpoints: wait until it has ended, or stop it' in refused(
            capsys, '--resume', 'runs/mnist', '--steps', 3)
        assert left.exists()
    finally:
        other.kill()
        other.communicate()
    assert train('--resume', 'runs/mnist', '--steps', 3) == 0 and not left.exists()
    assert files.lock('runs/mnist/checkpoints') is True            # unlocked at the end
    files.unlock('runs/mnist/checkpoints')


def test_missing_checkpoints_and_those_of_another_run(capsys):
    train('--steps', 2, '--name', 'one', *SMALL)
    train('--steps', 2, '--name', 'two', *SMALL[:-4], '--nz', 6)
    (Path('runs/two/checkpoints/step-0000002.npz')).replace('runs/one/checkpoints/step-0000002.npz')
    assert 'step-0000002.npz belongs to another run: its nz is 6, not 4' in refused(
        capsys, '--resume', 'runs/one', '--steps', 3)
    assert 'runs/one has no checkpoint step-0000009.npz' in refused(
        capsys, '--resume', 'runs/one/checkpoints/step-0000009.npz', '--steps', 3)
    for _, path in checkpoint.checkpoints_in('runs/two/checkpoints'):
        path.unlink()
    assert 'runs/two has no checkpoint' in refused(capsys, '--resume', 'runs/two', '--steps', 3)
