"""Run the experiments of lesson 06: python tools/why_training_fails.py [--only NAME ...] [--seeds 0 1 2]

This script trains every configuration in RUNS on MNIST for `STEPS` steps with each seed. It writes the settings,
curves and final numbers to notebooks/histories/why_training_fails.json, and a few images of each run to the .npz
file of the same name. Finished runs are stored in runs/why_training_fails/ and not repeated, so the script may be
interrupted. It takes an hour and a half on one core. On two cores, start it twice with different --seeds and
OMP_NUM_THREADS=1.

The quality measure is `frechet_pca64_2k`, the Frechet distance (Heusel et al. 2017, arXiv:1706.08500, equation 6)
between 2,000 generated images and 2,000 real test digits, in the first 64 principal components of real pixels. It is
simple and needs no classifier.
"""
import argparse
import json
import time
from pathlib import Path

import mxnet as mx
import numpy as np
from mxnet import autograd
from mxnet.gluon import nn
from scipy.linalg import sqrtm

import gluon_gan as gg
from gluon_gan import latent, presets
from gluon_gan.support import files, pixels, storage

STEPS, EVERY, BATCH = 500, 25, 64
COUNT, COMPONENTS, SHOWN = 2000, 64, 3
MEANS = ('errD', 'errG', 'D(x)', 'D(G(z))', 'sure')
ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / 'runs' / 'why_training_fails'
RESULT = ROOT / 'notebooks' / 'histories' / 'why_training_fails'

# 'init' is (a name in mx.init, its arguments), and 'later' is (until, from, to) of a Schedule of feature_weight.
# 'ngf', 'ndf' and 'momentum' belong to the networks. All other settings are arguments of the trainer. Xavier with 'in'
# and 1 is PyTorch's default for convolutions: uniform within 1 / sqrt(fan in).
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
WIDTHS = dict(ngf=32, ndf=16)     # half of the preset's, so that a training takes half a minute


def train(name, seed, images, metric):
    """Train one configuration; returns a dict for the JSON file and a dict of uint8 images."""
    settings = dict(RUNS[name])
    init, momentum, later = (settings.pop(key, None) for key in ('init', 'momentum', 'later'))
    gg.seed(seed)
    netG, netD = presets.build('mnist', **{key: settings.pop(key, width) for key, width in WIDTHS.items()})
    for net in (netG, netD):
        net.initialize(init and getattr(mx.init, init[0])(*init[1]), ctx=mx.cpu())
        if momentum is not None:
            def set_momentum(block):
                if isinstance(block, nn.BatchNorm):
                    block._kwargs.update(momentum=momentum)
            net.apply(set_momentum)
    initial = storage.parameters(netG)
    start = time.perf_counter()
    trainer = gg.GANTrainer(netG, netD, ctx=mx.cpu(), seed=seed, **settings)
    recorder = Recorder()
    callbacks = [recorder]
    if later:
        callbacks.append(gg.train.Schedule('feature_weight', later[1], later[2], until=later[0]))
    trainer.fit(gg.data.batches(images, batch_size=BATCH, seed=seed), steps=STEPS, callbacks=callbacks)
    mx.nd.waitall()
    seconds = time.perf_counter() - start
    final = {key: np.mean(recorder.columns[key][-5:]) for key in MEANS}
    final['moved'] = _relative_changes(initial, storage.parameters(netG))
    samples = {'running': generate(netG, training=False), 'batch': generate(netG, training=True)}
    for statistics, generated in samples.items():
        final[f'frechet_pca64_2k_{statistics}'] = metric.frechet(generated)
        final[f'diversity_{statistics}'] = diversity(generated)
    run = {'name': name, 'seed': seed, 'settings': RUNS[name], 'steps': STEPS, 'seconds': round(seconds, 1),
           'final': _rounded(final), 'history': _rounded(recorder.columns)}
    return run, {statistics: pixels.to_uint8(generated[:SHOWN])[..., 0] for statistics, generated in samples.items()}


class Recorder(gg.train.Callback):
    """Callback that records a history with one row every `EVERY` steps.

    The columns in `MEANS` are means over these steps; gradients and diversity are measured at the last of them. 'sure'
    is the share of generated images to which D assigns a probability below 0.01.
    """

    def __init__(self):
        names = (*MEANS, 'gradG_first', 'gradG_last', 'gradD_first', 'gradD_last', 'diversity')
        self.columns = {name: [] for name in names}
        self._pending = {name: [] for name in MEANS}

    def on_step(self, trainer):
        outputs, game = trainer.outputs, trainer.game
        fake = game.probability(outputs['fake_logits'])
        values = (outputs['errD'], outputs['errG'], game.probability(outputs['real_logits']), fake, fake < 0.01)
        for column, value in zip(self._pending.values(), values):
            column.append(value.mean())
        if trainer.steps % EVERY:
            return
        mx.nd.waitall()                       # before gradients and weights are read
        for name, column in self._pending.items():
            self.columns[name].append(np.mean([value.asscalar() for value in column]))
            column.clear()
        for name, net in (('G', trainer.netG), ('D', trainer.netD)):
            weights = [parameter for key, parameter in storage.named(net).items() if key.endswith('weight')]
            for position, parameter in (('first', weights[0]), ('last', weights[-1])):
                # The losses are summed over the batch. The division gives the gradient of their mean.
                self.columns[f'grad{name}_{position}'].append(float(parameter.grad().norm().asscalar()) / BATCH)
        with autograd.train_mode():
            self.columns['diversity'].append(diversity(trainer.netG(trainer.fixed_z).asnumpy()))


