"""The folder of a run appears complete or not at all."""
import os
import stat
import subprocess
import sys

import pytest
from gluon_gan import files
from gluon_gan.storage import StorageError
from gluon_gan.train.folder import claim, find, read_config

LOCK = "import sys, time; from gluon_gan import files; files.lock(sys.argv[1]); print('locked', flush=True); time.sleep(60)"


def fill(unborn):
    (unborn / 'config.json').write_text('{}')


def test_a_name_is_claimed_with_all_that_belongs_to_it(tmp_path):
    before = os.umask(0o022)
    try:
        folder = claim(tmp_path / 'runs', 'mine', False, fill)
    finally:
        os.umask(before)
    assert folder == tmp_path / 'runs' / 'mine' and stat.S_IMODE(folder.stat().st_mode) == 0o755
    assert sorted(os.listdir(folder)) == ['checkpoints', 'config.json'] and os.listdir(tmp_path / 'runs') == ['mine']
    assert files.lock(folder / 'checkpoints') is False             # it is this process's
    assert claim(tmp_path / 'runs', 'mine', True, fill).name == 'mine-2'
    with pytest.raises(ValueError, match='mine is there already: choose another name'):
        claim(tmp_path / 'runs', 'mine', False, fill)
    for name in ('mine', 'mine-2'):
        files.unlock(tmp_path / 'runs' / name / 'checkpoints')


def test_a_failure_leaves_nothing(tmp_path):
    def full_disk(unborn):
        raise OSError(28, 'No space left on device', str(unborn))

    with pytest.raises(ValueError, match='cannot write to .*mine .No space left on device.: choose another place'):
        claim(tmp_path, 'mine', False, full_disk)
    assert not os.listdir(tmp_path)
    with pytest.raises(ValueError, match='cannot write to .*a/b .No such file or directory.'):
        claim(tmp_path, 'a/b', False, fill)
    assert not os.listdir(tmp_path)


def test_what_a_killed_beginning_left_is_swept_by_the_next_one_and_a_living_one_is_not(tmp_path):
    for name in ('.living.unborn', '.killed.unborn'):
        (tmp_path / name / 'checkpoints').mkdir(parents=True)
        (tmp_path / name / 'checkpoints' / '.lock').touch()
    other = subprocess.Popen([sys.executable, '-c', LOCK, str(tmp_path / '.living.unborn' / 'checkpoints')], stdout=subprocess.PIPE,
                             text=True, env=dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path)))
    try:
        assert other.stdout.readline() == 'locked\n'
        claim(tmp_path, 'mine', False, fill)
        files.unlock(tmp_path / 'mine' / 'checkpoints')
        assert sorted(os.listdir(tmp_path)) == ['.living.unborn', 'mine']
    finally:
        other.kill()
        other.communicate()


def test_a_beginning_that_is_killed_leaves_what_the_next_one_sweeps(tmp_path):
    left = []

    def look(unborn):
        left.append((unborn.name, (unborn / 'checkpoints' / '.lock').exists(), files.lock(unborn / 'checkpoints')))

    claim(tmp_path, 'mine', False, look)
    files.unlock(tmp_path / 'mine' / 'checkpoints')
    (name, marked, new), = left
    assert name.startswith('.') and name.endswith('.unborn') and marked and new is False


def test_a_run_by_its_folder_or_one_of_its_checkpoints(tmp_path):
    folder = tmp_path / 'mine' / 'checkpoints'
    folder.mkdir(parents=True)
    for name in ('step-0000001.npz', 'step-0000002.npz', 'best.npz'):
        (folder / name).touch()
    assert find(tmp_path / 'mine') == (tmp_path / 'mine', folder / 'step-0000002.npz')
    assert find(folder / 'step-0000001.npz') == find(folder / 'step-0000001') == (tmp_path / 'mine', folder / 'step-0000001.npz')
    assert find(folder / 'best.npz') == (tmp_path / 'mine', folder / 'best.npz')
    assert find(tmp_path / 'nowhere')[0] == tmp_path / 'nowhere'


@pytest.mark.parametrize('text, message', [
    (None, 'is no run'), ('{', 'is not JSON'), ('[]', "has no 'data'"), ('{}', "has no 'data'"),
])
def test_a_folder_that_is_no_run(tmp_path, text, message):
    if text is not None:
        (tmp_path / 'config.json').write_text(text)
    with pytest.raises(StorageError, match=message):
        read_config(tmp_path)
