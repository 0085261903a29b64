"""Evaluate everything that ships with the package, and write RESULTS.md: GLUON_GAN_DATA=... python tools/results.py

This takes about half an hour on two cores. Every shipped generator is evaluated against its real data. For the probe,
a discriminator is trained on CIFAR-10, unless runs/probe exists. The numbers are written to results/*.json; --table
writes RESULTS.md from those files and computes nothing. Both also record the scores beside the weights
(gluon_gan/zoo/weights/*.json), from where exported files take them.
"""
import argparse
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from statistics import median

import gluon_gan as gg
from gluon_gan import zoo
from gluon_gan.export.card import scores_of
from gluon_gan.support import files, renamed
from gluon_gan.translate import source

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / 'results'
TRANSLATION = 'red-teal'
PROBED = 'train --preset cifar10 --ngf 32 --ndf 32 --epochs 40 --augment mirror --name probe'
# The paper's section 5.1, and section 5.2 with other data than SVHN.
PROBES = {'probe-cifar10': '', 'probe-cifar10-1000': '--labels 1000 --tries 5 --repeats 20'}

# The number of a lesson may change, so the table finds a lesson by the rest of its name.
LESSONS = {path.stem[3:]: f'[{path.stem[:2]}](notebooks/{path.name})'
           for path in (ROOT / 'notebooks').glob('[0-9]*.ipynb')}
CLAIMS = (      # work, claim, where it is tested here (lessons, or a command), result
    ('DCGAN', 'the architecture trains stably on MNIST and faces', ('train_on_mnist', 'look_at_faces'),
     'yes: the generators above'),
    ('DCGAN', "D's features classify CIFAR-10 better than k-means (82.8 % and 80.6 %)", '`tools/probe.py`', '{probe}'),
    ('DCGAN', 'generated images are not copies of training images', '`gluon-gan evaluate`',
     'tested for every generator above whose data include held-out images'),
    ('DCGAN', 'interpolation is smooth; arithmetic on means of three z works; turn vectors rotate faces',
     ('walk_the_latent_space', 'calculate_with_faces'),
     'yes: see [walks](docs/walks/README.md), with the success rate of each'),
    ('DCGAN', "D's features respond to parts of objects, and those of an untrained D do not",
     ('see_what_the_discriminator_learned',),
     'yes, for digits, faces and synthetic faces: in 94 to 100 of 100 pairs, the evidence for a trained feature lies '
     'in fewer pixels than for an untrained one. Visually, an untrained D responds to edges as well'),
    ('DCGAN', 'ablating the feature maps with positive weight removes an object from the samples of G',
     ('ablate_feature_maps',),
     'not as described: faces are aligned, so the regression detects the position (13 % of faces lose their '
     "glasses, 48 % their hair's colour). With negatives from the same position in faces without glasses, yes: 71 % "
     'and 15 %'),
    ('Difficulties in training a GAN', 'initialisation, batch-norm momentum, feature matching, histograms',
     ('why_training_fails',),
     '22 claims of this work and the next, each tested over three seeds: see the table in the lesson'),
    ('Difficulties in training a GAN', 'walks along a single latent dimension depend on its sign',
     ('walk_the_latent_space',),
     'yes, at ten standard deviations; within three, a single dimension of 100 has little effect'),
    ('PyTorch DCGAN on MNIST', 'stronger generators, noise for D, flipped labels', ('why_training_fails',),
     'see the table in the lesson'),
    ('PyTorch DCGAN on MNIST', 'interpolation from -0.5 to 1.5, all dimensions from -1 to 1; one from -0.05 to 0.05',
     ('walk_the_latent_space',),
     'yes; the last only with the batch statistics of batch normalisation: otherwise nothing changes'),
    ('PyTorch DCGAN on MNIST', "z1 - z2 + z3 didn't really work", ('calculate_with_faces',),
     'confirmed for single z, two times out of three; with means of eight it works more often than not'),
    ('Convolutional dreams', 'images from a weak image-to-image GAN', ('translate_images',),
     'yes: `gluon-gan train --preset dreams`, in both directions; a stronger pair of networks is evaluated above'),
    ('Quilt GAN', 'a scraped corpus is refined, augmented, and served during training',
     ('curate_a_data_set', 'augment_few_images', 'serve_batches'),
     'yes: curation by examples reaches precision 0.97 at recall 0.90 (`benchmarks/curation.py`); the 11,000 quilts of '
     'the original are not available'),
)


