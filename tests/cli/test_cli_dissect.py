"""``gluon-gan dissect``: pictures and numbers, of a run and of weights that ship."""
from pathlib import Path

import pytest
from gluon_gan import cli
from PIL import Image

SMALL = ['--ngf', '4', '--ndf', '4', '--nz', '8', '--steps', '2']
pytestmark = pytest.mark.usefixtures('elsewhere')


def run(*words):
    return cli.main([str(word) for word in words])


def size(path):
    with Image.open(path) as picture:
        return picture.size


def test_a_run_wholly(capsys):
    assert run('train', *SMALL) == 0
    assert run('dissect', 'runs/mnist', '-n', 40) == 0
    out = capsys.readouterr().out
    for name in ('features', 'filters', 'neighbours', 'distances'):
        assert str(Path('runs/mnist/dissect') / f'{name}.png') in out
    assert size('runs/mnist/dissect/features.png') == (2 * (6 * 30 + 2), 2 * (4 * 30 + 2))
    assert 'down.2 of D, on mnist train stand-in' in out and 'concentration' in out and 'in pixels: 0.0% copies' in out and 'deviations above' in out


def test_shipped_weights_know_more_than_untrained_ones(capsys):
    assert run('dissect', 'mnist', '--features') == 0
    out = capsys.readouterr().out
    told = float(out.split('clearer in ')[1].split('%')[0])
    assert told > 70 and Path('dissect/mnist/features.png').exists() and not Path('dissect/mnist/filters.png').exists()


def test_chosen_maps_of_a_chosen_layer(capsys):
    assert run('dissect', 'mnist', '--filters', 3, 17, '--layer', 'down.1', '-o', 'out') == 0
    out = capsys.readouterr().out
    assert 'map 3:' in out and 'map 17:' in out and size('out/filters.png')[1] <= 2 * (2 * 12 + 2)


def test_an_object_is_forgotten(capsys, elsewhere):
    (elsewhere / 'boxes.txt').write_text('# sample x0 y0 x1 y1\n0 8 8 20 20\n3, 8, 8, 20, 20\n')
    assert run('dissect', 'mnist', '--forget', 'boxes.txt', '--drop', 5, '-n', 10) == 0
    out = capsys.readouterr().out
    assert 'up.0 of G, 2 boxes' in out and '5 of 128 maps dropped' in out and size('dissect/mnist/forgotten.png') == (2 * (2 * 30 + 2),) * 2


def test_of_aligned_pictures_the_rest_stays_as_it_is(capsys, elsewhere):
    (elsewhere / 'boxes.txt').write_text('0 8 8 20 20\n3 8 8 20 20\n')
    assert run('dissect', 'mnist', '--forget', 'boxes.txt', '--aligned', '--drop', 20, '-n', 10, '--layer', 'up.1') == 0
    out = capsys.readouterr().out
    within, beyond = (float(out.split(words)[1].split()[0]) for words in ('change by ', 'and by '))
    assert 'from the same place of other samples' in out and within > 3 * beyond


@pytest.mark.parametrize('words, message', [
    (['nothing'], 'nothing'), (['mnist', '--aligned'], '--aligned says what --forget compares with'),
    (['mnist', '--forget', 'boxed.txt', '--aligned', '-n', 3], '1 of 3 have none: ask for more by -n'), (['mnist', '--layer', 'down.9'], "no layer 'down.9'; this network has down.0, down.1, down.2, to_logit"),
    (['mnist', '--filters', 999], 'this layer has the maps 0 to 127, not 999'), (['mnist', '--filters', 1, '--layer', 'to_logit'], 'no feature maps'),
    (['quilts', '--features'], "no pretrained discriminator 'quilts'"), (['mnist', '--data', 'drawn_faces'], 'has 3 channels'), (['mnist', '-n', 0], '-n must be'),
    (['mnist', '--forget', 'none.txt'], 'none.txt'), (['mnist', '--forget', 'outside.txt'], 'box 1 (20, 20, 29, 28) is outside of the picture'),
    (['mnist', '--forget', 'words.txt'], "words.txt, line 1: 'a window' is no box"), (['mnist', '--drop', 3], 'give --forget FILE')])
def test_mistakes_are_one_line(capsys, elsewhere, words, message):
    (elsewhere / 'outside.txt').write_text('0 1 1 20 20\n1 20 20 29 28\n')
    (elsewhere / 'words.txt').write_text('a window\n')
    (elsewhere / 'boxed.txt').write_text('0 1 1 20 20\n1 1 1 20 20\n')
    assert run('dissect', *words) == 2
    err = capsys.readouterr().err
    assert err.startswith('gluon-gan: ') and err.count('\n') == 1 and message in err


def test_a_run_without_the_file(capsys, elsewhere):
    (elsewhere / 'empty').mkdir()
    assert run('dissect', 'empty') == 2
    assert capsys.readouterr().err.count('\n') == 1
