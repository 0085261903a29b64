"""Train the classifier of the attributes of synthetic faces: python tools/train_attribute_classifier.py

It writes gluon_gan/metrics/weights/attribute_classifier.npz (float16) and attribute_classifier.json (the command, the
data, the duration, and on held-out faces the accuracy for each attribute and the error of the pose).
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
from gluon_gan.data import synthetic_sets
from gluon_gan.metrics import attribute_classifier
from gluon_gan.support import files

COUNT, BATCH, LR, NOISE = 20_000, 64, 1e-3, 0.1


def train(seed, epochs):
    """Train a FaceNet by Adam with a half-cosine decay of the learning rate.

    Faces are mirrored at random, together with their pose. Noise with a standard deviation of up to NOISE is added,
    because generated faces are not as clean as rendered ones.
    """
    gg.seed(seed)
    first = synthetic_sets.FACES['all'][1]              # disjoint from the faces of the data set
    faces = synthetic_sets.render_faces(COUNT, attribute_classifier.SIZE, start=first)
    targets, rng = attribute_classifier.targets(faces), np.random.default_rng(seed)
    last = len(attribute_classifier.RENDERED)
    net = attribute_classifier.FaceNet()
    net.initialize(mx.init.Xavier(magnitude=2))
    net.hybridize(static_alloc=True)
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': LR})
    steps = COUNT // BATCH * epochs
    for step in tqdm(range(steps), disable=None):
        trainer.set_learning_rate(LR * (1 + np.cos(np.pi * step / steps)) / 2)
        rows = rng.integers(0, COUNT, BATCH)
        mirrored = rng.random(BATCH) < 0.5
        pictures = faces.images[rows]
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        noise = rng.standard_normal((BATCH, 3, 64, 64), np.float32) * rng.uniform(0, NOISE)
        pictures = mx.nd.array(gg.pixels.to_float(pictures) + noise)
        target = targets[mx.nd.array(rows)]
        target[:, last] *= mx.nd.array(1 - 2 * mirrored)
        with autograd.record():
            outputs = net(pictures)
            logits, pose = outputs[:, :last], outputs[:, last]
            entropy = mx.nd.relu(logits) - logits * target[:, :last]
            entropy = entropy + mx.nd.Activation(-mx.nd.abs(logits), act_type='softrelu')
            error = entropy.mean(axis=1) + (pose - target[:, last]).square()
        error.backward()
        trainer.step(BATCH)
        error.wait_to_read()                       # otherwise batches are queued faster than they are processed
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--epochs', type=int, default=10)
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    began = time.perf_counter()
    attribute_classifier.save(attribute_classifier.WEIGHTS, train(options.seed, options.epochs))
    seconds = round(time.perf_counter() - began)
    unseen = gg.data.synthetic_faces('test')
    predictions = attribute_classifier.face_attribute_classifier(mx.cpu())(unseen)
    expected = attribute_classifier.targets(unseen).asnumpy()
    columns = dict(zip(attribute_classifier.RENDERED, expected.T))
    command = f'python tools/train_attribute_classifier.py --epochs {options.epochs} --seed {options.seed}'
    card = {'command': command, 'data': f'{COUNT:,} synthetic faces', 'test_data': unseen.name,
            'accuracy': {name: float((predictions.attributes[name] == column).mean())
                         for name, column in columns.items()},
            'majority_class_accuracy': {name: float(max(column.mean(), 1 - column.mean()))
                                        for name, column in columns.items()},
            'pose_error': float(np.sqrt(np.square(predictions.pose - expected[:, -1]).mean())),
            'batch_size': BATCH, 'lr': LR, 'noise': NOISE, 'seconds': seconds, 'threads': os.environ['OMP_NUM_THREADS'],
            'gluon_gan': gg.__version__, 'mxnet': mx.__version__, 'numpy': np.__version__,
            'python': platform.python_version()}
    with files.atomic_write(attribute_classifier.WEIGHTS.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    print(json.dumps(card, indent=1))


if __name__ == '__main__':
    main()