def places(where):
    """str: links to the lessons, or the command."""
    return where if isinstance(where, str) else ', '.join(LESSONS[name] for name in where)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--runs', default='runs', help='folder with the run of the probed discriminator (runs)')
    parser.add_argument('--table', action='store_true', help='write RESULTS.md from results/*.json, compute nothing')
    options = parser.parse_args()
    if not options.table:
        measure(options.runs)
    with files.atomic_write(ROOT / 'RESULTS.md') as unfinished:
        unfinished.write_text(page())
    for name, path in reports().items():
        record_scores(path, json.loads((FOLDER / name).read_text()))


def measure(runs):
    """Compute all numbers, and write them to results/*.json."""
    for name in zoo.names():
        card = json.loads((zoo.FOLDER / f'{name}.json').read_text())
        images = gg.catalogue.load(gg.preset(card['preset'])['data'], size=zoo.pretrained(name).size)
        if images.stand_in and not card['stand_in']:
            raise SystemExit(f'{name} was trained on {card["data_name"]}, and only {images.name} is available: '
                             'set GLUON_GAN_DATA')
        call(f'-m gluon_gan evaluate {name} -o results/{name}.json')
    call(f'-m gluon_gan evaluate {TRANSLATION} -o results/translate.json')
    if not (Path(runs) / 'probe').exists():
        call(f'-m gluon_gan {PROBED} --runs {shlex.quote(str(Path(runs).resolve()))}')
    for name, words in PROBES.items():
        run = shlex.quote(str(Path(runs).resolve() / 'probe'))
        call(f'tools/probe.py {run} {words} --json results/{name}.json')


def reports():
    """The JSON file beside each network's weights, by the name of its report in results/; a dict of Path."""
    shipped = {f'{name}.json': zoo.FOLDER / f'{name}.json' for name in zoo.names()}
    return {**shipped, 'translate.json': source.FOLDER / f'{TRANSLATION}.json'}


def record_scores(path, report):
    """Record the scores of a report in the file beside the weights, from where an export takes them."""
    found = json.loads(path.read_text())
    history = found.pop('history')
    with files.atomic_write(path) as unfinished:
        unfinished.write_text(json.dumps({**found, 'scores': scores_of(report), 'history': history}, indent=1) + '\n')


def call(words):
    """Run Python with these arguments in the root of the repository."""
    environment = {**os.environ, 'PYTHONPATH': str(ROOT)}
    subprocess.run([sys.executable, *shlex.split(words)], check=True, cwd=ROOT, env=environment)


def page():
    """The text of RESULTS.md, a str."""
    claims = [f'| {work} | {claim} | {places(where)} | {result.format(probe=probe_result())} |'
              for work, claim, where, result in CLAIMS]
    return '\n'.join([HEAD, *generators(), *translation(), *recipes(), CLAIMED, *claims, PROBE, *probes(), ''])


