"""A metric while it trains."""
import time

import numpy as np

from .. import latent
from ..checks import whole_number
from ..metrics import FeatureStats, frechet_distance, named, short, stream
from . import monitor
from .callbacks import Callback


class Scores(Callback):
    """The Fréchet distance of the generator's pictures to the data's, every so often, for the history and its curves.

    The history's record of the step holds it under a name such as ``frechet_lenet_2k``, with ``score_s``, the seconds that it took: so
    ``Checkpoint(best='frechet_lenet_2k', history=history)`` keeps the best generator. It must stand before the History among the callbacks.
    Pictures are those of :meth:`gluon_gan.GANTrainer.pictures`, always of the same z: a difference between two steps is one of the
    generator, not of the draw. Compare with other tables only what ``gluon-gan evaluate`` gives, which measures running statistics anew.

    Parameters
    ----------
    images : ImageArray
        What it trains on.
    extractor : str or callable
        As :func:`gluon_gan.metrics.named` takes it.
    every : int
        Steps between two; a multiple of the History's, or nothing would record it.
    count : int
        Pictures of each kind; or as many as there are.

    Raises
    ------
    ValueError
        If a number is none, there is no such extractor, or it has as many features as there are pictures, or more.
    """

    def __init__(self, images, extractor, every, count=2000):
        self.extractor, self.every = named(extractor), whole_number('every', every)
        self.count = min(whole_number('count', count, 2), len(images))
        rows = np.sort(np.random.default_rng(0).permutation(len(images))[:self.count])
        self._real = self._stats(images[rows])
        if self.count <= len(self._real.mean):
            raise ValueError(f'{self.extractor.name} has {len(self._real.mean)} features, and {self.count} pictures are too few for them: '
                             'take more, or other features')
        size = '' if getattr(self.extractor, 'size', None) else f'_{images.size}px'
        self.name = f'frechet_{self.extractor.name}_{short(self.count)}{size}'

    def on_step(self, trainer):
        if trainer.steps % self.every == 0:
            since = time.perf_counter()
            distance = frechet_distance(self._real, self._stats(self._made(trainer)))
            monitor.of(trainer).note(trainer, {self.name: distance, 'score_s': time.perf_counter() - since})

    def _made(self, trainer):
        netG = trainer.average.netG if trainer.average else trainer.netG
        z = latent.draw(self.count, netG.nz, seed=[trainer.seed, 0, 2], ctx=trainer.ctx)
        classes = getattr(netG, 'classes', 0)
        labels = latent.labels(self.count, classes, ctx=trainer.ctx) if classes else None
        yield from monitor.of_noise(netG, z, labels)

    def _stats(self, pictures):
        stats = FeatureStats()
        for features in stream(self.extractor, pictures):
            stats.update(features)
        return stats
