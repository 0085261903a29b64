"""Missing, unreadable, damaged, empty and foreign inputs of every command: one line and exit status 2."""
import builtins
import shutil
from pathlib import Path

import mxnet as mx
import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli
from gluon_gan.support import errors, storage
from gluon_gan.train import checkpoint
from gluon_gan.train.run import Run

GENERATE = ['train', '--steps', 3, '--save-every', 1, '--ngf', 4, '--ndf', 4, '--nz', 8]
TRANSLATE = ['train', '--task', 'translate', '--data', 'both', '--steps', 3, '--save-every', 1, '--size', 16,
             '--ngf', 2, '--ndf', 2, '--blocks', 0, '--halvings', 1]
COMMANDS = {        # of a run: arguments after its name
    'sample': ['-n', 4], 'walk': ['--between', 0, 1], 'dissect': ['--features'], 'evaluate': ['-n', 100],
    'translate': ['photo.png'],
}
pytestmark = pytest.mark.usefixtures('elsewhere')


def call(*words):
    return cli.main([str(word) for word in words])


def error_line(capsys, *words):
    capsys.readouterr()
    assert call(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    return line


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with a run of each task, whose checkpoints are those of the steps 1 to 3, and a photograph."""
    folder = tmp_path_factory.mktemp('trained')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(Run, 'FRAMES', 1)
        for name in ('DATA', 'CACHE'):
            patch.setenv(f'GLUON_GAN_{name}', str(folder))
        patch.setenv('GLUON_GAN_OFFLINE', '1')
        rng = np.random.default_rng(0)
        for name in ('trainA', 'trainB', 'testA', 'testB'):
            (folder / 'both' / name).mkdir(parents=True)
            for i in range(8):
                image = Image.fromarray(rng.integers(0, 256, (16, 16, 3), dtype=np.uint8))
                image.save(folder / 'both' / name / f'{i}.png')
        image.save('photo.png')
        assert call(*GENERATE) == call(*TRANSLATE) == 0
    return folder


@pytest.fixture
def runs(trained, elsewhere):
    """The folder of each command's run, in the current folder."""
    for name in ('runs', 'both'):
        shutil.copytree(trained / name, elsewhere / name)
    shutil.copy(trained / 'photo.png', elsewhere)
    return {name: Path('runs/cyclegan' if name == 'translate' else 'runs/mnist') for name in COMMANDS}


def damage(path):
    path.write_bytes(path.read_bytes()[:-100])


def foreign(path):
    storage.write(path, {'a': np.zeros(3)}, {'kind': 'holiday'})


def empty(path):
    path.write_bytes(b'')


def folder(path):
    path.unlink()
    path.mkdir()


def picture(path):
    Image.new('L', (9, 9)).save(path, 'png')


@pytest.mark.parametrize('spoil, problem', [
    (damage, 'truncated, damaged or not a file of gluon_gan'), (empty, 'truncated, damaged or not a file of gluon_gan'),
    (foreign, 'is not a checkpoint of this version'), (folder, 'is a folder, not a file')])
@pytest.mark.parametrize('command', COMMANDS)
def test_a_bad_newest_checkpoint_names_the_one_before_it(capsys, runs, command, spoil, problem):
    run = runs[command]
    spoil(run / 'checkpoints/step-0000003.npz')
    line = error_line(capsys, command, run, *COMMANDS[command])
    rest = ' '.join(map(str, COMMANDS[command]))
    assert problem in line
    assert line.endswith(f', or use the one before it: gluon-gan {command} {run}/checkpoints/step-0000002.npz {rest}\n')


@pytest.mark.parametrize('command', COMMANDS)
def test_an_unreadable_checkpoint_is_not_called_damaged(capsys, runs, command, monkeypatch):
    """The tests may run as root, whom no permission stops."""
    newest, opened = runs[command] / 'checkpoints/step-0000003.npz', builtins.open

    def refuse(path, *args, **kwargs):
        if str(path) == str(newest):
            raise PermissionError(13, 'Permission denied', str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(builtins, 'open', refuse)
    line = error_line(capsys, command, runs[command], *COMMANDS[command])
    assert f'{newest} cannot be read (Permission denied): check its permissions' in line and 'damaged' not in line
    assert 'or use the one before it: gluon-gan' in line and 'step-0000002.npz' in line


@pytest.mark.parametrize('command', COMMANDS)
def test_the_command_that_the_error_names_works(capsys, runs, command):
    damage(runs[command] / 'checkpoints/step-0000003.npz')
    words = error_line(capsys, command, runs[command], *COMMANDS[command]).split('before it: gluon-gan ')[1].split()
    assert call(*words) == 0


@pytest.mark.parametrize('command', COMMANDS)
def test_no_readable_checkpoint_at_all(capsys, runs, command):
    for path in (runs[command] / 'checkpoints').glob('*.npz'):
        damage(path)
    line = error_line(capsys, command, runs[command], *COMMANDS[command])
    assert 'replace it with a complete copy' in line and 'before it' not in line


@pytest.mark.parametrize('content', [None, '', '[]', '{"data": 7}', '\xff\xfe', 'folder'])
@pytest.mark.parametrize('command', COMMANDS)
def test_a_bad_config(runs, capsys, command, content):
    """A checkpoint alone is enough for images, so not every command needs the file."""
    config = runs[command] / 'config.json'
    config.unlink()
    if content == 'folder':
        config.mkdir()
    elif content is not None:
        config.write_text(content, encoding='latin-1')
    capsys.readouterr()
    status, err = call(command, runs[command], *COMMANDS[command]), capsys.readouterr().err
    assert status == 0 or status == 2 and err.startswith('gluon-gan: ') and err.count('\n') == 1


@pytest.mark.parametrize('make', [
    lambda path: None, lambda path: path.mkdir(), lambda path: path.write_bytes(b''),
    lambda path: path.write_bytes(b'PK\3\4 half'), picture, foreign, lambda path: path.symlink_to(path)],
    ids=['missing', 'folder', 'empty', 'damaged', 'picture', 'foreign', 'loop'])
@pytest.mark.parametrize('words', [
    ['sample', 'X'], ['walk', 'X'], ['dissect', 'X'], ['evaluate', 'X'], ['translate', 'X', 'photo.png'],
    ['translate', 'red-teal', 'X'], ['train', '--resume', 'X'], ['train', '--data', 'X', '--steps', 1],
    ['dissect', 'mnist', '--ablate', 'X', '-n', 4], ['evaluate', 'mnist', '-n', 50, '--data', 'X'],
    ['evaluate', 'mnist', '-n', 50, '--extractor', 'resnet18', '--weights', 'X'], ['data', 'curate', 'X', 'out'],
    ['data', 'curate', '.', 'out', '--like', 'X', '--unlike', 'X'], ['data', 'curate', '.', 'out', '--weights', 'X'],
    ['data', 'serve', 'X', '--port', 0],
], ids=lambda words: ' '.join(map(str, words)))
def test_inputs_that_cannot_be_used(capsys, elsewhere, words, make):
    Image.new('RGB', (64, 64)).save('photo.png')
    for name in ('X', 'X.npz', 'X.npy'):
        make(elsewhere / 'made')
        if (elsewhere / 'made').exists() or (elsewhere / 'made').is_symlink():
            (elsewhere / 'made').rename(name)
        if words[:2] != ['translate', 'red-teal'] or make is not picture:
            error_line(capsys, *[name if word == 'X' else word for word in words])


def test_subclasses_of_known_errors_are_one_line(capsys, monkeypatch):
    class Odd(mx.MXNetError):
        pass

    for error, text in ((checkpoint.Damaged('a is cut', 'b'), 'a is cut, or use the one before it: gluon-gan sample b'),
                        (Odd('long\nstory'), 'MXNet reports: story'), (errors.GluonGanError('no'), 'no')):
        def fail(args, error=error):
            raise error
        monkeypatch.setattr(cli.sample, 'run', fail)
        assert text in error_line(capsys, 'sample', 'mnist')
