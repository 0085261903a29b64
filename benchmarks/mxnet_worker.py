"""The worker for our training. Started by step.py, in this package's environment."""
import mxnet as mx
import numpy as np
import worker

from gluon_gan import GANTrainer, data
from gluon_gan.presets import build
from gluon_gan.support import pixels
from gluon_gan.train.engine import RUN_AHEAD

VARIANTS = {'step': dict(), 'plain step': dict(plain=True), 'bf16 step': dict(precision='bfloat16'),
            'average': dict(average=0.999)}
PENALISED = {        # variants whose D has no normalisation
    'no norm': dict(), 'r1': dict(penalty='r1', gamma=1), 'r1+lazy': dict(penalty='r1', gamma=1, penalty_every=16)}


class Steps:
    """``GANTrainer.step`` on prepared batches; `average` is the decay of the moving average of G's weights.

    With `norm`, D has this normalisation instead of that of the preset, and with `plain` no extension of MXNet is used.
    Further options are those of GANTrainer.
    """

    def __init__(self, preset, images, batch_size, average=None, norm=None, plain=False, **options):
        networks = build(preset, size=images.shape[1], **({'norm': norm} if norm else {}))
        self.trainer = GANTrainer(*networks, average=average, ctx=mx.cpu(), seed=0, **options)
        if plain:
            self.trainer.fast = self.trainer.game.fast = None
        elif self.trainer.fast is None and 'precision' in options:
            raise ValueError('the fast step is unavailable here: see `gluon-gan doctor`')
        floats = pixels.to_float(images)
        self.batches = [mx.nd.array(floats[start:start + batch_size]) for start in range(0, len(floats), batch_size)]

    def run(self, steps):
        losses = []
        for step in range(steps):
            losses.append(self.trainer.step(self.batches[step % len(self.batches)])[1])
            if len(losses) > RUN_AHEAD:
                losses.pop(0).wait_to_read()      # as fit does
        mx.nd.waitall()


class Fit:
    """``GANTrainer.fit`` with the package's loader, which collects, scales and converts the images of each step."""

    def __init__(self, preset, images, batch_size):
        self.trainer = GANTrainer(*build(preset), ctx=mx.cpu(), seed=0)
        self.loader = data.batches(images, batch_size=batch_size, seed=0)

    def run(self, steps):
        self.trainer.fit(self.loader, steps=self.trainer.steps + steps)
        mx.nd.waitall()


class Sgemm:
    """Products of two square matrices."""

    def __init__(self, size):
        self.matrices = [mx.nd.array(np.random.default_rng(0).normal(size=(size, size))) for _ in 'ab']

    def run(self, steps):
        for _ in range(steps):
            mx.nd.dot(*self.matrices)
        mx.nd.waitall()


def make(variant, settings):
    """Return the object that runs a variant; ValueError if there is no such variant."""
    if variant == 'sgemm':
        return Sgemm(settings['sgemm'])
    arguments = settings['preset'], np.load(settings['images']), settings['batch_size']
    if variant in PENALISED:
        return Steps(*arguments, norm='none', **PENALISED[variant])
    if variant == 'fit':
        return Fit(*arguments)
    if variant not in VARIANTS:
        raise ValueError(f'there is no variant {variant!r}')
    return Steps(*arguments, **VARIANTS[variant])


if __name__ == '__main__':
    worker.serve(make, {'mxnet': mx.__version__, 'numpy': np.__version__})
