"""Features of the zoo's networks, with random weights, because the real ones would have to be downloaded."""
import hashlib

import mxnet as mx
import numpy as np
import pytest
from gluoncv.model_zoo import get_model
from mxnet.gluon.data.vision import transforms

from gluon_gan import metrics
from gluon_gan.data import DownloadError


def random_weights(folder, network, side):
    """A randomly initialised network, and the path of its weights."""
    net = get_model(network, pretrained=False)
    net.initialize(mx.init.Xavier())
    net(mx.nd.zeros((1, 3, side, side)))
    net.save_parameters(str(folder / f'{network}.params'))
    return net, folder / f'{network}.params'


@pytest.mark.parametrize('name, network, side, dim', [
    ('resnet18', 'resnet18_v1b', 224, 512), ('inception', 'inceptionv3', 299, 2048)])
def test_the_head_on_the_features_is_the_whole_network(tmp_path, name, network, side, dim):
    """The probabilities equal those of the whole network, called with GluonCV's own normalisation."""
    net, path = random_weights(tmp_path, network, side)
    extractor = metrics.named(name, weights=path)
    assert (extractor.name, extractor.dim) == (name, dim)
    assert extractor.weights_sha1 == hashlib.sha1(path.read_bytes()).hexdigest()
    pictures = mx.nd.array(np.random.default_rng(0).uniform(-1, 1, (1, 3, side, side)))
    features = extractor(pictures)
    assert features.shape == (1, dim) and features.std() > 0
    normalise = transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    logits = net(mx.nd.stack(*[normalise((picture + 1) / 2) for picture in pictures]))
    np.testing.assert_allclose(extractor.probabilities(pictures), mx.nd.softmax(logits).asnumpy(), rtol=1e-3, atol=1e-7)


def test_grey_images_are_three_equal_channels_and_any_size_is_accepted(tmp_path):
    extractor = metrics.named('resnet18', weights=random_weights(tmp_path, 'resnet18_v1b', 224)[1])
    small = mx.nd.array(np.random.default_rng(1).uniform(-1, 1, (2, 1, 28, 28)))
    features = extractor(small)
    np.testing.assert_array_equal(features, extractor(mx.nd.concat(small, small, small, dim=1)))
    assert features.shape == (2, 512) and not np.array_equal(*features)


def test_missing_weights_raise_an_error_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setenv('MXNET_HOME', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    message = r"inceptionv3-.*by hand, unzip it and pass its path as weights=\.\.\."
    with pytest.raises(DownloadError, match=message):
        metrics.named('inception')
    with pytest.raises(DownloadError, match='resnet50_v1b-'):
        metrics.named('resnet50')
    (tmp_path / 'other.params').write_bytes(b'\x80\x04pickle')
    with pytest.raises(ValueError, match='is not a .params file'):
        metrics.named('resnet50', weights=tmp_path / 'other.params')
