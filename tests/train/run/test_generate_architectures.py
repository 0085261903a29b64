"""From the command line: other ways of upsampling, and residual blocks, from the training to walks and exports."""
import json

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import cli
from gluon_gan.support import storage

pytestmark = pytest.mark.usefixtures('elsewhere')
WAYS = {
    'nearest': (['--upsampling', 'nearest'], dict(upsampling='nearest', block='plain', norm='batch')),
    'bilinear': (['--upsampling', 'bilinear', '--norm', 'none'],
                 dict(upsampling='bilinear', block='plain', norm='none')),
    'residual': (['--block', 'residual', '--norm', 'spectral'],
                 dict(upsampling='nearest', block='residual', norm='spectral')),
}


def run(*words):
    return cli.main([str(word) for word in words])


def train(*words):
    return run('train', '--ngf', 3, '--ndf', 3, '--nz', 5, '--batch-size', 16, '--decay', 1, *words)


def newest(name):
    return sorted((name / 'checkpoints').glob('step-*.npz'))[-1]


@pytest.mark.parametrize('way', WAYS)
def test_a_run_and_what_is_made_from_it(way, elsewhere, capsys):
    options, wanted = WAYS[way]
    whole, parts = elsewhere / 'runs' / 'whole', elsewhere / 'runs' / 'parts'
    assert train(*options, '--steps', 4, '--name', 'whole') == train(*options, '--steps', 2, '--name', 'parts') == 0
    config = json.loads((whole / 'config.json').read_text())
    assert {key: config[key] for key in ('block', 'norm')} == {key: wanted[key] for key in ('block', 'norm')}
    assert run('train', '--resume', parts, '--steps', 4) == 0
    (one, meta), (other, _) = (storage.read(newest(folder)) for folder in (whole, parts))
    assert set(one) == set(other) and all(np.array_equal(one[name], other[name]) for name in one)
    recorded = {**meta['generator'], **meta['discriminator']}
    assert {key: recorded[key] for key in wanted} == wanted

    assert run('sample', whole, '-n', 4, '--scale', 1, '-o', 'four.png') == 0
    with Image.open('four.png') as picture:
        assert picture.size == (2 * 30 + 2, 2 * 30 + 2)
    assert run('walk', whole, '-o', 'walk.gif') == 0
    assert run('dissect', whole, '-n', 40) == 0
    (elsewhere / 'boxes.txt').write_text('0 8 8 20 20\n3 8 8 20 20\n')
    assert run('dissect', whole, '--ablate', 'boxes.txt', '-n', 10) == 0
    assert {path.name for path in (whole / 'dissect').iterdir()} == {
        'features.png', 'filters.png', 'neighbours.png', 'distances.png', 'ablated.png'}
    capsys.readouterr()
    for network in ('generator', 'discriminator'):
        assert run('export', whole, '--network', network, '-o', 'out') == 0
    assert len(list((elsewhere / 'out').glob('*.onnx'))) == 2


@pytest.mark.parametrize('options', [['--upsampling', 'nearest'], ['--block', 'residual', '--norm', 'spectral']])
def test_a_conditional_run(options, elsewhere):
    assert train('--preset', 'mnist-conditional', *options, '--steps', 2, '--name', 'digits') == 0
    assert run('sample', 'runs/digits', '--label', 7, '-n', 2, '-o', 'sevens.png') == 0
    netG = gg.GANTrainer.load('runs/digits').netG
    assert netG.classes == 10 and netG(gg.sample_z(2, 5), 7).shape == (2, 1, 28, 28)


def test_an_edited_architecture_is_another_run(elsewhere, capsys):
    assert train('--block', 'residual', '--steps', 2, '--name', 'a') == 0
    path = elsewhere / 'runs' / 'a' / 'config.json'
    path.write_text(path.read_text().replace('"residual"', '"plain"'))
    capsys.readouterr()
    assert run('train', '--resume', 'runs/a', '--steps', 4) == 2
    assert 'its block is residual, not plain' in capsys.readouterr().err


@pytest.mark.parametrize('options, message', [
    (['--upsampling', 'cubic'], "upsampling='cubic' must be one of 'transposed', 'nearest', 'bilinear'"),
    (['--block', 'dense'], "block='dense' must be one of 'plain', 'residual'")])
def test_a_wrong_name_is_one_line(options, message, elsewhere, capsys):
    assert train(*options, '--steps', 2) == 2
    error = capsys.readouterr().err
    assert message.replace('=', ' ').split(' ', 1)[1] in error.replace('=', ' ') and error.count('\n') == 1
    assert not (elsewhere / 'runs').exists()
