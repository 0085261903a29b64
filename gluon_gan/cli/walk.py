"""The command ``gluon-gan walk``: walks through the latent space."""
import argparse
import math
from pathlib import Path

HELP = """Walk through the latent space of a generator. The command writes a strip of images (.png) and an animation
(.gif), and prints the smoothness of the walk. Images are identified by their numbers, from 0, row by row, in the grid
that `gluon-gan sample RUN --seed S` shows. Without a kind of walk, the command writes that grid with the numbers. RUN
is the folder of a run, a checkpoint, or the name of shipped weights."""
EPILOG = """examples:
  gluon-gan walk mnist                                          the numbered grid
  gluon-gan walk mnist --between 3 8                            from image 3 to image 8
  gluon-gan walk mnist --between 3 8 --lerp --range -0.5 1.5    extrapolate at both ends
  gluon-gan walk celeba --path 9 --loop                         a seamless loop through nine images
  gluon-gan walk mnist --sweep 25 50 75 --of 4                  vary three dimensions of image 4
  gluon-gan walk mnist --sweep 25 --zero --together             one dimension from -0.05 to 0.05, all others zero
  gluon-gan walk celeba --arithmetic 3,8,21 4,9,30 5,6,7        mean - mean + mean, and its eight neighbours
  gluon-gan walk celeba --turn 1,2,3,4 5,6,7,8 --of 0 9         rotate the faces of images 0 and 9"""
USES = {        # the options that each kind of walk accepts in addition to the common ones
    'between': ('range', 'values', 'steps', 'how'),
    'path': ('steps', 'how', 'loop'),
    'sweep': ('range', 'values', 'steps', 'of', 'zero'),
    'diagonal': ('range', 'values', 'steps'),
    'arithmetic': ('range', 'values', 'steps'),
    'turn': ('range', 'values', 'steps', 'of'),
    'sheet': ('n',),
}
RANGES = {'between': (0, 1), 'sweep': (-3, 3), 'zero': (-0.05, 0.05), 'diagonal': (-1, 1), 'arithmetic': (0, 1),
          'turn': (-0.5, 0.5)}
FINER = 3               # frames of the animation for each image of the strip
NUMBERS, STEPS, ROWS = 100_000, 100, 16      # limits: larger values are typing errors or do not fit on a screen
ACROSS = 10             # images in a row of the numbered grid


def numbers(text):
    """Parse comma-separated image numbers, such as '3,8,21', for argparse."""
    try:
        found = [int(part) for part in text.split(',')]
    except ValueError:
        found = [-1]
    if not all(0 <= number < NUMBERS for number in found):
        raise argparse.ArgumentTypeError(f'{text!r} must be image numbers from 0 to {NUMBERS - 1}, such as 3 or 3,8,21')
    return found


def add(commands):
    """Add ``walk`` to the parser of the command line."""
    parser = commands.add_parser('walk', help='walk through the latent space of a run or of shipped weights',
                                 description=HELP, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help='the folder of a run, a checkpoint, or the name of shipped '
                                                      'weights (mnist, celeba, synthetic-faces, quilts, '
                                                      'synthetic-quilts)')
    _add_kinds(parser.add_argument_group('kinds of walks').add_mutually_exclusive_group())
    _add_options(parser.add_argument_group('options'))


def _add_kinds(kinds):
    kinds.add_argument('--between', nargs=2, type=numbers, metavar=('A', 'B'),
                       help='interpolate between two images')
    kinds.add_argument('--path', nargs='+', type=numbers, metavar='N',
                       help='interpolate through the first N images, or through two or more given images')
    kinds.add_argument('--sweep', nargs='+', type=int, metavar='DIM',
                       help='vary one dimension of z, counted from 0, and keep the others; one row for each dimension')
    kinds.add_argument('--diagonal', action='store_const', const=True, help='set all dimensions to the same value')
    kinds.add_argument('--arithmetic', nargs=3, type=numbers, metavar=('FIRST', 'MINUS', 'PLUS'),
                       help='FIRST - MINUS + PLUS, each the mean of several images, such as 3,8,21')
    kinds.add_argument('--turn', nargs=2, type=numbers, metavar=('LEFT', 'RIGHT'),
                       help='add the turn vector, the difference of the means of two sets of images')


