"""Short trainings with given settings, which are measured and stored. The tools that compare settings share them.

A setting is a dict of JSON values with these keys, all optional:

- ``net``: arguments of :func:`gluon_gan.presets.build`, such as ``norm`` and ``ngf``;
- ``trainer``: arguments of :class:`gluon_gan.GANTrainer`, such as ``loss``, ``penalty`` and ``lr``;
- ``init``: 'he' for He's initialisation of D (He et al. 2015, arXiv:1502.01852, with the slope of the LeakyReLU), or
  'normal' for N(0, 0.02), that of the DCGAN paper; by default that of the network.

Each training has one thread, and one process for each core takes the next training from the list. A finished training
is stored in ``runs/`` and is not repeated, so the tools can be interrupted.
"""
import functools
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import mxnet as mx
import numpy as np

import gluon_gan as gg
from gluon_gan import catalogue, latent, metrics, presets
from gluon_gan.data.sets import digits
from gluon_gan.support import pixels, storage
from gluon_gan.support.files import atomic_write

ROOT = Path(__file__).resolve().parents[1]
BATCH_SIZE, SHOWN, CURVE = 64, 100, 5     # images of a step, images that are stored, and scores that are measured
STORE = 4                                 # the position of the file among the arguments of `train`
AVERAGE, DECAY = 0.995, 0.5               # a training of a few thousand steps has no time for an average over 1,000
TASKS = {
    '5,000 digits': dict(preset='mnist', net=dict(ngf=32, ndf=16), extractor='lenet', count=450, augment='none'),
    'mnist': dict(preset='mnist', net=dict(ngf=32, ndf=16), extractor='lenet', count=2000, augment='none'),
    'celeba': dict(preset='celeba', net=dict(size=32, ngf=32, ndf=16), extractor='random64', count=2000,
                   augment='light'),
    'quilts': dict(preset='quilts', net=dict(size=32, ngf=32, ndf=16), extractor='random64', count=129, split='all',
                   augment='flips', trainer=dict(diff_augment='translation')),
}


class Task:
    """Training images at a small size, and the real images that generators are compared with.

    Attributes
    ----------
    images : gluon_gan.data.ImageArray
        The training images.
    count : int
        Number of generated and of real images in a comparison.
    baseline : dict
        The scores of other real images in place of the generated ones.
    """

    def __init__(self, name):
        self.name, self.row = name, TASKS[name]
        preset = dict(presets.preset(self.row['preset']), **self.row['net'])
        options = dict(size=preset['size'], channels=preset['channels'])
        if name == '5,000 digits':
            self.images, others = digits.stand_in('train'), digits.stand_in('test')
        else:
            split = self.row.get('split')       # 'all' for few photographs: none are held out then
            self.images = catalogue.load(preset['data'], **options, **({'split': split} if split else {}))
            others = None if split else catalogue.held_out(preset['data'], **options)
        self.extractor, self.count = metrics.named(self.row['extractor']), self.row['count']
        order = np.random.default_rng(0).permutation(len(self.images))
        if others is None:                        # half of the images for the comparison, the others for the baseline
            others, rows = self.images, order[self.count:2 * self.count]
        else:
            rows = np.random.default_rng(1).permutation(len(others))[:self.count]
        self.real = metrics.extract(self.extractor, self.images[np.sort(order[:self.count])])
        self.baseline = self.scores(pixels.to_float(others.images[np.sort(rows)]))

    def scores(self, images):
        """Measure images ``(N, C, H, W)`` in [-1, 1].

        Returns
        -------
        dict of float
            'frechet', 'precision' and 'recall'; for digits also 'entropy', that of the mean class probabilities in
            nats, at most 2.30, and 'certainty', the mean probability of the most probable class.
        """
        features = metrics.extract(self.extractor, images)
        compared = metrics.precision_recall(self.real, features)
        found = {'frechet': metrics.frechet_distance(self.real, features), 'precision': compared.precision,
                 'recall': compared.recall}
        if hasattr(self.extractor, 'probabilities'):
            classes = np.concatenate([self.extractor.probabilities(mx.nd.array(images[start:start + 250]))
                                      for start in range(0, len(images), 250)])
            share = classes.mean(axis=0)
            found['entropy'] = -(share * np.log(np.maximum(share, 1e-12))).sum()
            found['certainty'] = classes.max(axis=1).mean()
        return {name: rounded(value) for name, value in found.items()}


task = functools.cache(Task)


def trainer(name, setting, seed):
    """A GANTrainer of the networks of a task, with a setting as described at the top of this module."""
    row = TASKS[name]
    preset = presets.preset(row['preset'])
    gg.seed(seed)
    netG, netD = presets.build(row['preset'], **{**row['net'], **setting.get('net', {})})
    if 'init' in setting:
        netD.initialize({'he': mx.init.MSRAPrelu('in', 0.2), 'normal': mx.init.Normal(0.02)}[setting['init']],
                        ctx=mx.cpu())
    common = dict(real_label=preset.get('real_label', 1.0), average=AVERAGE, **row.get('trainer', {}))
    given = setting.get('trainer', {})
    if given.get('loss', 'nonsaturating') != 'nonsaturating':
        common['real_label'] = 1.0                # the other objectives have no label to be smoothed
    return gg.GANTrainer(netG, netD, ctx=mx.cpu(), seed=seed, **{**common, **given})


