"""Presets: named pairs of networks, with the data and the training settings that belong to them."""
from .models import Discriminator, Generator
from .support import renamed

# Why the presets are as they are:
# - `mnist` lets the learning rate decay over the second half, as the MNIST code of the DCGAN paper does. Its D has half
#   of the usual feature maps. It scores nearly as well as with all 64 (Frechet distance in the features of a LeNet
#   after two epochs: 38 instead of 36) in 60 % of the time.
# - `stronger-g` widens G alone, which the PyTorch DCGAN on MNIST found to converge better.
# - `mnist-conditional` is conditioned on the digit, as the original MNIST model was.
# - `fashion_mnist` and `kmnist` have the networks of `mnist`, whose format these sets have.
# - The faces and quilts of the earlier projects have 64 pixels.
# - `dcgan` is the generator of the paper: 100 -> 1024 x 4 x 4, 5 x 5 kernels (section 4.1).
# - There are few photographs of quilts, so `quilts` ends after a number of steps rather than epochs, and D receives
#   augmented images. They are not turned upside down: quilts hang, or lie in perspective (docs/few-pictures.md).
# - `synthetic-faces` have exact attributes. `synthetic-quilts` have known blocks, and are what a training on a few
#   photographs of quilts may start from. Its rates are the best of docs/recipes.md. Without the
#   augmentation its D wins after 4,000 steps, although there are 20,000 images (docs/few-pictures.md).
PRESETS = {
    'mnist': dict(data='mnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64, epochs=25,
                  decay=0.5),
    'stronger-g': dict(data='mnist', size=28, channels=1, nz=100, ngf=128, ndf=32, kernel=4, batch_size=64, epochs=25,
                       decay=0.5),
    'mnist-conditional': dict(data='mnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, classes=10,
                              batch_size=64, epochs=25, decay=0.5),
    'fashion_mnist': dict(data='fashion_mnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64,
                          epochs=25, decay=0.5),
    'kmnist': dict(data='kmnist', size=28, channels=1, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64, epochs=25,
                   decay=0.5),
    'cifar10': dict(data='cifar10', size=32, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=50),
    'celeba': dict(data='celeba', size=64, channels=3, nz=100, ngf=64, ndf=64, kernel=4, batch_size=64, epochs=25,
                   decay=0.5, augment='light', real_label=0.9),
    'synthetic-faces': dict(data='synthetic_faces', size=64, channels=3, nz=100, ngf=48, ndf=32, kernel=4,
                            batch_size=64, epochs=None, steps=6000, decay=0.5, augment='mirror', real_label=0.9),
    'quilts': dict(data='quilts', size=64, channels=3, nz=100, ngf=64, ndf=32, kernel=4, batch_size=64, epochs=None,
                   steps=6000, decay=0.5, augment='light', diff_augment='translation', real_label=0.9),
    'synthetic-quilts': dict(data='synthetic_quilts', size=64, channels=3, nz=100, ngf=64, ndf=32, kernel=4,
                             batch_size=64, epochs=None, steps=12000, decay=0.5, augment='flips',
                             diff_augment='translation,cutout', real_label=0.9, lr=1e-3, beta1=0.0),
    'dcgan': dict(data='celeba', size=64, channels=3, nz=100, ngf=128, ndf=128, kernel=5, batch_size=128, epochs=25,
                  augment='none'),
}
# Translations between two domains (gluon_gan.translate):
# - `cyclegan` is the paper's network at 64 pixels with half of the feature maps. A CPU trains it in half an hour.
# - `dreams` is the pair of "Convolutional dreams": one convolution against three. Its weights of cycle consistency and
#   identity are small, because with those of the paper it would reproduce the photographs.
TRANSLATIONS = {
    'cyclegan': dict(data='two_domains', a='synthetic_red', b='synthetic_teal', generator='resnet',
                     discriminator='patch', size=64, ngf=32, ndf=32, batch_size=1, epochs=None, steps=6000, decay=0.5),
    'dreams': dict(data='two_domains', a='synthetic_red', b='synthetic_teal', generator='dream',
                   discriminator='single', size=64, ngf=32, batch_size=4, epochs=10, decay=1, cycle=1.0, identity=0.0),
}
# The settings of a preset that Generator takes, and those that Discriminator takes.
SETTINGS_G = ('size', 'channels', 'nz', 'ngf', 'kernel', 'classes', 'upsampling', 'block')
SETTINGS_D = ('size', 'channels', 'ndf', 'kernel', 'classes', 'norm', 'block')


def preset(name):
    """A copy of one row of :data:`PRESETS`.

    Raises
    ------
    ValueError
        If there is no such preset; the message lists all presets.
    """
    name = renamed.preset(name)
    if name not in PRESETS:
        raise ValueError(f"there is no preset {name!r}; the presets are {', '.join((*PRESETS, *TRANSLATIONS))}")
    return dict(PRESETS[name])


def translation(name):
    """A copy of one row of :data:`TRANSLATIONS`.

    Raises
    ------
    ValueError
        If there is no such preset; the message lists the presets of translations.
    """
    if name not in TRANSLATIONS:
        raise ValueError(f"there is no preset {name!r} for translations; there are {', '.join(TRANSLATIONS)}")
    return dict(TRANSLATIONS[name])


def build(name, **changes):
    """The two networks of a preset, not yet initialised.

    Parameters
    ----------
    name : str
        A key of :data:`PRESETS`.
    **changes
        Other values for ``size``, ``channels``, ``nz``, ``ngf``, ``ndf``, ``kernel``, ``classes``,
        ``norm``, ``upsampling`` or ``block``.

    Returns
    -------
    (Generator, Discriminator)

    Raises
    ------
    ValueError
        If there is no such preset, or a change has another name or a wrong value.
    """
    unknown = sorted(set(changes) - set(SETTINGS_G) - set(SETTINGS_D))
    if unknown:
        names = ', '.join(dict.fromkeys(SETTINGS_G + SETTINGS_D))
        raise ValueError(f'the networks have no setting {unknown[0]!r}; their settings are {names}')
    row = dict(preset(name), **changes)
    return (Generator(**{key: row[key] for key in SETTINGS_G if key in row}),
            Discriminator(**{key: row[key] for key in SETTINGS_D if key in row}))
