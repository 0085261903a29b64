"""``gluon-gan walk``: the strip, the animation and the smoothness of each kind of walk, and errors in one line."""
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import cli


@pytest.fixture(scope='module')
def runs(tmp_path_factory):
    """The folder of two untrained runs, 'plain' and 'conditional'."""
    folder = tmp_path_factory.mktemp('runs')
    for name, classes in (('plain', 0), ('conditional', 3)):
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


def test_between_interpolates_two_images_of_the_grid(capsys):
    assert run('walk', 'mnist', '--between', 3, 8, '--seed', 5, '--steps', 5, '--scale', 1) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[:2] == ['mnist-between-3-8.png', 'mnist-between-3-8.gif'] and 1 <= smoothness(out) < 13
    assert frames('mnist-between-3-8.gif')[0] == 2 * 13 - 2                       # forwards and backwards
    ends = gg.viz.grid(gg.sample(gg.pretrained('mnist'), 9, seed=5)[[3, 8]], ncol=2)
    with Image.open('mnist-between-3-8.png') as strip:
        for column, end in ((0, 0), (4, 1)):
            shown, expected = (np.asarray(image.crop((2 + 30 * i, 2, 30 + 30 * i, 30)), int)
                               for image, i in ((strip, column), (ends, end)))
            assert np.abs(shown - expected).max() <= 1


def test_default_is_the_numbered_grid(runs, capsys):
    assert run('walk', runs / 'plain.npz', '-n', 25) == 0
    assert capsys.readouterr().out == 'plain-sheet.png\n'
    with Image.open('plain-sheet.png') as sheet:
        assert sheet.width == 2 * (10 * 30 + 2) and 3 * 60 < sheet.height < 3 * 90


@pytest.mark.parametrize('words, count, rows', [
    (['--between', 1, 2, '--values', 0, 0.5, 1, '--lerp'], 4, 1),
    (['--path', 3, '--steps', 2, '--loop'], 18, 1),
    (['--path', 4, 0, '--steps', 2], 12, 1),
    (['--sweep', 0, 5, '--of', 3, '--steps', 3], 12, 2),
    (['--sweep', 1, '--zero', '--together', '--range', -1, 1, '--steps', 3], 12, 1),
    (['--diagonal', '--steps', 3], 12, 1),
    (['--arithmetic', '0,1,2', '3,4', '5', '--steps', 3], 12, 1),
    (['--turn', '0,1', '2,3', '--of', 4, 5, 6, '--steps', 3], 12, 3)])
def test_every_kind_writes_a_strip_and_an_animation(runs, capsys, words, count, rows):
    assert run('walk', runs / 'plain', *words, '-o', 'new/made.gif', '--scale', 1) == 0
    out = capsys.readouterr().out
    assert sorted(path.name for path in Path('new').iterdir()) == ['made.gif', 'made.png'] and smoothness(out) >= 1
    # GIF merges identical frames, which an untrained network may generate.
    assert frames('new/made.gif')[0] <= count and frames('new/made.gif')[1] == (30 * rows + 2, 32)


def test_conditional_generator_needs_a_class(runs, capsys):
    assert run('walk', runs / 'conditional', '--between', 0, 1) == 2
    assert 'choose a class with --label, 0 to 2' in capsys.readouterr().err
    assert run('walk', runs / 'conditional', '--between', 0, 1, '--label', 2) == 0


def test_walk_around_zero_is_constant(capsys):
    assert run('walk', 'mnist', '--sweep', 25, '--zero', '--steps', 3) == 0
    assert 'constant walk' in capsys.readouterr().out


@pytest.mark.parametrize('words, message', [
    (['nothing', '--diagonal'], 'nothing'),
    (['mnist', '--between', 3], 'expected 2 arguments'),
    (['mnist', '--between', 3, 'x'], "'x' must be image numbers"),
    (['mnist', '--between', 3, 10 ** 9], 'from 0 to 99999'),
    (['mnist', '--between', 3, 8, '--values', 0.5], '--values must be 3 to 100 numbers, not 1'),
    (['mnist', '--between', '3,4', 8], '--between needs exactly one image at each end'),
    (['mnist', '--between', 3, 8, '--values', 0, 1, 2, '--range', 0, 1], 'pass one of them'),
    (['mnist', '--diagonal', '--range', 0, 'nan'], 'finite'),
    (['mnist', '--turn', 1, 2, '--range', 1, 1], 'must have two different ends, not 1 twice'),
    (['mnist', '--between', 3, 8, '--loop'], '--loop can only be used with --path'),
    (['mnist', '--diagonal', '--lerp'], '--lerp can only be used with --between, --path'),
    (['mnist', '--sweep', 100], 'dimension must be an int from 0 to 99, not 100'),
    (['mnist', '--sweep', -1], 'dimension must be'),
    (['mnist', '--path', 1], '2 to 100 images, not 1'),
    (['mnist', '--path', 101], '2 to 100 images, not 101'),
    (['mnist', '--steps', 2, '--diagonal'], '--steps must be 3 to 100, not 2'),
    (['mnist', '--sweep', 1, '--of', 1, 2], '--of must be a single image, not 2'),
    (['mnist', '--sweep', *range(17)], 'at most 16, not 17'),
    (['mnist', '--diagonal', '--label', 3], 'is unconditional'),
    (['mnist', '-n', 0], '-n must be 1 to 1000'),
    (['mnist', '--diagonal', '-n', 9], '-n can only be used with the numbered grid'),
    (['mnist', '--diagonal', '--seed', -1], '--seed must be 0 or more'),
    (['mnist', '--sweep', 3, '--zero', '--of', 3], 'omit --of'),
    (['mnist', '--diagonal', '--fps', 0], '--fps must be'),
    (['mnist', '--scale', 0], '--scale must be')])
def test_errors_are_one_line_and_leave_no_file(capsys, words, message):
    try:
        status = run('walk', *words)
    except SystemExit as stopped:           # argparse's
        status = stopped.code
    err = capsys.readouterr().err
    assert status == 2 and err.startswith('gluon-gan: ') and err.count('\n') == 1 and message in err
    assert not list(Path().iterdir())
