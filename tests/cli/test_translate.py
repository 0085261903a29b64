"""Translations from the command line: train, resume, translate, evaluate, and errors of one line."""
import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli
from gluon_gan.data import synthetic_sets
from gluon_gan.support import storage
from gluon_gan.train.run import Run

SMALL = ['--size', 16, '--ngf', 2, '--ndf', 2, '--blocks', 0, '--halvings', 1, '--pool', 3]
COUNTS = {'trainA': 13, 'trainB': 11, 'testA': 12, 'testB': 10}


@pytest.fixture(autouse=True)
def working_folder(tmp_path, monkeypatch):
    """A temporary folder, offline, in which ``both`` contains the four folders of two domains."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    monkeypatch.setattr(Run, 'FRAMES', 2)
    monkeypatch.setattr(Run, 'HISTORY_EVERY', 1)
    rng = np.random.default_rng(0)
    for name, count in COUNTS.items():
        (tmp_path / 'both' / name).mkdir(parents=True)
        for i in range(count):
            level = (0, 120) if name.endswith('A') else (130, 256)
            shape = (20 + i, 24) if i % 3 == 0 else (16, 16, 3)              # grey and RGB, of several sizes
            Image.fromarray(rng.integers(*level, shape, dtype=np.uint8)).save(tmp_path / 'both' / name / f'{i}.png')


def call(*words):
    return cli.main([str(word) for word in words])


def error_line(capsys, *words):
    capsys.readouterr()
    assert call(*words) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    return line


def train(*words):
    return call('train', '--task', 'translate', '--data', 'both', *SMALL, *words)


def strips(side, name='cyclegan'):
    return sorted(path.name for path in Path('runs', name, 'samples', side).glob('*'))


def test_a_run_is_trained_resumed_bit_for_bit_and_used(capsys):
    assert train('--steps', 30, '--name', 'whole') == 0
    assert train('--steps', 30, '--save-every', 17) == 0
    half = 'runs/cyclegan/checkpoints/step-0000017.npz'
    last = {name: storage.read(f'runs/{name}/checkpoints/step-0000030.npz')[0] for name in ('whole', 'cyclegan')}
    assert call('train', '--resume', half) == 0
    resumed = storage.read('runs/cyclegan/checkpoints/step-0000030.npz')[0]
    for other in last.values():
        assert resumed.keys() == other.keys() and all(np.array_equal(resumed[name], other[name]) for name in other)
    assert strips('x') == strips('y') == ['0001.png', '0002.png']          # an epoch has 13 steps
    names = {path.name for path in Path('runs/cyclegan').iterdir()}
    assert {'config.json', 'history.jsonl', 'samples.png', 'sheet.png', 'curves.png', 'index.html', 'progress.gif',
            'events', 'alarms.jsonl'} <= names
    out = capsys.readouterr().out
    assert 'translate runs/cyclegan IMAGE...' in out and 'sample runs' not in out

    assert call('translate', 'runs/cyclegan', 'both/testA/0.png', 'both/testA/1.png', '-o', 'out', '--scale', 2) == 0
    assert sorted(path.name for path in Path('out').iterdir()) == ['0.ab.png', '0.ba.png', '1.ab.png', '1.ba.png']
    with Image.open('out/0.ab.png') as image:
        assert image.size == (32, 32) and image.mode == 'RGB'
    assert call('translate', half, 'both/testA/2.png', '--to', 'b') == 0
    assert Path('2.ab.png').exists() and not Path('2.ba.png').exists()

    capsys.readouterr()
    assert call('evaluate', 'runs/cyclegan', '--extractor', 'pixels8', '-o', 'measures.json') == 0
    measures = json.loads(Path('measures.json').read_text())
    assert [direction['count'] for direction in measures['ways']] == [12, 10] and measures['steps'] == 30
    assert 'classified as the target domain' in capsys.readouterr().out


def test_evaluate_measures_which_attributes_of_synthetic_faces_are_kept(capsys, monkeypatch):
    for splits, first in ((synthetic_sets.SPLITS_A, 0), (synthetic_sets.SPLITS_B, 4000)):
        monkeypatch.setitem(splits, 'train', (first, first + 12))
        monkeypatch.setitem(splits, 'test', (first + 100, first + 112))
    assert call('train', '--preset', 'cyclegan', '--a', 'synthetic_plain', '--b', 'synthetic_glasses', '--steps', 1,
                '--ngf', 2, '--ndf', 2, '--blocks', 0) == 0
    capsys.readouterr()
    assert call('evaluate', 'runs/cyclegan', '--extractor', 'pixels8', '-o', 'measures.json') == 0
    assert 'of 37 attributes kept in >= 80%' in capsys.readouterr().out
    kept = json.loads(Path('measures.json').read_text())['ways'][0]['kept']
    assert len(kept) == 37 and 0 <= kept['Eyeglasses'] <= 1


def test_wrong_arguments_of_translate_are_an_error_of_one_line_and_nothing_is_written(capsys):
    assert train('--steps', 1) == 0
    Path('bad.png').write_bytes(b'not an image')
    line = error_line(capsys, 'translate', 'runs/cyclegan', 'both/testA/0.png', 'bad.png')
    assert 'bad.png is not a readable image' in line
    assert 'none.png cannot be read' in error_line(capsys, 'translate', 'runs/cyclegan', 'none.png')
    line = error_line(capsys, 'translate', 'runs/cyclegan', 'both/testA/0.png', 'both/testB/0.png')
    assert 'are called 0' in line
    line = error_line(capsys, 'translate', 'runs/none', 'both/testA/0.png')
    assert 'there is no run or checkpoint runs/none: pass' in line and 'red-teal' in line
    assert not list(Path().glob('*.ab.png'))
    assert "is a checkpoint of the task 'translate'" in error_line(capsys, 'sample', 'runs/cyclegan')


def test_wrong_arguments_of_train_are_an_error_of_one_line_and_no_folder_is_created(capsys):
    train_line = partial(error_line, capsys, 'train', '--task', 'translate')
    assert 'needs both domains' in train_line('--data', 'two_domains', '--a', 'synthetic_red', '--b', '')
    assert 'leave them out' in train_line('--data', 'both', '--a', 'synthetic_red')
    assert 'there is no domain' in train_line('--a', 'horses')
    assert 'no preset' in train_line('--preset', 'mnist')
    assert 'nz is a setting of the task generate' in train_line('--nz', 4)
    assert 'multiple of 4' in train_line('--data', 'both', '--size', 18)
    assert 'trainA, trainB' in train_line('--data', 'horse2zebra')
    for path in Path('both/trainB').iterdir():
        path.unlink()
    assert 'holds no images' in train_line('--data', 'both', *SMALL)
    assert not Path('runs').exists() or not list(Path('runs').iterdir())


def test_the_preset_dreams_trains_the_small_networks():
    assert call('train', '--preset', 'dreams', '--data', 'both', '--size', 16, '--ngf', 2, '--epochs', 2,
                '--batch-size', 2) == 0
    config = json.loads(Path('runs/dreams/config.json').read_text())
    assert (config['task'], config['epochs']) == ('translate', 2)
    assert (config['generator'], config['discriminator']) == ('dream', 'single')
    assert strips('x', 'dreams') == ['0001.png', '0002.png']


def test_a_translation_between_plain_folders_is_evaluated_on_given_images(capsys):
    words = ['--steps', 2, '--name', 'plain', '--a', 'both/trainA', '--b', 'both/trainB']
    assert call('train', '--task', 'translate', '--data', 'two_domains', *SMALL, *words) == 0
    line = error_line(capsys, 'evaluate', 'runs/plain', '--extractor', 'pixels8')
    assert 'both/trainA has no test images, which evaluate measures on: put images of both domains' in line
    assert 'into the folders testA and testB of a folder, and pass it with --held-out FOLDER' in line
    assert call('evaluate', 'runs/plain', '--extractor', 'pixels8', '--held-out', 'both') == 0
