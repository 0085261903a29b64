"""Our step of a translation. Started by translate.py, in this package's environment."""
import mxnet as mx
import numpy as np
import worker
from gluon_gan.train.engine import RUN_AHEAD
from gluon_gan.translate import Critics, CycleTrainer, Translators


class Steps:
    """``CycleTrainer.step`` on batches that are there already."""

    def __init__(self, settings):
        size, maps = settings['size'], settings['maps']
        self.trainer = CycleTrainer(Translators('resnet', size, 3, maps), Critics('patch', size, 3, maps), ctx=mx.cpu(), seed=0)
        rng = np.random.default_rng(0)
        self.pairs = [[mx.nd.array(rng.uniform(-1, 1, (settings['batch_size'], 3, size, size))) for _ in 'ab'] for _ in range(8)]

    def run(self, steps):
        losses = []
        for step in range(steps):
            losses.append(self.trainer.step(*self.pairs[step % len(self.pairs)])[1])
            if len(losses) > RUN_AHEAD:
                losses.pop(0).wait_to_read()      # as fit does
        mx.nd.waitall()


def make(variant, settings):
    """The object that runs a variant; ValueError where there is none of that name."""
    if variant != 'step':
        raise ValueError(f'no variant {variant!r}')
    return Steps(settings)


if __name__ == '__main__':
    worker.serve(make, {'mxnet': mx.__version__, 'numpy': np.__version__})
