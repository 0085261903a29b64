"""Convolutional GANs in MXNet Gluon: train them, walk through them, take them apart.

``import gluon_gan as gg`` makes the process fit for MXNet (:mod:`gluon_gan.runtime`) and is quick; MXNet itself is
imported with the first name that needs it. This file is the whole public surface.
"""
from importlib import import_module

from . import runtime as runtime
from .runtime import device as device
from .runtime import seed as seed

__version__ = '0.1.0'

_HOME = {                     # public name: the module that defines it
    'Generator': 'models',
    'Discriminator': 'models',
    'build': 'presets',
    'preset': 'presets',
    'objective': 'losses',
    'draw': 'latent',
    'sample': 'latent',
    'pretrained': 'zoo',
    'pretrained_discriminator': 'zoo',
    'GANTrainer': 'train.trainer',
    'CycleTrainer': 'translate.trainer',
}
_ROOMS = ('blocks', 'data', 'dissect', 'distributed', 'doctor', 'latent', 'losses', 'metrics', 'models', 'pixels', 'presets', 'storage', 'train',
          'translate', 'viz', 'zoo')
__all__ = ['device', 'runtime', 'seed', *_HOME, *_ROOMS]

runtime.prepare()


def __getattr__(name):
    if name in _HOME:
        runtime.require()
        value = getattr(import_module('.' + _HOME[name], __name__), name)
    elif name in _ROOMS:
        value = import_module('.' + name, __name__)
    else:
        raise AttributeError(f'gluon_gan has no {name!r}; it has {", ".join(__all__)}')
    globals()[name] = value
    return value


def __dir__():
    return sorted(__all__)