def milliseconds(name, settings, rounds=5, steps=16):
    """Measure the time of a step with each setting, alternately in one process; a dict of the medians in ms.

    ``steps`` is the number of steps in a round: a multiple of the interval of lazy penalties.
    """
    loader = iter(gg.data.batches(task(name).images, BATCH_SIZE, seed=0))
    batches = [next(loader) for _ in range(4)]
    trainers = {key: trainer(name, setting, 0) for key, setting in settings.items()}
    times = {key: [] for key in settings}
    for _ in range(rounds + 1):                                      # the first round warms up
        for key, each in trainers.items():
            mx.nd.waitall()
            start = time.perf_counter()
            for step in range(steps):
                each.step(batches[step % 4])
            mx.nd.waitall()
            times[key].append((time.perf_counter() - start) / steps * 1000)
    return {key: float(np.median(column[1:])) for key, column in times.items()}


def train(name, setting, seed, steps, store, curve=CURVE):
    """Train once, measure, and store the result in the file ``store``.

    The file holds the images of the averaged generator, ``(SHOWN, H, W, C)`` uint8, and as metadata the setting, the
    seconds, the scores at the end, and a curve of the Fréchet distance with ``curve`` points, the end included.
    """
    data, each = task(name), trainer(name, setting, seed)
    curve = Curve(data, max(1, steps // curve))
    loader = gg.data.batches(data.images, BATCH_SIZE, seed=seed, augment=gg.data.augment.named(data.row['augment']))
    start = time.perf_counter()
    each.fit(loader, steps=steps, callbacks=[gg.train.LinearDecay(DECAY), curve])
    mx.nd.waitall()
    seconds = time.perf_counter() - start - curve.seconds
    images = generated(each, data.count)
    meta = {'task': name, 'setting': setting, 'seed': seed, 'steps': steps, 'seconds': round(seconds, 1),
            'scores': data.scores(images), 'curve': curve.points, 'data': data.images.name}
    store.parent.mkdir(parents=True, exist_ok=True)
    storage.write(store, {'images': pixels.to_uint8(images[:SHOWN])}, meta)
    return meta


class Curve(gg.train.Callback):
    """Records the Fréchet distance every ``every`` steps, and the seconds that this took."""

    def __init__(self, data, every):
        self.data, self.every, self.points, self.seconds = data, every, [], 0.0

    def on_step(self, trainer):
        if trainer.steps % self.every or trainer.steps == trainer.goal:
            return
        start = time.perf_counter()
        distance = self.data.scores(generated(trainer, self.data.count))['frechet']
        self.points.append([trainer.steps, distance])
        self.seconds += time.perf_counter() - start


def generated(trainer, count):
    """Images ``(count, C, H, W)`` in [-1, 1] of the averaged generator with its statistics measured again."""
    images = latent.sample(trainer.generator(), count, seed=12345).asnumpy()
    return np.where(np.isfinite(images), images, -1)                  # a training that diverged ends with black images


def run_all(jobs, processes=None, announce=print):
    """Train every job that has no stored result yet.

    Parameters
    ----------
    jobs : list of tuple
        Arguments of :func:`train`.
    processes : int, optional
        One for each core by default.
    announce : callable
        Receives a line of text for each finished job.
    """
    missing = [job for job in jobs if not job[STORE].exists()]
    announce(f'{len(jobs) - len(missing)} of {len(jobs)} trainings are finished')
    os.environ['OMP_NUM_THREADS'] = '1'                               # inherited by the processes
    processes = processes or gg.runtime.physical_cores()
    with ProcessPoolExecutor(processes, multiprocessing.get_context('spawn')) as pool:
        started = {pool.submit(train, *job): job for job in missing}
        for done in as_completed(started):
            meta, job = done.result(), started[done]
            announce(f"{job[STORE].stem}: Fréchet distance {meta['scores']['frechet']} after {meta['steps']:,} steps "
                     f"and {meta['seconds']:.0f} s")


def rounded(value):
    """A float with five significant digits, or None if it is not finite."""
    return float(f'{value:.5g}') if np.isfinite(value) else None


def write_result(path, content):
    """Write a dict as JSON, with one line for each training in its lists: a diff then shows which of them changed."""
    parts = [f'{json.dumps(key)}: ' + ('[\n' + ',\n'.join(map(json.dumps, value)) + ']' if isinstance(value, list)
                                      else json.dumps(value)) for key, value in content.items()]
    with atomic_write(path) as unfinished:
        unfinished.write_text('{' + ',\n'.join(parts) + '}\n')
