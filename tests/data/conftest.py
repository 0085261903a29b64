"""What tests of several modules of data share."""
import mxnet as mx
import pytest
from gluoncv.model_zoo import get_model


@pytest.fixture(scope='session')
def weights(tmp_path_factory):
    """The file of a ResNet whose weights are drawn at random: no real ones can be had without a network."""
    path = tmp_path_factory.mktemp('weights') / 'random.params'
    net = get_model('resnet18_v1b', pretrained=False)
    net.initialize(mx.init.Xavier())
    net(mx.nd.zeros((1, 3, 224, 224)))
    net.save_parameters(str(path))
    return path
