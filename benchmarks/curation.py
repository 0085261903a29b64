"""Measure how well a scorer that is trained on a few examples finds quilts among flowers and faces.

    python benchmarks/curation.py                   10 random choices of 20 quilts and 20 others as examples
    python benchmarks/curation.py --as-they-are     the same, without equalising the three sources first
    python benchmarks/curation.py --shifted         examples that differ from the corpus (shifted_corpus.py)

All images that are not examples are scored. The three sources differ in more than their subject: flowers are 128 pixels
high, faces 218 and quilts 256, and each source has the JPEG artefacts of its size. So that only the subject
distinguishes them, each image is first reduced to a shorter side of 128 pixels and saved as a JPEG of quality 92, like
the flowers. The central square is then cut out as in the package.
"""
import argparse
import io
import time
import zipfile

import numpy as np
from PIL import Image

from gluon_gan.curation.features import SIDE, describe
from gluon_gan.curation.pipeline import SAMPLE
from gluon_gan.curation.scorers import Regression
from gluon_gan.curation.self_training import SelfTraining
from gluon_gan.data import image_files, root

SOURCES = {'quilts': 'quilts/quilts.zip', 'flowers': 'flowers17/17flowers_128.zip',
           'faces': 'celeba/img_align_celeba.zip'}
RECALL = 0.9
THRESHOLDS = 0.5, 0.8, 0.9, 0.95


def squares(source, most, equalised=True):
    """The central squares of the first `most` images of a source, ``(N, 128, 128, 3)`` uint8."""
    with zipfile.ZipFile(root() / SOURCES[source]) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith('.jpg'))[:most]
        images = [image_files.read(archive.read(name)) for name in names]
    return np.stack([image_files.square(equalise(image) if equalised else image, SIDE) for image in images])


def equalise(image, side=128, quality=92):
    """Resize and recompress an image like the flowers."""
    scale = side / min(image.size)
    if scale < 1:
        buffer = io.BytesIO()
        size = [round(scale * extent) for extent in image.size]
        image.resize(size, Image.Resampling.LANCZOS).save(buffer, 'JPEG', quality=quality)
        image = image_files.read(buffer.getvalue())
    return image


