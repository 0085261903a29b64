"""Translators by name, and image files as input for them."""
import mxnet as mx
import numpy as np
import pytest
from PIL import Image

from gluon_gan.catalogue import domain
from gluon_gan.support import storage
from gluon_gan.support.pixels import to_float
from gluon_gan.translate import Translators, measures, source


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """Shipped translators under the name 'small'; returns the networks that were saved."""
    monkeypatch.setattr(source, 'FOLDER', tmp_path / 'weights')
    netG = Translators('resnet', 16, 1, ngf=2, blocks=1)
    netG.initialize()
    source.save(tmp_path / 'weights' / 'small.npz', netG)
    (tmp_path / 'weights' / 'small.json').write_text('{"preset": "cyclegan", "steps": 7}')
    return netG


def test_shipped_weights_are_rounded_to_float16(shipped):
    assert source.names() == ['small']
    again = source.translators('small', mx.cpu())
    assert again.config == shipped.config
    for one, other in zip(storage.parameters(shipped).values(), storage.parameters(again).values()):
        np.testing.assert_array_equal(one.astype('float16').astype('float32'), other)
    settings = source.settings('small')
    assert settings['task'] == 'translate' and settings['a'] == 'synthetic_red'
    with pytest.raises(ValueError, match='there are: small'):
        source.pretrained('large')


def test_an_image_is_cropped_to_its_central_square_and_converted_to_grey_for_grey_networks(shipped, tmp_path):
    image = np.zeros((16, 32, 3), np.uint8)
    image[:, 8:24] = 90, 120, 150
    Image.fromarray(image).save(tmp_path / 'wide.png')
    batch = source.read(tmp_path / 'wide.png', shipped)
    assert batch.shape == (1, 1, 16, 16)
    np.testing.assert_allclose(batch.asnumpy(), 120 / 127.5 - 1, atol=1e-6)


def test_the_shipped_weights_translate():
    """Translated quilts keep their edges, and their mean colour is nearer to the target domain than before."""
    assert 'red-teal' in source.names()
    netG = source.pretrained('red-teal', mx.cpu())
    red, teal = (to_float(domain(name, 'test').images[:20]) for name in ('synthetic_red', 'synthetic_teal'))
    for net, originals, targets in ((netG.ab, red, teal), (netG.ba, teal, red)):
        translated = measures.translate(net, originals)
        before, after = (np.linalg.norm(images.mean(axis=(0, 2, 3)) - targets.mean(axis=(0, 2, 3)))
                         for images in (originals, translated))
        assert after < before and measures.edge_retrieval(translated, originals) >= 0.9
