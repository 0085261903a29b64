"""The command line's part for measuring: ``gluon-gan evaluate``."""
import argparse

from . import translate

HELP = """Measure a generator by the field's measures, against real pictures, and beside them what other real pictures have, the floor. What a
score is called says in whose features it was taken and of how many pictures; scores of other names do not compare. A translation is
measured by whether it arrives, what stays, and there and back again. RUN is a run's folder, a
checkpoint, or the name of shipped weights. Pictures that the generator never saw come from the data set's test split where it has one."""


def add(commands):
    """Add ``evaluate`` to the command line's parser."""
    parser = commands.add_parser('evaluate', help='measure a generator against real pictures', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights, such as mnist")
    parser.add_argument('--data', metavar='SET', help='the data set, folder or zip that it was trained on (default: what the run says)')
    parser.add_argument('--extractor', metavar='NAME', help='lenet (digits), random64, pixels8, pixels, inception, resnet50, resnet18 '
                                                            '(default: lenet for grey 28 px, else random64)')
    parser.add_argument('--weights', metavar='FILE', help="of inception or a ResNet: its .params file (default: downloaded to where GluonCV keeps it)")
    parser.add_argument('-n', type=int, default=10_000, metavar='N', help='pictures of each kind, or as many as there are (default: %(default)s)')
    parser.add_argument('--seed', type=int, default=0, help='of z, and of which real pictures are taken (default: %(default)s)')
    parser.add_argument('-o', '--output', metavar='FILE', help='write all of it as JSON, too')


def run(args):
    """``gluon-gan evaluate``: prints the table."""
    from .. import runtime
    runtime.require()
    from .. import data, files, metrics
    from ..train.source import generator, settings
    from ..translate.source import settings as translated
    if translated(args.source).get('task') == 'translate':
        return translate.evaluate(args)
    netG, told = generator(args.source), settings(args.source)
    name = args.data or told.get('data')
    if name is None:
        raise ValueError(f'{args.source} does not say what it was trained on: pass --data')
    if args.weights and args.extractor not in metrics.NETWORKS:
        raise ValueError(f"--weights is for {', '.join(metrics.NETWORKS)}: name one of them by --extractor, or leave it out")
    training, held_out = data.load(name, size=netG.size), data.held_out(name, size=netG.size)
    extractor = args.extractor or ('lenet' if (netG.size, netG.channels) == (28, 1) else 'random64')
    if training.channels != netG.channels:
        raise ValueError(f'{training.name} has {training.channels} channels, and {args.source} makes pictures of {netG.channels}: pass another --data')
    report = metrics.evaluate(netG, training, held_out, metrics.named(extractor, **({'weights': args.weights} if args.weights else {})),
                              args.n, args.seed)
    if told.get('data_name') and told['data_name'] != training.name:
        print(f"trained on {told['data_name']}; measured on {training.name}")
    print(f'{args.source}\n{report}')
    if args.output:
        with files.whole(args.output) as unfinished:
            unfinished.write_text(report.to_json() + '\n')
        print(args.output)
    return 0
