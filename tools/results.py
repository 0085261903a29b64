"""Measure all that ships with the package, and write RESULTS.md: GLUON_GAN_DATA=... python tools/results.py

Takes about half an hour on two cores: every shipped generator against its real data, and a discriminator that is trained on CIFAR-10 for the
probe (in runs/probe, unless it is there). Numbers go to results/*.json first; --table writes RESULTS.md from those alone.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import gluon_gan as gg
from gluon_gan import files, zoo
from gluon_gan.translate import source

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / 'results'
TRANSLATION = 'red-teal'
PROBED = 'train --preset cifar10 --ngf 32 --ndf 32 --epochs 40 --augment mirror --name probe'
PROBES = {'probe-cifar10': '', 'probe-cifar10-1000': '--labels 1000 --tries 5 --draws 20'}      # the paper's sections 5.1, and 5.2 without SVHN
CLAIMS = (      # work, what it says, where it is tried here, what came out
    ('DCGAN', 'the architecture trains stably on MNIST and faces', '[04](notebooks/04_train_on_mnist.ipynb), [06](notebooks/06_look_at_faces.ipynb)',
     'yes: the generators above'),
    ('DCGAN', "D's features classify CIFAR-10 better than k-means (82.8 % and 80.6 %)", '`tools/probe.py`', '{probe}'),
    ('DCGAN', 'generated pictures are no copies of training pictures', '`gluon-gan evaluate`', 'tested for every generator above whose data has held-out pictures'),
    ('DCGAN', 'interpolation is smooth; arithmetic with means of three z; turn vectors', '[08](notebooks/08_walk_the_latent_space.ipynb), '
     '[09](notebooks/09_calculate_with_faces.ipynb)', 'yes: [walks](docs/walks/README.md), with how often each works'),
    ('DCGAN', "D's features respond to parts of things, an untrained D's do not", '[10](notebooks/10_see_what_the_discriminator_learned.ipynb)',
     'yes, of digits, faces and drawn faces: what excites them lies in fewer pixels in 94 to 100 of 100 pairs. By eye an untrained D shows edges as well'),
    ('DCGAN', 'with the maps of positive weight dropped, G forgets to draw an object', '[11](notebooks/11_forget_the_glasses.ipynb)',
     'not as written: on faces, which are aligned, its regression finds the place (13 % lose their glasses, 48 % their hair\'s colour). With negatives from the same '
     'place in faces without glasses, yes: 71 % and 15 %'),
    ('Difficulties in training a GAN', 'initialisation, batch-norm momentum, feature matching, histograms',
     '[05](notebooks/05_why_training_fails.ipynb)', '22 claims of this work and the next, each over three seeds: the table in lesson 05'),
    ('Difficulties in training a GAN', 'walks along one latent dimension differ by its sign', '[08](notebooks/08_walk_the_latent_space.ipynb)',
     'yes, ten standard deviations out; within three, one dimension of 100 changes little'),
    ('PyTorch DCGAN on MNIST', 'stronger generators, noise for D, flipped labels', '[05](notebooks/05_why_training_fails.ipynb)', 'the table in lesson 05'),
    ('PyTorch DCGAN on MNIST', 'interpolation from -0.5 to 1.5, all dimensions from -1 to 1; one from -0.05 to 0.05', '[08](notebooks/08_walk_the_latent_space.ipynb)',
     'yes; the last with statistics of the batch alone: otherwise nothing changes'),
    ('PyTorch DCGAN on MNIST', "z1 - z2 + z3 didn't really work", '[09](notebooks/09_calculate_with_faces.ipynb)',
     'so it is with single z, two times out of three; with means of eight it works more often than not'),
    ('Convolutional dreams', 'pictures of a weak image-to-image GAN', '[13](notebooks/13_translate_images.ipynb)',
     'yes: `gluon-gan train --preset dreams`, in both directions; and what a stronger pair does instead, above'),
    ('Quilt GAN', 'a scraped corpus refined, augmented and served while it trains', '[07](notebooks/07_train_on_quilts.ipynb)',
     'yes: precision 0.97 at recall 0.90 of curation by examples (`benchmarks/curation.py`); its 11,000 quilts cannot be had'),
)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', default='runs', help='where the probed discriminator is trained, or lies (runs)')
    parser.add_argument('--table', action='store_true', help='write RESULTS.md from results/*.json, measure nothing')
    options = parser.parse_args()
    if not options.table:
        measure(options.runs)
    with files.whole(ROOT / 'RESULTS.md') as unfinished:
        unfinished.write_text(table())


def measure(runs):
    for name in zoo.names():
        card = json.loads((zoo.FOLDER / f'{name}.json').read_text())
        images = gg.data.load(gg.preset(card['preset'])['data'], size=zoo.pretrained(name).size)
        if images.stand_in and not card['stand_in']:
            raise SystemExit(f'{name} was trained on {card["data_name"]}, and here is only {images.name}: set GLUON_GAN_DATA')
        call(f'-m gluon_gan evaluate {name} -o results/{name}.json')
    call(f'-m gluon_gan evaluate {TRANSLATION} -o results/translate.json')
    if not (Path(runs) / 'probe').exists():
        call(f'-m gluon_gan {PROBED} --runs {shlex.quote(str(Path(runs).resolve()))}')
    for name, words in PROBES.items():
        call(f'tools/probe.py {shlex.quote(str(Path(runs).resolve() / "probe"))} {words} --json results/{name}.json')


def call(words):
    subprocess.run([sys.executable, *shlex.split(words)], check=True, cwd=ROOT, env={**os.environ, 'PYTHONPATH': str(ROOT)})


def table():
    """str: RESULTS.md."""
    lines = [HEAD, *generators(), *translation(), CLAIMED, *(f'| {" | ".join(claim)} |'.format(probe=verdict()) for claim in CLAIMS), PROBE, *probes(), '']
    return '\n'.join(lines)


def generators():
    for name in zoo.names():
        card, report = (json.loads(path.read_text()) for path in (zoo.FOLDER / f'{name}.json', FOLDER / f'{name}.json'))
        scores = {score['name'].split(f"_{report['extractor']}")[0]: score for score in report['scores']}
        taken = scores['frechet']['name'].removeprefix('frechet_')
        steps, hours = card['steps'], f"{card['seconds'] / 60:.0f} min, {card['threads']} thread{'s' * (card['threads'] != '1')}"
        note = scores['frechet']['note']
        yield f"""### {name}

