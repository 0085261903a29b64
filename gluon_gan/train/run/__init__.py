"""A run: a training on disk, with its settings, checkpoints and report."""
from ...support.lazy import exports

__getattr__, __dir__, __all__ = exports(__name__, {
    'Checkpoint': '.checkpoints',
    'GANSettings': '.gan_settings',
    'Provenance': '.provenance',
    'Run': '.lifecycle',
    'Settings': '.settings',
})
