"""Fixtures for all tests. Every test starts from the same seed, which the report of a failure contains."""
import signal

import pytest

import gluon_gan as gg

SEED = 1234

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # A shell lets background processes (`&`) and their children ignore Ctrl-C. Tests that send one would hang.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """An empty working directory, offline, with no data except those that ship with the packages."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'data').mkdir()
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path / 'data'))
    monkeypatch.setenv('GLUON_GAN_CACHE', str(tmp_path / 'cache'))
    monkeypatch.setenv('GLUON_GAN_OFFLINE', '1')
    return tmp_path


@pytest.fixture(autouse=True)
def seed(record_property):
    """Seed Python, NumPy and MXNet before each test."""
    record_property('seed', SEED)
    gg.seed(SEED)
    return SEED


@pytest.fixture(scope='session')
def resnet_weights(tmp_path_factory):
    """A weights file of a ResNet-18 with random weights; trained ones would have to be downloaded."""
    import mxnet as mx
    from gluoncv.model_zoo import get_model
    path = tmp_path_factory.mktemp('weights') / 'random.params'
    net = get_model('resnet18_v1b', pretrained=False)
    net.initialize(mx.init.Xavier())
    net(mx.nd.zeros((1, 3, 224, 224)))
    net.save_parameters(str(path))
    return path