def generators():
    """Yield the sections of the shipped generators."""
    for name in zoo.names():
        card = renamed.config(json.loads((zoo.FOLDER / f'{name}.json').read_text()))
        report = json.loads((FOLDER / f'{name}.json').read_text())
        scores = {score['name'].split(f"_{report['extractor']}")[0]: score for score in report['scores']}
        suffix = scores['frechet']['name'].removeprefix('frechet')
        device, note = card['device'].split('(')[0].upper(), scores['frechet']['note']
        count = f"{report['count']:,}"
        yield f"""### {name}

![{name}](docs/{name}.png)

`{card['command']}`: {card['steps']:,} steps with a batch of {card['batch_size']}, {minutes(card)}, {device}.
{started(card)}Trained on {card['data_name']}. {count} generated images are compared
with {count} of the training images, in the features of `{report['extractor']}` (`{suffix}`).
The baseline is {report['held_out']}.{sentence(note)}

| | score | real-data baseline | better |
|---|---|---|---|"""
        for measure, score in scores.items():
            error = f" +- {1.96 * score['error']:.2g}" if score['error'] is not None else ''
            value, baseline = f"{score['value']:.3g}{error}", f"{score['baseline']:.3g}"
            yield f"| {measure.replace('_', ' ')} | {value} | {baseline} | {score['better']} |"
        yield ''


def started(card):
    """A sentence about the training that this one started from, or ''."""
    return f"It started from `{card['start_from']}`. " if card.get('start_from') else ''


def minutes(card):
    """The duration of a training run and its number of threads."""
    return f"{card['seconds'] / 60:.0f} min, {card['threads']} thread{'s' * (card['threads'] != '1')}"


def sentence(note):
    """A note as a further sentence of a paragraph."""
    return f' {note[0].upper()}{note[1:]}.' if note else ''


def translation():
    """Yield the section of the shipped translation networks, on held-out synthetic images, in both directions."""
    directions = json.loads((FOLDER / 'translate.json').read_text())['ways']
    card = json.loads((source.FOLDER / f'{TRANSLATION}.json').read_text())
    steps, batch, extractor = card['history'][-1]['step'], card['batch_size'], directions[0]['extractor']
    counts, sets = ([direction[key] for direction in directions] for key in ('count', 'source'))
    yield f"""## A translation with a known ground truth

![{TRANSLATION}](docs/{TRANSLATION}.png)

`{card['command']}`: {steps:,} steps with batches of {batch} and {batch}, {minutes(card)}, CPU.
Evaluated by `gluon-gan evaluate {TRANSLATION}` on {counts[0]:,} and {counts[1]:,} held-out images:
{sets[0]} and {sets[1]}. The rows of the figure are images
of domain A, their translations to B, and their reconstructions, then the same for domain B. Distances are means of
|difference| for pixels in [-1, 1].

| | A to B | B to A | for comparison |
|---|---|---|---|"""
    for text, name, other, which, form in (
            ('classified as the target domain', 'taken', 'taken_before', 'before translation', '.1%'),
            ('original retrieved among all originals by its edges', 'pattern', None, '', '.1%'),
            ('cycle error', 'cycle', 'apart', 'between two images', '.3f'),
            ('identity error', 'identity', None, '', '.3f'),
            ('distance from the ground truth', 'ground_truth', 'ground_truth_before', 'before translation', '.3f'),
            (f'Fréchet distance to the target domain, `{extractor}`', 'frechet', 'frechet_before', 'before translation',
             '.3f'),
            ('its real-data baseline', 'frechet_real', None, '', '.3f')):
        values = ' | '.join(f'{direction[name]:{form}}' for direction in directions)
        others = ' and '.join(f'{direction[other]:{form}}' for direction in directions) if other else ''
        yield f"| {text} | {values} | {f'{others} {which}' if other else ''} |"
    yield ''


