"""The folder of a run appears complete or not at all."""
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gluon_gan import cli
from gluon_gan.support import files
from gluon_gan.support.storage import StorageError
from gluon_gan.train import Callback, checkpoint
from gluon_gan.train.run import Run
from gluon_gan.train.run.folder import create, find, read_config, read_settings, write_config
from helpers.processes import SMALL

LOCK = ('import sys, time; from gluon_gan.support import files; '
        "files.lock(sys.argv[1]); print('locked', flush=True); time.sleep(60)")


def write_contents(folder):
    (folder / 'config.json').write_text('{}')


def test_a_folder_appears_with_its_contents_and_locked(tmp_path):
    before = os.umask(0o022)
    try:
        folder = create(tmp_path / 'runs', 'mine', False, write_contents)
    finally:
        os.umask(before)
    assert folder == tmp_path / 'runs' / 'mine' and stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert sorted(os.listdir(folder)) == ['checkpoints', 'config.json'] and os.listdir(tmp_path / 'runs') == ['mine']
    assert files.lock(folder / 'checkpoints') is False             # this process has the lock already
    assert create(tmp_path / 'runs', 'mine', True, write_contents).name == 'mine-2'
    with pytest.raises(ValueError, match='mine already exists: choose another name'):
        create(tmp_path / 'runs', 'mine', False, write_contents)
    for name in ('mine', 'mine-2'):
        files.unlock(tmp_path / 'runs' / name / 'checkpoints')


def test_a_failure_leaves_nothing(tmp_path):
    def full_disk(folder):
        raise OSError(28, 'No space left on device', str(folder))

    with pytest.raises(ValueError, match='cannot write to .*mine .No space left on device.: choose another folder'):
        create(tmp_path, 'mine', False, full_disk)
    assert not os.listdir(tmp_path)
    with pytest.raises(ValueError, match='cannot write to .*a/b .No such file or directory.'):
        create(tmp_path, 'a/b', False, write_contents)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize('suffix', ['incomplete', 'unborn'])              # the second is that of earlier versions