class PCAFrechet:
    """The Frechet distance from real test digits, in principal components of real training digits.

    Attributes
    ----------
    baseline, diversity : float
        The distance and the diversity of other real test digits.
    """

    def __init__(self, images, test):
        real = _flat(pixels.to_float(images.images[:10_000]))
        self._mean = real.mean(axis=0)
        self._components = np.linalg.svd(real - self._mean, full_matrices=False)[2][:COMPONENTS]
        order = np.random.default_rng(0).permutation(len(test))
        reference, other = (pixels.to_float(test.images[np.sort(rows)])
                            for rows in (order[:COUNT], order[COUNT:2 * COUNT]))
        self._real = self._moments(reference)
        self.baseline, self.diversity = self.frechet(other), diversity(reference)

    def frechet(self, images):
        (mean, covariance), (real_mean, real_covariance) = self._moments(images), self._real
        root = sqrtm(covariance @ real_covariance).real
        return float(((mean - real_mean) ** 2).sum() + np.trace(covariance + real_covariance - 2 * root))

    def _moments(self, images):
        projected = (_flat(images) - self._mean) @ self._components.T
        return projected.mean(axis=0), np.cov(projected.astype(np.float64), rowvar=False)


def generate(netG, training):
    """Generate images ``(COUNT, 1, 28, 28)`` in batches of 100, from noise that is the same for all networks.

    ``training`` chooses the batch statistics instead of the running statistics.
    """
    z = latent.sample_z(COUNT, netG.nz, seed=12345)
    with (autograd.train_mode() if training else autograd.predict_mode()):
        return np.concatenate([netG(z[start:start + 100]).asnumpy() for start in range(0, COUNT, 100)])


def diversity(images):
    """Return the mean distance between two images in [-1, 1], of the first 500 images."""
    flat = _flat(images[:500]).astype(np.float64)
    squares = (flat ** 2).sum(axis=1)
    distances = np.sqrt(np.maximum(squares[:, None] + squares - 2 * flat @ flat.T, 0))
    return float(distances.sum() / (len(flat) * (len(flat) - 1)))


def _relative_changes(initial, final):
    """Return the norm of the change of each weight, relative to the norm of its initial value."""
    return {key: np.linalg.norm(final[key] - initial[key]) / np.linalg.norm(initial[key])
            for key in initial if key.endswith('weight')}


def _flat(images):
    return images.reshape(len(images), -1)


def _rounded(value):
    """Round numbers to four digits for JSON, and replace NaN and infinity by None."""
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_rounded(part) for part in value]
    return float(f'{value:.4g}') if np.isfinite(value) else None


def collect(images, metric):
    """Write the files in notebooks/histories from all finished runs."""
    runs, arrays = [], {}
    for name in RUNS:
        parts = [storage.read(path) for path in sorted(PARTS.glob(f'{name}-[0-9]*.npz'))]
        runs += [meta for _, meta in parts]
        for statistics in ('batch', 'running') if name.startswith(('baseline', 'momentum')) else ('batch',):
            if parts:                                                    # (seeds, SHOWN, 28, 28)
                arrays[f'{name}/{statistics}'] = np.stack([part[statistics][:SHOWN] for part, _ in parts])
    card = {'command': 'python tools/why_training_fails.py', 'data_name': images.name, 'stand_in': images.stand_in,
            'preset': 'mnist', **WIDTHS, 'steps': STEPS, 'every': EVERY, 'batch_size': BATCH,
            'threads': gg.runtime.state['threads'], 'gluon_gan': gg.__version__, 'mxnet': mx.__version__,
            'baseline': _rounded(metric.baseline), 'diversity': _rounded(metric.diversity)}
    # One line for each run, so that a diff shows which runs have changed.
    lines = ',\n'.join(json.dumps(run, separators=(',', ':')) for run in runs)
    with files.atomic_write(RESULT.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(dict(card, runs=[])).replace('"runs": []', f'"runs": [\n{lines}]') + '\n')
    with files.atomic_write(RESULT.with_suffix('.npz')) as unfinished, open(unfinished, 'wb') as file:
        np.savez_compressed(file, **arrays)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', nargs='+', choices=RUNS, default=list(RUNS), metavar='NAME', help=', '.join(RUNS))
    parser.add_argument('--seeds', nargs='+', type=int, default=[0, 1, 2])
    options = parser.parse_args()
    images, test = gg.data.mnist('train', download=False), gg.data.mnist('test', download=False)
    metric = PCAFrechet(images, test)
    for seed in options.seeds:
        for name in options.only:
            path = PARTS / f'{name}-{seed}.npz'
            if not path.exists():
                run, samples = train(name, seed, images, metric)
                storage.write(path, samples, run)
                print(name, seed, run['seconds'], 's', run['final'], flush=True)
    collect(images, metric)


if __name__ == '__main__':
    main()
