"""The data of a run, from the command line: a folder of images, a data server, a stand-in."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli, presets
from gluon_gan.data import folder
from gluon_gan.data.sets import faces
from gluon_gan.serving import server
from gluon_gan.support import storage
from gluon_gan.train.run import Settings
from helpers import serving

SMALL = ['--size', '32', '--batch-size', '8', '--ngf', '2', '--ndf', '2', '--nz', '4', '--average', '0']
pytestmark = pytest.mark.usefixtures('elsewhere')


@pytest.fixture
def photographs(tmp_path):
    folder = tmp_path / 'photographs'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(16):
        Image.fromarray(rng.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(folder / f'{number:02}.png')
    return folder


def train(*words):
    return cli.main(['train', *map(str, words)])


def config(name='celeba'):
    return json.loads(Path(f'runs/{name}/config.json').read_text())


def test_a_folder_of_images_uses_the_preset_celeba_and_resumes_anywhere(photographs, tmp_path, monkeypatch):
    assert train('--data', 'photographs', '--steps', 2, *SMALL) == 0
    assert config()['data'] == str(photographs) and config()['channels'] == 3 and config()['augment'] == 'light'
    assert config()['data_name'] == 'photographs (16 pictures)' and not config()['stand_in']
    (tmp_path / 'else').mkdir()
    monkeypatch.chdir(tmp_path / 'else')
    assert train('--resume', '../runs/celeba', '--steps', 3) == 0


def test_a_run_with_a_data_server_equals_the_run_with_the_folder(photographs):
    with serving.running(server.create(folder(photographs, 32), port=0)) as created:
        url = f'http://127.0.0.1:{created.effective_port}'
        assert train('--data', url, '--name', 'served', '--steps', 3, *SMALL) == 0
    assert train('--data', photographs, '--name', 'local', '--steps', 3, *SMALL) == 0
    one, two = (storage.read(f'runs/{name}/checkpoints/step-0000003.npz')[0] for name in ('served', 'local'))
    assert one.keys() == two.keys() and all((one[name] == two[name]).all() for name in one)


def test_a_server_of_another_size_is_refused(photographs, capsys):
    with serving.running(server.create(folder(photographs, 64), port=0)) as created:
        assert train('--data', f'http://127.0.0.1:{created.effective_port}', '--steps', 3, *SMALL) == 2
    assert 'is 64 pixels wide, and the networks are for 32: set --size' in capsys.readouterr().err
    assert not Path('runs/celeba').exists()


def test_a_stand_in_is_reported_as_such(monkeypatch, capsys):
    monkeypatch.setitem(faces.STAND_IN, 'train', (0, 16))
    assert train('--data', 'celeba', '--steps', 1, *SMALL) == 0
    assert config()['stand_in'] and 'stand-in' in config()['data_name']
    assert 'stand-in' in capsys.readouterr().out


def test_an_unknown_augmentation(photographs, capsys):
    assert train('--data', photographs, '--augment', 'heavy', *SMALL) == 2
    assert "there is no augmentation 'heavy'; there are none, mirror, flips, light, quilts" in capsys.readouterr().err


def test_a_given_end_replaces_both_ends_of_the_preset(monkeypatch, photographs):
    """With sixteen images the preset's one epoch has two steps, which must not end a training of five steps."""
    ends = [Settings.make('celeba', **given).select('epochs', 'steps') for given in ({'steps': 9}, {'epochs': 2}, {})]
    assert ends == [{'epochs': None, 'steps': 9}, {'epochs': 2, 'steps': None}, {'epochs': 25, 'steps': None}]
    assert Settings.make('quilts').steps == 6000 and Settings.make('quilts', epochs=3).steps is None
    monkeypatch.setitem(presets.PRESETS['celeba'], 'epochs', 1)
    assert train('--data', photographs, '--steps', 5, *SMALL) == 0
    assert Path('runs/celeba/checkpoints/step-0000005.npz').exists()


@pytest.fixture
def grey_photographs(tmp_path):
    folder = tmp_path / 'grey'
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(16):
        Image.fromarray(rng.integers(0, 256, (40, 48), dtype=np.uint8)).save(folder / f'{number:02}.png')
    return folder


def test_a_folder_of_grey_images_trains_with_one_channel_unless_channels_are_set(grey_photographs):
    assert train('--data', 'grey', '--steps', 2, *SMALL) == 0
    assert train('--data', 'grey', '--steps', 2, '--channels', 3, '--name', 'rgb', *SMALL) == 0
    assert (config()['channels'], config('rgb')['channels']) == (1, 3)
    assert train('--resume', 'runs/celeba', '--steps', 3) == 0
    assert train('--resume', 'runs/rgb', '--steps', 3) == 0          # as runs of earlier versions were recorded
    assert cli.main(['sample', 'runs/rgb']) == 0


def test_wrong_channels_leave_nothing_behind(photographs, capsys):
    assert train('--data', 'photographs', '--steps', 2, '--channels', 2, *SMALL) == 2
    assert 'channels' in capsys.readouterr().err and not Path('runs/celeba').exists()
    assert train('--data', 'photographs', '--steps', 2, '--channels', 1, *SMALL) == 0
    assert config()['channels'] == 1
