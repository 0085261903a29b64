"""The command line's part for walks through the latent space: ``gluon-gan walk``."""
import argparse
import math
from pathlib import Path

HELP = """Walk through a generator's latent space: writes a strip of pictures (.png) and an animation (.gif), and says how even the walk is.
Pictures are known by their numbers, from 0, row by row, on the grid that `gluon-gan sample RUN --seed S` shows; without --between or another
kind of walk this command writes that grid with the numbers, to choose from. RUN is a run's folder, a checkpoint, or the name of shipped weights."""
EPILOG = """examples:
  gluon-gan walk mnist                                    the numbered grid
  gluon-gan walk mnist --between 3 8                      from picture 3 to picture 8
  gluon-gan walk mnist --between 3 8 --lerp --range -0.5 1.5    and beyond both
  gluon-gan walk celeba --path 9 --loop                   through nine pictures and back to the first, without a seam
  gluon-gan walk mnist --sweep 25 50 75 --of 4            three dimensions of picture 4
  gluon-gan walk mnist --sweep 25 --zero --together       one dimension from -0.05 to 0.05, all others at zero
  gluon-gan walk celeba --arithmetic 3,8,21 4,9,30 5,6,7  mean - mean + mean, and eight neighbours of that
  gluon-gan walk celeba --turn 1,2,3,4 5,6,7,8 --of 0 9   what turns 1 to 4 into 5 to 8, added to pictures 0 and 9"""
USES = {        # which options a kind of walk has beside those of all
    'between': ('range', 'values', 'steps', 'how'), 'path': ('steps', 'how', 'loop'), 'sweep': ('range', 'values', 'steps', 'of', 'zero'),
    'diagonal': ('range', 'values', 'steps'), 'arithmetic': ('range', 'values', 'steps'), 'turn': ('range', 'values', 'steps', 'of'), 'sheet': ('n',)}
RANGES = {'between': (0, 1), 'sweep': (-3, 3), 'zero': (-0.05, 0.05), 'diagonal': (-1, 1), 'arithmetic': (0, 1), 'turn': (-0.5, 0.5)}
FINER = 3               # frames of the animation for each picture of the strip
NUMBERS, STEPS, ROWS = 100_000, 100, 16      # what is plainly a slip of the finger, or would not fit on a screen
ACROSS = 10             # pictures in a row of the numbered grid


def numbers(text):
    """list of int: '3,8,21', for argparse."""
    try:
        found = [int(part) for part in text.split(',')]
    except ValueError:
        found = [-1]
    if not all(0 <= number < NUMBERS for number in found):
        raise argparse.ArgumentTypeError(f'{text!r} must be numbers of pictures from 0 to {NUMBERS - 1}, such as 3 or 3,8,21')
    return found


