"""``gluon-gan dissect``: images and numbers for a run and for shipped weights."""
from pathlib import Path

import pytest
from PIL import Image

from gluon_gan import cli

SMALL = ['--ngf', '4', '--ndf', '4', '--nz', '8', '--steps', '2']
pytestmark = pytest.mark.usefixtures('elsewhere')


def run(*words):
    return cli.main([str(word) for word in words])


def size(path):
    with Image.open(path) as image:
        return image.size


def test_run_is_dissected(capsys):
    assert run('train', *SMALL) == 0
    assert run('dissect', 'runs/mnist', '-n', 40) == 0
    out = capsys.readouterr().out
    for name in ('features', 'filters', 'neighbours', 'distances'):
        assert str(Path('runs/mnist/dissect') / f'{name}.png') in out
    assert size('runs/mnist/dissect/features.png') == (2 * (6 * 30 + 2), 2 * (4 * 30 + 2))
    for text in ('down.2 of D, on mnist train stand-in', 'concentration', 'in pixels: 0.0% copies', 'deviations above'):
        assert text in out


def test_shipped_discriminator_is_more_concentrated_than_an_untrained_one(capsys):
    assert run('dissect', 'mnist', '--features') == 0
    out = capsys.readouterr().out
    assert float(out.split('more concentrated in ')[1].split('%')[0]) > 70
    assert Path('dissect/mnist/features.png').exists() and not Path('dissect/mnist/filters.png').exists()


def test_chosen_feature_maps_of_a_chosen_layer(capsys):
    assert run('dissect', 'mnist', '--filters', 3, 17, '--layer', 'down.1', '-o', 'out') == 0
    out = capsys.readouterr().out
    assert 'feature map 3:' in out and 'feature map 17:' in out and size('out/filters.png')[1] <= 2 * (2 * 12 + 2)


@pytest.mark.parametrize('ablate, top', [('--ablate', '--ablate-top'), ('--forget', '--drop')])
def test_object_is_ablated_with_current_and_old_options(capsys, elsewhere, ablate, top):
    (elsewhere / 'boxes.txt').write_text('# sample x0 y0 x1 y1\n0 8 8 20 20\n3, 8, 8, 20, 20\n')
    assert run('dissect', 'mnist', ablate, 'boxes.txt', top, 5, '-n', 10) == 0
    out = capsys.readouterr().out
    assert 'up.0 of G, 2 boxes' in out and '5 of 128 feature maps ablated' in out
    assert size('dissect/mnist/ablated.png') == (2 * (2 * 30 + 2),) * 2


def test_help_lists_current_options_only(capsys):
    with pytest.raises(SystemExit):
        run('dissect', '--help')
    out = capsys.readouterr().out
    assert '--ablate FILE' in out and '--ablate-top K' in out and '--forget' not in out and '--drop' not in out


def test_ablation_of_aligned_images_changes_little_outside_the_boxes(capsys, elsewhere):
    (elsewhere / 'boxes.txt').write_text('0 8 8 20 20\n3 8 8 20 20\n')
    words = ['--ablate', 'boxes.txt', '--aligned', '--ablate-top', 20, '-n', 10, '--layer', 'up.1']
    assert run('dissect', 'mnist', *words) == 0
    out = capsys.readouterr().out
    within, outside = (float(out.split(words)[1].split()[0]) for words in ('change by ', 'and by '))
    assert 'against the same locations of other samples' in out and within > 3 * outside


@pytest.mark.parametrize('words, message', [
    (['nothing'], 'nothing'),
    (['mnist', '--aligned'], '--aligned needs --ablate FILE'),
    (['mnist', '--ablate', 'boxed.txt', '--aligned', '-n', 3], '1 of 3 have none: increase -n'),
    (['mnist', '--layer', 'down.9'], "no layer 'down.9'; this network has down.0, down.1, down.2, to_logit"),
    (['mnist', '--filters', 999], 'this layer has the feature maps 0 to 127, not 999'),
    (['mnist', '--filters', 1, '--layer', 'to_logit'], 'instead of feature maps'),
    (['quilts', '--features'], "no pretrained discriminator 'quilts'"),
    (['mnist', '--data', 'synthetic_faces'], 'has 3 channels'),
    (['mnist', '-n', 0], '-n must be'),
    (['mnist', '--ablate', 'none.txt'], 'none.txt'),
    (['mnist', '--ablate', 'outside.txt'], 'box 1 (20, 20, 29, 28) is empty or outside the image'),
    (['mnist', '--ablate', 'words.txt'], "words.txt, line 1: 'a window' is not a box"),
    (['mnist', '--ablate-top', 3], '--ablate-top needs --ablate FILE')])
def test_errors_are_one_line(capsys, elsewhere, words, message):
    (elsewhere / 'outside.txt').write_text('0 1 1 20 20\n1 20 20 29 28\n')
    (elsewhere / 'words.txt').write_text('a window\n')
    (elsewhere / 'boxed.txt').write_text('0 1 1 20 20\n1 1 1 20 20\n')
    assert run('dissect', *words) == 2
    err = capsys.readouterr().err
    assert err.startswith('gluon-gan: ') and err.count('\n') == 1 and message in err


def test_folder_without_a_run_is_an_error(capsys, elsewhere):
    (elsewhere / 'empty').mkdir()
    assert run('dissect', 'empty') == 2
    assert capsys.readouterr().err.count('\n') == 1
