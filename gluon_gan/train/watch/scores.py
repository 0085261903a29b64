"""The Fréchet distance of the generated images to the data, measured during training."""
import time

import numpy as np

from ... import latent
from ...metrics import FeatureStats, frechet_distance, named, short, stream
from ...support.checks import whole_number
from ..callbacks import Callback
from . import monitor

COUNT = 2000         # images that a score is computed from


class Scores(Callback):
    """Measures the Fréchet distance between generated and real images at regular intervals, for the history.

    The distance is added to the record of its step under a name such as ``frechet_lenet_2k``; ``score_s`` is the time
    in seconds that it took. With ``Checkpoint(best='frechet_lenet_2k', history=history)`` the best generator is
    saved. Place this callback before the History.

    As in :meth:`gluon_gan.GANTrainer.pictures`, images use the statistics of their own batch. They always have the same
    z, so a difference between two steps is caused by the generator and not by the samples. To compare with other work,
    use ``gluon-gan evaluate``, which measures the running statistics again.

    Parameters
    ----------
    images : ImageArray
        The training data.
    extractor : str or callable
        See :func:`gluon_gan.metrics.named`.
    every : int
        The number of steps between two measurements. Use a multiple of the History's ``every``: other steps have no
        record.
    count : int
        The number of real and of generated images, limited to the size of the data.

    Raises
    ------
    ValueError
        If a number is invalid, the extractor is unknown, or it has at least as many features as there are images.
    """

    def __init__(self, images, extractor, every, count=COUNT):
        self.extractor, self.every = named(extractor), whole_number('every', every)
        self.count = min(whole_number('count', count, 2), len(images))
        self.name = name_of(images, self.extractor, count)
        rows = np.sort(np.random.default_rng(0).permutation(len(images))[:self.count])
        self._real = self._stats(images[rows])

    def on_step(self, trainer):
        if trainer.steps % self.every == 0:
            start = time.perf_counter()
            distance = frechet_distance(self._real, self._stats(self._generated(trainer)))
            monitor.of(trainer).note(trainer, {self.name: distance, 'score_s': time.perf_counter() - start})

    def _generated(self, trainer):
        netG = trainer.average.netG if trainer.average else trainer.netG
        z = latent.sample_z(self.count, netG.nz, seed=[trainer.seed, 0, 2], ctx=trainer.ctx)
        classes = getattr(netG, 'classes', 0)
        labels = latent.labels(self.count, classes, ctx=trainer.ctx) if classes else None
        yield from monitor.generate_batches(netG, z, labels)

    def _stats(self, images):
        stats = FeatureStats()
        for features in stream(self.extractor, images):
            stats.update(features)
        return stats


def name_of(images, extractor, count=COUNT):
    """The name of the score in the history, from one image: a wrong extractor is found before a training begins.

    The parameters and errors are those of :class:`Scores`.
    """
    extractor, count = named(extractor), min(whole_number('count', count, 2), len(images))
    features = len(next(stream(extractor, images[:1]))[0])
    if count <= features:
        raise ValueError(f'{extractor.name} has {features} features, for which {count} images are too few: use more '
                         'images, or another extractor')
    size = '' if getattr(extractor, 'size', None) else f'_{images.size}px'
    return f'frechet_{extractor.name}_{short(count)}{size}'
