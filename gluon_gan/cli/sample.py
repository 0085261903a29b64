"""The command ``gluon-gan sample``: images from a run or from shipped weights."""


def add(commands):
    """Add ``sample`` to the parser of the command line."""
    parser = commands.add_parser('sample', help='generate images from a run or from shipped weights',
                                 description='Sample z from N(0, 1), and save the generated images as a grid, a '
                                             'single image as it is.')
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help='the folder of a run, a checkpoint, or the name of shipped '
                                                      'weights (mnist, celeba, quilts)')
    parser.add_argument('-n', type=int, default=64, help='number of images (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0,
                        help='the same seed gives the same images (default: %(default)s)')
    parser.add_argument('--z', metavar='FILE',
                        help='use the z in a JSON file that `gluon-gan explore` saved, instead of random ones')
    parser.add_argument('--label', type=int, nargs='+', metavar='CLASS',
                        help='with a class-conditional generator: the classes, repeated in this order (default: all)')
    parser.add_argument('--separate', action='store_true',
                        help='write each image to a file, at its own size: 0000.png, 0001.png ... in a folder')
    parser.add_argument('--scale', type=int, help='enlarge each pixel (default: 2 for a grid, 1 for single images)')
    parser.add_argument('-o', '--output', help='the file to write, with --separate the folder (default: samples.png, '
                                               'with --separate samples)')


def run(args):
    """Run ``gluon-gan sample``."""
    from .. import runtime
    runtime.require()
    from .. import latent
    from ..train.run.source import generator
    if args.seed < 0:
        raise ValueError(f'--seed must be 0 or more, not {args.seed}')
    netG = generator(args.source)
    check_classes(args.source, netG, args.label)
    if args.z is not None:
        images = latent.generate(netG, *saved_z(args.z, netG))
    else:
        images = latent.sample(netG, args.n, seed=args.seed, classes=args.label)
    _write(images, args)
    return 0


def _write(images, args):
    """Write the images ``(N, C, H, W)`` as a grid, as a single image, or one by one, and print where they are."""
    from .. import viz
    scale = args.scale if args.scale is not None else 1 if args.separate or len(images) == 1 else 2
    if args.separate:
        if args.output and args.output.lower().endswith('.png'):
            raise ValueError(f'with --separate, -o names a folder and not a file such as {args.output}')
        print(viz.save_each(images, args.output or 'samples', scale))
    else:
        pad = 0 if len(images) == 1 else 2
        print(viz.save(viz.grid(images, pad=pad, scale=scale), args.output or 'samples.png'))


def check_classes(source, netG, chosen):
    """Raise ValueError unless the classes given with --label, None or a list of int, are classes of a generator."""
    if chosen is None:
        return
    if not netG.classes:
        raise ValueError(f'--label needs a generator with classes, and {source} is unconditional: leave --label out')
    wrong = [label for label in chosen if not 0 <= label < netG.classes]
    if wrong:
        raise ValueError(f'--label must be classes from 0 to {netG.classes - 1}, not {wrong[0]}')


def saved_z(path, netG):
    """Read z, and labels if there are any, from a JSON file ``{"z": [[...], ...], "labels": [...]}``.

    Returns
    -------
    (numpy.ndarray, list of int or None)
        z ``(N, nz)`` float32, and a label for each.

    Raises
    ------
    ValueError
        If the file does not contain z for this generator.
    OSError
        If the file cannot be read.
    """
    import json

    import numpy as np
    try:
        with open(path) as file:
            saved = json.load(file)
        z = np.array(saved['z'], np.float32)
        labels = [int(label) for label in saved['labels']] if 'labels' in saved else None
    except (ValueError, TypeError, KeyError) as error:
        raise ValueError(f'{path} contains no z: it must be JSON such as {{"z": [[0.1, ...]]}}, as `gluon-gan explore` '
                         f'saves it ({type(error).__name__}: {error})') from error
    if z.ndim != 2 or not len(z) or z.shape[1] != netG.nz or not np.isfinite(z).all():
        raise ValueError(f'{path} contains z of shape {z.shape}, but needs (N, {netG.nz}) finite numbers')
    return z, labels
