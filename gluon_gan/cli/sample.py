"""``gluon-gan sample``: pictures from a run or from shipped weights."""


def add(commands):
    """Add ``sample`` to the command line's parser."""
    parser = commands.add_parser('sample', help='make pictures from a run or from shipped weights',
                                 description="Draw z from N(0, 1) and save the generator's pictures as one grid.")
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights (mnist, celeba, quilts)")
    parser.add_argument('-n', type=int, default=64, help='how many (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='same seed, same pictures (default: %(default)s)')
    parser.add_argument('--label', type=int, nargs='+', metavar='CLASS', help='which classes, in turn, of a generator that is told (default: all)')
    parser.add_argument('--scale', type=int, default=2, help='enlarge each pixel (default: %(default)s)')
    parser.add_argument('-o', '--output', default='samples.png', help='the file to write (default: %(default)s)')


def run(args):
    """``gluon-gan sample``"""
    from .. import runtime
    runtime.require()
    from .. import latent, viz
    from ..train.source import generator
    netG = generator(args.source)
    if args.seed < 0:
        raise ValueError(f'--seed must be 0 or more, not {args.seed}')
    images = latent.sample(netG, args.n, seed=args.seed, classes=args.label)
    print(viz.save(viz.grid(images, scale=args.scale), args.output))
    return 0