def measure(groups, source, seed, examples=20, adapt=False):
    """Train and evaluate a scorer with one random choice of examples.

    Parameters
    ----------
    groups : list of numpy.ndarray
        The features of all images.
    source : numpy.ndarray
        ``(N,)``: 0 for quilts, 1 for flowers, 2 for faces. Half of the unwanted examples are flowers, half are faces.
    seed : int
        The seed of the choice.
    examples : int
        The number of examples of each class.
    adapt : bool
        Adapt the scorer to the other images.

    Returns
    -------
    dict
        'all': the precision at recall 0.90 among all other images. 'even': the same with as many quilts as others. For
        each of some thresholds: precision and recall.
    """
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(np.flatnonzero(source == number)) for number in range(3)]
    chosen = np.concatenate([parts[0][:examples], parts[1][:examples // 2], parts[2][:examples // 2]])
    unseen = np.setdiff1d(np.arange(len(source)), chosen)
    scores = scored(groups, chosen, (source[chosen] == 0).astype(int), unseen, adapt)
    wanted = source[unseen] == 0
    # As many others as quilts, half of them flowers and half of them faces.
    half = wanted.sum() // 2
    others = [rng.choice(np.flatnonzero(source[unseen] == number), half, replace=False) for number in (1, 2)]
    even = np.concatenate([np.flatnonzero(wanted), *others])
    result = {'all': precision_at(scores, wanted), 'even': precision_at(scores[even], wanted[even])}
    result.update({threshold: selected(scores, wanted, threshold) for threshold in THRESHOLDS})
    return result


def scored(groups, chosen, labels, unseen, adapt):
    """The scores of images, from a scorer that is trained on the chosen ones, and adapted to the others if wanted."""
    examples, corpus = ([group[rows] for group in groups] for rows in (chosen, unseen))
    if not adapt:
        return Regression(examples, labels)(corpus)
    sample = np.random.default_rng(0).permutation(len(unseen))[:SAMPLE]
    return SelfTraining(examples, labels, [group[sample] for group in corpus])(corpus)


def selected(scores, wanted, threshold):
    """Precision and recall of the images whose score reaches a threshold."""
    found = scores >= threshold
    return (found & wanted).sum() / max(found.sum(), 1), found[wanted].mean()


def precision_at(scores, wanted, recall=RECALL):
    """The precision at the threshold that has the given recall."""
    least = np.sort(scores[wanted])[::-1][int(np.ceil(recall * wanted.sum())) - 1]
    return wanted[scores >= least].mean()


def shifted(images, seeds):
    """Print precision and recall at the default threshold for corpora that differ from the examples."""
    import shifted_corpus  # only found if this file is run as a script
    quilts, flowers, faces = images
    kinds = {'flowers': flowers[:640], 'more flowers': flowers[640:], 'faces': faces, **shifted_corpus.rendered()}
    groups = describe(np.concatenate([quilts, *kinds.values()]))
    ends = len(quilts) + np.cumsum([len(part) for part in kinds.values()])
    kinds = {name: np.arange(end - len(part), end) for (name, part), end in zip(kinds.items(), ends)}
    names = shifted_corpus.quilt_names()
    for source, what in ((True, 'quilts of another source'), (False, 'other quilts')):
        for adapt in (False, True):
            values = []
            for seed in seeds:
                like, unlike, wanted, others = shifted_corpus.choose(names, kinds, seed, source)
                labels = np.repeat([1, 0], [len(like), len(unlike)])
                scores = scored(groups, np.concatenate([like, unlike]), labels, np.concatenate([wanted, others]), adapt)
                is_wanted = np.repeat([True, False], [len(wanted), len(others)])
                values.append([*selected(scores, is_wanted, 0.8), precision_at(scores, is_wanted, 0.8)])
            precision, recall, at = np.mean(values, axis=0)
            print(f"{what}, {'adapted' if adapt else 'not adapted'}: threshold 0.80: precision {precision:.3f}, recall "
                  f'{recall:.3f}, lowest {np.min(values, axis=0)[1]:.3f}; precision at recall 0.80: {at:.3f}')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--repeats', type=int, default=10,
                        help='the number of random choices of examples (default: %(default)s)')
    parser.add_argument('--first-seed', type=int, default=0)
    parser.add_argument('--faces', type=int, default=1400,
                        help='the number of faces; the default is about the number of flowers')
    parser.add_argument('--as-they-are', action='store_true', help='do not equalise the sources')
    parser.add_argument('--shifted', action='store_true', help='examples that differ from the corpus')
    args = parser.parse_args()
    images = [squares(name, args.faces if name == 'faces' else None, not args.as_they_are) for name in SOURCES]
    seeds = range(args.first_seed, args.first_seed + args.repeats)
    if args.shifted:
        return shifted(images, seeds)
    source = np.repeat(range(3), [len(part) for part in images])
    began = time.process_time()
    groups = describe(np.concatenate(images))
    duration = 1000 * (time.process_time() - began) / len(source)
    print(f"{', '.join(f'{len(part):,} {name}' for name, part in zip(SOURCES, images))}; "
          f'{sum(group.shape[1] for group in groups)} features, {duration:.0f} ms of processor time for each image')
    print(f'{args.repeats} choices of 20 quilts and 20 others as examples (seeds from {args.first_seed})')
    for adapt in (False, True):
        print('adapted to all images' if adapt else 'not adapted')
        report([measure(groups, source, seed, adapt=adapt) for seed in seeds])


def report(results):
    """Print the means of what :func:`measure` returned."""
    for name, what in (('all', 'all images'), ('even', 'as many quilts as others')):
        values = [result[name] for result in results]
        print(f'precision at recall {RECALL:.2f}, {what:<24}: mean {np.mean(values):.3f}, worst {min(values):.3f}, '
              f'{sum(value >= 0.95 for value in values)} of {len(values)} at least 0.95')
    for threshold in THRESHOLDS:
        precision, recall = np.mean([result[threshold] for result in results], axis=0)
        print(f'threshold {threshold:.2f}, all images: precision {precision:.3f}, recall {recall:.3f}')


if __name__ == '__main__':
    main()