def _add_options(options):
    options.add_argument('--range', nargs=2, type=float, metavar=('FROM', 'TO'),
                         help='range of alpha (default: 0 1; with --turn: -0.5 0.5), or of the dimension (default: '
                              '-3 3; with --zero: -0.05 0.05; with --diagonal: -1 1)')
    options.add_argument('--values', nargs='+', type=float, metavar='V', help='three or more values instead of a range')
    options.add_argument('--steps', type=int, metavar='K',
                         help='images in a strip (default: 9); with --path, steps between two points (default: 8)')
    curve = options.add_mutually_exclusive_group()
    curve.add_argument('--slerp', action='store_const', const='slerp', dest='how',
                       help='spherical interpolation, which keeps to typical lengths of N(0, 1) (default)')
    curve.add_argument('--lerp', action='store_const', const='lerp', dest='how', help='linear interpolation')
    options.add_argument('--loop', action='store_const', const=True, help='with --path: return to the first point')
    options.add_argument('--of', nargs='+', type=numbers, metavar='N',
                         help='with --sweep, the image to vary (default: 0); with --turn, the images to change '
                              '(default: 0 1 2 3)')
    options.add_argument('--zero', action='store_const', const=True,
                         help='with --sweep: set all other dimensions to 0')
    options.add_argument('--together', action='store_true',
                         help='normalise all images of the walk as one batch, like a network left in training mode')
    options.add_argument('--seed', type=int, default=0, help='the seed of `gluon-gan sample` (default: %(default)s)')
    options.add_argument('--label', type=int, metavar='CLASS', help='the class, for a class-conditional generator')
    options.add_argument('-n', type=int, help='images in the numbered grid (default: 64)')
    options.add_argument('--fps', type=float, default=16, help='frames per second (default: %(default)s)')
    options.add_argument('--scale', type=int, default=2, help='enlarge each pixel (default: %(default)s)')
    options.add_argument('-o', '--output', metavar='NAME',
                         help='name of both files without .png and .gif (default: from the arguments, such as '
                              'mnist-between-3-8)')


def run(args):
    """Run ``gluon-gan walk``: write the strip and the animation."""
    kind = next((name for name in USES if name != 'sheet' and getattr(args, name) is not None), 'sheet')
    _check(args, kind)
    from .. import runtime
    runtime.require()
    from .. import latent, metrics, viz
    from ..train.run.source import generator
    from .sample import check_classes
    netG = generator(args.source)
    if netG.classes and args.label is None:
        raise ValueError(f'this generator is class-conditional: choose a class with --label, 0 to {netG.classes - 1}')
    check_classes(args.source, netG, None if args.label is None else [args.label])
    path = _output_path(args, kind)
    if kind == 'sheet':
        print(viz.save(_sheet(netG, args), f'{path}.png'))
        return 0
    strip, frames = _walks(netG.nz, args, kind)
    features = metrics.named('lenet' if (netG.size, netG.channels) == (28, 1) else 'random64')
    walk = latent.walk(netG, frames[0] if len(frames) == 1 else frames, features, bool(args.loop), args.label,
                       args.together)
    rows = walk.pictures[None] if len(frames) == 1 else walk.pictures
    print(viz.save(viz.stack([*_terms(netG, args, kind), *_rows(netG, args, strip)]), f'{path}.png'))
    print(viz.animate(rows.transpose(1, 0, 2, 3, 4), f'{path}.gif', args.fps, len(rows), args.scale, 0,
                      back=not args.loop))
    print('constant walk: all its images are identical' if math.isnan(walk.smoothness) else
          f'smoothness {walk.smoothness:.2f}: largest step / mean step in {features.name} features; 1 is the smoothest')
    return 0


def _check(args, kind):
    """Raise ValueError for arguments that contradict each other or are out of range."""
    for name in dict.fromkeys(name for names in USES.values() for name in names):
        if getattr(args, name) is not None and name not in USES[kind]:
            kinds = ['the numbered grid' if other == 'sheet' else f'--{other}'
                     for other, names in USES.items() if name in names]
            option = '--' + args.how if name == 'how' else '-n' if name == 'n' else '--' + name
            raise ValueError(f"{option} can only be used with {', '.join(kinds)}")
    if args.range and args.values:
        raise ValueError('--range and --values exclude each other: pass one of them')
    if args.steps is not None and not (1 if kind == 'path' else 3) <= args.steps <= STEPS:
        raise ValueError(f"--steps must be {1 if kind == 'path' else 3} to {STEPS}, not {args.steps}")
    if args.values and not 3 <= len(args.values) <= STEPS:
        raise ValueError(f'--values must be 3 to {STEPS} numbers, not {len(args.values)}')
    if args.range and args.range[0] == args.range[1]:
        raise ValueError(f'--range must have two different ends, not {args.range[0]:g} twice')
    if not all(map(math.isfinite, [*(args.range or ()), *(args.values or ())])):
        raise ValueError('--range and --values must be finite numbers')
    for name, rows in (('of', args.of), ('sweep', args.sweep)):
        if rows and len(rows) > (1 if name == 'of' and kind == 'sweep' else ROWS):
            limit = 'a single image' if kind == 'sweep' and name == 'of' else f'at most {ROWS}'
            raise ValueError(f'--{name} must be {limit}, not {len(rows)}')
    if args.zero and args.of:
        raise ValueError('--zero does not start from an image: omit --of')
    if args.path and not 2 <= len(_points(args)) <= STEPS:
        raise ValueError(f'--path must go through 2 to {STEPS} images, not {len(_points(args))}')
    if args.between and len(_flat(args.between)) != 2:
        raise ValueError('--between needs exactly one image at each end')
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
    """The image numbers of --path."""
    points = _flat(args.path)
    return range(points[0]) if len(points) == 1 else points


