"""The generators: shapes, the paper's sizes, and instances that do not see each other."""
import mxnet as mx
import numpy as np
import pytest
from gluon_gan import storage
from gluon_gan.translate import DreamGenerator, ResNetGenerator, Translators


@pytest.mark.parametrize('make', [lambda: DreamGenerator(16, 3, 2), lambda: ResNetGenerator(16, 3, 2, blocks=1), lambda: ResNetGenerator(20, 1, 2, blocks=0)])
def test_a_picture_becomes_one_of_its_size_in_range(make):
    net = make()
    net.initialize(mx.init.Normal(0.5))
    x = mx.nd.random.uniform(-1, 1, shape=(2, 1 if 'ResNet' in type(net).__name__ and net.to_image.conv.weight.shape[0] == 1 else 3, 20, 20))
    plain = net(x).asnumpy()
    assert plain.shape == x.shape and np.abs(plain).max() <= 1 and plain.std() > 0
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), plain, atol=1e-5)


def test_the_weak_one_is_three_convolutions_and_one_upsampling():
    net = DreamGenerator(64, 3, 64)
    assert [place for place in storage.named(net) if place.endswith('weight')] == ['down.weight', 'middle.weight', 'to_image.weight']


def test_the_strong_one_has_the_papers_layers():
    shapes = [parameter.shape for place, parameter in storage.named(ResNetGenerator(64, 3, 64)).items() if place.endswith('weight')]
    assert shapes == [(64, 3, 7, 7), (128, 64, 3, 3), (256, 128, 3, 3), *[(256, 256, 3, 3)] * 12, (256, 128, 3, 3), (128, 64, 3, 3), (3, 64, 7, 7)]
    assert len(ResNetGenerator(256, 3, 2).body) - len(ResNetGenerator(64, 3, 2).body) == 3


def test_pictures_of_a_batch_do_not_see_each_other():
    net = Translators('resnet', 16, 3, 2, blocks=1)
    net.initialize()
    x = mx.nd.random.uniform(-1, 1, shape=(3, 3, 16, 16))
    together, alone = net.ab(x).asnumpy(), np.concatenate([net.ab(x[i:i + 1]).asnumpy() for i in range(3)])
    np.testing.assert_allclose(together, alone, atol=1e-6)


def test_the_two_directions_have_weights_of_their_own_and_a_config_makes_the_same():
    net = Translators('resnet', 16, 1, 2, blocks=2)
    net.initialize()
    names = list(storage.named(net))
    assert {name.split('.')[0] for name in names} == {'ab', 'ba'}
    assert list(storage.named(Translators(**net.config))) == names
    assert [out.shape for out in net(mx.nd.zeros((1, 1, 16, 16)), mx.nd.zeros((2, 1, 16, 16)))] == [(1, 1, 16, 16), (2, 1, 16, 16)]


@pytest.mark.parametrize('options, words', [
    (dict(kind='unet'), 'resnet'), (dict(size=30), 'multiple of 4'), (dict(size=8), 'at least 16'), (dict(channels=2), '1 (grey) or 3'),
    (dict(ngf=0), 'ngf'), (dict(kind='dream', blocks=3), 'no residual blocks'), (dict(blocks=-1), 'blocks')])
def test_what_cannot_be_is_refused_in_a_line(options, words):
    with pytest.raises(ValueError) as error:
        Translators(**options)
    assert words in str(error.value) and '\n' not in str(error.value)
