"""The command ``gluon-gan sample``: images from a run or from shipped weights."""


def add(commands):
    """Add ``sample`` to the parser of the command line."""
    parser = commands.add_parser('sample', help='generate images from a run or from shipped weights',
                                 description='Sample z from N(0, 1), and save the generated images as a grid.')
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
    parser.add_argument('--scale', type=int, default=2, help='enlarge each pixel (default: %(default)s)')
    parser.add_argument('-o', '--output', default='samples.png', help='the file to write (default: %(default)s)')


def run(args):
    """Run ``gluon-gan sample``."""
    from .. import runtime
    runtime.require()
    from .. import latent, viz
    from ..train.run.source import generator
    netG = generator(args.source)
    if args.seed < 0:
        raise ValueError(f'--seed must be 0 or more, not {args.seed}')
    if args.z is not None:
        images = latent.generate(netG, *saved_z(args.z, netG))
    else:
        images = latent.sample(netG, args.n, seed=args.seed, classes=args.label)
    print(viz.save(viz.grid(images, scale=args.scale), args.output))
    return 0


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