def _output_path(args, kind):
    """The path of both files without their suffixes."""
    if args.output:
        path = Path(args.output)
        return path.with_suffix('') if path.suffix.lower() in ('.png', '.gif') else path
    arguments = {'between': args.between, 'path': args.path, 'sweep': args.sweep and [args.sweep]}.get(kind) or []
    return Path('-'.join([Path(args.source).stem, kind, *map(str, _flat(arguments))]))


def _z(nz, args, wanted):
    """The z ``(N, nz)`` of the images with the numbers ``wanted``."""
    from .. import latent
    return latent.sample_z(max(wanted) + 1, nz, args.seed).asnumpy()[list(wanted)]


def _values(args, kind, finer=1):
    """The values of alpha or of the dimension, one for each image."""
    import numpy as np
    if args.values:
        return np.array(args.values)
    return np.linspace(*(args.range or RANGES['zero' if args.zero else kind]), finer * ((args.steps or 9) - 1) + 1)


def _walks(nz, args, kind):
    """((values or None, z ``(R, K, nz)``) of the strip, z ``(R, F, nz)`` of the animation)."""
    import numpy as np

    from .. import latent
    how = getattr(latent, args.how or 'slerp')
    if kind == 'path':
        points, between = _z(nz, args, _points(args)), args.steps or 8
        strip, animation = (latent.path(points, steps, args.loop, how)[None] for steps in (between, FINER * between))
        return (None, strip), animation
    if kind == 'between':
        a, b = _z(nz, args, _flat(args.between))

        def walks(values):
            return how(a, b, values)[None]
    elif kind == 'sweep':
        start = np.zeros(nz) if args.zero else _z(nz, args, _flat(args.of or [[0]]))[0]

        def walks(values):
            return np.stack([latent.sweep(start, dimension, values) for dimension in args.sweep])
    elif kind == 'diagonal':
        def walks(values):
            return latent.diagonal(nz, values)[None]
    elif kind == 'arithmetic':
        first, minus, plus = (_z(nz, args, term) for term in args.arithmetic)

        def walks(values):
            return latent.along(plus.mean(axis=0), latent.turn_vector(minus, first), values)[None]
    else:
        left, right = (_z(nz, args, term) for term in args.turn)

        def walks(values):
            starts = _z(nz, args, _flat(args.of or [[0, 1, 2, 3]]))
            return latent.along(starts, latent.turn_vector(left, right), values)
    values = _values(args, kind)
    return (values, walks(values)), walks(_values(args, kind, FINER))


def _rows(netG, args, strip):
    """The rows of the strip, as a list of PIL images."""
    from .. import latent, viz
    values, z = strip
    if values is None:          # --path: a row from each point to the next
        images = latent.generate(netG, z[0], args.label, together=args.together)
        return [viz.grid(images, ncol=args.steps or 8, scale=args.scale)]
    labels = [f'{value:.4g}' for value in values]
    return [viz.strip(latent.generate(netG, row, args.label, together=args.together), labels, scale=args.scale)
            for row in z]


def _terms(netG, args, kind):
    """For --arithmetic, the images of each term with their mean, and the result with its neighbours, as PIL images."""
    if kind != 'arithmetic':
        return []
    import numpy as np

    from .. import latent, viz
    terms = [_z(netG.nz, args, term) for term in args.arithmetic]
    rows = [(np.concatenate([z, z.mean(axis=0, keepdims=True)]), [*map(str, numbers), f'{sign}mean'])
            for z, numbers, sign in zip(terms, args.arithmetic, ('', '- ', '+ '))]
    rows.append((latent.neighbours(latent.arithmetic(*terms), seed=args.seed),
                 ['= result', *['+ noise'] * latent.algebra.NEIGHBOURS]))
    return [viz.strip(latent.generate(netG, z, args.label), labels, scale=args.scale) for z, labels in rows]


def _sheet(netG, args):
    """The images of `gluon-gan sample` with their numbers, as a PIL image."""
    from .. import latent, viz
    count = args.n or 64
    images = latent.generate(netG, latent.sample_z(count, netG.nz, args.seed), args.label)
    rows = [range(start, min(start + ACROSS, count)) for start in range(0, count, ACROSS)]
    return viz.stack([viz.strip(images[row.start:row.stop], row, scale=args.scale) for row in rows])
