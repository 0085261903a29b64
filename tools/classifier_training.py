"""What train_attribute_classifier.py and train_quilt_classifier.py have in common: options, loop, noise and card."""
import argparse
import json
import os
import platform

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon
from tqdm import tqdm

import gluon_gan as gg
from gluon_gan.support import files


def parse(description, epochs):
    """The options of the command line: ``epochs`` and ``seed``.

    Parameters
    ----------
    description : str
        The first line of the help.
    epochs : int
        The default.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--epochs', type=int, default=epochs)
    parser.add_argument('--seed', type=int, default=0)
    return parser.parse_args()


def minimise(net, sample, loss, steps, lr):
    """Train an initialised network by Adam with a half-cosine decay of the learning rate, and return it.

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock
    sample : callable
        Returns the images ``(B, C, H, W)`` and the targets of a batch, NDArrays.
    loss : callable
        From the output of the network and the targets to the losses ``(B,)``.
    steps : int
    lr : float
        The learning rate of the first step.
    """
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': lr})
    for step in tqdm(range(steps), disable=None):
        trainer.set_learning_rate(lr * (1 + np.cos(np.pi * step / steps)) / 2)
        pictures, target = sample()
        with autograd.record():
            error = loss(net(pictures), target)
        error.backward()
        trainer.step(len(pictures))
        error.wait_to_read()                       # otherwise batches are queued faster than they are processed
    return net


def noisy(pictures, rng, most):
    """Add noise, because generated images are not as clean as rendered ones.

    Parameters
    ----------
    pictures : numpy.ndarray
        ``(B, C, H, W)`` float32.
    rng : numpy.random.Generator
    most : float
        The largest standard deviation of the noise.
    """
    noise = rng.standard_normal(pictures.shape, np.float32) * rng.uniform(0, most)
    return mx.nd.array(pictures + noise)


def write_card(weights, card):
    """Write the card of a network beside its weights, with the versions of the programs, and print it."""
    card = {**card, 'threads': os.environ['OMP_NUM_THREADS'], 'gluon_gan': gg.__version__, 'mxnet': mx.__version__,
            'numpy': np.__version__, 'python': platform.python_version()}
    with files.atomic_write(weights.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    print(json.dumps(card, indent=1))
