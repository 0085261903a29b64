"""Translators that ship, or that a run left, and pictures to translate."""
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import storage
from gluon_gan.data import domain
from gluon_gan.pixels import to_float
from gluon_gan.translate import Translators, measures, source
from PIL import Image


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Translators under the name 'small', and what they were."""
    monkeypatch.setattr(source, 'FOLDER', tmp_path / 'weights')
    netG = Translators('resnet', 16, 1, ngf=2, blocks=1)
    netG.initialize()
    source.save(tmp_path / 'weights' / 'small.npz', netG)
    (tmp_path / 'weights' / 'small.json').write_text('{"preset": "cyclegan", "steps": 7}')
    return netG


def test_what_ships_comes_back_in_float16s_digits(shipped):
    assert source.names() == ['small']
    again = source.translators('small', mx.cpu())
    assert again.config == shipped.config
    for one, other in zip(storage.parameters(shipped).values(), storage.parameters(again).values()):
        np.testing.assert_array_equal(one.astype('float16').astype('float32'), other)
    assert source.settings('small')['task'] == 'translate' and source.settings('small')['a'] == 'drawn_red'
    with pytest.raises(ValueError, match='there are: small'):
        source.pretrained('large')


def test_a_picture_is_cut_to_the_square_in_its_middle_and_grey_where_the_networks_are(shipped, tmp_path):
    picture = np.zeros((16, 32, 3), np.uint8)
    picture[:, 8:24] = 90, 120, 150
    Image.fromarray(picture).save(tmp_path / 'wide.png')
    batch = source.read(tmp_path / 'wide.png', shipped)
    assert batch.shape == (1, 1, 16, 16)
    np.testing.assert_allclose(batch.asnumpy(), 120 / 127.5 - 1, atol=1e-6)


def test_the_shipped_weights_translate():
    """Translations of drawn quilts have their own pattern, and are nearer to the other domain in their mean colour than they were."""
    assert 'red-teal' in source.names()
    netG = source.pretrained('red-teal', mx.cpu())
    red, teal = (to_float(domain(name, 'test').images[:20]) for name in ('drawn_red', 'drawn_teal'))
    for net, own, other in ((netG.ab, red, teal), (netG.ba, teal, red)):
        made = measures.translate(net, own)
        before, after = (np.linalg.norm((pictures.mean(axis=(0, 2, 3)) - other.mean(axis=(0, 2, 3)))) for pictures in (own, made))
        assert after < before and measures.found_again(made, own) >= 0.9