![{name}](docs/{name}.png)

`{card['command']}`, {steps:,} steps of {card['batch_size']}, {hours}, {card['device'].split('(')[0].upper()}. Trained on {card['data_name']}.
{report['count']:,} generated against {report['count']:,} of them, in the features of `{report['extractor']}` (`_{taken}`); the floor is {report['held_out']}.{note and ' ' + note[0].upper() + note[1:] + '.'}

| | score | floor | better |
|---|---|---|---|"""
        for measure, score in scores.items():
            error = f" +- {1.96 * score['error']:.2g}" if score['error'] is not None else ''
            yield f"| {measure.replace('_', ' ')} | {score['value']:.3g}{error} | {score['floor']:.3g} | {score['better']} |"
        yield ''


def translation():
    """The shipped translators, on drawn pictures that they never saw, in both directions."""
    found, card = json.loads((FOLDER / 'translate.json').read_text()), json.loads((source.FOLDER / f'{TRANSLATION}.json').read_text())
    ways = found['ways']
    yield f"""## A translation, where the truth is known

![{TRANSLATION}](docs/{TRANSLATION}.png)

`{card['command']}`, {card['history'][-1]['step']:,} steps of {card['batch_size']} and {card['batch_size']}, {card['seconds'] / 60:.0f} min, {card['threads']} thread{'s' * (card['threads'] != '1')}, CPU; then
`gluon-gan evaluate {TRANSLATION}`. {ways[0]['count']:,} and {ways[1]['count']:,} test pictures of {ways[0]['source']} and {ways[1]['source']}. Rows of the picture: domain A,
translated to B, back again; domain B, translated to A, back again. Distances are means of |difference| in [-1, 1].

| | A to B | B to A | beside it |
|---|---|---|---|"""
    for text, name, beside, why, shown in (
            ('taken for the target domain', 'taken', 'taken_before', 'of the untranslated', '.1%'),
            ('found again among all originals by their edges', 'pattern', None, '', '.1%'),
            ('cycle error', 'cycle', 'apart', 'between two pictures', '.3f'), ('identity error', 'identity', None, '', '.3f'),
            ('distance from the true translation', 'truth', 'truth_before', 'untranslated', '.3f'),
            (f"Frechet distance to the target domain, `{ways[0]['extractor']}`", 'frechet', 'frechet_before', 'untranslated', '.3f'),
            ('the same of other real pictures of the target', 'frechet_real', None, '', '.3f')):
        told = ' and '.join(f'{way[beside]:{shown}}' for way in ways) + f' {why}' if beside else ''
        yield f"| {text} | {ways[0][name]:{shown}} | {ways[1][name]:{shown}} | {told} |"
    yield ''


def probes():
    for name in PROBES:
        found = json.loads((FOLDER / f'{name}.json').read_text())
        yield f"**{found['protocol']}**, {found['data']}, tested on {found['test_data']}, {found['seconds']:,} s.\n\n| features | numbers | accuracy |\n|---|---|---|"
        for row in found['rows']:
            yield f"| {row['features']} | {row['dim']:,} | {percent(row)} |"
        for row in found['paper']['rows']:
            yield f"| *paper:* {row['features']} | {row.get('dim', '')} | {percent(row)} |"
        yield f"\nWhat differs from the paper: {found['paper']['differs']}.\n"


def verdict():
    """Whether D beat k-means, in words."""
    rows = {row['features'].rstrip('0123456789'): row for row in json.loads((FOLDER / 'probe-cifar10.json').read_text())['rows']}
    ours, kmeans, untrained = (rows[name] for name in ('discriminator', 'kmeans', 'untrained discriminator'))
    better = ours['accuracy'] > kmeans['accuracy']
    return (f"{'yes' if better else 'no'}: {percent(ours)} against {percent(kmeans)} of k-means ({percent(untrained)} of an untrained D), where D saw "
            '5,000 pictures in place of 1.2 million; the probe is below')


def percent(row):
    return f"{row['accuracy']:.1%}" + (f" +- {row['error_bar']:.1%}" if 'error_bar' in row else '')


HEAD = """# Results

Written by `GLUON_GAN_DATA=... python tools/results.py` from real data; the numbers with all their digits lie in [results](results).

A score says in whose features it was taken and of how many pictures, and compares only with one of the same name. The *floor* is the same measure
of other real pictures in place of the generated ones: what a perfect generator would have. None of these is an FID, which is Inception's alone.
What ships was trained on two cores of a virtual machine (AMD EPYC, Zen 4), without a GPU.

## Generators that ship with the package
"""
CLAIMED = """## What the earlier works claim

| work | claim | where it is tried | reproduced? |
|---|---|---|---|"""
PROBE = f"""
## The probe: what D learned, told by a linear classifier

D was trained by `gluon-gan {PROBED}` on the pictures alone, without labels.
"""


if __name__ == '__main__':
    main()
