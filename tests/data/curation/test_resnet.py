"""The scorer by a ResNet, with weights drawn at random: no real ones can be had without a network."""
import hashlib

import mxnet as mx
import numpy as np
import pytest
from gluon_gan.data import DownloadError, ResNetScorer
from gluon_gan.data.curation import resnet
from gluoncv.model_zoo import get_model


@pytest.fixture(scope='module')
def squares():
    return np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)


def test_the_score_is_the_probability_of_the_class(weights, squares):
    """Against the network called as GluonCV's own scripts do, with its transforms."""
    from mxnet.gluon.data.vision import transforms
    prepare = transforms.Compose([transforms.CenterCrop(224), transforms.ToTensor(),
                                  transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])])
    net = get_model('resnet18_v1b', pretrained=False)
    net.load_parameters(str(weights))
    chances = mx.nd.softmax(net(mx.nd.stack(*[prepare(mx.nd.array(square, dtype='uint8')) for square in squares]))).asnumpy()
    scores, _ = ResNetScorer('resnet18_v1b', weights)(squares)
    assert np.allclose(scores, chances[:, 750], rtol=1e-4)
    scores, _ = ResNetScorer('resnet18_v1b', weights, classes=[3, 750, 3])(squares)
    assert np.allclose(scores, chances[:, 3] + chances[:, 750], rtol=1e-4)


def test_top_k(weights, squares):
    """With logits of our own: what comes before the quilt, and when that is an objection."""
    everything = ResNetScorer('resnet18_v1b', weights, classes=range(1000), top_k=1)(squares)
    assert np.allclose(everything[0], 1, atol=1e-5) and everything[1] == [None] * 3
    scorer, logits = ResNetScorer('resnet18_v1b', weights, top_k=1), mx.nd.zeros((1, 1000))
    logits[0, 750], logits[0, 5] = 3, 4
    scorer._net = lambda batch: logits
    assert scorer(squares[:1])[1] == ['electric ray comes first']
    scorer.top_k = 2
    assert scorer(squares[:1])[1] == [None]
    logits[0, 6] = logits[0, 7] = 5
    assert scorer(squares[:1])[1] == ['not among the first 2, which begin with stingray']


def test_settings_tell_the_weights(weights):
    assert ResNetScorer('resnet18_v1b', weights, top_k=5).settings() == {
        'scorer': 'resnet', 'network': 'resnet18_v1b', 'weights_sha1': hashlib.sha1(weights.read_bytes()).hexdigest(), 'classes': [750], 'top_k': 5}


def test_750_is_the_quilt():
    assert resnet._name(resnet.QUILT) == 'quilt'


@pytest.mark.parametrize('settings, said', [
    ({'network': 'resnet50'}, 'must be one of GluonCV'), ({'network': 'resnet50_v1b_kinetics400'}, 'must be one of GluonCV'),
    ({'classes': 1000}, 'from 0 to 999'), ({'classes': []}, 'from 0 to 999'), ({'classes': -1}, 'int of at least 0'),
    ({'top_k': 0}, 'top_k must be')])
def test_refused(weights, settings, said):
    with pytest.raises(ValueError, match=said):
        ResNetScorer(**{'network': 'resnet18_v1b', 'weights': weights, **settings})


def test_other_files_are_refused(weights, tmp_path):
    whole = weights.read_bytes()
    for content, said in ((b'\x80\x04pickle', 'is no .params file'), (whole[:len(whole) // 2], 'does not hold the weights of resnet18_v1b'),
                          (whole[:8], 'does not hold')):
        (tmp_path / 'other.params').write_bytes(content)
        with pytest.raises(ValueError, match=said):
            ResNetScorer('resnet18_v1b', tmp_path / 'other.params')
    with pytest.raises(ValueError, match='does not hold the weights of resnet50_v1b'):
        ResNetScorer('resnet50_v1b', weights)
    with pytest.raises(OSError):
        ResNetScorer('resnet18_v1b', tmp_path / 'nowhere.params')


def test_weights_that_cannot_be_had_name_the_other_ways(monkeypatch, tmp_path):
    monkeypatch.setenv('MXNET_HOME', str(tmp_path))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    with pytest.raises(DownloadError, match='GLUON_GAN_OFFLINE forbids.*with --weights, or teach by examples: --like and --unlike'):
        ResNetScorer('resnet18_v1b')
