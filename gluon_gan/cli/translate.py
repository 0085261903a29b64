"""The command line's part for translations: the settings of ``gluon-gan train --task translate``, and ``gluon-gan translate``."""
import argparse
from pathlib import Path

HELP = """Translate pictures from each domain of a run to the other. RUN is the folder of a run that was trained by `gluon-gan train --task
translate`, a checkpoint, or the name of shipped weights. Each picture is cut to the largest square in its middle and written twice, as
NAME.ab.png (taken for one of domain A, translated to B) and NAME.ba.png."""


def add_settings(train):
    """Add what only a translation has to the parser of ``train``."""
    group = train.add_argument_group('translation', 'of --task translate')
    group.add_argument('--a', metavar='SET', help='domain A, with --data two_domains: a data set, a folder of pictures, or drawn_red, drawn_teal, drawn_plain, drawn_glasses')
    group.add_argument('--b', metavar='SET', help='domain B')
    group.add_argument('--cycle', type=float, metavar='W', help='weight of being there and back again (10)')
    group.add_argument('--identity', type=float, metavar='SHARE', help='weight, as a share of it, of leaving alone what is in the domain already (0.5)')
    group.add_argument('--pool', type=int, metavar='N', help='earlier pictures that D sees again (50)')
    group.add_argument('--generator', metavar='KIND', help='resnet, or dream: three convolutions and one bilinear upsampling')
    group.add_argument('--discriminator', metavar='KIND', help='patch, or single: one convolution')
    group.add_argument('--blocks', type=int, metavar='N', help='residual blocks of resnet (6; from 256 pixels on 9)')
    group.add_argument('--halvings', type=int, metavar='N', help='of patch: 1, 2 or 3, for patches of 16, 34 or 70 pixels (2; from 128 pixels on 3)')


def add(commands):
    """Add ``translate`` to the command line's parser."""
    parser = commands.add_parser('translate', help='translate pictures from one domain to another', description=HELP,
                                 formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights (quilts)")
    parser.add_argument('images', metavar='IMAGE', nargs='+', help='picture files')
    parser.add_argument('--to', choices=('a', 'b'), help='only this domain (default: both)')
    parser.add_argument('-o', '--output', metavar='FOLDER', default='.', help='where the pictures go (default: here)')
    parser.add_argument('--scale', type=int, default=1, help='enlarge each pixel (default: %(default)s)')


def run(args):
    """``gluon-gan translate``: prints the paths of what it wrote."""
    from .. import checks, runtime
    runtime.require()
    from .. import viz
    from ..translate.source import read, translators
    checks.whole_number('--scale', args.scale)
    netG = translators(args.source)
    stems = [Path(image).stem for image in args.images]
    twice = next((stem for stem in stems if stems.count(stem) > 1), None)
    if twice is not None:
        raise ValueError(f'two of the pictures are called {twice}, and so would be their translations: translate them one after the other')
    batches = [read(image, netG) for image in args.images]       # all of them before the first is written
    for stem, batch in zip(stems, batches):
        for way in ('ab', 'ba'):
            if args.to in (None, way[1]):
                path = Path(args.output) / f'{stem}.{way}.png'
                print(viz.save(viz.grid(getattr(netG, way)(batch), pad=0, scale=args.scale), path))
    return 0


def evaluate(args):
    """``gluon-gan evaluate`` of a translation: prints the table."""
    from .. import data, files, metrics, translate
    from ..data.domains import DRAWN, as_drawn
    from ..translate import measures
    from ..translate.source import settings
    from ..translate.task import NAMED, domains
    told, netG = settings(args.source), translate.translators(args.source)
    if args.data or args.weights:
        raise ValueError(f'{args.source} is a translation: its domains are those that it was trained on, leave --data and --weights out')
    training, test = domains(told), domains(told, 'test')
    test = data.TwoDomains(*(images[:args.n] for images in test))
    truth = judge = None
    if told['data'] == NAMED and all(told[side] in DRAWN for side in 'ab') and DRAWN[told['a']][0] == DRAWN[told['b']][0]:
        if DRAWN[told['a']][0] == 'faces' and netG.size == metrics.judge.SIZE:
            judge = metrics.face_judge()
        truth = [as_drawn(told[other], getattr(test, side).parameters, netG.size) for side, other in ('ab', 'ba')]
    ways = translate.measure(netG, training, test, truth, judge, extractor=args.extractor or 'random64')
    print(f'{args.source}\n{translate.table(ways)}')
    if args.output:
        known = {name: told[name] for name in ('command', 'preset', 'steps', 'seconds', 'threads', 'data_name') if told.get(name) is not None}
        with files.whole(args.output) as unfinished:
            unfinished.write_text(measures.to_json(ways, **known) + '\n')
        print(args.output)
    return 0
