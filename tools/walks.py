"""Make docs/walks/: the figures of the latent space and their numbers.

    python tools/walks.py [--only NAME ...] [--numbers] [--page-only]

For each shipped generator, every figure of the DCGAN paper and of the earlier works is made by one call of
`gluon-gan walk`. The images, with a reduced palette, go to docs/walks/, and docs/walks/README.md lists them with their
commands. --numbers also runs the experiments that need many repetitions, and keeps the results in
docs/walks/numbers.json; this takes about ten minutes for each generator on one core. --page-only writes README.md from
the stored results.
"""
import argparse
import io
import json
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
from PIL import Image

import gluon_gan as gg
from gluon_gan import latent
from gluon_gan.cli import main as command
from gluon_gan.support import files

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / 'docs' / 'walks'
FIGURES_FILE, NUMBERS_FILE = FOLDER / 'figures.json', FOLDER / 'numbers.json'
COLOURS = 128       # in the palette of an image
TENFOLD = ' '.join(f'{value:.1f}' for value in 10 * np.sort(np.random.default_rng(0).standard_normal(10)))
FIGURES = {     # name: (title, the words after `gluon-gan walk NAME`)
    'path': ('Interpolation through nine points, here as a loop (DCGAN, figure 4)', '--path 9 --loop --steps 7'),
    'between': ('Spherical interpolation between two points', '--between {pair}'),
    'beyond': ('Linear interpolation and extrapolation, alpha from -0.5 to 1.5 (PyTorch DCGAN on MNIST)',
               '--between {pair} --lerp --range -0.5 1.5'),
    'sweep': ('Dimensions 25, 50 and 75, with sorted samples from 10 N(0, 1) ("Difficulties in training a GAN")',
              f'--sweep 25 50 75 --of {{start}} --values {TENFOLD}'),
    'zero': ('One dimension from -0.05 to 0.05, all others zero (PyTorch DCGAN on MNIST)', '--sweep 25 --zero'),
    'zero-together': ('The same walk normalised as one batch, as in training mode, which that work must have used',
                      '--sweep 25 --zero --together'),
    'diagonal': ('All dimensions from -1 to 1 (PyTorch DCGAN on MNIST)', '--diagonal'),
    'arithmetic': ('Vector arithmetic: {arithmetic_of} (DCGAN, figure 7)', '--arithmetic {arithmetic}'),
    'turn': ('Turn vector {turn_of} (DCGAN, figure 8)', '--turn {turn}'),
}
# The chosen images, by number in the grid of seed 0. Digits are chosen by the prediction of LeNet and by slant,
# photographs by eye, and synthetic faces by the attribute classifier.
FACES = dict(arithmetic_of='smiling women - neutral women + neutral men',
             turn_of='from faces looking left to faces looking right')
CHOSEN = {
    'mnist': dict(pair='3 8', start='4', arithmetic='30,146,78 59,155,0 193,105,140',
                  arithmetic_of='slanted 3 - upright 3 + 6', turn='59,15,108,32 146,85,61,116 --of 2 5 7 14',
                  turn_of='from upright 3, 9, 4, 7 to slanted ones'),
    'synthetic-faces': dict(pair='6 13', start='12', arithmetic='149,184,48 29,68,131 1,67,198',
                            turn='56,193,34,192 157,109,70,21 --of 1 9 14 23', **FACES),
    'celeba': dict(pair='6 13', start='46', arithmetic='6,43,46 15,32,53 10,26,45',
                   turn='20,30,42,44 14,18,34,45 --of 9 32 46 53 --range -1 1', **FACES),
}
INVERTED, SHOWN = 100, 8        # images that are inverted, and how many of them the figure shows
TOLERANCE = 0.03                # the error, on a range of 2, below which the inversion of an image is successful


def figures(name):
    """Make every figure of a generator.

    Returns
    -------
    list of (title, command, file, number)
    """
    made = []
    for figure, (title, words) in FIGURES.items():
        words = words.format(**CHOSEN[name])
        path = FOLDER / f'{name}-{figure}'
        scale = '2' if name == 'mnist' else '1'
        with redirect_stdout(io.StringIO()) as printed:
            if command(['walk', name, *words.split(), '--scale', scale, '-o', str(path)]):
                raise SystemExit(f'gluon-gan walk {name} {words} failed')
        reduce_palette(f'{path}.png')
        if figure == 'path':
            reduce_frames(f'{path}.gif')
        else:
            Path(f'{path}.gif').unlink()       # the strip is sufficient
        number = printed.getvalue().splitlines()[-1].split(':')[0]
        made.append((title.format(**CHOSEN[name]), f'gluon-gan walk {name} {words}', f'{name}-{figure}.png', number))
        print(made[-1][1], '->', made[-1][3], flush=True)
    return made