def test_folders_of_killed_processes_are_removed_and_those_of_running_ones_are_not(tmp_path, suffix):
    for name in (f'.running.{suffix}', f'.killed.{suffix}'):
        (tmp_path / name / 'checkpoints').mkdir(parents=True)
        (tmp_path / name / 'checkpoints' / '.lock').touch()
    locked = tmp_path / f'.running.{suffix}' / 'checkpoints'
    other = subprocess.Popen([sys.executable, '-c', LOCK, str(locked)], stdout=subprocess.PIPE, text=True,
                             env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    try:
        assert other.stdout.readline() == 'locked\n'
        create(tmp_path, 'mine', False, write_contents)
        files.unlock(tmp_path / 'mine' / 'checkpoints')
        assert sorted(os.listdir(tmp_path)) == [f'.running.{suffix}', 'mine']
    finally:
        other.kill()
        other.communicate()


def test_an_incomplete_folder_can_be_recognised_by_the_next_process(tmp_path):
    seen = []

    def look(folder):
        seen.append((folder.name, (folder / 'checkpoints' / '.lock').exists(), files.lock(folder / 'checkpoints')))

    create(tmp_path, 'mine', False, look)
    files.unlock(tmp_path / 'mine' / 'checkpoints')
    (name, has_lock, new), = seen
    assert name.startswith('.') and name.endswith('.incomplete') and has_lock and new is False


def test_a_run_is_found_by_its_folder_and_by_one_of_its_checkpoints(tmp_path):
    folder = tmp_path / 'mine' / 'checkpoints'
    folder.mkdir(parents=True)
    for name in ('step-0000001.npz', 'step-0000002.npz', 'best.npz'):
        (folder / name).touch()
    assert find(tmp_path / 'mine') == (tmp_path / 'mine', folder / 'step-0000002.npz')
    first = (tmp_path / 'mine', folder / 'step-0000001.npz')
    assert find(folder / 'step-0000001.npz') == find(folder / 'step-0000001') == first
    assert find(folder / 'best.npz') == (tmp_path / 'mine', folder / 'best.npz')
    assert find(tmp_path / 'nowhere')[0] == tmp_path / 'nowhere'


@pytest.mark.parametrize('text, message', [
    (None, 'is not a run'), ('{', 'is not JSON'), ('[]', "has no 'data'"), ('{}', "has no 'data'"),
])
def test_a_folder_that_is_not_a_run(tmp_path, text, message):
    if text is not None:
        (tmp_path / 'config.json').write_text(text)
    with pytest.raises(StorageError, match=message):
        read_config(tmp_path)


CONFIG = dict(preset='mnist', data='mnist', data_name='mnist train', size=28, channels=1, nz=4, ngf=2, ndf=2, kernel=4,
              batch_size=8, epochs=None, steps=3, decay=1, seed=0)


@pytest.mark.parametrize('key, value, message', [
    ('decay', 'x', "decay must be a number, not 'x'"),
    ('decay', 2, 'the start of the decay must be a fraction from 0 to 1'),
    ('data', None, "it has no 'data'"),
    ('data', 3, 'data must be a str, not 3'),
    ('data_name', None, "it has no 'data_name'"),
    ('batch_size', 8.5, 'batch_size must be an int, not 8.5'),
    ('steps', 'many', "steps must be an int or None, not 'many'"),
    ('half', 1, 'half must be true or false, not 1'),
    ('seconds', 'long', "seconds must be a number or None, not 'long'"),
    ('task', 'dance', "there is no task 'dance'; the tasks are generate, translate"),
    ('task', [], 'there is no task []; the tasks are generate, translate'),
    ('best', '', 'best must be the name of a recorded number'),
])
def test_a_wrong_value_in_the_config_is_one_line(tmp_path, key, value, message):
    (tmp_path / 'config.json').write_text(json.dumps({**CONFIG, key: value}))
    with pytest.raises(StorageError) as caught:
        read_settings(tmp_path)
    assert f'config.json is damaged: {message}' in str(caught.value) and '\n' not in str(caught.value)


def test_a_config_survives_reading_and_writing(tmp_path):
    config = {**CONFIG, 'note': 'mine', 'seconds': 12, 'threads': '2'}
    (tmp_path / 'config.json').write_text(json.dumps(config))
    settings, provenance = read_settings(tmp_path)
    assert settings.nz == 4 and settings.average == 0.999 and settings.keep == 3
    assert provenance.seconds == 12 and provenance.ended is None and provenance.unknown == {'note': 'mine'}
    write_config(tmp_path, settings, provenance)
    written = json.loads((tmp_path / 'config.json').read_text())
    assert {key: written[key] for key in config} == config and 'ended' not in written
    assert read_settings(tmp_path) == (settings, provenance)


@pytest.mark.parametrize('step, removed, saved', [
    (6, False, [0, 6]), (6, True, None),
    (8, False, [0])])                # the first write in this step is a grid of samples, so the step is not complete
def test_a_run_whose_folder_is_moved_during_the_training_ends(elsewhere, capsys, monkeypatch, step, removed, saved):
    class Move(Callback):
        def on_step(self, trainer):
            if trainer.steps == step:
                Path('runs/mnist').rename('runs/other')
                if removed:
                    shutil.rmtree('runs/other')

    original = Run.callbacks
    monkeypatch.setattr(Run, 'callbacks', lambda run: [Move(), *original(run)])
    assert cli.main(['train', '--steps', '120', *SMALL]) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: runs/mnist was moved ') and line.count('\n') == 1
    assert not Path('runs/mnist').exists()                     # no phantom with samples/
    if not removed:
        assert 'was moved to runs/other while this process was writing to it: resume it there' in line
        assert [steps for steps, _ in checkpoint.checkpoints_in('runs/other/checkpoints')] == saved
        monkeypatch.setattr(Run, 'callbacks', original)
        assert cli.main(['train', '--resume', 'runs/other', '--steps', '7']) == 0
