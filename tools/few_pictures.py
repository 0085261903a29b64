"""Measure GANs that were trained on few photographs of quilts: GLUON_GAN_DATA=... python tools/few_pictures.py RUN ...

Each RUN is the folder of a run, a checkpoint, or the name of shipped weights. Its scores, the command that trained it
and its steps are added to ``results/few-pictures.json``; a source that is measured again replaces its old scores.
``--grids FOLDER`` also writes the first hundred images of seed 1 of each. ``--pairs FOLDER`` writes the twenty of them
that are most like a training photograph (:func:`gluon_gan.metrics.reproduction`), with that photograph below each: is
one a copy? These pictures show photographs, which may not be passed on.

Generated images are compared with the photographs that no training sees, and as many of them as there are training
photographs, which therefore give the baseline. Ideas are chosen by the features of random64. The scores in the
features of quilt_patterns, a classifier of synthetic quilts, are reported beside them and choose nothing. ``copies`` is
the share of generated images that equal a training photograph, and ``nearer`` the share that is nearer to one than the
median held-out photograph is, both in the features of random64. ``repeated`` is the share of all pairs of generated
images that are more alike than 999 of 1,000 pairs of training photographs, in the same features: 0.001 would be
natural, and a generator that repeats its motifs has more. ``reproduced`` is the share of images whose colours are laid
out as in a training photograph: the correlation of the two at 20 pixels, shifted or mirrored, is at least 0.9, which no
held-out photograph reaches. ``taken`` is the share of images that the classifier of
``gluon-gan data curate --like --unlike`` takes for quilts, if its examples are the training photographs, and as many
flowers and faces. It chooses nothing. Images of 128 pixels are reduced to 64 before they are measured.

A generator of synthetic quilts is measured by what is known of them instead (:mod:`gluon_gan.metrics.quilt_measures`),
with 1,000 images of seed 1.
"""
import argparse
import functools
import json
from pathlib import Path

import cv2
import numpy as np
from scipy.spatial.distance import pdist
from trials import ROOT, rounded, write_result

import gluon_gan as gg
from gluon_gan import catalogue, metrics, viz
from gluon_gan.curation.features import SIDE, describe
from gluon_gan.curation.scorers import Regression
from gluon_gan.support import pixels
from gluon_gan.synthetic import BLOCKS
from gluon_gan.train.run import source

RESULT = ROOT / 'results' / 'few-pictures.json'
CHOOSING, REPORTING = 'random64', 'quilt_patterns'
THRESHOLD = 0.8          # the default of the curation
SIZE = 64                # pixels; larger generated images are reduced, by means over areas
ALIKE = 0.001            # a share of the pairs of training photographs
REPRODUCED = 0.9         # the correlation of an image with a training photograph
PAIRS, COLUMNS = 20, 10
SAMPLES = 5              # samples of as many images as there are training photographs; the scores are their means


@functools.cache
def photographs():
    """(ImageArray, ImageArray): the photographs of training, and those that are held out."""
    images = catalogue.load('quilts')
    if images.stand_in:
        raise SystemExit('the photographs of quilts are needed: set GLUON_GAN_DATA to the folder that contains them')
    return images, catalogue.held_out('quilts')


@functools.cache
def features(name):
    """(extractor, features of the training photographs, features of the held-out ones)."""
    extractor = metrics.named(name)
    return extractor, *(metrics.extract(extractor, images) for images in photographs())


def scores(images=None):
    """The scores of images ``(N, C, H, W)`` in [-1, 1]; of the training photographs by default.

    Returns
    -------
    dict of dict of float
        By the name of the features and of the measure. N should be the number of training photographs, so that the
        bias of the Fréchet distance is that of the baseline.
    """
    found = {}
    for name in (CHOOSING, REPORTING):
        extractor, training, real = features(name)
        fake = training if images is None else metrics.extract(extractor, images)
        compared = metrics.precision_recall(real, fake)
        found[name] = dict(frechet=metrics.frechet_distance(real, fake, True),
                           kernel=metrics.kernel_distance(real, fake)[0],
                           precision=compared.precision, recall=compared.recall)
        if images is not None and name == CHOOSING:
            near = metrics.memorisation(fake, training, real)
            found[name].update(copies=near.copies, nearer=near.below_median, repeated=repeated(fake))
    return found


def repeated(fake):
    """The share of pairs of generated images that are more alike than ALIKE of all pairs of training photographs."""
    return float(np.mean(pdist(fake) < np.quantile(pdist(features(CHOOSING)[1]), ALIKE)))