def reduce_palette(path):
    """Rewrite a PNG with fewer colours."""
    with Image.open(path) as image:
        small = image.convert('RGB').quantize(COLOURS)
    with files.atomic_write(path) as temporary:
        small.save(temporary, format='PNG', optimize=True)


def reduce_frames(path):
    """Rewrite a GIF with every third frame, which saves two thirds of its size."""
    with Image.open(path) as gif:
        frames = []
        for number in range(0, gif.n_frames, 3):
            gif.seek(number)
            frames.append(gif.convert('RGB'))
    gg.viz.animate(frames, path, fps=8, hold=0)


def inversions(name):
    """dict: the errors of `latent.invert` on images of the generator itself; also makes the figure."""
    netG = gg.pretrained(name)
    z = latent.sample_z(INVERTED, netG.nz, seed=1000)
    images = latent.generate(netG, z)
    found = latent.invert(netG, images, tolerance=TOLERANCE)
    rows = [gg.viz.strip(part[:SHOWN], scale=1 if name != 'mnist' else 2) for part in (images, found.pictures)]
    path = FOLDER / f'{name}-invert.png'
    gg.viz.save(gg.viz.stack(rows), path)
    reduce_palette(path)
    correlations = [float(np.corrcoef(one, other)[0, 1]) for one, other in zip(found.z, z.asnumpy())]
    return {'images': INVERTED, 'tolerance': TOLERANCE, 'within tolerance': int((found.error < TOLERANCE).sum()),
            'median error': float(np.median(found.error)), 'largest error': float(found.error.max()),
            'z recovered (correlation above 0.9)': int(np.sum(np.array(correlations) > 0.9)),
            'mean number of starting points': float((~np.isnan(found.restart_errors)).sum(axis=1).mean())}


class SyntheticFaceExperiments:
    """Experiments on synthetic faces with many repetitions, measured by the attribute classifier.

    Parameters
    ----------
    pool : int
        Number of samples from which examples are chosen.
    seed : int
        Seed of the choices.
    """

    def __init__(self, pool=6000, seed=0):
        self.netG, self.classifier = gg.pretrained('synthetic-faces'), gg.metrics.face_attribute_classifier()
        self.rng = np.random.default_rng(seed)
        self.z = latent.sample_z(pool, self.netG.nz, seed=2000).asnumpy()
        self.predicted = self.classify(self.z)

    def classify(self, z):
        """The predictions for the images of z; leading axes are flattened."""
        return self.classifier(latent.generate(self.netG, z.reshape(-1, z.shape[-1])))

    def with_attribute(self, name, present=True, confidence=0.9):
        """``(N,)`` bool: samples that have the attribute, or do not have it, with more than this probability."""
        probability = self.predicted.probabilities[name]
        return probability > confidence if present else probability < 1 - confidence

    def arithmetic(self, count, repetitions=200, confidence=0.97):
        """Smiling women - neutral women + neutral men, all without glasses, with ``count`` z in each term.

        Each result and its eight neighbours are compared with the mean of the men and its neighbours.
        """
        no_glasses = self.with_attribute('Eyeglasses', False)
        groups = [self.with_attribute('Smiling', smiling, confidence) & self.with_attribute('Male', male) & no_glasses
                  for smiling, male in ((True, False), (False, False), (False, True))]
        terms = [self.z[self.rng.choice(np.flatnonzero(group), (repetitions, count))] for group in groups]
        before, after = (np.concatenate([latent.neighbours(z, seed=number) for number, z in enumerate(points)])
                         for points in (terms[2].mean(axis=1), [latent.arithmetic(*three) for three in zip(*terms)]))
        return self.change(before, after)

    def direction(self, fixed=(), distance=3.0):
        """Move new faces along the direction of smiling; ``fixed`` attributes should not change."""
        without = None
        if fixed:
            without = np.stack([latent.direction(self.z, self.predicted.attributes[name]).vector for name in fixed])
        vector = latent.direction(self.z, self.predicted.attributes['Smiling'], without).vector
        new = latent.sample_z(500, self.netG.nz, seed=3000).asnumpy()
        return self.change(new, latent.along(new, vector, [distance])[:, 0])

    def change(self, before, after):
        """dict: the fraction of smiling faces before and after, and of faces in which other attributes changed."""
        effect = latent.effect(self.classify(before).attributes, self.classify(after).attributes, 'Smiling')
        others = ('Eyeglasses', 'Male', 'Wearing_Hat', 'Pale_Skin')
        return {'faces': len(before), 'smiling before': effect.before, 'smiling after': effect.after,
                **{f'{name} changed': effect.others[name] for name in others}}

    def turn(self, count=4, repetitions=20, half=0.5):
        """The fraction of 100 new faces whose pose increases at each of eight steps, for several turn vectors.

        Each vector uses ``count`` of the 100 faces with the lowest pose, and as many of the 100 with the highest. Alpha
        goes from ``-half`` to ``half``.
        """
        order = self.predicted.pose.argsort()
        new, fractions = latent.sample_z(100, self.netG.nz, seed=3000).asnumpy(), []
        for _ in range(repetitions):
            left, right = (self.z[self.rng.choice(part, count, replace=False)] for part in (order[:100], order[-100:]))
            moved = latent.along(new, latent.turn_vector(left, right), np.linspace(-half, half, 9))
            pose = self.classify(moved).pose.reshape(len(new), 9)
            fractions.append(float((np.diff(pose) > 0).all(axis=1).mean()))
        return {'faces': len(new), 'turn vectors': repetitions, 'mean fraction': float(np.mean(fractions)),
                'smallest fraction': min(fractions),
                'vectors with at least 0.8': sum(fraction >= 0.8 for fraction in fractions)}


