"""Named pairs of networks, with the data and the training that go with them."""
from .models import Discriminator, Generator

# Networks and training of each preset. `mnist` lets the learning rate fall over its second half, as the paper's own MNIST
# code does, and halves D: it scores nearly as well as with 64 maps (Frechet distance in a LeNet's features after two epochs 38
# against 36) in 60 % of the time. The faces and quilts of the earlier works are 64 px; `dcgan` is the paper's
# generator (100 -> 1024x4x4, 5x5 kernels, section 4.1); `stronger-g` widens G alone, which the PyTorch DCGAN on MNIST found
# to converge better; `mnist-conditional` is told the digit, as the original MNIST model was; photographs of quilts are few, so the
# end of `quilts` is a number of updates and not of passes, and D sees them changed; `drawn-faces` are where attributes are exact.
PRESETS = {
    'mnist': dict(data='mnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64, epochs=25, decay=0.5),
    'stronger-g': dict(data='mnist', size=28, channels=1, nz=100, ngf=128, ndf=32, kernel=4, batch_size=64, epochs=25, decay=0.5),
    'mnist-conditional': dict(data='mnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, classes=10, batch_size=64, epochs=25,
                              decay=0.5),
    'cifar10': dict(data='cifar10', size=32, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=50),
    'celeba': dict(data='celeba', size=64, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=25, decay=0.5,
                   augment='light', real_label=0.9),
    'drawn-faces': dict(data='drawn_faces', size=64, channels=3, nz=100, ngf=48, ndf=32, kernel=4, batch_size=64, epochs=None, steps=6000, decay=0.5,
                        augment='mirror', real_label=0.9),
    'quilts': dict(data='quilts', size=64, channels=3, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64, epochs=None, steps=6000, decay=0.5,
                   augment='flips', diff_augment='translation', real_label=0.9),
    'dcgan': dict(data='celeba', size=64, channels=3, nz=100, ngf=128, ndf=128, kernel=5, batch_size=128, epochs=25, augment='none'),
}
# Translations between two domains (gluon_gan.translate). `cyclegan` is the paper's at 64 pixels with half of its maps, which a CPU trains in
# half an hour; `dreams` is the pair of "Convolutional dreams", one convolution against three, and little to hold it back: with the paper's
# weights it would give back the photographs.
TRANSLATIONS = {
    'cyclegan': dict(data='two_domains', a='drawn_red', b='drawn_teal', generator='resnet', discriminator='patch', size=64, ngf=32, ndf=32,
                     batch_size=1, epochs=None, steps=6000, decay=0.5),
    'dreams': dict(data='two_domains', a='drawn_red', b='drawn_teal', generator='dream', discriminator='single', size=64, ngf=32,
                   batch_size=4, epochs=10, decay=1, cycle=1.0, identity=0.0),
}
SETTINGS_G = ('size', 'channels', 'nz', 'ngf', 'kernel', 'classes')
SETTINGS_D = ('size', 'channels', 'ndf', 'kernel', 'classes', 'norm')    # what a preset says of each network


def preset(name):
    """A copy of the named row of :data:`PRESETS`.

    Raises
    ------
    ValueError
        If there is no such preset; the message lists those there are.
    """
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; the presets are {', '.join((*PRESETS, *TRANSLATIONS))}")
    return dict(PRESETS[name])


def translation(name):
    """A copy of the named row of :data:`TRANSLATIONS`; ValueError where there is none."""
    if name not in TRANSLATIONS:
        raise ValueError(f"there is no preset {name!r} of a translation; they are {', '.join(TRANSLATIONS)}")
    return dict(TRANSLATIONS[name])


def build(name, **changes):
    """Both networks of a preset, not yet initialised.

    Parameters
    ----------
    name : str
        A key of :data:`PRESETS`.
    **changes
        ``size``, ``channels``, ``nz``, ``ngf``, ``ndf``, ``kernel``, ``classes`` or ``norm`` that differ from the preset's.

    Returns
    -------
    (Generator, Discriminator)

    Raises
    ------
    ValueError
        If there is no such preset, or a change is none of the above or has a wrong value.
    """
    odd = sorted(set(changes) - set(SETTINGS_G) - set(SETTINGS_D))
    if odd:
        raise ValueError(f"networks have no {odd[0]!r}; they have {', '.join(dict.fromkeys(SETTINGS_G + SETTINGS_D))}")
    row = dict(preset(name), **changes)
    return (Generator(**{key: row[key] for key in SETTINGS_G if key in row}),
            Discriminator(**{key: row[key] for key in SETTINGS_D if key in row}))