@functools.cache
def classifier():
    """The classifier of the curation, trained on the training photographs, and on flowers and faces."""
    wanted = photographs()[0].images
    others = [catalogue.load(name).images for name in ('flowers17', 'celeba')]
    rng = np.random.default_rng(0)
    unwanted = np.concatenate([images[rng.permutation(len(images))[:len(wanted) // 2]] for images in others])
    return Regression(described([*wanted, *unwanted]), np.repeat([1, 0], [len(wanted), len(unwanted)]))


def described(images):
    """The features of the curation, for images ``(N, 64, 64, 3)`` uint8."""
    return describe(np.stack([cv2.resize(image, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for image in images]))


def taken_for_quilts(images):
    """The share of images ``(N, 64, 64, 3)`` uint8 whose score reaches the default threshold of the curation."""
    return float(np.mean(classifier()(described(images)) >= THRESHOLD))


def reduced(images):
    """Images ``(N, C, H, W)`` at 64 pixels, the size of the photographs that they are compared with."""
    if images.shape[-1] == SIZE:
        return images
    rows = [cv2.resize(image, (SIZE, SIZE), interpolation=cv2.INTER_AREA) for image in images.transpose(0, 2, 3, 1)]
    return np.stack(rows).transpose(0, 3, 1, 2)


def nearest_pairs(images):
    """The images that are most like a training photograph or its mirror image, each above that photograph.

    Parameters
    ----------
    images : numpy.ndarray
        ``(N, C, 64, 64)`` in [-1, 1].

    Returns
    -------
    numpy.ndarray
        ``(2 PAIRS, C, 64, 64)``, most alike first: rows of COLUMNS generated images, and of photographs, in turn.
    """
    own = pixels.to_float(photographs()[0].images)
    found = metrics.reproduction(images, own)
    order = np.argsort(-found.correlations)[:PAIRS].reshape(-1, COLUMNS)
    shown = np.where(found.mirrored[:, None, None, None], own[found.indices][..., ::-1], own[found.indices])
    return np.stack([images[order], shown[order]], axis=1).reshape(-1, *images.shape[1:])


def measured(netG):
    """The mean scores of a generator over some samples."""
    count = len(photographs()[0])
    images = reduced(gg.sample(netG, SAMPLES * count, seed=12345).asnumpy())
    parts = [scores(images[start:start + count]) for start in range(0, len(images), count)]
    means = {name: {measure: rounded(np.mean([part[name][measure] for part in parts])) for measure in found}
             for name, found in parts[0].items()}
    return {**means, 'reproduced': rounded(reproduced(images)),
            'taken': rounded(taken_for_quilts(pixels.to_uint8(images)))}


def reproduced(images):
    """The share of images ``(N, C, 64, 64)`` in [-1, 1] that are laid out like a training photograph."""
    found = metrics.reproduction(images, pixels.to_float(photographs()[0].images))
    return float(np.mean(found.correlations >= REPRODUCED))


def blocks(images):
    """The measures of synthetic quilts, a dict: how many blocks are found, their shares, certainty and straightness."""
    found = metrics.quilt_measures(images)
    return {'found': found.found, 'certainty': rounded(found.certainty), 'straightness': rounded(found.straightness),
            'shares': dict(zip(BLOCKS, map(rounded, found.shares)))}


def write_pictures(netG, name, grids=None, pairs=None):
    """Write the first hundred images of seed 1 to one folder, and those nearest to photographs to another."""
    images = gg.sample(netG, 100, seed=1).asnumpy()
    if grids:
        viz.save(viz.grid(images), grids / f'{name}.png')
    if pairs:
        viz.save(viz.grid(nearest_pairs(reduced(images)), ncol=COLUMNS, scale=2), pairs / f'{name}-pairs.png')


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('runs', nargs='+', metavar='RUN')
    parser.add_argument('--grids', type=Path, metavar='FOLDER')
    parser.add_argument('--pairs', type=Path, metavar='FOLDER')
    options = parser.parse_args()
    for folder in filter(None, (options.grids, options.pairs)):
        folder.mkdir(parents=True, exist_ok=True)
    result = json.loads(RESULT.read_text()) if RESULT.exists() else {'trainings': []}
    result['baseline'] = {name: {measure: rounded(value) for measure, value in found.items()}
                          for name, found in scores().items()}
    result['baseline']['taken'] = rounded(taken_for_quilts(photographs()[1].images))
    result['baseline']['reproduced'] = rounded(reproduced(pixels.to_float(photographs()[1].images)))
    result['synthetic test quilts'] = blocks(gg.data.synthetic_quilts('test').images)
    for run in options.runs:
        netG, config = source.generator(run), source.settings(run)
        name = Path(run).parts[-1] if 'checkpoints' not in Path(run).parts else '/'.join(Path(run).parts[-3::2])
        synthetic = config['data'] == 'synthetic_quilts'
        row = {'name': name.removesuffix('.npz'), 'command': config['command'],
               'scores': blocks(gg.sample(netG, 1000, seed=1)) if synthetic else measured(netG)}
        result['trainings'] = [one for one in result['trainings'] if one['name'] != row['name']] + [row]
        print(json.dumps(row), flush=True)
        write_pictures(netG, row['name'].replace('/', '-'), options.grids, None if synthetic else options.pairs)
        write_result(RESULT, result)


if __name__ == '__main__':
    main()
