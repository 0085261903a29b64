"""``gluon-gan evaluate``: measure a generator against real images."""
import argparse

from . import translate

HELP = """Compute the established measures of a generator against real images. Each score is printed beside its
real-data baseline: the same measure of other real images in place of the generated ones. The name of a score
states the features and the number of images it was computed from; scores with different names do not compare.
A translation is measured by whether it reaches the target domain, by what it preserves, and by its cycle.
RUN is the folder of a run, a checkpoint, or the name of shipped weights. Held-out images are taken from the test
split of the data set, if it has one."""


def add(commands):
    """Add ``evaluate`` to the parser of the command line."""
    parser = commands.add_parser('evaluate', help='measure a generator against real images', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN',
                        help='the folder of a run, a checkpoint, or the name of shipped weights, such as mnist')
    parser.add_argument('--data', metavar='SET',
                        help='the data set, folder or zip file it was trained on (default: as recorded by the run)')
    parser.add_argument('--extractor', metavar='NAME',
                        help='lenet (digits), random64, pixels8, pixels, inception, resnet50 or resnet18 '
                             '(default: lenet for grey images of 28 px, else random64)')
    parser.add_argument('--weights', metavar='FILE',
                        help="the .params file of inception or a ResNet (default: downloaded to GluonCV's folder)")
    parser.add_argument('-n', type=int, default=10_000, metavar='N',
                        help='number of generated and real images, if that many are available (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0,
                        help='seed of z and of the choice of real images (default: %(default)s)')
    parser.add_argument('-o', '--output', metavar='FILE', help='also write the report as JSON')


def run(args):
    """Run ``gluon-gan evaluate``: print the table of scores."""
    from .. import runtime
    runtime.require()
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
    training, held_out = catalogue.load(name, size=netG.size), catalogue.held_out(name, size=netG.size)
    extractor = args.extractor or ('lenet' if (netG.size, netG.channels) == (28, 1) else 'random64')
    if training.channels != netG.channels:
        raise ValueError(f'{training.name} has {training.channels} channels, and {args.source} generates images with '
                         f'{netG.channels}: pass another --data')
    extractor = metrics.named(extractor, **({'weights': args.weights} if args.weights else {}))
    report = metrics.evaluate(netG, training, held_out, extractor, args.n, args.seed)
    if trained.get('data_name') and trained['data_name'] != training.name:
        print(f"trained on {trained['data_name']}; measured on {training.name}")
    print(f'{args.source}\n{report}')
    if args.output:
        with files.atomic_write(args.output) as unfinished:
            unfinished.write_text(report.to_json() + '\n')
        print(args.output)
    return 0
