"""Train the classifier of the blocks of synthetic quilts: python tools/train_quilt_classifier.py

It writes gluon_gan/metrics/weights/quilt_classifier.npz (float16) and quilt_classifier.json (the command, the data, the
duration, and the accuracy on held-out quilts, in all and for each block).
"""
import time

import mxnet as mx
import numpy as np
from classifier_training import minimise, noisy, parse, write_card
from mxnet import gluon

import gluon_gan as gg
from gluon_gan.data import synthetic_sets
from gluon_gan.metrics import quilt_classifier

COUNT, BATCH, LR, NOISE, BLURRED = 25_000, 64, 2e-3, 0.15, 0.4


def train(seed, epochs, count=COUNT):
    """Train a QuiltNet on quilts that are mirrored, rotated by right angles, blurred and made noisy at random."""
    gg.seed(seed)
    first = synthetic_sets.QUILTS['all'][1]             # disjoint from the quilts of the data set
    quilts, rng = synthetic_sets.render_quilts(count, quilt_classifier.SIZE, start=first), np.random.default_rng(seed)
    entropy = gluon.loss.SoftmaxCrossEntropyLoss()
    net = quilt_classifier.QuiltNet()
    net.initialize(mx.init.Xavier(magnitude=2))
    net.hybridize(static_alloc=True)

    def sample():
        rows = rng.integers(0, count, BATCH)
        pictures = blurred(gg.pixels.to_float(rearranged(quilts.images[rows], rng)), rng)
        return noisy(pictures, rng, NOISE), mx.nd.array(quilts.labels[rows])
    return minimise(net, sample, lambda outputs, labels: entropy(outputs[1], labels), count // BATCH * epochs, LR)


def rearranged(pictures, rng):
    """Images ``(B, H, W, C)``, each in a random one of the eight orientations of a square, which keep the block."""
    for orient in (lambda x: x[:, ::-1], lambda x: x[:, :, ::-1], lambda x: x.transpose(0, 2, 1, 3)):
        chosen = rng.random(len(pictures)) < 0.5
        pictures[chosen] = orient(pictures[chosen])
    return pictures


def blurred(pictures, rng):
    """Images ``(B, C, H, W)``; a share of BLURRED is blurred, and that share of these once more."""
    chosen = np.arange(len(pictures))
    for _ in range(2):
        chosen = chosen[rng.random(len(chosen)) < BLURRED]
        edge = np.pad(pictures[chosen], ((0, 0), (0, 0), (1, 1), (1, 1)), mode='edge')
        rows = edge[:, :, :-2] + 2 * edge[:, :, 1:-1] + edge[:, :, 2:]
        pictures[chosen] = (rows[..., :-2] + 2 * rows[..., 1:-1] + rows[..., 2:]) / 16
    return pictures


def main():
    options = parse(__doc__.splitlines()[0], 8)
    began, cpu_began = time.perf_counter(), time.process_time()
    quilt_classifier.save(quilt_classifier.WEIGHTS, train(options.seed, options.epochs))
    seconds, cpu_seconds = round(time.perf_counter() - began), round(time.process_time() - cpu_began)
    unseen, classifier = gg.data.synthetic_quilts('test'), quilt_classifier.QuiltPatternClassifier(ctx=mx.cpu())
    batches = gg.data.batches(unseen, 200, shuffle=False, drop_last=False)
    predicted = np.concatenate([classifier.probabilities(batch).argmax(axis=1) for batch in batches])
    correct = predicted == unseen.labels
    command = f'python tools/train_quilt_classifier.py --epochs {options.epochs} --seed {options.seed}'
    write_card(quilt_classifier.WEIGHTS, {
        'command': command, 'data': f'{COUNT:,} synthetic quilts', 'test_data': unseen.name,
        'accuracy': float(correct.mean()),
        'accuracy_by_block': {name: round(float(correct[unseen.labels == number].mean()), 4)
                              for number, name in enumerate(classifier.names)},
        'epochs': options.epochs, 'seed': options.seed, 'batch_size': BATCH, 'lr': LR, 'noise': NOISE,
        'blurred': BLURRED, 'seconds': seconds, 'cpu_seconds': cpu_seconds})


if __name__ == '__main__':
    main()
