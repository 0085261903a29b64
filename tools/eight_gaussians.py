"""Train a Wasserstein GAN on eight Gaussians with a gradient penalty and with clipped weights, three seeds each.

::

    OMP_NUM_THREADS=1 python tools/eight_gaussians.py notebooks/histories/eight_gaussians.json

The points lie in the plane, around eight centres on a circle (Gulrajani et al. 2017, arXiv:1704.00028, section 2.2).
A generator covers a mode if at least half of its fair share of the points, 1/16 of all, lies near its centre. Points
that are evenly distributed over the circle do not reach that. Both networks are small multilayer perceptrons, and
everything but the bound on the critic, and the learning rate in one case, is the same.
"""
import argparse
import json
import platform
from pathlib import Path

import mxnet as mx
import numpy as np
from mxnet.gluon import nn

import gluon_gan as gg
from gluon_gan.support.files import atomic_write
from gluon_gan.train import LinearDecay

MODES, RADIUS, DEVIATION = 8, 0.7, 0.02        # in [-1, 1], as images are
BATCH_SIZE, STEPS, WIDTH = 256, 3_000, 128     # steps are updates of the critic, of which every fifth updates G too
NEAR = 5                                       # a point is near a centre within so many standard deviations
SAMPLES, SHARE = 4_000, 1 / (2 * MODES)
WAYS = {
    'wgan-gp': dict(penalty='wgan-gp', gamma=0.1, lr=1e-3),        # gamma is that of the authors' toy
    'clipping at 0.01': dict(clip=0.01, d_steps=5, lr=1e-3),
    'clipping at 0.1': dict(clip=0.1, d_steps=5, lr=1e-3),
    'clipping at 0.01, lr 1e-4': dict(clip=0.01, d_steps=5, lr=1e-4),
}


def centres():
    """The centres of the Gaussians, ``(8, 2)``."""
    angles = 2 * np.pi * np.arange(MODES) / MODES
    return RADIUS * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def points(count, rng):
    """Points of the eight Gaussians as images of 1 x 1 pixel with two channels, ``(count, 2, 1, 1)`` float32."""
    chosen = centres()[rng.integers(MODES, size=count)] + DEVIATION * rng.standard_normal((count, 2))
    return chosen.astype(np.float32)[:, :, None, None]


class Points:
    """A loader of new points in every step."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def __iter__(self):
        while True:
            yield mx.nd.array(points(BATCH_SIZE, self.rng))


def networks():
    """A generator of points from two numbers, and a critic of points; both have three hidden layers."""
    netG, netD = nn.HybridSequential(), nn.HybridSequential()
    for net, act in ((netG, lambda: nn.Activation('relu')), (netD, lambda: nn.LeakyReLU(0.2))):
        for inputs in (2, WIDTH, WIDTH):
            net.add(nn.Dense(WIDTH, in_units=inputs), act())
    netG.add(nn.Dense(2, in_units=WIDTH), nn.HybridLambda(lambda F, x: F.reshape(x, shape=(0, 0, 1, 1))))
    netD.add(nn.Dense(1, in_units=WIDTH))
    for net in (netG, netD):
        net.initialize(mx.init.Xavier())
    netG.nz = 2
    return netG, netD


def train(way, seed, steps=STEPS):
    """The shares of the generated points near each centre after a training, as of :func:`shares_of`."""
    gg.seed(seed)
    trainer = gg.GANTrainer(*networks(), loss='wasserstein', ctx=mx.cpu(), seed=seed, **WAYS[way])
    trainer.fit(Points([seed, 1]), steps=steps, callbacks=[LinearDecay(0.5)])
    return shares_of(trainer.netG(gg.sample_z(SAMPLES, 2, seed=[seed, 2])).asnumpy().reshape(SAMPLES, 2))


def shares_of(generated):
    """The shares of the points ``(N, 2)`` that are near each centre, a list of eight numbers."""
    distances = np.linalg.norm(generated[:, None] - centres(), axis=2)
    nearest = distances.argmin(axis=1)[distances.min(axis=1) < NEAR * DEVIATION]
    return (np.bincount(nearest, minlength=MODES) / len(generated)).round(4).tolist()


def covered(shares):
    """The number of centres that have their share of the samples."""
    return sum(share >= SHARE for share in shares)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('path', type=Path, help='the JSON file to write')
    parser.add_argument('--seeds', type=int, default=3)
    parser.add_argument('--steps', type=int, default=STEPS)
    options = parser.parse_args()
    found = {way: [] for way in WAYS}
    for way in WAYS:
        for seed in range(options.seeds):
            shares = train(way, seed, options.steps)
            found[way].append({'seed': seed, 'covered': covered(shares), 'shares': shares})
            print(f'{way}, seed {seed}: {covered(shares)} of {MODES} modes, {sum(shares):.0%} of the points are near a '
                  'centre', flush=True)
    result = {'made by': 'tools/eight_gaussians.py', 'python': platform.python_version(), 'mxnet': mx.__version__,
              'steps': options.steps, 'batch_size': BATCH_SIZE, 'share': SHARE, 'ways': WAYS, 'runs': found}
    with atomic_write(options.path) as unfinished:
        unfinished.write_text(json.dumps(result, indent=1) + '\n')


if __name__ == '__main__':
    main()
