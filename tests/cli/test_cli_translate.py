"""Translations from the command line: train, go on, translate, measure; and what is refused in one line."""
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from gluon_gan import cli, storage
from gluon_gan.data import domains
from gluon_gan.train import History, run
from PIL import Image

SMALL = ['--size', 16, '--ngf', 2, '--ndf', 2, '--blocks', 0, '--halvings', 1, '--pool', 3]
COUNTS = {'trainA': 13, 'trainB': 11, 'testA': 12, 'testB': 10}


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """An empty folder, offline, with four folders of pictures of several kinds and sizes in ``both``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    monkeypatch.setattr(run, 'FRAMES', 2)
    monkeypatch.setattr(run, 'History', partial(History, every=1))
    rng = np.random.default_rng(0)
    for name, count in COUNTS.items():
        (tmp_path / 'both' / name).mkdir(parents=True)
        for i in range(count):
            level = (0, 120) if name.endswith('A') else (130, 256)
            shape = (20 + i, 24) if i % 3 == 0 else (16, 16, 3)              # grey and coloured, of several sizes
            Image.fromarray(rng.integers(*level, shape, dtype=np.uint8)).save(tmp_path / 'both' / name / f'{i}.png')


def call(*words):
    return cli.main([str(word) for word in words])


def refused(capsys, *words):
    capsys.readouterr()
    assert call(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    return line


def train(*words):
    return call('train', '--task', 'translate', '--data', 'both', *SMALL, *words)


def numbers(side):
    return sorted(path.name for path in Path('runs/cyclegan/samples', side).glob('*'))


def test_a_run_is_trained_gone_on_with_bit_for_bit_and_translates(capsys):
    assert train('--steps', 30, '--name', 'whole') == 0
    assert train('--steps', 30, '--save-every', 17) == 0
    half = 'runs/cyclegan/checkpoints/step-0000017.npz'
    newest = {name: storage.read(f'runs/{name}/checkpoints/step-0000030.npz')[0] for name in ('whole', 'cyclegan')}
    assert call('train', '--resume', half) == 0
    again = storage.read('runs/cyclegan/checkpoints/step-0000030.npz')[0]
    for other in newest.values():
        assert again.keys() == other.keys() and all(np.array_equal(again[name], other[name]) for name in other)
    assert numbers('x') == numbers('y') == ['0001.png', '0002.png']          # 13 pictures are an epoch
    names = {path.name for path in Path('runs/cyclegan').iterdir()}
    assert {'config.json', 'history.jsonl', 'samples.png', 'sheet.png', 'curves.png', 'index.html', 'progress.gif', 'events', 'alarms.jsonl'} <= names
    out = capsys.readouterr().out
    assert 'translate runs/cyclegan PICTURE...' in out and 'sample runs' not in out

    assert call('translate', 'runs/cyclegan', 'both/testA/0.png', 'both/testA/1.png', '-o', 'made', '--scale', 2) == 0
    assert sorted(path.name for path in Path('made').iterdir()) == ['0.ab.png', '0.ba.png', '1.ab.png', '1.ba.png']
    with Image.open('made/0.ab.png') as picture:
        assert picture.size == (32, 32) and picture.mode == 'RGB'
    assert call('translate', half, 'both/testA/2.png', '--to', 'b') == 0 and Path('2.ab.png').exists() and not Path('2.ba.png').exists()

    capsys.readouterr()
    assert call('evaluate', 'runs/cyclegan', '--extractor', 'pixels8', '-o', 'found.json') == 0
    found = json.loads(Path('found.json').read_text())
    assert [way['count'] for way in found['ways']] == [12, 10] and found['steps'] == 30 and 'taken for the target domain' in capsys.readouterr().out


def test_of_drawn_faces_it_says_which_attributes_stay(capsys, monkeypatch):
    for side, first in (('a', 0), ('b', 4000)):
        monkeypatch.setitem(domains.RANGES[side], 'train', (first, first + 12))
        monkeypatch.setitem(domains.RANGES[side], 'test', (first + 100, first + 112))
    assert call('train', '--preset', 'cyclegan', '--a', 'drawn_plain', '--b', 'drawn_glasses', '--steps', 1, '--ngf', 2, '--ndf', 2, '--blocks', 0) == 0
    capsys.readouterr()
    assert call('evaluate', 'runs/cyclegan', '--extractor', 'pixels8', '-o', 'found.json') == 0
    assert 'of 37 attributes kept by 80%' in capsys.readouterr().out
    kept = json.loads(Path('found.json').read_text())['ways'][0]['kept']
    assert len(kept) == 37 and 0 <= kept['Eyeglasses'] <= 1


def test_what_cannot_be_translated_is_one_line_and_writes_nothing(capsys):
    assert train('--steps', 1) == 0
    Path('bad.png').write_bytes(b'no picture')
    assert 'bad.png is no picture that can be read' in refused(capsys, 'translate', 'runs/cyclegan', 'both/testA/0.png', 'bad.png')
    assert 'none.png cannot be read' in refused(capsys, 'translate', 'runs/cyclegan', 'none.png')
    assert 'are called 0' in refused(capsys, 'translate', 'runs/cyclegan', 'both/testA/0.png', 'both/testB/0.png')
    assert 'there is no file' in refused(capsys, 'translate', 'runs/none', 'both/testA/0.png')
    assert not list(Path().glob('*.ab.png'))
    assert 'is of a training to translate' in refused(capsys, 'sample', 'runs/cyclegan')


def test_what_cannot_be_trained_is_one_line_and_leaves_no_folder(capsys):
    assert 'needs both domains' in refused(capsys, 'train', '--task', 'translate', '--data', 'two_domains', '--a', 'drawn_red', '--b', '')
    assert 'leave them out' in refused(capsys, 'train', '--task', 'translate', '--data', 'both', '--a', 'drawn_red')
    assert 'there is no domain' in refused(capsys, 'train', '--task', 'translate', '--a', 'horses')
    assert 'no preset' in refused(capsys, 'train', '--task', 'translate', '--preset', 'mnist')
    assert "there is no setting 'nz'" in refused(capsys, 'train', '--task', 'translate', '--nz', 4)
    assert 'multiple of 4' in refused(capsys, 'train', '--task', 'translate', '--data', 'both', '--size', 18)
    assert 'trainA, trainB' in refused(capsys, 'train', '--task', 'translate', '--data', 'horse2zebra')
    for path in Path('both/trainB').iterdir():
        path.unlink()
    assert 'holds no pictures' in refused(capsys, 'train', '--task', 'translate', '--data', 'both', *SMALL)
    assert not Path('runs').exists() or not list(Path('runs').iterdir())


def test_dreams_are_the_weak_pair():
    assert call('train', '--preset', 'dreams', '--data', 'both', '--size', 16, '--ngf', 2, '--epochs', 2, '--batch-size', 2) == 0
    config = json.loads(Path('runs/dreams/config.json').read_text())
    assert (config['task'], config['generator'], config['discriminator'], config['epochs']) == ('translate', 'dream', 'single', 2)
    assert sorted(path.name for path in Path('runs/dreams/samples/x').glob('*')) == ['0001.png', '0002.png']
