"""Convolutional GANs in MXNet Gluon: train them, explore their latent space, and take them apart.

``import gluon_gan as gg`` prepares the process for MXNet (:mod:`gluon_gan.runtime`) and returns quickly. MXNet itself
is imported with the first name that needs it. The tables below list all public names.
"""
from importlib import import_module

from .support import signals

# ruff: noqa: E402
signals.quit_while_loading()          # before the imports that take time

from . import runtime as runtime
from .runtime import device as device
from .runtime import seed as seed
from .support import renamed

__version__ = '0.1.0'

_HOME = {                     # name of a class or function: the module that defines it
    'Generator': 'models',
    'Discriminator': 'models',
    'build': 'presets',
    'preset': 'presets',
    'objective': 'losses',
    'InputGradient': 'penalties',
    'GradientPenalty': 'penalties',
    'sample': 'latent',
    'sample_z': 'latent',
    'pretrained': 'zoo',
    'pretrained_discriminator': 'zoo',
    'GANTrainer': 'train.trainer',
    'CycleTrainer': 'translate.trainer',
}
_MODULES = {                  # name of a module: where it is
    'blocks': 'blocks',
    'catalogue': 'catalogue',
    'curation': 'curation',
    'data': 'data',
    'dissect': 'dissect',
    'distributed': 'distributed',
    'export': 'export',
    'latent': 'latent',
    'losses': 'losses',
    'metrics': 'metrics',
    'models': 'models',
    'penalties': 'penalties',
    'presets': 'presets',
    'serving': 'serving',
    'support': 'support',
    'synthetic': 'synthetic',
    'train': 'train',
    'translate': 'translate',
    'viz': 'viz',
    'zoo': 'zoo',
    'doctor': 'cli.doctor',
    'course': 'support.course',
    'pixels': 'support.pixels',
    'storage': 'support.storage',
}
__all__ = ['device', 'runtime', 'seed', *_HOME, *_MODULES]

runtime.prepare()


def __getattr__(name):
    if name in _HOME:
        runtime.require()
        value = getattr(import_module('.' + _HOME[name], __name__), name)
    elif name in _MODULES:
        value = import_module('.' + _MODULES[name], __name__)
    elif name in renamed.ATTRIBUTES[__name__]:
        raise renamed.attribute_error(__name__, name)
    else:
        raise AttributeError(f'gluon_gan has no {name!r}; it has {", ".join(__all__)}')
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
