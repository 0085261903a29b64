"""Make the figures of the latent space, and the numbers beside them: python tools/walks.py [--only NAME ...] [--numbers]

For each generator that ships, every figure of the DCGAN paper and of the earlier works is one call of `gluon-gan walk`; the pictures go to
docs/walks/, in few colours, and the list of them with their commands to docs/walks/README.md. --numbers measures as well, over many repetitions, what
single pictures cannot tell, and keeps it in docs/walks/numbers.json: some ten minutes a generator on one core.
"""
import argparse
import io
import json
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import gluon_gan as gg
import numpy as np
from gluon_gan import files, latent
from gluon_gan.cli import main as command
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / 'docs' / 'walks'
NUMBERS = FOLDER / 'numbers.json'
COLOURS = 128
TENFOLD = ' '.join(f'{value:.1f}' for value in 10 * np.sort(np.random.default_rng(0).standard_normal(10)))
FIGURES = {     # name: (what it reproduces, the words after `gluon-gan walk NAME`)
    'path': ('DCGAN, figure 4: through nine points; here a loop', '--path 9 --loop --steps 7'),
    'between': ('along a great circle', '--between {pair}'),
    'beyond': ('PyTorch DCGAN on MNIST: alpha from -0.5 to 1.5', '--between {pair} --lerp --range -0.5 1.5'),
    'sweep': ('"Difficulties": dimensions 25, 50 and 75 over sorted draws of 10 N(0, 1)', f'--sweep 25 50 75 --of {{start}} --values {TENFOLD}'),
    'zero': ('PyTorch DCGAN on MNIST: one dimension from -0.05 to 0.05, the others at zero', '--sweep 25 --zero'),
    'zero-together': ('the same, normalised as in training, as that work must have done', '--sweep 25 --zero --together'),
    'diagonal': ('PyTorch DCGAN on MNIST: all dimensions from -1 to 1', '--diagonal'),
    'arithmetic': ('DCGAN, figure 7: {arithmetic_of}', '--arithmetic {arithmetic}'),
    'turn': ('DCGAN, figure 8: {turn_of}', '--turn {turn}'),
}
CHOSEN = {      # by number on the grid of seed 0: digits by LeNet and their slant, photographs by eye, drawn faces by the judge
    'mnist': dict(pair='3 8', start='4', arithmetic='30,146,78 59,155,0 193,105,140', arithmetic_of='slanted 3 - straight 3 + 6',
                  turn='59,15,108,32 146,85,61,116 --of 2 5 7 14', turn_of='from straight 3, 9, 4, 7 to slanted ones'),
    'drawn-faces': dict(pair='6 13', start='12', arithmetic='149,184,48 29,68,131 1,67,198', arithmetic_of='smiling women - neutral women + neutral men',
                        turn='56,193,34,192 157,109,70,21 --of 1 9 14 23', turn_of='from faces that look left to such that look right'),
    'celeba': dict(pair='6 13', start='46', arithmetic='6,43,46 15,32,53 10,26,45', arithmetic_of='smiling women - neutral women + neutral men',
                   turn='20,30,42,44 14,18,34,45 --of 9 32 46 53 --range -1 1', turn_of='from faces that look left to such that look right'),
}
INVERTED, SHOWN, NEAR = 100, 8, 0.03       # pictures that are inverted, shown, and the error (of a range of 2) from which on they count as found


def figures(name):
    """list of (what, command, file, number): every figure of a generator, drawn."""
    made = []
    for figure, (what, words) in FIGURES.items():
        words = words.format(**CHOSEN[name])
        place = FOLDER / f'{name}-{figure}'
        with redirect_stdout(io.StringIO()) as printed:
            if command(['walk', name, *words.split(), '--scale', '2' if name == 'mnist' else '1', '-o', str(place)]):
                raise SystemExit(f'gluon-gan walk {name} {words} failed')
        few(f'{place}.png')
        if figure == 'path':
            thin(f'{place}.gif')
        else:
            Path(f'{place}.gif').unlink()       # of these the strips tell enough
        made.append((what.format(**CHOSEN[name]), f'gluon-gan walk {name} {words}', f'{name}-{figure}.png', printed.getvalue().splitlines()[-1].split(':')[0]))
        print(made[-1][1], '->', made[-1][3], flush=True)
    return made


