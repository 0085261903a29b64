"""``gluon-gan walk``: the strip, the animation and the number of each kind, and mistakes in one line."""
import re
from pathlib import Path

import gluon_gan as gg
import numpy as np
import pytest
from gluon_gan import cli
from PIL import Image


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """The folder of two untrained runs: 'plain' and 'told', which knows classes."""
    folder = tmp_path_factory.mktemp('runs')
    for name, classes in (('plain', 0), ('told', 3)):
        gg.seed(0)
        netG, netD = gg.Generator(28, 1, nz=6, ngf=2, classes=classes), gg.Discriminator(28, 1, ndf=2, classes=classes)
        gg.GANTrainer(netG, netD).save(folder / name)
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*words):
    return cli.main([str(word) for word in words])


def frames(path):
    with Image.open(path) as gif:
        return gif.n_frames, gif.size


def smoothness(out):
    return float(re.search(r'^smoothness ([\d.]+): ', out, flags=re.MULTILINE)[1])


def test_between_two_pictures_of_the_grid(capsys):
    assert run('walk', 'mnist', '--between', 3, 8, '--seed', 5, '--steps', 5, '--scale', 1) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ['mnist-between-3-8.png', 'mnist-between-3-8.gif'] and 1 <= smoothness(out) < 13
    assert frames('mnist-between-3-8.gif')[0] == 2 * 13 - 2                       # there and back
    ends = gg.viz.grid(gg.sample(gg.pretrained('mnist'), 9, seed=5)[[3, 8]], ncol=2)
    with Image.open('mnist-between-3-8.png') as strip:
        for place, end in ((0, 0), (4, 1)):
            shown, wanted = (np.asarray(image.crop((2 + 30 * at, 2, 30 + 30 * at, 30)), int) for image, at in ((strip, place), (ends, end)))
            assert np.abs(shown - wanted).max() <= 1


def test_without_a_kind_the_numbered_grid(runs, capsys):
    assert run('walk', runs / 'plain.npz', '-n', 25) == 0
    assert capsys.readouterr().out == 'plain-sheet.png\n'
    with Image.open('plain-sheet.png') as sheet:
        assert sheet.width == 2 * (10 * 30 + 2) and 3 * 60 < sheet.height < 3 * 90


@pytest.mark.parametrize('words, count, rows', [
    (['--between', 1, 2, '--values', 0, 0.5, 1, '--lerp'], 4, 1), (['--path', 3, '--steps', 2, '--loop'], 18, 1), (['--path', 4, 0, '--steps', 2], 12, 1),
    (['--sweep', 0, 5, '--of', 3, '--steps', 3], 12, 2), (['--sweep', 1, '--zero', '--together', '--range', -1, 1, '--steps', 3], 12, 1),
    (['--diagonal', '--steps', 3], 12, 1), (['--arithmetic', '0,1,2', '3,4', '5', '--steps', 3], 12, 1), (['--turn', '0,1', '2,3', '--of', 4, 5, 6, '--steps', 3], 12, 3)])
def test_every_kind_writes_a_strip_and_an_animation(runs, capsys, words, count, rows):
    assert run('walk', runs / 'plain', *words, '-o', 'new/made.gif', '--scale', 1) == 0
    out = capsys.readouterr().out
    assert sorted(path.name for path in Path('new').iterdir()) == ['made.gif', 'made.png'] and smoothness(out) >= 1
    # Frames that are equal are merged: an untrained network may have such.
    assert frames('new/made.gif')[0] <= count and frames('new/made.gif')[1] == (30 * rows + 2, 32)


def test_one_that_is_told_needs_a_class(runs, capsys):
    assert run('walk', runs / 'told', '--between', 0, 1) == 2
    assert 'say it by --label, 0 to 2' in capsys.readouterr().err
    assert run('walk', runs / 'told', '--between', 0, 1, '--label', 2) == 0


def test_nothing_changes_around_zero(capsys):
    assert run('walk', 'mnist', '--sweep', 25, '--zero', '--steps', 3) == 0
    assert 'nothing changes on this walk' in capsys.readouterr().out


@pytest.mark.parametrize('words, message', [
    (['nothing', '--diagonal'], 'nothing'), (['mnist', '--between', 3], 'expected 2 arguments'), (['mnist', '--between', 3, 'x'], "'x' must be numbers of pictures"),
    (['mnist', '--between', 3, 10 ** 9], 'from 0 to 99999'), (['mnist', '--between', 3, 8, '--values', 0.5], '--values must be 3 to 100 numbers, not 1'),
    (['mnist', '--between', '3,4', 8], '--between needs one picture at either end'),
    (['mnist', '--between', 3, 8, '--values', 0, 1, 2, '--range', 0, 1], 'give one of them'), (['mnist', '--diagonal', '--range', 0, 'nan'], 'finite'),
    (['mnist', '--turn', 1, 2, '--range', 1, 1], 'must have two ends, not 1 twice'), (['mnist', '--between', 3, 8, '--loop'], '--loop is for --path'),
    (['mnist', '--diagonal', '--lerp'], '--lerp is for --between, --path'), (['mnist', '--sweep', 100], 'dimension must be an int from 0 to 99, not 100'),
    (['mnist', '--sweep', -1], 'dimension must be'), (['mnist', '--path', 1], '2 to 100 pictures, not 1'), (['mnist', '--path', 101], '2 to 100 pictures, not 101'),
    (['mnist', '--steps', 2, '--diagonal'], '--steps must be 3 to 100, not 2'), (['mnist', '--sweep', 1, '--of', 1, 2], 'one picture to sweep, not 2'),
    (['mnist', '--sweep', *range(17)], 'at most 16, not 17'), (['mnist', '--diagonal', '--label', 3], 'knows no classes'), (['mnist', '-n', 0], '-n must be 1 to 1000'),
    (['mnist', '--diagonal', '-n', 9], '-n is for the grid alone'), (['mnist', '--diagonal', '--seed', -1], '--seed must be 0 or more'),
    (['mnist', '--sweep', 3, '--zero', '--of', 3], 'leave --of out'), (['mnist', '--diagonal', '--fps', 0], '--fps must be'), (['mnist', '--scale', 0], '--scale must be')])
def test_mistakes_are_one_line_and_leave_nothing(capsys, words, message):
    try:
        status = run('walk', *words)
    except SystemExit as stopped:           # argparse's
        status = stopped.code
    err = capsys.readouterr().err
    assert status == 2 and err.startswith('gluon-gan: ') and err.count('\n') == 1 and message in err
    assert not list(Path().iterdir())
