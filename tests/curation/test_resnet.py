"""The scorer with a ResNet. Its weights are random, because trained ones would have to be downloaded."""
import hashlib

import mxnet as mx
import numpy as np
import pytest
from gluoncv.model_zoo import get_model

from gluon_gan.curation import ResNetScorer, resnet
from gluon_gan.data import DownloadError


@pytest.fixture(scope='module')
def squares():
    return np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)


def test_the_score_is_the_probability_of_the_class(resnet_weights, squares):
    """Compared with the network called as in GluonCV's own scripts, with its transforms."""
    from mxnet.gluon.data.vision import transforms
    prepare = transforms.Compose([transforms.CenterCrop(224), transforms.ToTensor(),
                                  transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    net = get_model('resnet18_v1b', pretrained=False)
    net.load_parameters(str(resnet_weights))
    batch = mx.nd.stack(*[prepare(mx.nd.array(square, dtype='uint8')) for square in squares])
    probabilities = mx.nd.softmax(net(batch)).asnumpy()
    scores, _ = ResNetScorer('resnet18_v1b', resnet_weights)(squares)
    assert np.allclose(scores, probabilities[:, 750], rtol=1e-4)
    scores, _ = ResNetScorer('resnet18_v1b', resnet_weights, classes=[3, 750, 3])(squares)
    assert np.allclose(scores, probabilities[:, 3] + probabilities[:, 750], rtol=1e-4)


def test_top_k(resnet_weights, squares):
    """With given logits: which classes come before the quilt, and when that is an objection."""
    everything = ResNetScorer('resnet18_v1b', resnet_weights, classes=range(1000), top_k=1)(squares)
    assert np.allclose(everything[0], 1, atol=1e-5) and everything[1] == [None] * 3
    scorer, logits = ResNetScorer('resnet18_v1b', resnet_weights, top_k=1), mx.nd.zeros((1, 1000))
    logits[0, 750], logits[0, 5] = 3, 4
    scorer._net = lambda batch: logits
    assert scorer(squares[:1])[1] == ['electric ray comes first']
    scorer.top_k = 2
    assert scorer(squares[:1])[1] == [None]
    logits[0, 6] = logits[0, 7] = 5
    assert scorer(squares[:1])[1] == ['not among the first 2, which begin with stingray']


def test_settings_identify_the_weights(resnet_weights):
    assert ResNetScorer('resnet18_v1b', resnet_weights, top_k=5).settings() == {
        'scorer': 'resnet', 'network': 'resnet18_v1b',
        'weights_sha1': hashlib.sha1(resnet_weights.read_bytes()).hexdigest(), 'classes': [750], 'top_k': 5}


def test_class_750_is_the_quilt():
    assert resnet._name(resnet.QUILT) == 'quilt'


@pytest.mark.parametrize('settings, message', [
    ({'network': 'resnet50'}, 'must be one of GluonCV'),
    ({'network': 'resnet50_v1b_kinetics400'}, 'must be one of GluonCV'),
    ({'classes': 1000}, 'from 0 to 999'), ({'classes': []}, 'from 0 to 999'), ({'classes': -1}, 'int of at least 0'),
    ({'top_k': 0}, 'top_k must be')])
def test_bad_arguments_are_refused(resnet_weights, settings, message):
    with pytest.raises(ValueError, match=message):
        ResNetScorer(**{'network': 'resnet18_v1b', 'weights': resnet_weights, **settings})


def test_other_files_are_refused(resnet_weights, tmp_path):
    whole = resnet_weights.read_bytes()
    for content, message in ((b'\x80\x04pickle', 'is not a .params file'),
                             (whole[:len(whole) // 2], 'does not hold the weights of resnet18_v1b'),
                             (whole[:8], 'does not hold')):
        (tmp_path / 'other.params').write_bytes(content)
        with pytest.raises(ValueError, match=message):
            ResNetScorer('resnet18_v1b', tmp_path / 'other.params')
    with pytest.raises(ValueError, match='does not hold the weights of resnet50_v1b'):
        ResNetScorer('resnet50_v1b', resnet_weights)
    with pytest.raises(OSError):
        ResNetScorer('resnet18_v1b', tmp_path / 'nowhere.params')


def test_the_error_for_missing_weights_names_the_alternatives(monkeypatch, tmp_path):
    monkeypatch.setenv('MXNET_HOME', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    message = 'GLUON_GAN_OFFLINE forbids.*with --weights, or train a scorer on examples with --like and --unlike'
    with pytest.raises(DownloadError, match=message):
        ResNetScorer('resnet18_v1b')
