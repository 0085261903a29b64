"""Train the network whose features the scores of digits are taken in: python tools/train_lenet.py

Writes gluon_gan/metrics/weights/lenet.npz (float16) and lenet.json (the command, the data, the seconds, the accuracy on the test digits).
"""
import argparse
import json
import os
import platform
import time

import gluon_gan as gg
import mxnet as mx
import numpy as np
from gluon_gan import files
from gluon_gan.metrics import lenet
from mxnet import autograd, gluon
from tqdm import tqdm

BATCH, LR = 128, 1e-3


def train(digits, epochs, seed=0):
    """A LeNet: Adam, whose rate falls along half a cosine, and no augmentation.

    Nothing is shifted or bent: features that such changes leave alone would not see a generator that makes them.
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
    """The share of digits that are named rightly, 0..1."""
    loader = gg.data.batches(digits, 500, shuffle=False, drop_last=False, labels=True)
    right = [net(pictures)[1].argmax(axis=1) == labels for pictures, labels in loader]
    return float(mx.nd.concat(*right, dim=0).mean().asscalar())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--epochs', type=int, default=3)
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    digits, unseen = gg.data.mnist('train', download=True), gg.data.mnist('test', download=True)
    began = time.perf_counter()
    lenet.save(lenet.WEIGHTS, train(digits, options.epochs, options.seed))
    seconds = round(time.perf_counter() - began)
    net = lenet.load(ctx=mx.cpu())
    card = {'command': f'python tools/train_lenet.py --epochs {options.epochs} --seed {options.seed}', 'data': digits.name, 'test_data': unseen.name,
            'accuracy': accuracy(net, unseen), 'epochs': options.epochs, 'seed': options.seed,
            'batch_size': BATCH, 'lr': LR, 'dropout': lenet.DROPPED, 'seconds': seconds, 'threads': os.environ['OMP_NUM_THREADS'],
            'gluon_gan': gg.__version__, 'mxnet': mx.__version__, 'numpy': np.__version__, 'python': platform.python_version()}
    with files.whole(lenet.WEIGHTS.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    print(json.dumps(card, indent=1))


if __name__ == '__main__':
    main()