def recipes():
    """Yield the section on the recipes at equal time, and on their stability."""
    result, stability = (json.loads((FOLDER / f'{name}.json').read_text()) for name in ('recipes', 'stability'))
    yield RECIPES.format(seconds=result['seconds'])
    for name, baseline in result['baselines'].items():
        yield (f"\n**{name}**; the baseline has a Fréchet distance of {baseline['frechet']:.3g}, precision "
               f"{baseline['precision']:.2f} and recall {baseline['recall']:.2f}.\n\n"
               '| recipe | steps | Fréchet distance | precision | recall |\n|---|---|---|---|---|')
        runs = [run for run in result['compared'] if run['task'] == name]
        for recipe, row in dict.fromkeys((run['recipe'], run['row']) for run in runs):
            of = [run for run in runs if (run['recipe'], run['row']) == (recipe, row)]
            values = {key: [run['scores'][key] for run in of] for key in ('frechet', 'precision', 'recall')}
            cells = [f'{median(values[key]):.3g} ({min(values[key]):.3g} to {max(values[key]):.3g})' for key in values]
            yield f"| {recipe} ({row}) | {of[0]['steps']:,} | {' | '.join(cells)} |"
    yield STABILITY.format(steps=stability['steps'], bound=stability['bound'], entropy=stability['entropy'],
                           trainings=len(stability['runs']) // len(stability['shares']))
    for recipe, share in stability['shares'].items():
        yield f'| {recipe} | {share:.0%} |'


def probes():
    """Yield the sections of the probe."""
    for name in PROBES:
        found = json.loads((FOLDER / f'{name}.json').read_text())
        yield f"""**{found['protocol']}**: {found['data']}, tested on {found['test_data']}, {found['seconds']:,} s.

| features | dimension | accuracy |
|---|---|---|"""
        for row in found['rows']:
            yield f"| {row['features']} | {row['dim']:,} | {percent(row)} |"
        for row in found['paper']['rows']:
            yield f"| *paper:* {row['features']} | {row.get('dim', '')} | {percent(row)} |"
        yield f"\nDifferences from the paper: {found['paper']['differs']}.\n"


def probe_result():
    """Whether D's features are better than those of k-means, in words."""
    rows = json.loads((FOLDER / 'probe-cifar10.json').read_text())['rows']
    rows = {row['features'].rstrip('0123456789'): row for row in rows}
    ours, kmeans, untrained = (rows[name] for name in ('discriminator', 'kmeans', 'untrained discriminator'))
    answer = 'yes' if ours['accuracy'] > kmeans['accuracy'] else 'no'
    return (f'{answer}: {percent(ours)} against {percent(kmeans)} for k-means ({percent(untrained)} for an untrained '
            'D), after training D on 5,000 images instead of 1.2 million; see the probe below')


def percent(row):
    """An accuracy in percent, with its error bar if it has one."""
    return f"{row['accuracy']:.1%}" + (f" +- {row['error_bar']:.1%}" if 'error_bar' in row else '')


HEAD = """# Results

This page was written by `GLUON_GAN_DATA=... python tools/results.py` from real data. The numbers in full precision
are in [results](results).

The name of a score states the features and the number of images it was computed from; scores with different names do
not compare. The *real-data baseline* is the same measure of other real images in place of the generated ones, which is
what a perfect generator would attain. None of the scores is an FID, which is defined for Inception only. Everything
that ships with the package was trained on two cores of a virtual machine (AMD EPYC, Zen 4), without a GPU.

## Generators that ship with the package
"""
RECIPES = """## Recipes at equal time

Five recipes were trained for equal time, {seconds} seconds of one core, with three seeds on each of three data sets
at 28 and 32 pixels (`python tools/recipes.py compare`). The settings in brackets are the best of five to nine of a
search on MNIST, and for the preset also its own. Numbers are medians of the seeds, with the lowest and the highest in
brackets.
[Recipes](docs/recipes.md) shows images and curves, and says what to choose when."""
STABILITY = """
**Stability**: the share of {trainings} trainings, with 20 pairs of learning rates from 1e-5 to 1e-2 and three seeds,
that end with digits after {steps} steps: Fréchet distance below {bound}, and entropy of the classes above {entropy}
(`python tools/stability.py`).

| recipe | end with digits |
|---|---|"""
CLAIMED = """
## Claims of earlier works

| work | claim | tested in | reproduced? |
|---|---|---|---|"""
PROBE = f"""
## The probe: what D has learned, measured by a linear classifier

D was trained by `gluon-gan {PROBED}` on images without labels.
"""


if __name__ == '__main__':
    main()
