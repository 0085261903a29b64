"""``--max-unreadable``: commands continue with the images that can be read, and list the others."""
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gluon_gan import cli

TRAIN = ['train', '--data', 'photos', '--steps', 1, '--batch-size', 4, '--size', 28, '--ngf', 2, '--ndf', 2]
pytestmark = pytest.mark.usefixtures('elsewhere')


@pytest.fixture(autouse=True)
def photos(elsewhere):
    """A folder of ten images, of which two are text files."""
    Path('photos').mkdir()
    for i in range(10):
        image = Image.fromarray(np.random.default_rng(i).integers(0, 256, (32, 32, 3), dtype=np.uint8))
        image.save(f'photos/{i}.png')
    for i in (3, 7):
        Path(f'photos/{i}.png').write_text('dear diary')


def call(*words):
    return cli.main([str(word) for word in words])


def test_too_many_unreadable_files_name_the_option_and_the_list(capsys):
    assert call(*TRAIN) == 2
    line = capsys.readouterr().err
    assert '/photos are unusable, and at most 5% may be: 3.png is not a readable image' in line
    assert line.endswith('; to leave them out, pass --max-unreadable 0.2\n') and not Path('runs').exists()
    listing = Path(line.split('all are listed in ')[1].split(';')[0]).read_text()
    assert [row.split('\t')[0] for row in listing.splitlines()] == ['3.png', '7.png']


def test_training_with_the_readable_images(capsys):
    assert call(*TRAIN, '--max-unreadable', 0.2) == 0
    assert 'photos (8 pictures)' in capsys.readouterr().out


@pytest.mark.parametrize('share', [-0.1, 1.1, 'nan'])
def test_a_wrong_share_is_one_line(capsys, share):
    assert call(*TRAIN, '--max-unreadable', share) == 2
    assert capsys.readouterr().err == f'gluon-gan: --max-unreadable must be a fraction from 0 to 1, not {share}\n'
