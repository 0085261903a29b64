"""Probe the features of a trained discriminator: python tools/probe.py runs/cifar10 --data cifar10 --json probe.json

It prints the accuracy of a linear L2-SVM on raw pixels, on k-means features, and on the features of an untrained D and
of the run's D, beside the numbers of the DCGAN paper, and writes them as JSON. gluon_gan/metrics/probe.py describes the
protocols.
"""
import argparse
import json
import os
import time
from pathlib import Path

import gluon_gan as gg
from gluon_gan import metrics
from gluon_gan.support import files, renamed


def argument_parser():
    """The parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('run', help='the folder of a run, or a checkpoint, with the D to probe')
    parser.add_argument('--data', default='cifar10', choices=['cifar10', 'mnist'])
    parser.add_argument('--labels', type=int,
                        help="number of labelled training images; 1000 for the paper's SVHN protocol (all)")
    parser.add_argument('--first', type=int, help='use only this many training images, the first ones (all)')
    parser.add_argument('--centres', type=int, default=400, help='number of centres of k-means (400)')
    parser.add_argument('--tries', type=int, default=10, help='number of labelled subsets for choosing C (10)')
    parser.add_argument('--repeats', type=int, default=100, help='number of labelled subsets for the accuracy (100)')
    parser.add_argument('--seed', type=int, default=0)
    for old, new in renamed.OPTIONS['tools/probe.py'].items():
        parser.add_argument(old, type=int, dest=new.removeprefix('--'), help=argparse.SUPPRESS)
    parser.add_argument('--json', type=Path, help='JSON file for the numbers')
    return parser


def main():
    options = argument_parser().parse_args()
    netD = gg.GANTrainer.load(options.run).netD
    train, test = (gg.catalogue.load(options.data, split=split, size=netD.size) for split in ('train', 'test'))
    train = train[:options.first] if options.first else train
    began = time.perf_counter()
    table = metrics.probe.table(netD, train, test, options.labels, options.centres, options.tries, options.repeats,
                                options.seed)
    paper = metrics.probe.PAPER['svhn' if options.labels else 'cifar10']
    section = f'5.2, on {options.data} in place of SVHN' if options.labels else '5.1'
    found = {'protocol': f'DCGAN section {section}', 'data': train.name, 'test_data': test.name,
             'discriminator': netD.config, 'seed': options.seed, 'seconds': round(time.perf_counter() - began),
             'threads': os.environ['OMP_NUM_THREADS'], 'rows': table, 'paper': paper}
    for row in [*table, *({**row, 'features': f"paper: {row['features']}"} for row in paper['rows'])]:
        bar = f" +- {row['error_bar']:.1%}" if 'error_bar' in row else ''
        print(f"{row['features']:70s} {row.get('dim', ''):>6} {row['accuracy']:.1%}{bar}")
    print(f"differences from the paper: {paper['differs']}")
    if options.json:
        with files.atomic_write(options.json) as unfinished:
            unfinished.write_text(json.dumps(found, indent=1) + '\n')


if __name__ == '__main__':
    main()
