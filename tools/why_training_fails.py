"""Measure what lesson 05 tells: python tools/why_training_fails.py [--only NAME ...] [--seeds 0 1 2]

Trains every configuration of RUNS on MNIST, `STEPS` steps with each seed, and writes
notebooks/histories/05_why_training_fails.json (settings, curves, final numbers) and .npz (a few pictures of each). Each run is
kept in runs/why_training_fails/ as soon as it is done, and what lies there is not trained again: stop it when you like. It takes
an hour and a half on one core; on two, start it twice with different --seeds and OMP_NUM_THREADS=1.

Quality is `frechet_pca64_2k`: the Frechet distance (Heusel et al. 2017, arXiv:1706.08500, equation 6) between 2,000 generated
pictures and 2,000 real test digits, in the first 64 principal components of real pixels. It is plain, and needs no classifier.
"""
import argparse
import json
import time
from pathlib import Path

import gluon_gan as gg
import mxnet as mx
import numpy as np
from mxnet import autograd
from mxnet.gluon import nn
from scipy.linalg import sqrtm

from gluon_gan import files, latent, pixels, presets, storage

STEPS, EVERY, BATCH = 500, 25, 64
COUNT, COMPONENTS, SHOWN = 2000, 64, 3
MEANS = ('errD', 'errG', 'D(x)', 'D(G(z))', 'sure')
ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / 'runs' / 'why_training_fails'
RESULT = ROOT / 'notebooks' / 'histories' / '05_why_training_fails'

# 'init' is (a name in mx.init, its arguments); 'later' is (until, from, to) of a Schedule of feature_weight; all else goes to the
# trainer. Xavier with 'in' and 1 is PyTorch's own default for convolutions, uniform within 1 / sqrt(fan in).
RUNS = {
    'baseline': {},
    'normal_0.2': dict(init=('Normal', [0.2])),
    'xavier': dict(init=('Xavier', [])),
    'uniform_0.07': dict(init=('Uniform', [0.07])),
    'pytorch': dict(init=('Xavier', ['uniform', 'in', 1])),
    'normal_0.2_fast': dict(init=('Normal', [0.2]), lr=2e-3),
    'momentum_0.5': dict(momentum=0.5),
    'momentum_0.99': dict(momentum=0.99),
    'momentum_0.999': dict(momentum=0.999),
    'lrD_x10': dict(lrD=2e-3),
    'lrG_x10': dict(lrG=2e-3),
    'means_alone': dict(loss='feature_matching', features='means'),
    'pairs_alone': dict(loss='feature_matching', features='pairs'),
    'means_beside': dict(feature_weight=0.01, features='means'),
    'pairs_beside': dict(feature_weight=0.00078, features='pairs'),
    'pairs_later': dict(features='pairs', later=(0.5, 0.0, 0.00078)),
    'real_0.9': dict(real_label=0.9),
    'flip_0.05': dict(flip=0.05),
    'swapped': dict(swap_labels=True),
    'noise_0.1': dict(noise=0.1),
    'g_steps_2': dict(g_steps=2),
    'ngf_64': dict(ngf=64),
    'ndf_32': dict(ndf=32),
    'ndf_64': dict(ndf=64),
    'wide': dict(ngf=64, ndf=64),
    'wide_pytorch': dict(ngf=64, ndf=64, init=('Xavier', ['uniform', 'in', 1])),
}
WIDTHS = dict(ngf=32, ndf=16)     # half of the preset's: a training takes half a minute


def train(name, seed, images, ruler):
    """One run: (dict for the JSON, dict of uint8 pictures)."""
    settings = dict(RUNS[name])
    init, momentum, later = (settings.pop(key, None) for key in ('init', 'momentum', 'later'))
    gg.seed(seed)
    netG, netD = presets.build('mnist', **{key: settings.pop(key, width) for key, width in WIDTHS.items()})
    for net in (netG, netD):
        net.initialize(init and getattr(mx.init, init[0])(*init[1]), ctx=mx.cpu())
        if momentum is not None:
            net.apply(lambda block: block._kwargs.update(momentum=momentum) if isinstance(block, nn.BatchNorm) else None)
    first = storage.parameters(netG)
    began = time.perf_counter()
    trainer = gg.GANTrainer(netG, netD, ctx=mx.cpu(), seed=seed, **settings)
    watch = Watch()
    callbacks = [watch] + ([gg.train.Schedule('feature_weight', later[1], later[2], until=later[0])] if later else [])
    trainer.fit(gg.data.batches(images, batch_size=BATCH, seed=seed), steps=STEPS, callbacks=callbacks)
    mx.nd.waitall()
    seconds = time.perf_counter() - began
    last = storage.parameters(netG)
    final = {key: np.mean(watch.columns[key][-5:]) for key in MEANS} | {'moved': _moved(first, last)}
    pictures = {'running': make(netG, training=False), 'batch': make(netG, training=True)}
    for kind, made in pictures.items():
        final[f'frechet_pca64_2k_{kind}'], final[f'diversity_{kind}'] = ruler.frechet(made), diversity(made)
    run = {'name': name, 'seed': seed, 'settings': RUNS[name], 'steps': STEPS, 'seconds': round(seconds, 1),
           'final': _plain(final), 'history': _plain(watch.columns)}
    return run, {kind: pixels.to_uint8(made[:SHOWN])[..., 0] for kind, made in pictures.items()}


