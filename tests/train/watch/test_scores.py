"""A metric during training: in the history, in the curves, and as the criterion for the best checkpoint."""
import json

import mxnet as mx
import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import data, viz
from gluon_gan.train import Checkpoint, History, Scores
from gluon_gan.train.run.checkpoints import best_of

IMAGES = data.ImageArray(np.random.default_rng(0).integers(0, 255, (120, 28, 28, 1), dtype=np.uint8))


def corners(batch):
    """Two features."""
    return batch[:, 0, 0, :2]


def trainer(**options):
    gg.seed(0)
    netG, netD = gg.Generator(28, 1, nz=4, ngf=2), gg.Discriminator(28, 1, ndf=2)
    return gg.GANTrainer(netG, netD, ctx=mx.cpu(), seed=1, **options)


@pytest.mark.parametrize('average', [None, 0.5])
def test_the_score_is_recorded_and_selects_the_best_checkpoint(tmp_path, average):
    gan, history = trainer(average=average), History(tmp_path / 'history.jsonl', every=2)
    scores = Scores(IMAGES, corners, every=4, count=100)
    assert scores.name == 'frechet_corners_100_28px'
    gan.fit(data.batches(IMAGES, 20, seed=0), steps=10,
            callbacks=[scores, history, Checkpoint(tmp_path / 'checkpoints', history=history, best=scores.name)])
    lines = [json.loads(line) for line in (tmp_path / 'history.jsonl').read_text().splitlines()]
    measured = {line['step']: line[scores.name] for line in lines if scores.name in line}
    assert list(measured) == [4, 8] and all(value > 0 for value in measured.values())
    assert all(line['score_s'] > 0 for line in lines if scores.name in line)
    best = best_of(tmp_path / 'checkpoints')
    assert best['metric'] == scores.name and best['value'] == min(measured.values())
    figure = viz.curves(lines)
    assert len(figure.axes) == 3 and figure.axes[2].lines[0].get_label() == scores.name


def test_measuring_does_not_change_the_training(tmp_path):
    weights = []
    for callbacks in ([], [Scores(IMAGES, corners, every=1, count=50)]):
        gan = trainer()
        gan.fit(data.batches(IMAGES, 20, seed=0), steps=4, callbacks=[*callbacks, History(every=1)])
        weights.append([p.data().asnumpy() for net in (gan.netG, gan.netD) for p in net.collect_params().values()])
    assert all((one == other).all() for one, other in zip(*weights))


def test_the_same_weights_have_the_same_score():
    gan, history, scores = trainer(), History(every=1), Scores(IMAGES, corners, every=1, count=100)
    gan.fit(data.batches(IMAGES, 20, seed=0), steps=1, callbacks=[scores, history])
    measured = history.records[0][scores.name]
    again = gg.metrics.frechet_distance(scores._real, scores._stats(scores._generated(gan)))
    assert measured == pytest.approx(again, rel=1e-5)


@pytest.mark.parametrize('arguments, message', [
    ((corners, 0), 'every must be an int of at least 1, not 0'), (('fid', 1), "there is no extractor 'fid'"),
    (('pixels', 1), 'pixels has 784 features, for which 120 images are too few')])
def test_invalid_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        Scores(IMAGES, *arguments)
