"""Weights of PyTorch's DCGAN tutorial. The reference was computed by PyTorch once: tools/torch_dcgan.py."""

from pathlib import Path

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import export
from gluon_gan.export.torch import load_torch, to_torch

FOLDER = Path(__file__).with_name('torch')
pytest.importorskip('safetensors', reason='needs the extra `export`')


@pytest.mark.parametrize('pair', ['random', 'trained'])
@pytest.mark.parametrize('network', ['generator', 'discriminator'])
def test_outputs_are_pytorchs(pair, network):
    net, reference = load_torch(FOLDER / f'{pair}-{network}.safetensors'), np.load(FOLDER / f'{pair}-{network}.npz')
    found, expected = net(mx.nd.array(reference['inputs'])).asnumpy(), reference['output']
    assert abs(expected).max() > 0.05
    np.testing.assert_allclose(found.ravel(), expected.ravel(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('channels', [1, 3])
def test_there_and_back_is_exact(channels):
    netG, netD = gg.Generator(64, channels, nz=11, ngf=3), gg.Discriminator(64, channels, ndf=3)
    for net, inputs in ((netG, gg.sample_z(4, 11, seed=0)), (netD, mx.nd.random.uniform(-1, 1, (4, channels, 64, 64)))):
        net.initialize(mx.init.Xavier(magnitude=2))
        weights = to_torch(net)
        again = load_torch({f'module.{name}': array for name, array in weights.items()})
        assert type(again) is type(net) and again.config == net.config
        np.testing.assert_array_equal(again(inputs).asnumpy(), net(inputs).asnumpy())
        assert {name: array.tolist() for name, array in to_torch(again).items()} == {
            name: array.tolist() for name, array in weights.items()
        }


def test_biases_that_the_tutorial_does_not_have_are_kept_or_absent():
    netD = gg.pretrained_discriminator('celeba')
    assert {'main.0.bias', 'main.11.bias'} <= set(to_torch(netD))
    new = gg.Discriminator(64, 3, ndf=2)
    new.initialize()
    assert not [name for name in to_torch(new) if name in ('main.0.bias', 'main.11.bias')]


@pytest.mark.parametrize(
    'net',
    [
        gg.Generator(32, 3, nz=3, ngf=2),
        gg.Generator(64, 3, nz=3, ngf=2, classes=2),
        gg.Discriminator(64, 3, ndf=2, kernel=5),
        gg.Discriminator(64, 3, ndf=2, norm='spectral'),
    ],
)
def test_other_networks_have_no_place_there(net):
    with pytest.raises(ValueError, match="PyTorch's DCGAN tutorial has no (Gen|Discrim).*ator with [a-z]+="):
        to_torch(net)


def test_other_weights_are_refused(tmp_path):
    netG = gg.Generator(64, 3, nz=3, ngf=2)
    netG.initialize()
    weights = to_torch(netG)
    with pytest.raises(ValueError, match="'main.4.weight' is missing"):
        load_torch({name: array for name, array in weights.items() if name != 'main.4.weight'})
    with pytest.raises(ValueError, match="it has no 'main.99.weight'"):
        load_torch({**weights, 'main.99.weight': np.zeros(1)})
    with pytest.raises(ValueError, match="no 'main.0.weight' of 4 x 4, but nothing"):
        load_torch({})
    with pytest.raises(ValueError, match='weights.pth is no .safetensors file: a pickle could run code'):
        load_torch(tmp_path / 'weights.pth')
    with pytest.raises(export.formats.storage.StorageError, match='missing, damaged'):
        load_torch(tmp_path / 'none.safetensors')
