"""Probe what a trained discriminator knows: python tools/probe.py runs/cifar10 --data cifar10 --json probe.json

Prints the accuracy of a linear L2-SVM on raw pixels, k-means features, an untrained D's and the run's D's, beside what the DCGAN paper reports
(gluon_gan/metrics/probe.py has the protocols), and writes it as JSON.
"""
import argparse
import json
import os
import time
from pathlib import Path

import gluon_gan as gg
from gluon_gan import files, metrics


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('run', help='the folder of a run, or a checkpoint: its D is probed')
    parser.add_argument('--data', default='cifar10', choices=['cifar10', 'mnist'])
    parser.add_argument('--labels', type=int, help="how many training pictures have a label; 1000 for the paper's SVHN protocol (all)")
    parser.add_argument('--first', type=int, help='take so many training pictures, from the first on (all)')
    parser.add_argument('--centres', type=int, default=400, help='of k-means (400)')
    parser.add_argument('--tries', type=int, default=10, help='draws that C is chosen on (10)')
    parser.add_argument('--draws', type=int, default=100, help='draws that are measured (100)')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--json', type=Path, help='where to write the numbers')
    options = parser.parse_args()
    netD = gg.GANTrainer.load(options.run).netD
    train, test = (gg.data.load(options.data, split=split, size=netD.size) for split in ('train', 'test'))
    train = train[:options.first] if options.first else train
    began = time.perf_counter()
    table = metrics.probe.table(netD, train, test, options.labels, options.centres, options.tries, options.draws, options.seed)
    paper = metrics.probe.PAPER['svhn' if options.labels else 'cifar10']
    found = {'protocol': f'DCGAN section {"5.2, on " + options.data + " in place of SVHN" if options.labels else "5.1"}', 'data': train.name,
             'test_data': test.name, 'discriminator': netD.config, 'seed': options.seed, 'seconds': round(time.perf_counter() - began),
             'threads': os.environ['OMP_NUM_THREADS'], 'rows': table, 'paper': paper}
    for row in [*table, *({'features': f"paper: {row['features']}", **{k: v for k, v in row.items() if k != 'features'}} for row in paper['rows'])]:
        bar = f" +- {row['error_bar']:.1%}" if 'error_bar' in row else ''
        print(f"{row['features']:70s} {row.get('dim', ''):>6} {row['accuracy']:.1%}{bar}")
    print(f"what differs: {paper['differs']}")
    if options.json:
        with files.whole(options.json) as unfinished:
            unfinished.write_text(json.dumps(found, indent=1) + '\n')


if __name__ == '__main__':
    main()
