"""The command-line interface of translations: ``gluon-gan translate``, and ``gluon-gan evaluate`` of a translation."""
import argparse
from pathlib import Path

HELP = """Translate images from each domain of a run to the other. RUN is the folder of a run that was trained by
`gluon-gan train --task translate`, a checkpoint, or the name of shipped weights. Each image is cropped to the largest
square in its centre and translated twice: NAME.ab.png is its translation from domain A to B, and NAME.ba.png from
domain B to A."""


def add(commands):
    """Add ``translate`` to the command line's parser."""
    parser = commands.add_parser('translate', help='translate images from one domain to another', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights "
                        '(red-teal)')
    parser.add_argument('images', metavar='IMAGE', nargs='+', help='image files')
    parser.add_argument('--to', choices=('a', 'b'), help='translate only to this domain (default: to both)')
    parser.add_argument('-o', '--output', metavar='FOLDER', default='.',
                        help='folder for the translations (default: the current one)')
    parser.add_argument('--scale', type=int, default=1, help='enlarge each pixel (default: %(default)s)')


def run(args):
    """``gluon-gan translate``: write the translations and print their paths."""
    from .. import runtime
    from ..support import checks
    runtime.require()
    from .. import viz
    from ..translate.source import read, translators
    checks.whole_number('--scale', args.scale)
    netG = translators(args.source)
    stems = [Path(image).stem for image in args.images]
    duplicate = next((stem for stem in stems if stems.count(stem) > 1), None)
    if duplicate is not None:
        raise ValueError(f'two of the images are called {duplicate}, so their translations would have the same name: '
                         'translate them one at a time')
    batches = [read(image, netG) for image in args.images]       # all images, before the first translation is written
    for stem, batch in zip(stems, batches):
        for direction in ('ab', 'ba'):
            if args.to in (None, direction[1]):
                path = Path(args.output) / f'{stem}.{direction}.png'
                print(viz.save(viz.grid(getattr(netG, direction)(batch), pad=0, scale=args.scale), path))
    return 0


def evaluate(args):
    """``gluon-gan evaluate`` of a translation: print the table of measures."""
    from .. import data, metrics, translate
    from ..data.synthetic_sets import DOMAINS, render_domain
    from ..support import files
    from ..train.run.settings import Settings
    from ..translate import measures
    from ..translate.settings import NAMED_DOMAINS
    from ..translate.source import settings
    from ..translate.task import domains
    config, netG = settings(args.source), translate.translators(args.source)
    if args.data or args.weights:
        raise ValueError(f'{args.source} is a translation and is measured on its own domains: leave --data and '
                         '--weights out')
    trained = Settings.from_config(config)
    training, test = domains(trained), _test_domains(args, trained)
    test = data.TwoDomains(*(images[:args.n] for images in test))
    ground_truth = attribute_classifier = None
    named = not args.held_out and trained.data == NAMED_DOMAINS and trained.a in DOMAINS and trained.b in DOMAINS
    if named and DOMAINS[trained.a][0] == DOMAINS[trained.b][0]:
        if DOMAINS[trained.a][0] == 'faces' and netG.size == metrics.attribute_classifier.SIZE:
            attribute_classifier = metrics.face_attribute_classifier()
        ground_truth = [render_domain(trained.b, test.a.parameters, netG.size),
                        render_domain(trained.a, test.b.parameters, netG.size)]
    directions = translate.measure(netG, training, test, ground_truth, attribute_classifier,
                                   extractor=args.extractor or 'random64')
    print(f'{args.source}\n{translate.table(directions)}')
    if args.output:
        recorded = ('command', 'preset', 'steps', 'seconds', 'threads', 'data_name')
        known = {name: config[name] for name in recorded if config.get(name) is not None}
        with files.atomic_write(args.output) as unfinished:
            unfinished.write_text(measures.to_json(directions, **known) + '\n')
        print(args.output)
    return 0


def _test_domains(args, trained):
    """The TwoDomains of --held-out, or else the test images of the data; ValueError says how to give missing ones."""
    from .. import data
    from ..translate.task import domains
    if args.held_out:
        return data.TwoDomains(*data.two_domains(args.held_out, 'test', trained.size, channels=trained.channels))
    try:
        return domains(trained, 'test')
    except (ValueError, FileNotFoundError) as error:
        reason = str(error).partition(':')[0]
        raise ValueError(f'{reason}, which evaluate measures on: put images of both domains that {args.source} was not '
                         'trained on into the folders testA and testB of a folder, and pass it with --held-out FOLDER'
                         ) from error
