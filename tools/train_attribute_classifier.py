"""Train the classifier of the attributes of synthetic faces: python tools/train_attribute_classifier.py

It writes gluon_gan/metrics/weights/attribute_classifier.npz (float16) and attribute_classifier.json (the command, the
data, the duration, and on held-out faces the accuracy for each attribute and the error of the pose).
"""
import time

import mxnet as mx
import numpy as np
from classifier_training import minimise, noisy, parse, write_card

import gluon_gan as gg
from gluon_gan.data import synthetic_sets
from gluon_gan.metrics import attribute_classifier

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

    def sample():
        rows = rng.integers(0, COUNT, BATCH)
        mirrored = rng.random(BATCH) < 0.5
        pictures = faces.images[rows]
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        target = targets[mx.nd.array(rows)]
        target[:, last] *= mx.nd.array(1 - 2 * mirrored)
        return noisy(gg.pixels.to_float(pictures), rng, NOISE), target

    def loss(outputs, target):
        logits, pose = outputs[:, :last], outputs[:, last]
        entropy = mx.nd.relu(logits) - logits * target[:, :last]
        entropy = entropy + mx.nd.Activation(-mx.nd.abs(logits), act_type='softrelu')
        return entropy.mean(axis=1) + (pose - target[:, last]).square()
    return minimise(net, sample, loss, COUNT // BATCH * epochs, LR)


def main():
    options = parse(__doc__.splitlines()[0], 10)
    began = time.perf_counter()
    attribute_classifier.save(attribute_classifier.WEIGHTS, train(options.seed, options.epochs))
    seconds = round(time.perf_counter() - began)
    unseen = gg.data.synthetic_faces('test')
    predictions = attribute_classifier.face_attribute_classifier(mx.cpu())(unseen)
    expected = attribute_classifier.targets(unseen).asnumpy()
    columns = dict(zip(attribute_classifier.RENDERED, expected.T))
    command = f'python tools/train_attribute_classifier.py --epochs {options.epochs} --seed {options.seed}'
    write_card(attribute_classifier.WEIGHTS, {
        'command': command, 'data': f'{COUNT:,} synthetic faces', 'test_data': unseen.name,
        'accuracy': {name: float((predictions.attributes[name] == column).mean())
                     for name, column in columns.items()},
        'majority_class_accuracy': {name: float(max(column.mean(), 1 - column.mean()))
                                    for name, column in columns.items()},
        'pose_error': float(np.sqrt(np.square(predictions.pose - expected[:, -1]).mean())),
        'batch_size': BATCH, 'lr': LR, 'noise': NOISE, 'seconds': seconds})


if __name__ == '__main__':
    main()
