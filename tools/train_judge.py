"""Train the judge of drawn faces' attributes: python tools/train_judge.py

Writes gluon_gan/metrics/weights/judge.npz (float16) and judge.json (the command, the data, the seconds and, on faces that were not
trained on, how often it is right about each attribute and how far off the pose is).
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
from gluon_gan.data import drawn, faces
from gluon_gan.metrics import judge
from mxnet import autograd, gluon
from tqdm import tqdm

COUNT, BATCH, LR, NOISE = 20_000, 64, 1e-3, 0.1


def train(seed, epochs):
    """A FaceNet: Adam, whose rate falls along half a cosine.

    Faces are mirrored at random, their pose with them, and have noise of a standard deviation of up to NOISE, since a generator's are not as clean as drawn ones.
    """
    gg.seed(seed)
    people = drawn.faces(COUNT, judge.SIZE, start=faces.DRAWN['all'][1])         # none that a generator or a test has
    wanted, order, last = judge.targets(people), np.random.default_rng(seed), len(judge.DRAWN)
    net = judge.FaceNet()
    net.initialize(mx.init.Xavier(magnitude=2))
    net.hybridize(static_alloc=True)
    trainer = gluon.Trainer(net.collect_params(), 'adam', {'learning_rate': LR})
    steps = COUNT // BATCH * epochs
    for step in tqdm(range(steps), disable=None):
        trainer.set_learning_rate(LR * (1 + np.cos(np.pi * step / steps)) / 2)
        rows = order.integers(0, COUNT, BATCH)
        mirrored = order.random(BATCH) < 0.5
        pictures = people.images[rows]
        pictures[mirrored] = pictures[mirrored, :, ::-1]
        pictures = mx.nd.array(gg.pixels.to_float(pictures) + order.standard_normal((BATCH, 3, 64, 64), np.float32) * order.uniform(0, NOISE))
        target = wanted[mx.nd.array(rows)]
        target[:, last] *= mx.nd.array(1 - 2 * mirrored)
        with autograd.record():
            said = net(pictures)
            logits, pose = said[:, :last], said[:, last]
            entropy = mx.nd.relu(logits) - logits * target[:, :last] + mx.nd.Activation(-mx.nd.abs(logits), act_type='softrelu')
            error = entropy.mean(axis=1) + (pose - target[:, last]).square()
        error.backward()
        trainer.step(BATCH)
        error.wait_to_read()                       # or batches would queue up faster than they are learned from
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--epochs', type=int, default=10)
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args()
    began = time.perf_counter()
    judge.save(judge.WEIGHTS, train(options.seed, options.epochs))
    seconds = round(time.perf_counter() - began)
    unseen = gg.data.drawn_faces('test')
    said, truth = judge.face_judge(mx.cpu())(unseen), judge.targets(unseen).asnumpy()
    right = {name: float((said.attributes[name] == truth[:, i]).mean()) for i, name in enumerate(judge.DRAWN)}
    card = {'command': f'python tools/train_judge.py --epochs {options.epochs} --seed {options.seed}', 'data': f'{COUNT:,} drawn faces',
            'test_data': unseen.name, 'accuracy': right, 'commoner': {name: float(max(truth[:, i].mean(), 1 - truth[:, i].mean())) for i, name in enumerate(right)},
            'pose_error': float(np.sqrt(np.square(said.pose - truth[:, -1]).mean())), 'batch_size': BATCH, 'lr': LR, 'noise': NOISE,
            'seconds': seconds, 'threads': os.environ['OMP_NUM_THREADS'], 'gluon_gan': gg.__version__, 'mxnet': mx.__version__, 'numpy': np.__version__,
            'python': platform.python_version()}
    with files.whole(judge.WEIGHTS.with_suffix('.json')) as unfinished:
        unfinished.write_text(json.dumps(card, indent=1) + '\n')
    print(json.dumps(card, indent=1))


if __name__ == '__main__':
    main()
