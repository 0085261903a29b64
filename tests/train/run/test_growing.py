"""Networks that take over the weights of others, of the same or of half the size."""
import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import cli
from gluon_gan.support import storage
from gluon_gan.train.run.growing import taken_over


def pair(size, width, **options):
    nets = gg.Generator(size, 3, nz=8, ngf=width, **options), gg.Discriminator(size, 3, ndf=width, **options)
    for net in nets:
        net.initialize(ctx=mx.cpu())
    return nets


def equal(net, name, other, its_name):
    return np.array_equal(storage.parameters(net)[name], storage.parameters(other)[its_name])


def test_a_network_of_twice_the_size_takes_over_the_inner_blocks():
    (smallG, smallD), (netG, netD) = pair(32, 8), pair(64, 4)
    before = storage.parameters(netG)
    for net, small in ((netG, smallG), (netD, smallD)):
        storage.set_parameters(net, taken_over(net, small, 'small'))
    assert equal(netG, 'project.dense.weight', smallG, 'project.dense.weight')
    assert all(equal(netG, f'up.{i}.conv.weight', smallG, f'up.{i}.conv.weight') for i in range(len(smallG.up)))
    new = f'up.{len(smallG.up)}.conv.weight'
    assert (storage.parameters(netG)[new] == before[new]).all() and 'to_image.conv.weight' in before
    assert all(equal(netD, f'down.{i + 1}.{name}', smallD, f'down.{i}.{name}') for i in (1, 2)
               for name in ('conv.weight', 'norm.gamma', 'norm.running_var'))
    assert equal(netD, 'to_logit.dense.weight', smallD, 'to_logit.dense.weight')
    z = gg.sample_z(4, 8, seed=0)
    assert netD(netG(z)).shape == (4, 1)
    with mx.autograd.predict_mode():      # the same feature maps at 32 pixels
        ours, theirs = netG.project(z), smallG.project(z)
        for i, block in enumerate(smallG.up):
            ours, theirs = netG.up[i](ours), block(theirs)
    np.testing.assert_array_equal(ours.asnumpy(), theirs.asnumpy())


@pytest.mark.parametrize('small, large, message', [
    ((32, 8), (64, 8), 'its generator has ngf=8, and that of this training has ngf=8: add --ngf 4'),
    ((32, 8), (128, 2), 'its generator has size=32, and that of this training has size=128: add --size 32'),
    ((64, 4), (32, 8), 'its generator has size=64, and that of this training has size=32: add --size 64')])
def test_networks_that_do_not_fit(small, large, message):
    (small, _), (net, _) = pair(*small), pair(*large)
    with pytest.raises(ValueError, match=f'start_from=small: {message}'):
        taken_over(net, small, 'small')


def test_residual_networks_take_over_those_of_their_size_only():
    (small, _), (net, _), (same, _) = pair(32, 8, block='residual'), pair(64, 4, block='residual'), pair(
        32, 8, block='residual')
    with pytest.raises(ValueError, match='has size=32'):
        taken_over(net, small, 'small')
    assert equal(small, 'project.dense.weight', small, 'project.dense.weight')
    taken = taken_over(same, small, 'small')
    assert all((taken[name] == array).all() for name, array in storage.parameters(small).items())


def test_a_training_at_twice_the_size(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('GLUON_GAN_DATA', str(tmp_path))
    common = ['train', '--preset', 'quilts', '--nz', '8', '--steps', '1', '--batch-size', '8', '--lr', '1e-9']
    assert cli.main([*common, '--size', '32', '--ngf', '8', '--ndf', '8', '--name', 'small']) == 0
    assert cli.main([*common, '--size', '64', '--ngf', '4', '--ndf', '4', '--start-from', 'runs/small',
                     '--name', 'large']) == 0
    small, large = (gg.GANTrainer.load(f'runs/{name}') for name in ('small', 'large'))
    np.testing.assert_allclose(storage.parameters(large.netD)['down.2.conv.weight'],
                               storage.parameters(small.netD)['down.1.conv.weight'], atol=1e-6)