def experiments():
    """dict: every experiment on synthetic faces, by kind and title."""
    faces, fixed = SyntheticFaceExperiments(), ('Male', 'Eyeglasses', 'Pale_Skin')
    smiling = {f'arithmetic, {count} z in each term': faces.arithmetic(count) for count in (1, 3, 8)}
    smiling['arithmetic, 3 z in each term, examples with probability above 0.9'] = faces.arithmetic(3, confidence=0.9)
    smiling['direction, distance 3'] = faces.direction()
    smiling[f"direction, distance 3, orthogonal to {', '.join(fixed)}"] = faces.direction(fixed)
    turning = {'4 + 4 faces, alpha from -0.5 to 0.5': faces.turn(),
               '4 + 4 faces, alpha from -1 to 1': faces.turn(half=1.0)}
    return {'smiling': smiling, 'turning': turning}


def page(made, numbers):
    """The text of docs/walks/README.md."""
    lines = ['# Walks through the latent space', '',
             '`python tools/walks.py` makes this page. Each figure comes from a single command, which works for your '
             'own runs too. The numbers in a command identify images in the grid that `gluon-gan walk NAME` writes. '
             'The smoothness of a walk is its largest step divided by its mean step, measured in LeNet features for '
             'MNIST and in the features of a random network for faces; 1 is the smoothest.', '']
    for name, rows in made.items():
        lines += [f'## {name}', '', f'![Loop through nine points]({name}-path.gif)', '']
        for title, words, file, number in rows:
            lines += [f'**{title}**; {number}.', '', f'`{shlex.join(words.split())}`', '', f'![{title}]({file})', '']
        if name in numbers:
            lines += inversion_lines(name, numbers[name]['invert'])
    found = numbers.get('synthetic-faces', {}).get('experiments')
    return '\n'.join(lines + (experiment_lines(found) if found else [])).rstrip() + '\n'


def inversion_lines(name, found):
    return [f"**Inversion with `latent.invert`**: given images above, results below. {found['within tolerance']} of "
            f"{found['images']} images are within an error of {found['tolerance']} on a range of 2 (largest error "
            f"{found['largest error']:.3f}); for {found['z recovered (correlation above 0.9)']} the original z is "
            'recovered.', '', f'![Inverted images]({name}-invert.png)', '']


def experiment_lines(found):
    return ['## Success rates on synthetic faces', '',
            'The attribute classifier measures the effect on the generated faces. "Smiling" is the fraction of faces '
            'that smile, and the other columns give the fraction of faces in which an attribute changes.', '',
            *table(found['smiling']), '',
            'A turn vector succeeds on a face if the pose changes in the right direction at each of eight steps.', '',
            *table(found['turning'])]


def table(rows):
    """Lines of a Markdown table: one row for each dict, one column for each of their keys."""
    columns = list(next(iter(rows.values())))
    cells = [[title, *(f'{value:.2f}' if isinstance(value, float) else str(value) for value in row.values())]
             for title, row in rows.items()]
    return [f"| {' | '.join(row)} |" for row in (['experiment', *columns], ['---'] * (len(columns) + 1), *cells)]


def write(path, text):
    with files.atomic_write(path) as temporary:
        temporary.write_text(text)


def stored(path):
    return json.loads(path.read_text()) if path.exists() else {}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', nargs='+', choices=CHOSEN, default=list(CHOSEN), help='generators (default: all)')
    parser.add_argument('--numbers', action='store_true', help='run the experiments too')
    parser.add_argument('--page-only', action='store_true', help='write README.md from the stored results')
    args = parser.parse_args()
    made, numbers = stored(FIGURES_FILE), stored(NUMBERS_FILE)
    for name in args.only if not args.page_only else []:
        made[name] = figures(name)
        if args.numbers:
            numbers[name] = {'invert': inversions(name)}
            if name == 'synthetic-faces':
                numbers[name]['experiments'] = experiments()
            write(NUMBERS_FILE, json.dumps(numbers, indent=1) + '\n')
    write(FIGURES_FILE, json.dumps(made, indent=1) + '\n')
    write(FOLDER / 'README.md', page(made, numbers))


if __name__ == '__main__':
    main()
