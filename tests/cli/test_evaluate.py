"""``gluon-gan evaluate``: the table and the JSON file, for shipped weights, runs and other data."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli

SMALL = ['--ngf', '4', '--ndf', '4', '--nz', '8', '--steps', '25']
pytestmark = pytest.mark.usefixtures('elsewhere')


def run(*words):
    return cli.main([str(word) for word in words])


def test_shipped_digits_with_held_out_images(capsys):
    assert run('evaluate', 'mnist', '-n', 400, '-o', 'out/scores.json') == 0
    out = capsys.readouterr().out
    assert '400 generated against 400 of mnist train stand-in' in out and '400 of mnist test stand-in' in out
    assert 'trained on mnist train' in out
    report = json.loads(Path('out/scores.json').read_text())
    scores = {score['name']: score for score in report['scores']}
    assert list(scores)[0] == 'frechet_lenet_400' and all(name in out for name in scores)
    value, baseline = scores['frechet_lenet_400']['value'], scores['frechet_lenet_400']['baseline']
    assert baseline < value < 10 * baseline
    assert scores['classifier_score_lenet_400']['value'] > 7 and scores['copies_lenet_400']['value'] == 0


def test_a_run_is_scored_while_it_trains_and_evaluated_afterwards(capsys):
    assert run('train', *SMALL, '--score', 'pixels8', '--best', 'frechet_pixels8_2k_28px') == 0
    record, = map(json.loads, Path('runs/mnist/history.jsonl').read_text().splitlines())
    assert record['frechet_pixels8_2k_28px'] > 0
    assert 'Distance from the data' in Path('runs/mnist/index.html').read_text()
    capsys.readouterr()
    assert run('evaluate', 'runs/mnist/checkpoints/best.npz', '-n', 100, '--extractor', 'pixels8') == 0
    assert 'frechet_pixels8_100_28px' in capsys.readouterr().out


def test_a_folder_has_no_held_out_images(capsys, elsewhere):
    (elsewhere / 'own').mkdir()
    for number in range(110):
        pixels = np.random.default_rng(number).integers(0, 255, (28, 28, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(elsewhere / 'own' / f'{number}.png')
    words = '--steps', 2, '--preset', 'cifar10', '--data', 'own', '--size', 32, '--name', 'own'
    assert run('train', *SMALL[:-2], *words) == 0
    capsys.readouterr()
    assert run('evaluate', 'runs/own', '--extractor', 'pixels8') == 0
    out = capsys.readouterr().out
    assert '55 other images of the same set' in out and 'frechet_pixels8_55_32px' in out
    assert 'copies' not in out and 'do not trust this number' in out


@pytest.fixture
def own(elsewhere):
    """A run on a folder of grey images, and folders of other images."""
    for name, first in (('own', 0), ('others', 500)):
        (elsewhere / name).mkdir()
        for number in range(first, first + 60):
            pixels = np.random.default_rng(number).integers(0, 255, (28, 28), dtype=np.uint8)
            Image.fromarray(pixels).save(elsewhere / name / f'{number}.png')
    words = '--steps', 2, '--data', 'own', '--size', 32, '--preset', 'cifar10', '--name', 'own', '--channels', 3, \
            '--batch-size', 16
    assert run('train', *SMALL[:-2], *words) == 0


def test_held_out_images_are_an_option(capsys, own):
    capsys.readouterr()
    assert run('evaluate', 'runs/own', '--extractor', 'pixels8', '--held-out', 'others') == 0
    captured = capsys.readouterr()
    assert 'others (60 pictures)' in captured.out and 'copies_pixels8_60' in captured.out
    assert 'cropped' not in captured.err
    assert run('evaluate', 'runs/own', '--extractor', 'pixels8', '--held-out', 'own') == 2
    assert '--held-out own holds the training images themselves' in capsys.readouterr().err


def test_a_reference_of_another_crop_is_mentioned(capsys, own):
    path = Path('runs/own/config.json')
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, 'data_name': 'celeba train (9 of 202,599 faces, crop 108)'}))
    assert run('evaluate', 'runs/own', '--extractor', 'pixels8', '--data', 'own', '--held-out', 'others') == 0
    err = capsys.readouterr().err
    for name in ('own', 'others'):
        assert (f'{name} (60 pictures) is cropped to the largest square, and the training images were cropped to '
                'crop 108: the scores compare the crops too') in err


@pytest.mark.parametrize('words, message', [
    (['red-teal', '--held-out', 'x'], 'there is no x, here or in '),
    (['nothing'], 'nothing'),
    (['mnist', '-n', '3'], '3 images are too few to evaluate'),
    (['mnist', '--extractor', 'fid'], "there is no extractor 'fid'"),
    (['mnist', '--data', 'celeba', '-n', '60'], 'has 3 channels, and mnist generates images with 1'),
    (['mnist', '--weights', 'x.params'], '--weights requires --extractor to be one of inception')])
def test_mistakes_are_reported_in_one_line(capsys, words, message):
    assert run('evaluate', *words) == 2
    err = capsys.readouterr().err
    assert err.startswith('gluon-gan: ') and err.count('\n') == 1 and message in err
