"""``gluon-gan sample --z``: the z that a page has saved."""
import json
import re

import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import cli, viz


def test_saved_z_give_the_same_images(elsewhere):
    netG, z = gg.pretrained('mnist'), gg.sample_z(2, 100, seed=4).asnumpy()
    (elsewhere / 'z.json').write_text(json.dumps({'name': 'mnist', 'z': z.tolist()}))
    assert cli.main(['sample', 'mnist', '--z', 'z.json', '--scale', '1', '-o', 'z.png']) == 0
    expected = np.asarray(viz.grid(gg.latent.generate(netG, z)), int)
    assert abs(np.asarray(Image.open(elsewhere / 'z.png'), int) - expected).max() <= 1


@pytest.mark.parametrize('content, message', [
    ('{', 'contains no z'), ('[]', 'contains no z'), ('{"z": "x"}', 'contains no z'),
    ('{"z": [[1, 2]]}', r'needs \(N, 100\)'),
    ('{"z": []}', 'needs'), (json.dumps({'z': [[float('nan')] * 100]}), 'finite')])
def test_a_file_without_z_is_one_line(content, message, elsewhere, capsys):
    (elsewhere / 'z.json').write_text(content)
    assert cli.main(['sample', 'mnist', '--z', 'z.json']) == 2
    error = capsys.readouterr().err
    assert error.count('\n') == 1 and 'z.json' in error and re.search(message, error)
