"""``gluon-gan evaluate``: measure a generator against real images."""
import argparse
import re
import sys

from . import tolerance, translate

HELP = """Compute the established measures of a generator against real images. Each score is printed beside its
real-data baseline: the same measure of other real images in place of the generated ones. The name of a score
states the features and the number of images it was computed from; scores with different names do not compare.
A translation is measured by whether it reaches the target domain, by what it preserves, and by its cycle.
RUN is the folder of a run, a checkpoint, or the name of shipped weights. Held-out images are those of --held-out,
or else of the test split of the data set, if it has one. All real images must be cropped like the training images."""
CROP = re.compile(r'\bcrop (\w+)\)')         # how the name of CelebA states its crop; others are cropped to squares
SQUARE = 'the largest square'


def add(commands):
    """Add ``evaluate`` to the parser of the command line."""
    parser = commands.add_parser('evaluate', help='measure a generator against real images', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN',
                        help='the folder of a run, a checkpoint, or the name of shipped weights, such as mnist')
    parser.add_argument('--data', metavar='SET',
                        help='the data set, folder or zip file it was trained on (default: as recorded by the run)')
    parser.add_argument('--held-out', metavar='SET',
                        help='real images that it was not trained on, of the same kind and cropped in the same way: a '
                             'data set, folder or zip file (default: the test split of --data, if it has one); for a '
                             'translation a folder or zip file that contains the folders testA and testB')
    parser.add_argument('--extractor', metavar='NAME',
                        help='lenet (digits), quilt_patterns (synthetic quilts of 64 px), random64, pixels8, pixels, '
                             'inception, resnet50 or resnet18 (default: lenet for grey images of 28 px, else random64)')
    parser.add_argument('--weights', metavar='FILE',
                        help="the .params file of inception or a ResNet (default: downloaded to GluonCV's folder)")
    parser.add_argument('-n', type=int, default=10_000, metavar='N',
                        help='number of generated and real images, if that many are available (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed of z and of the choice of real images (default: %(default)s)')
    parser.add_argument('-o', '--output', metavar='FILE', help='also write the report as JSON')
    tolerance.add_option(parser)


@tolerance.applied
def run(args):
    """Run ``gluon-gan evaluate``: print the table of scores."""
    from .. import runtime
    runtime.require()
    import numpy as np

    from .. import catalogue, metrics
    from ..support import files
    from ..train.run.source import generator, settings
    from ..translate.source import settings as translated
    if translated(args.source).get('task') == 'translate':
        return translate.evaluate(args)
    netG, trained = generator(args.source), settings(args.source)
    name = args.data or trained.get('data')
    if name is None:
        raise ValueError(f'{args.source} does not record its training data: pass --data')
    if args.weights and args.extractor not in metrics.NETWORKS:
        raise ValueError(f"--weights requires --extractor to be one of {', '.join(metrics.NETWORKS)}: "
                         'choose one of them, or leave --weights out')
    # The channels of the recorded data are known. Grey images of other data are converted for a generator of colour.
    options = dict(size=netG.size, channels=netG.channels if args.data is None or netG.channels == 3 else None)
    training, held_out = catalogue.load(name, **options), catalogue.held_out(args.held_out or name, **options)
    if args.held_out and held_out is None:
        held_out = catalogue.load(args.held_out, **options)      # a folder, or another set without splits
        if held_out.name == training.name and np.array_equal(held_out.images, training.images):
            raise ValueError(f'--held-out {args.held_out} holds the training images themselves: give images that '
                             f'{args.source} was not trained on')
    extractor = args.extractor or ('lenet' if (netG.size, netG.channels) == (28, 1) else 'random64')
    for images, option in ((training, '--data'), (held_out, '--held-out')):
        if images is not None and images.channels != netG.channels:
            raise ValueError(f'{images.name} has {images.channels} channels, and {args.source} generates images with '
                             f'{netG.channels}: pass another {option}')
    extractor = metrics.named(extractor, **({'weights': args.weights} if args.weights else {}))
    report = metrics.evaluate(netG, training, held_out, extractor, args.n, args.seed)
    if trained.get('data_name') and trained['data_name'] != training.name:
        print(f"trained on {trained['data_name']}; measured on {training.name}")
    for remark in _differing_crops(trained.get('data_name'), training, held_out):
        print(f'gluon-gan: {remark}', file=sys.stderr)
    print(f'{args.source}\n{report}')
    if args.output:
        with files.atomic_write(args.output) as unfinished:
            unfinished.write_text(report.to_json() + '\n')
        print(args.output)
    return 0


def _differing_crops(trained_on, training, held_out):
    """Messages about real images that are cropped otherwise than the training images, which worsens every score."""
    trained_on = trained_on or training.name
    if 'stand-in' in trained_on:             # rendered, and not cropped
        return []
    return [f'{images.name} is cropped to {_crop(images.name)}, and the training images were cropped to '
            f'{_crop(trained_on)}: the scores compare the crops too, so use images of the same crop'
            for images in (training, held_out)
            if images is not None and images.parameters is None and _crop(images.name) != _crop(trained_on)]


def _crop(name):
    """How the images of a data set are cropped, according to its full name."""
    found = CROP.search(name)
    return SQUARE if found is None else f'crop {found[1]}'