def add(commands):
    """Add ``walk`` to the command line's parser."""
    parser = commands.add_parser('walk', help='walk through the latent space of a run or of shipped weights', description=HELP, epilog=EPILOG,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights (mnist, celeba, drawn-faces, quilts)")
    kinds = parser.add_argument_group('kinds of walks').add_mutually_exclusive_group()
    kinds.add_argument('--between', nargs=2, type=numbers, metavar=('A', 'B'), help='from one picture to another')
    kinds.add_argument('--path', nargs='+', type=numbers, metavar='N', help='through the first N pictures, or through those that are named (two or more)')
    kinds.add_argument('--sweep', nargs='+', type=int, metavar='DIM', help='one dimension of z changes, from 0 on, the others stay; a row for each that is named')
    kinds.add_argument('--diagonal', action='store_const', const=True, help='all dimensions have the same value')
    kinds.add_argument('--arithmetic', nargs=3, type=numbers, metavar=('FIRST', 'MINUS', 'PLUS'), help='FIRST - MINUS + PLUS, each the mean of some pictures: 3,8,21')
    kinds.add_argument('--turn', nargs=2, type=numbers, metavar=('LEFT', 'RIGHT'), help='along the difference of the means of two kinds of pictures')
    how = parser.add_argument_group('how')
    how.add_argument('--range', nargs=2, type=float, metavar=('FROM', 'TO'),
                     help='of alpha (0 1; of --turn -0.5 0.5), or of the dimension (-3 3; with --zero -0.05 0.05; of --diagonal -1 1)')
    how.add_argument('--values', nargs='+', type=float, metavar='V', help='these in place of a range, three or more')
    how.add_argument('--steps', type=int, metavar='K', help='pictures in a strip (9), or of --path from one point to the next (8)')
    curve = how.add_mutually_exclusive_group()
    curve.add_argument('--slerp', action='store_const', const='slerp', dest='how', help='along a great circle, where z of N(0, 1) lie (default)')
    curve.add_argument('--lerp', action='store_const', const='lerp', dest='how', help='straight')
    how.add_argument('--loop', action='store_const', const=True, help='of --path: back to its first point')
    how.add_argument('--of', nargs='+', type=numbers, metavar='N', help='the picture that is swept (0), or those that are turned (0 1 2 3)')
    how.add_argument('--zero', action='store_const', const=True, help='of --sweep: all other dimensions at zero')
    how.add_argument('--together', action='store_true', help='normalise all pictures of the walk together, as a network left in training mode does')
    how.add_argument('--seed', type=int, default=0, help='that of `gluon-gan sample` (default: %(default)s)')
    how.add_argument('--label', type=int, metavar='CLASS', help='what to draw, of a generator that is told')
    how.add_argument('-n', type=int, help='pictures of the numbered grid (64)')
    how.add_argument('--fps', type=float, default=16, help='frames a second (default: %(default)s)')
    how.add_argument('--scale', type=int, default=2, help='enlarge each pixel (default: %(default)s)')
    how.add_argument('-o', '--output', metavar='NAME', help='of both files, without .png and .gif (default: what is walked, such as mnist-between-3-8)')


def run(args):
    """``gluon-gan walk``: writes the strip and the animation."""
    kind = next((name for name in USES if name != 'sheet' and getattr(args, name) is not None), 'sheet')
    _check(args, kind)
    from .. import runtime
    runtime.require()
    from .. import latent, metrics, viz
    from ..train.source import generator
    netG = generator(args.source)
    if netG.classes and args.label is None:
        raise ValueError(f'this generator is told what to draw: say it by --label, 0 to {netG.classes - 1}')
    place = _place(args, kind)
    if kind == 'sheet':
        print(viz.save(_sheet(netG, args), f'{place}.png'))
        return 0
    strip, frames = _ways(netG.nz, args, kind)
    features = metrics.named('lenet' if (netG.size, netG.channels) == (28, 1) else 'random64')
    walk = latent.walk(netG, frames[0] if len(frames) == 1 else frames, features, bool(args.loop), args.label, args.together)
    rows = walk.pictures[None] if len(frames) == 1 else walk.pictures
    print(viz.save(viz.stack([*_terms(netG, args, kind), *_rows(netG, args, strip)]), f'{place}.png'))
    print(viz.animate(rows.transpose(1, 0, 2, 3, 4), f'{place}.gif', args.fps, len(rows), args.scale, 0, back=not args.loop))
    print('nothing changes on this walk: all its pictures are the same' if math.isnan(walk.smoothness) else
          f'smoothness {walk.smoothness:.2f}: the largest step over the mean one, in features of {features.name}; 1 is even')
    return 0


def _check(args, kind):
    """ValueError for what does not go together, or is too much."""
    for name in dict.fromkeys(name for names in USES.values() for name in names):
        if getattr(args, name) is not None and name not in USES[kind]:
            fits = ', '.join('the grid alone' if other == 'sheet' else f'--{other}' for other, names in USES.items() if name in names)
            raise ValueError(f"{'--' + args.how if name == 'how' else '-n' if name == 'n' else '--' + name} is for {fits}")
    if args.range and args.values:
        raise ValueError('--range and --values say the same: give one of them')
    if args.steps is not None and not (1 if kind == 'path' else 3) <= args.steps <= STEPS:
        raise ValueError(f"--steps must be {1 if kind == 'path' else 3} to {STEPS}, not {args.steps}")
    if args.values and not 3 <= len(args.values) <= STEPS:
        raise ValueError(f'--values must be 3 to {STEPS} numbers, not {len(args.values)}')
    if args.range and args.range[0] == args.range[1]:
        raise ValueError(f'--range must have two ends, not {args.range[0]:g} twice')
    if not all(map(math.isfinite, [*(args.range or ()), *(args.values or ())])):
        raise ValueError('--range and --values must be finite numbers')
    for name, rows in (('of', args.of), ('sweep', args.sweep)):
        if rows and len(rows) > (1 if name == 'of' and kind == 'sweep' else ROWS):
            raise ValueError(f"--{name} must be {'one picture to sweep' if kind == 'sweep' and name == 'of' else f'at most {ROWS}'}, not {len(rows)}")
    if args.zero and args.of:
        raise ValueError('--zero sweeps no picture: leave --of out')
    if args.path and not 2 <= len(_points(args)) <= STEPS:
        raise ValueError(f'--path must go through 2 to {STEPS} pictures, not {len(_points(args))}')
    if args.between and len(_flat(args.between)) != 2:
        raise ValueError('--between needs one picture at either end')
    if not 0 < args.fps <= 50:
        raise ValueError(f'--fps must be above 0 and at most 50, not {args.fps:g}')
    if not 1 <= args.scale <= STEPS:
        raise ValueError(f'--scale must be 1 to {STEPS}, not {args.scale}')
    if args.n is not None and not 1 <= args.n <= 1000:
        raise ValueError(f'-n must be 1 to 1000, not {args.n}')
    if args.seed < 0:
        raise ValueError(f'--seed must be 0 or more, not {args.seed}')


def _flat(lists):
    return [number for numbers in lists for number in numbers]


def _points(args):
    points = _flat(args.path)
    return range(points[0]) if len(points) == 1 else points


def _place(args, kind):
    """Path of both files, without their endings."""
    if args.output:
        path = Path(args.output)
        return path.with_suffix('') if path.suffix.lower() in ('.png', '.gif') else path
    named = {'between': args.between, 'path': args.path, 'sweep': args.sweep and [args.sweep]}.get(kind) or []
    return Path('-'.join([Path(args.source).stem, kind, *map(str, _flat(named))]))


def _z(nz, args, wanted):
    """``(N, nz)``: those of the pictures with these numbers."""
    from .. import latent
    return latent.draw(max(wanted) + 1, nz, args.seed).asnumpy()[list(wanted)]


def _values(args, kind, finer=1):
    """What alpha or the dimension is, picture by picture."""
    import numpy as np
    if args.values:
        return np.array(args.values)
    return np.linspace(*(args.range or RANGES['zero' if args.zero else kind]), finer * ((args.steps or 9) - 1) + 1)


def _ways(nz, args, kind):
    """((values or None, z ``(R, K, nz)``) of the strip, z ``(R, F, nz)`` of the animation)."""
    import numpy as np

    from .. import latent
    how = getattr(latent, args.how or 'slerp')
    if kind == 'path':
        points, between = _z(nz, args, _points(args)), args.steps or 8
        return (None, latent.path(points, between, args.loop, how)[None]), latent.path(points, FINER * between, args.loop, how)[None]
    if kind == 'between':
        a, b = _z(nz, args, _flat(args.between))

        def ways(values):
            return how(a, b, values)[None]
    elif kind == 'sweep':
        start = np.zeros(nz) if args.zero else _z(nz, args, _flat(args.of or [[0]]))[0]

        def ways(values):
            return np.stack([latent.sweep(start, dimension, values) for dimension in args.sweep])
    elif kind == 'diagonal':
        def ways(values):
            return latent.diagonal(nz, values)[None]
    elif kind == 'arithmetic':
        first, minus, plus = (_z(nz, args, term) for term in args.arithmetic)

        def ways(values):
            return latent.along(plus.mean(axis=0), latent.turn_vector(minus, first), values)[None]
    else:
        left, right = (_z(nz, args, term) for term in args.turn)

        def ways(values):
            return latent.along(_z(nz, args, _flat(args.of or [[0, 1, 2, 3]])), latent.turn_vector(left, right), values)
    values = _values(args, kind)
    return (values, ways(values)), ways(_values(args, kind, FINER))


def _rows(netG, args, strip):
    """list of PIL images: the strip's rows."""
    from .. import latent, viz
    values, z = strip
    if values is None:          # a path: a row from each point to the next
        return [viz.grid(latent.generate(netG, z[0], args.label, together=args.together), ncol=args.steps or 8, scale=args.scale)]
    labels = [f'{value:.4g}' for value in values]
    return [viz.strip(latent.generate(netG, row, args.label, together=args.together), labels, scale=args.scale) for row in z]


def _terms(netG, args, kind):
    """list of PIL images: of arithmetic the pictures of each term and their mean, and the result with its neighbours."""
    if kind != 'arithmetic':
        return []
    import numpy as np

    from .. import latent, viz
    terms = [_z(netG.nz, args, term) for term in args.arithmetic]
    rows = [(np.concatenate([z, z.mean(axis=0, keepdims=True)]), [*map(str, named), f'{sign}mean'])
            for z, named, sign in zip(terms, args.arithmetic, ('', '- ', '+ '))]
    rows.append((latent.neighbours(latent.arithmetic(*terms), seed=args.seed), ['= this', *['near it'] * latent.algebra.NEIGHBOURS]))
    return [viz.strip(latent.generate(netG, z, args.label), labels, scale=args.scale) for z, labels in rows]


def _sheet(netG, args):
    """PIL.Image.Image: the pictures of `gluon-gan sample`, each with its number."""
    from .. import latent, viz
    count = args.n or 64
    pictures = latent.generate(netG, latent.draw(count, netG.nz, args.seed), args.label)
    return viz.stack([viz.strip(pictures[start:start + ACROSS], range(start, min(start + ACROSS, count)), scale=args.scale)
                      for start in range(0, count, ACROSS)])