def few(path):
    """A PNG in few colours, in its place."""
    with Image.open(path) as image:
        small = image.convert('RGB').quantize(COLOURS)
    with files.whole(path) as unfinished:
        small.save(unfinished, format='PNG', optimize=True)


def thin(path):
    """A GIF of every third frame, in its place: a third of a megabyte for one."""
    with Image.open(path) as gif:
        frames = []
        for number in range(0, gif.n_frames, 3):
            gif.seek(number)
            frames.append(gif.convert('RGB'))
    gg.viz.animate(frames, path, fps=8, hold=0)


def inversions(name):
    """dict: how near `latent.invert` comes to pictures of the generator itself; draws the first of them."""
    netG = gg.pretrained(name)
    z = latent.draw(INVERTED, netG.nz, seed=1000)
    pictures = latent.generate(netG, z)
    found = latent.invert(netG, pictures, enough=NEAR)
    rows = [gg.viz.strip(part[:SHOWN], scale=1 if name != 'mnist' else 2) for part in (pictures, found.pictures)]
    place = FOLDER / f'{name}-invert.png'
    gg.viz.save(gg.viz.stack(rows), place)
    few(place)
    same = [float(np.corrcoef(one, other)[0, 1]) for one, other in zip(found.z, z.asnumpy())]
    return {'pictures': INVERTED, 'error below': NEAR, 'found': int((found.error < NEAR).sum()), 'median error': float(np.median(found.error)),
            'largest error': float(found.error.max()), 'own z (correlation above 0.9)': int(np.sum(np.array(same) > 0.9)),
            'starts': float((~np.isnan(found.tries)).sum(axis=1).mean())}


class Drawn:
    """The experiments on drawn faces, over many repetitions, as the judge sees them."""

    def __init__(self, pool=6000, seed=0):
        self.netG, self.judge, self.rng = gg.pretrained('drawn-faces'), gg.metrics.face_judge(), np.random.default_rng(seed)
        self.z = latent.draw(pool, self.netG.nz, seed=2000).asnumpy()
        self.said = self.look(self.z)

    def look(self, z):
        return self.judge(latent.generate(self.netG, z.reshape(-1, z.shape[-1])))

    def sure(self, name, yes=True, least=0.9):
        return self.said.probabilities[name] > least if yes else self.said.probabilities[name] < 1 - least

    def arithmetic(self, count, times=200, least=0.97):
        """Smiling women - neutral women + neutral men, without glasses: each result with its eight neighbours, against the mean of the men with its own."""
        bare = self.sure('Eyeglasses', False)
        groups = [self.sure('Smiling', smiling, least) & self.sure('Male', male) & bare for smiling, male in ((True, False), (False, False), (False, True))]
        terms = [self.z[self.rng.choice(np.flatnonzero(group), (times, count))] for group in groups]
        before, after = (np.concatenate([latent.neighbours(z, seed=number) for number, z in enumerate(points)])
                         for points in (terms[2].mean(axis=1), [latent.arithmetic(*three) for three in zip(*terms)]))
        return self.change(before, after)

    def direction(self, hold=(), far=3.0):
        """Along the direction of smiling, with others held fast."""
        without = np.stack([latent.direction(self.z, self.said.attributes[name]).vector for name in hold]) if hold else None
        vector = latent.direction(self.z, self.said.attributes['Smiling'], without).vector
        new = latent.draw(500, self.netG.nz, seed=3000).asnumpy()
        return self.change(new, latent.along(new, vector, [far])[:, 0])

    def change(self, before, after):
        effect = latent.effect(self.look(before).attributes, self.look(after).attributes, 'Smiling')
        kept = ('Eyeglasses', 'Male', 'Wearing_Hat', 'Pale_Skin')
        return {'faces': len(before), 'smiling before': effect.before, 'smiling after': effect.after, **{f'{name} changed': effect.others[name] for name in kept}}

    def turn(self, count=4, draws=20, half=0.5):
        """How many of 100 new faces turn further at each of eight steps, for turn vectors of count + count of the 100 that are turned most."""
        order, new, shares = self.said.pose.argsort(), latent.draw(100, self.netG.nz, seed=3000).asnumpy(), []
        for _ in range(draws):
            left, right = (self.z[self.rng.choice(part, count, replace=False)] for part in (order[:100], order[-100:]))
            moved = latent.along(new, latent.turn_vector(left, right), np.linspace(-half, half, 9))
            shares.append(float((np.diff(self.look(moved).pose.reshape(len(new), 9)) > 0).all(axis=1).mean()))
        return {'faces': len(new), 'vectors': draws, 'mean': float(np.mean(shares)), 'least': min(shares), 'at least 0.8': sum(share >= 0.8 for share in shares)}


