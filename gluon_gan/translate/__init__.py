"""Unpaired image translation between two domains: CycleGAN (Zhu, Park, Isola, Efros 2017, arXiv:1703.10593).

Two generators translate in both directions and are trained to invert each other, against one discriminator for each
domain. Training, checkpoints and callbacks are those of :mod:`gluon_gan.train`.
"""
from ..support.lazy import exports

__getattr__, __dir__, __all__ = exports(__name__, {
    'Critics': '.discriminators',
    'CycleTrainer': '.trainer',
    'DreamGenerator': '.generators',
    'ImagePool': '.image_pool',
    'InstanceNorm': '.layers',
    'measure': '.measures',
    'PatchDiscriminator': '.discriminators',
    'pretrained': '.source',
    'ResNetGenerator': '.generators',
    'Sheet': '.sheet',
    'SingleDiscriminator': '.discriminators',
    'table': '.measures',
    'Translation': '.measures',
    'Translators': '.generators',
    'translators': '.source',
})
