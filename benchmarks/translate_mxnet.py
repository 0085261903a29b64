"""The worker for our step of a CycleGAN. Started by translate.py, in this package's environment."""
import mxnet as mx
import numpy as np
import worker

from gluon_gan.train.engine import RUN_AHEAD
from gluon_gan.translate import Critics, CycleTrainer, Translators

PRECISIONS = {'step': 'float32', 'bf16 step': 'bfloat16'}


class Steps:
    """``CycleTrainer.step`` on prepared batches."""

    def __init__(self, settings, precision):
        size, width = settings['size'], settings['feature_maps']
        netG, netD = Translators('resnet', size, 3, width), Critics('patch', size, 3, width)
        self.trainer = CycleTrainer(netG, netD, ctx=mx.cpu(), seed=0, precision=precision)
        if precision != 'float32' and self.trainer.fast is None:
            raise ValueError('the fast step is unavailable here: see `gluon-gan doctor`')
        rng, shape = np.random.default_rng(0), (settings['batch_size'], 3, size, size)
        self.pairs = [[mx.nd.array(rng.uniform(-1, 1, shape)) for _ in 'ab'] for _ in range(8)]

    def run(self, steps):
        losses = []
        for step in range(steps):
            losses.append(self.trainer.step(*self.pairs[step % len(self.pairs)])[1])
            if len(losses) > RUN_AHEAD:
                losses.pop(0).wait_to_read()      # as fit does
        mx.nd.waitall()


def make(variant, settings):
    """Return the object that runs a variant; ValueError if there is no such variant."""
    if variant not in PRECISIONS:
        raise ValueError(f'there is no variant {variant!r}')
    return Steps(settings, PRECISIONS[variant])


if __name__ == '__main__':
    worker.serve(make, {'mxnet': mx.__version__, 'numpy': np.__version__})
