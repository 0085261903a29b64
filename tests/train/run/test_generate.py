"""The classes of a run: as many as the data have."""
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import cli
from gluon_gan.train.run import Settings, generate
from gluon_gan.train.run.source import generator

# Eight feature maps: with four or fewer and 12 classes, a convolution of MXNet 1.9.1 divides by zero.
SMALL = ['--steps', '2', '--batch-size', '4', '--ngf', '8', '--ndf', '8', '--nz', '4', '--average', '0']
pytestmark = pytest.mark.usefixtures('elsewhere')


def class_folders(count):
    """The name of a folder with ``count`` folders of two grey images each."""
    rng = np.random.default_rng(count)
    for number in range(count):
        place = Path(f'of {count}', f'class {number:02}')
        place.mkdir(parents=True)
        for name in 'ab':
            Image.fromarray(rng.integers(0, 256, (28, 28), dtype=np.uint8)).save(place / f'{name}.png')
    return f'of {count}'


@pytest.mark.parametrize('count', [3, 12])
def test_the_data_decide_how_many_classes_there_are(count, capsys):
    assert cli.main(['train', '--preset', 'mnist-conditional', '--data', class_folders(count), *SMALL]) == 0
    run = Path('runs/mnist-conditional')
    assert json.loads((run / 'config.json').read_text())['classes'] == count
    netG = generator(run)
    assert netG.classes == count and netG.project.dense.weight.shape[1] == 4 + count
    assert gg.sample(netG, 2, seed=0, classes=count - 1).shape == (2, netG.channels, 28, 28)
    assert cli.main(['train', '--resume', str(run), '--steps', '3']) == 0
    for label, message in ((count, f'--label must be classes from 0 to {count - 1}, not {count}'), (-1, 'not -1')):
        capsys.readouterr()
        assert cli.main(['sample', str(run), '--label', str(label), '-o', 'x.png']) == 2
        error = capsys.readouterr().err
        assert message in error and error.count('\n') == 1 and not Path('x.png').exists()


def test_a_number_of_classes_that_disagrees_is_refused(capsys):
    data = class_folders(3)
    for wanted in (2, 10):
        options = ['--preset', 'mnist-conditional', '--data', data, '--classes', str(wanted), *SMALL]
        assert cli.main(['train', *options]) == 2
        assert (f'of 3 (6 pictures) has 3 classes, and the networks are conditioned on {wanted}: use data with '
                f'{wanted} classes, or start a new run without --classes') in capsys.readouterr().err
    assert not Path('runs').exists()


def test_classes_can_be_chosen_with_any_preset():
    data = class_folders(3)
    for preset, classes, result in (('mnist', 3, 3), ('mnist', None, 0), ('mnist-conditional', 0, 0),
                                    ('mnist-conditional', 3, 3), ('mnist-conditional', None, 3)):
        settings = Settings.make(preset, data, classes=classes, batch_size=4, ngf=2, ndf=2)
        loader = generate.make_loader(settings)
        fitted = settings.fitted_to(loader.images)
        assert fitted.classes == result and loader.labels == (result > 0)
        assert Settings.from_config(settings.to_config()) == settings
        assert Settings.from_config(fitted.to_config()) == fitted


def test_a_run_of_an_earlier_version_with_more_classes_than_its_data_can_be_resumed():
    settings = Settings.make('mnist-conditional', class_folders(3), classes=10, batch_size=4)
    assert len(generate.make_loader(settings)) == 1


def test_data_without_classes_are_refused(capsys):
    Path('plain').mkdir()
    Image.fromarray(np.zeros((28, 28), np.uint8)).save('plain/a.png')
    assert cli.main(['train', '--preset', 'mnist-conditional', '--data', 'plain', *SMALL]) == 2
    assert 'has no classes, and the networks are to be conditioned on them: use a folder with a subfolder' in (
        capsys.readouterr().err)


def test_a_label_of_an_unconditional_generator_is_refused(capsys):
    assert cli.main(['sample', 'mnist', '--label', '3', '-o', 'x.png']) == 2
    assert capsys.readouterr().err == ('gluon-gan: --label needs a generator with classes, and mnist is unconditional: '
                                       'leave --label out\n')
    assert not Path('x.png').exists()
