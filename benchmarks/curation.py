"""How well a scorer that is taught by a few examples finds quilts among flowers and faces.

    python benchmarks/curation.py                   10 draws of 20 quilts and 20 others as examples, all else is to be told apart
    python benchmarks/curation.py --as-they-are     without making the three sources alike first

The three sources differ in more than their subject: flowers are 128 pixels high, faces 218, quilts 256, each with JPEG artefacts of that size. So
that nothing but the subject can give them away, each picture is first reduced to a shorter side of 128 pixels and saved as a JPEG of quality
92, as the flowers are; then comes the package's own way, the central square.
"""
import argparse
import io
import time
import zipfile

import numpy as np
from gluon_gan.data import pictures, root
from gluon_gan.data.curation.features import SIDE, describe
from gluon_gan.data.curation.scorers import Regression
from PIL import Image

SOURCES = {'quilts': 'quilts/quilts.zip', 'flowers': 'flowers17/17flowers_128.zip', 'faces': 'celeba/img_align_celeba.zip'}
RECALL = 0.9


def squares(source, most, alike=True):
    """The central squares of the first pictures of a source, ``(N, 128, 128, 3)`` uint8."""
    with zipfile.ZipFile(root() / SOURCES[source]) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith('.jpg'))[:most]
        read = [pictures.read(archive.read(name)) for name in names]
    return np.stack([pictures.square(reduce(image) if alike else image, SIDE) for image in read])


def reduce(image, side=128, quality=92):
    """A picture as the flowers are stored."""
    scale = side / min(image.size)
    if scale < 1:
        buffer = io.BytesIO()
        image.resize([round(scale * extent) for extent in image.size], Image.Resampling.LANCZOS).save(buffer, 'JPEG', quality=quality)
        image = pictures.read(buffer.getvalue())
    return image


def measure(kinds, source, seed, examples=20):
    """One draw: precision at recall 0.90 among all other pictures, and precision and recall at some thresholds.

    Parameters
    ----------
    kinds : list of numpy.ndarray
        The features of all pictures.
    source : numpy.ndarray
        ``(N,)``, 0 for quilts, 1 and 2 for others, whose examples are half of the one and half of the other.
    """
    rng = np.random.default_rng(seed)
    parts = [rng.permutation(np.flatnonzero(source == number)) for number in range(3)]
    chosen = np.concatenate([parts[0][:examples], parts[1][:examples // 2], parts[2][:examples // 2]])
    unseen = np.setdiff1d(np.arange(len(source)), chosen)
    scores = Regression([kind[chosen] for kind in kinds], (source[chosen] == 0).astype(int))([kind[unseen] for kind in kinds])
    wanted = source[unseen] == 0
    # In equal parts: of the others as many as there are quilts, half of each.
    half = wanted.sum() // 2
    even = np.concatenate([np.flatnonzero(wanted), *(rng.choice(np.flatnonzero(source[unseen] == number), half, replace=False) for number in (1, 2))])
    result = {'all': precision_at(scores, wanted), 'even': precision_at(scores[even], wanted[even])}
    for threshold in (0.5, 0.8, 0.9, 0.95):
        found = scores >= threshold
        result[threshold] = (found & wanted).sum() / max(found.sum(), 1), found[wanted].mean()
    return result


def precision_at(scores, wanted, recall=RECALL):
    """The share of wanted ones among all that score at least as high as the best `recall` of the wanted do."""
    least = np.sort(scores[wanted])[::-1][int(np.ceil(recall * wanted.sum())) - 1]
    return wanted[scores >= least].mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--draws', type=int, default=10)
    parser.add_argument('--first-seed', type=int, default=0)
    parser.add_argument('--faces', type=int, default=1400, help='as many as flowers, unless told otherwise')
    parser.add_argument('--as-they-are', action='store_true')
    args = parser.parse_args()
    images = [squares(name, args.faces if name == 'faces' else None, not args.as_they_are) for name in SOURCES]
    source = np.repeat(range(3), [len(part) for part in images])
    began = time.process_time()
    kinds = describe(np.concatenate(images))
    print(f"{', '.join(f'{len(part):,} {name}' for name, part in zip(SOURCES, images))}; "
          f'{sum(kind.shape[1] for kind in kinds)} features, {1000 * (time.process_time() - began) / len(source):.0f} ms of processor time a picture')
    draws = [measure(kinds, source, seed) for seed in range(args.first_seed, args.first_seed + args.draws)]
    print(f'{args.draws} draws of 20 quilts and 20 others as examples (seeds from {args.first_seed})')
    for name, what in (('all', 'all pictures'), ('even', 'as many quilts as others')):
        values = [draw[name] for draw in draws]
        print(f'precision at recall {RECALL:.2f}, {what:<24}: mean {np.mean(values):.3f}, worst {min(values):.3f}, '
              f'{sum(value >= 0.95 for value in values)} of {len(values)} at least 0.95')
    for threshold in (0.5, 0.8, 0.9, 0.95):
        precision, recall = np.mean([draw[threshold] for draw in draws], axis=0)
        print(f'threshold {threshold:.2f}, all pictures: precision {precision:.3f}, recall {recall:.3f}')


if __name__ == '__main__':
    main()