def experiments():
    """dict: every experiment with drawn faces."""
    drawn, held = Drawn(), ('Male', 'Eyeglasses', 'Pale_Skin')
    return {**{f'arithmetic, {count} a term': drawn.arithmetic(count) for count in (1, 3, 8)},
            'arithmetic, 3 a term, examples 90 % sure': drawn.arithmetic(3, least=0.9), 'direction, far 3': drawn.direction(),
            f"direction, far 3, {', '.join(held)} held": drawn.direction(held), 'turn, 4 and 4': drawn.turn(), 'turn, 4 and 4, twice as far': drawn.turn(half=1.0)}


def page(made, numbers):
    """The text of docs/walks/README.md."""
    lines = ['# Walks', '', 'Made by `python tools/walks.py`: each figure is one command, which takes a run of yours as well. Numbers name pictures on the '
             'sheet that `gluon-gan walk NAME` writes. Smoothness is the largest step over the mean one, in the features that the command names.', '']
    for name, rows in made.items():
        lines += [f'## {name}', '']
        lines += [f'![A loop through nine points]({name}-path.gif)', '']
        for what, words, file, number in rows:
            lines += [f'{what}; {number}', '', f'`{shlex.join(words.split())}`', '', f'![{what}]({file})', '']
        if name in numbers:
            found = numbers[name]['invert']
            lines += [f"`latent.invert`, above what it was given, below what it found: of {found['pictures']} pictures {found['found']} within {found['error below']} of a "
                      f"range of 2 (the worst {found['largest error']:.3f}), {found['own z (correlation above 0.9)']} with their own z", '',
                      f'![Inverted pictures]({name}-invert.png)', '']
    for title, row in numbers.get('drawn-faces', {}).get('experiments', {}).items():
        lines += [f"- {title}: " + ', '.join(f'{key} {value:.2f}' if isinstance(value, float) else f'{key} {value}' for key, value in row.items())]
    return '\n'.join(lines).rstrip() + '\n'


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--only', nargs='+', choices=CHOSEN, default=list(CHOSEN))
    parser.add_argument('--numbers', action='store_true', help='measure, too')
    args = parser.parse_args()
    numbers = json.loads(NUMBERS.read_text()) if NUMBERS.exists() else {}
    kept = FOLDER / 'figures.json'
    made = json.loads(kept.read_text()) if kept.exists() else {}
    for name in args.only:
        made[name] = figures(name)
        if args.numbers:
            numbers[name] = {'invert': inversions(name), **({'experiments': experiments()} if name == 'drawn-faces' else {})}
            with files.whole(NUMBERS) as unfinished:
                unfinished.write_text(json.dumps(numbers, indent=1) + '\n')
    for path, text in ((kept, json.dumps(made, indent=1) + '\n'), (FOLDER / 'README.md', page(made, numbers))):
        with files.whole(path) as unfinished:
            unfinished.write_text(text)


if __name__ == '__main__':
    main()
