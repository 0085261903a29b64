"""Train the classifier of digits, whose features the scores of digits are computed from: python tools/train_lenet.py

It writes gluon_gan/metrics/weights/lenet.npz (float16) and lenet.json (the command, the data, the duration, and the
accuracy on the test digits).
"""
import argparse
import json
import os
import platform
import time

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon
from tqdm import tqdm

import gluon_gan as gg
from gluon_gan.metrics import lenet
from gluon_gan.support import files

BATCH, LR = 128, 1e-3


def train(digits, epochs, seed=0):
    """Train a LeNet by Adam with a half-cosine decay of the learning rate, without augmentation.

    Features that are invariant to shifts or distortions would not detect a generator that produces them.
    """
    gg.seed(seed)
    net = lenet.LeNet()
    net.initialize(mx.init.Xavier(magnitude=2))
    net.hybridize(static_alloc=True)
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': LR})
    loader = gg.data.batches(digits, BATCH, seed=seed, labels=True)
    for epoch in range(epochs):
        for number, (pictures, labels) in enumerate(tqdm(loader, f'epoch {epoch + 1}', disable=None)):
            done = (epoch + number / len(loader)) / epochs
            trainer.set_learning_rate(LR * (1 + np.cos(np.pi * done)) / 2)
            with autograd.record():
                error = loss(net(pictures)[1], labels)
            error.backward()
            trainer.step(BATCH)
    return net


def accuracy(net, digits):
    """Accuracy on labelled digits, 0 to 1."""
    loader = gg.data.batches(digits, 500, shuffle=False, drop_last=False, labels=True)
    correct = [net(pictures)[1].argmax(axis=1) == labels for pictures, labels in loader]
    return float(mx.nd.concat(*correct, dim=0).mean().asscalar())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--epochs', type=int, default=3)
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    digits, test = gg.data.mnist('train', download=True), gg.data.mnist('test', download=True)
    began = time.perf_counter()
    lenet.save(lenet.WEIGHTS, train(digits, options.epochs, options.seed))
    seconds = round(time.perf_counter() - began)
    net = lenet.load(ctx=mx.cpu())
    card = {'command': f'python tools/train_lenet.py --epochs {options.epochs} --seed {options.seed}',
            'data': digits.name, 'test_data': test.name, 'accuracy': accuracy(net, test), 'epochs': options.epochs,
            'seed': options.seed, 'batch_size': BATCH, 'lr': LR, 'dropout': lenet.DROPOUT, 'seconds': seconds,
            'threads': os.environ['OMP_NUM_THREADS'], 'gluon_gan': gg.__version__, 'mxnet': mx.__version__,
            'numpy': np.__version__, 'python': platform.python_version()}
    with files.atomic_write(lenet.WEIGHTS.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    print(json.dumps(card, indent=1))


if __name__ == '__main__':
    main()