class Watch(gg.train.Callback):
    """Columns of a history: means over the `EVERY` steps before, and gradients and diversity as they are then.

    'sure' is the share of the generated pictures to which D gives less than 0.01.
    """

    def __init__(self):
        self.columns = {name: [] for name in (*MEANS, 'gradG_first', 'gradG_last', 'gradD_first', 'gradD_last', 'diversity')}
        self._waiting = {name: [] for name in MEANS}

    def on_step(self, trainer):
        outputs, game = trainer.outputs, trainer.game
        fake = game.probability(outputs['fake_logits'])
        values = (outputs['errD'], outputs['errG'], game.probability(outputs['real_logits']), fake, fake < 0.01)
        for column, value in zip(self._waiting.values(), values):
            column.append(value.mean())
        if trainer.steps % EVERY:
            return
        mx.nd.waitall()                       # before gradients and weights are read
        for name, column in self._waiting.items():
            self.columns[name].append(np.mean([value.asscalar() for value in column]))
            column.clear()
        for name, net in (('G', trainer.netG), ('D', trainer.netD)):
            weights = [parameter for key, parameter in storage.named(net).items() if key.endswith('weight')]
            for place, parameter in (('first', weights[0]), ('last', weights[-1])):
                # The losses are added up over the batch: divided by it, this is the gradient of their mean.
                self.columns[f'grad{name}_{place}'].append(float(parameter.grad().norm().asscalar()) / BATCH)
        with autograd.train_mode():
            self.columns['diversity'].append(diversity(trainer.netG(trainer.fixed_z).asnumpy()))


class Ruler:
    """The Frechet distance of pictures from real test digits, in principal components of real training digits."""

    def __init__(self, images, unseen):
        real = _flat(pixels.to_float(images.images[:10_000]))
        self._mean = real.mean(axis=0)
        self._components = np.linalg.svd(real - self._mean, full_matrices=False)[2][:COMPONENTS]
        order = np.random.default_rng(0).permutation(len(unseen))
        one, two = (pixels.to_float(unseen.images[np.sort(part)]) for part in (order[:COUNT], order[COUNT:2 * COUNT]))
        self._real = self._moments(one)
        self.floor, self.diversity = self.frechet(two), diversity(one)

    def frechet(self, pictures):
        (mean, covariance), (real_mean, real_covariance) = self._moments(pictures), self._real
        root = sqrtm(covariance @ real_covariance).real
        return float(((mean - real_mean) ** 2).sum() + np.trace(covariance + real_covariance - 2 * root))

    def _moments(self, pictures):
        projected = (_flat(pictures) - self._mean) @ self._components.T
        return projected.mean(axis=0), np.cov(projected.astype(np.float64), rowvar=False)


def make(netG, training):
    """``(COUNT, 1, 28, 28)`` of noise that is the same for all, in batches of 100, with batch or with running statistics."""
    z = latent.draw(COUNT, netG.nz, seed=12345)
    with (autograd.train_mode() if training else autograd.predict_mode()):
        return np.concatenate([netG(z[start:start + 100]).asnumpy() for start in range(0, COUNT, 100)])


def diversity(pictures):
    """The mean distance between two of (at most the first 500) pictures, whose pixels are in [-1, 1]."""
    flat = _flat(pictures[:500]).astype(np.float64)
    squares = (flat ** 2).sum(axis=1)
    apart = np.sqrt(np.maximum(squares[:, None] + squares - 2 * flat @ flat.T, 0))
    return float(apart.sum() / (len(flat) * (len(flat) - 1)))


def _moved(first, last):
    """How far each weight of G has gone, as a part of its first size."""
    return {key: np.linalg.norm(last[key] - first[key]) / np.linalg.norm(first[key]) for key in first if key.endswith('weight')}


def _flat(pictures):
    return pictures.reshape(len(pictures), -1)


def _plain(value):
    """For JSON: four digits, and None for what is no number any more."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return float(f'{value:.4g}') if np.isfinite(value) else None


def collect(images, ruler):
    """Write what is committed, from all the runs that there are."""
    runs, arrays = [], {}
    for name in RUNS:
        parts = [storage.read(path) for path in sorted(PARTS.glob(f'{name}-[0-9]*.npz'))]
        runs += [meta for _, meta in parts]
        for kind in ('batch', 'running') if name.startswith(('baseline', 'momentum')) else ('batch',):
            if parts:
                arrays[f'{name}/{kind}'] = np.stack([part[kind][:SHOWN] for part, _ in parts])       # (seeds, SHOWN, 28, 28)
    card = {'command': 'python tools/why_training_fails.py', 'data_name': images.name, 'stand_in': images.stand_in,
            'preset': 'mnist', **WIDTHS, 'steps': STEPS, 'every': EVERY, 'batch_size': BATCH, 'threads': gg.runtime.state['threads'],
            'gluon_gan': gg.__version__, 'mxnet': mx.__version__, 'floor': _plain(ruler.floor), 'diversity': _plain(ruler.diversity)}
    lines = ',\n'.join(json.dumps(run, separators=(',', ':')) for run in runs)      # a line each: a changed run shows in a diff
    with files.whole(RESULT.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(dict(card, runs=[])).replace('"runs": []', f'"runs": [\n{lines}]') + '\n')
    with files.whole(RESULT.with_suffix('.npz')) as unfinished, open(unfinished, 'wb') as file:
        np.savez_compressed(file, **arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', nargs='+', choices=RUNS, default=list(RUNS), metavar='NAME', help=', '.join(RUNS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    chosen = parser.parse_args()
    images, unseen = gg.data.mnist('train', download=False), gg.data.mnist('test', download=False)
    ruler = Ruler(images, unseen)
    for seed in chosen.seeds:
        for name in chosen.only:
            path = PARTS / f'{name}-{seed}.npz'
            if not path.exists():
                run, pictures = train(name, seed, images, ruler)
                storage.write(path, pictures, run)
                print(name, seed, run['seconds'], 's', run['final'], flush=True)
    collect(images, ruler)


if __name__ == '__main__':
    main()
