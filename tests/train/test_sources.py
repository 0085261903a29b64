"""What a run is trained on: a folder of pictures, a data server, a drawn set; all from the command line."""
import json
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from gluon_gan import cli, presets, storage
from gluon_gan.data import faces, folder, server
from gluon_gan.train import run
from PIL import Image

SMALL = ['--size', '32', '--batch-size', '8', '--ngf', '2', '--ndf', '2', '--nz', '4', '--average', '0']
pytestmark = pytest.mark.usefixtures('elsewhere')


@pytest.fixture
def photographs(tmp_path):
    place = tmp_path / 'photographs'
    place.mkdir()
    rng = np.random.default_rng(0)
    for number in range(16):
        Image.fromarray(rng.integers(0, 256, (40, 48, 3), dtype=np.uint8)).save(place / f'{number:02}.png')
    return place


def train(*words):
    return cli.main(['train', *map(str, words)])


def config(name='celeba'):
    return json.loads(Path(f'runs/{name}/config.json').read_text())


def test_a_folder_takes_the_settings_for_faces_and_goes_on_from_elsewhere(photographs, tmp_path, monkeypatch):
    assert train('--data', 'photographs', '--steps', 2, *SMALL) == 0
    assert config()['data'] == str(photographs) and config()['channels'] == 3 and config()['augment'] == 'light'
    assert config()['data_name'] == 'photographs (16 pictures)' and not config()['stand_in']
    (tmp_path / 'else').mkdir()
    monkeypatch.chdir(tmp_path / 'else')
    assert train('--resume', '../runs/celeba', '--steps', 3) == 0


def test_a_run_with_a_server_is_the_run_with_the_folder(photographs):
    listening = server.create(folder(photographs, 32), port=0)
    thread = Thread(target=listening.run, daemon=True)
    thread.start()
    try:
        assert train('--data', f'http://127.0.0.1:{listening.effective_port}', '--name', 'served', '--steps', 3, *SMALL) == 0
    finally:
        listening.close()
    assert train('--data', photographs, '--name', 'local', '--steps', 3, *SMALL) == 0
    one, two = (storage.read(f'runs/{name}/checkpoints/step-0000003.npz')[0] for name in ('served', 'local'))
    assert one.keys() == two.keys() and all((one[name] == two[name]).all() for name in one)


def test_a_server_of_another_size_is_refused(photographs, capsys):
    listening = server.create(folder(photographs, 64), port=0)
    Thread(target=listening.run, daemon=True).start()
    try:
        assert train('--data', f'http://127.0.0.1:{listening.effective_port}', '--steps', 3, *SMALL) == 2
    finally:
        listening.close()
    assert 'is 64 pixels wide, and the networks are for 32: set --size' in capsys.readouterr().err
    assert not Path('runs/celeba').exists()


def test_a_drawn_set_is_told_as_such(monkeypatch, capsys):
    monkeypatch.setitem(faces.STAND_IN, 'train', (0, 16))
    assert train('--data', 'celeba', '--steps', 1, *SMALL) == 0
    assert config()['stand_in'] and 'stand-in' in config()['data_name']
    assert 'stand-in' in capsys.readouterr().out


def test_an_augmentation_that_is_none(photographs, capsys):
    assert train('--data', photographs, '--augment', 'heavy', *SMALL) == 2
    assert "there is no augmentation 'heavy'; there are none, mirror, flips, light, quilts" in capsys.readouterr().err


def test_one_end_that_is_named_is_the_end(monkeypatch, photographs):
    """Two epochs of sixteen pictures are four steps: the preset's number of the other kind does not come first."""
    ends = [{name: run.settings('celeba', **named)[name] for name in ('epochs', 'steps')} for named in ({'steps': 9}, {'epochs': 2}, {})]
    assert ends == [{'epochs': None, 'steps': 9}, {'epochs': 2, 'steps': None}, {'epochs': 25, 'steps': None}]
    assert run.settings('quilts')['steps'] == 6000 and run.settings('quilts', epochs=3)['steps'] is None
    monkeypatch.setitem(presets.PRESETS['celeba'], 'epochs', 1)
    assert train('--data', photographs, '--steps', 5, *SMALL) == 0
    assert Path('runs/celeba/checkpoints/step-0000005.npz').exists()
