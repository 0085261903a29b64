"""Measure the time and the memory of every measure of gluon_gan.metrics on artificial features.

    python benchmarks/metrics.py                            10,000 against 10,000 samples of 64 features
    python benchmarks/metrics.py --count 50000 --width 2048 --only frechet_distance kernel_distance
"""
import argparse
import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))       # the package of this checkout, installed or not

import numpy as np  # noqa: E402

from gluon_gan import metrics  # noqa: E402

CLASSES = 10
MEASURES = {                # functions of real, fake and held-out features
    'frechet_distance': lambda real, fake, held_out: metrics.frechet_distance(real, fake),
    'kernel_distance': lambda real, fake, held_out: metrics.kernel_distance(real, fake),
    'precision_recall': lambda real, fake, held_out: metrics.precision_recall(real, fake),
    'density_coverage': lambda real, fake, held_out: metrics.density_coverage(real, fake),
    'inception_score': lambda real, fake, held_out: metrics.inception_score(probabilities(fake)),
    'two_sample_accuracy': lambda real, fake, held_out: metrics.two_sample_accuracy(real, fake),
    'memorisation': lambda real, fake, held_out: metrics.memorisation(fake, real, held_out),
    'sample_classifier_error': lambda real, fake, held_out: metrics.sample_classifier_error(
        fake, labels(fake), real, labels(real)),
}


def labels(rows):
    return np.arange(len(rows)) % CLASSES


def probabilities(rows):
    powers = np.exp(rows[:, :CLASSES])
    return powers / powers.sum(axis=1, keepdims=True)


def artificial_features(count, width):
    """Real, fake (scaled by 0.9) and held-out features ``(count, width)`` float32, correlated as in a network."""
    rng = np.random.default_rng(0)
    mix = rng.standard_normal((width, width)) / np.sqrt(width)
    return [(scale * rng.standard_normal((count, width)) @ mix).astype(np.float32) for scale in (1, 0.9, 1)]


def peak():
    """The peak memory of this process, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--count', type=int, default=10000, help='samples in each set (default: %(default)s)')
    parser.add_argument('--width', type=int, default=64, help='features per sample (default: %(default)s)')
    parser.add_argument('--only', nargs='+', choices=MEASURES, default=list(MEASURES), metavar='MEASURE',
                        help=', '.join(MEASURES))
    parser.add_argument('--subsets', action='store_true',
                        help='also the KID over 100 subsets of 1,000, as it is usually reported')
    options = parser.parse_args(words)
    sets = artificial_features(options.count, options.width)
    chosen = {name: MEASURES[name] for name in options.only}
    if options.subsets:
        chosen['kernel_distance_subsets'] = lambda real, fake, held_out: metrics.kernel_distance_subsets(real, fake)
    before, total = peak(), [0.0, 0.0]
    head = f'{options.count:,} against {options.count:,} samples of {options.width} features'
    print(f'{head}; {before:.0f} MB at the start')
    print('                           seconds     CPU seconds   peak MB')
    for name, measure in chosen.items():
        since = time.perf_counter(), time.process_time()
        value = measure(*sets)
        spent = time.perf_counter() - since[0], time.process_time() - since[1]
        total = [old + new for old, new in zip(total, spent)]
        shown = ' '.join(f'{number:.4g}' for number in np.atleast_1d(value))
        print(f'  {name:24} {spent[0]:7.2f} {spent[1]:15.2f} {peak():9.0f}   {shown}', flush=True)
    added = f'{peak() - before:.0f} MB more than at the start'
    print(f'  total                    {total[0]:7.2f} {total[1]:15.2f} {peak():9.0f}   {added}')
    return total[0]


if __name__ == '__main__':
    main()
