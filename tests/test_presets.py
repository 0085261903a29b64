"""Presets: named pairs of networks."""
import pytest

import gluon_gan as gg
from gluon_gan import latent, presets


def test_an_unknown_preset_lists_the_known_ones():
    message = "no preset 'minst'; the presets are mnist, stronger-g, mnist-conditional, fashion_mnist, kmnist, cifar10"
    with pytest.raises(ValueError, match=message):
        gg.preset('minst')


@pytest.mark.parametrize('name', presets.PRESETS)
def test_every_preset_builds(name):
    netG, netD = gg.build(name, ngf=2, ndf=2)
    netG.initialize(), netD.initialize()
    labels = [latent.labels(2, netG.classes)] if netG.classes else []
    assert netD(netG(gg.sample_z(2, netG.nz), *labels), *labels).shape == (2, 1)


def test_changing_a_preset_does_not_change_the_table():
    gg.preset('mnist')['size'] = 64
    assert presets.PRESETS['mnist']['size'] == 28


def test_a_wrong_setting_lists_the_right_ones():
    message = ("no setting 'nfg'; their settings are size, channels, nz, ngf, kernel, classes, upsampling, block, "
               'ndf, norm')
    with pytest.raises(ValueError, match=message):
        gg.build('mnist', nfg=3)
