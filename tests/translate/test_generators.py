"""The generators: shapes, the layers of the papers, independence of the images of a batch, and bad arguments."""
import mxnet as mx
import numpy as np
import pytest

from gluon_gan.support import storage
from gluon_gan.translate import DreamGenerator, ResNetGenerator, Translators


@pytest.mark.parametrize('make, channels', [
    (lambda: DreamGenerator(16, 3, 2), 3), (lambda: ResNetGenerator(16, 3, 2, blocks=1), 3),
    (lambda: ResNetGenerator(20, 1, 2, blocks=0), 1)])
def test_the_output_has_the_size_of_the_input_and_is_in_range(make, channels):
    net = make()
    net.initialize(mx.init.Normal(0.5))
    x = mx.nd.random.uniform(-1, 1, shape=(2, channels, 20, 20))
    plain = net(x).asnumpy()
    assert plain.shape == x.shape and np.abs(plain).max() <= 1 and plain.std() > 0
    net.hybridize()
    np.testing.assert_allclose(net(x).asnumpy(), plain, atol=1e-5)


def test_the_dream_generator_has_three_convolutions():
    net = DreamGenerator(64, 3, 64)
    names = [name for name in storage.named(net) if name.endswith('weight')]
    assert names == ['down.weight', 'middle.weight', 'to_image.weight']


def test_the_resnet_generator_has_the_papers_layers():
    parameters = storage.named(ResNetGenerator(64, 3, 64))
    shapes = [parameter.shape for name, parameter in parameters.items() if name.endswith('weight')]
    assert shapes == [(64, 3, 7, 7), (128, 64, 3, 3), (256, 128, 3, 3), *[(256, 256, 3, 3)] * 12,
                      (256, 128, 3, 3), (128, 64, 3, 3), (3, 64, 7, 7)]
    assert len(ResNetGenerator(256, 3, 2).body) - len(ResNetGenerator(64, 3, 2).body) == 3


def test_a_translation_does_not_depend_on_the_rest_of_the_batch():
    net = Translators('resnet', 16, 3, 2, blocks=1)
    net.initialize()
    x = mx.nd.random.uniform(-1, 1, shape=(3, 3, 16, 16))
    batch, single = net.ab(x).asnumpy(), np.concatenate([net.ab(x[i:i + 1]).asnumpy() for i in range(3)])
    np.testing.assert_allclose(batch, single, atol=1e-6)


def test_both_directions_have_separate_weights_and_config_rebuilds_the_same_architecture():
    net = Translators('resnet', 16, 1, 2, blocks=2)
    net.initialize()
    names = list(storage.named(net))
    assert {name.split('.')[0] for name in names} == {'ab', 'ba'}
    assert list(storage.named(Translators(**net.config))) == names
    outputs = net(mx.nd.zeros((1, 1, 16, 16)), mx.nd.zeros((2, 1, 16, 16)))
    assert [output.shape for output in outputs] == [(1, 1, 16, 16), (2, 1, 16, 16)]


@pytest.mark.parametrize('options, words', [
    (dict(kind='unet'), 'resnet'), (dict(size=30), 'multiple of 4'), (dict(size=8), 'at least 16'),
    (dict(channels=2), '1 (grey) or 3'), (dict(ngf=0), 'ngf'), (dict(kind='dream', blocks=3), 'no residual blocks'),
    (dict(blocks=-1), 'blocks')])
def test_bad_arguments_raise_a_message_of_one_line(options, words):
    with pytest.raises(ValueError) as error:
        Translators(**options)
    assert words in str(error.value) and '\n' not in str(error.value)
