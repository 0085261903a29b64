"""Training: the update step, the trainer and its callbacks.

:mod:`.watch` records a training and raises alarms; :mod:`.run` keeps a training on disk.
"""
from ..support.lazy import exports

__getattr__, __dir__, __all__ = exports(__name__, {
    'Alarms': '.watch',
    'Callback': '.callbacks',
    'Checkpoint': '.run.checkpoints',
    'Diverged': '.watch',
    'GANTrainer': '.trainer',
    'History': '.watch',
    'LinearDecay': '.callbacks',
    'Page': '.watch',
    'ProgressBar': '.callbacks',
    'Samples': '.watch',
    'Schedule': '.callbacks',
    'Scores': '.watch',
    'TensorBoard': '.watch',
    'update': '.step',
})
