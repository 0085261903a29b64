"""The command line's part for data: ``gluon-gan data``."""
import argparse
import sys
from pathlib import Path

OPTIONS = {'classes': 'class', 'top_k': 'top-k'}       # where it is not the argument's name
CURATE_HELP = """Refine a folder of scraped photographs: copy those that show the subject to DST/kept, and say in DST/manifest.jsonl, a line an image,
what became of each and why. Without examples, a ResNet that knows ImageNet says how likely a picture shows a quilt; with --like and --unlike, a
scorer is taught by your own (20 pictures of each kind are a good number). SRC is only read. Ctrl-C stops; the same command goes on."""
SERVE_HELP = """Hand out augmented batches over HTTP, for a training in another process or on another machine that reads them with
gg.data.remote(URL). The server has no state: killed and started again, the training goes on with the same batches. It asks
nobody who they are, so keep it on this machine (the default) or on a network you trust."""


def add(commands):
    """Add ``data`` and its subcommands to the command line's parser."""
    data = commands.add_parser('data', help='curate and serve data sets', description='What can be done with data beside training on it.')
    subcommands = data.add_subparsers(title='commands', metavar='COMMAND', required=True)
    add_curate(subcommands)
    add_serve(subcommands)


def add_curate(subcommands):
    """``gluon-gan data curate``"""
    curate = subcommands.add_parser('curate', help='refine a folder of scraped photographs', description=CURATE_HELP,
                                    formatter_class=argparse.RawDescriptionHelpFormatter)
    curate.set_defaults(run=run_curate)
    curate.add_argument('src', metavar='SRC', help='the photographs, in any folders below it')
    curate.add_argument('dst', metavar='DST', help='a new folder, or that of a curation to go on with')
    curate.add_argument('--threshold', type=float, metavar='P', help='the least score that is kept (taught by examples 0.8, by a network 0.5)')
    curate.add_argument('--least-side', type=int, default=64, metavar='PIXELS', help='smaller pictures are set aside (default: %(default)s)')
    curate.add_argument('--distance', type=int, default=4, metavar='BITS',
                        help='by how many of 64 bits duplicates may differ; -1 keeps them all (default: %(default)s)')
    curate.add_argument('--link', action='store_true', help='hard links in place of copies')
    examples = curate.add_argument_group('taught by examples')
    examples.add_argument('--like', metavar='FOLDER', help='pictures of the kind that is wanted')
    examples.add_argument('--unlike', metavar='FOLDER', help='pictures of kinds that are not')
    network = curate.add_argument_group("by a network of GluonCV's")
    network.add_argument('--network', metavar='NAME', help='resnet50_v1b (default), or another ResNet')
    network.add_argument('--weights', metavar='FILE', help='its .params file (default: downloaded to where GluonCV keeps it)')
    network.add_argument('--class', type=int, nargs='+', dest='classes', metavar='N',
                         help="of ImageNet's 1,000 (750: quilt, comforter, comfort, puff)")
    network.add_argument('--top-k', type=int, metavar='K', help='the class has to be among the first K (1)')


def run_curate(args):
    """Exit status 0, or 130 after Ctrl-C."""
    from ..data import ExampleScorer, ResNetScorer, curate
    if not Path(args.src).is_dir():            # before a network is downloaded
        raise ValueError(f'{args.src} is no folder of pictures')
    chosen = {name: getattr(args, name) for name in ('network', 'weights', 'classes', 'top_k') if getattr(args, name) is not None}
    if (args.like is None) != (args.unlike is None):
        raise ValueError('--like and --unlike go together: a folder of pictures that are wanted, and one of others')
    if args.like is not None and chosen:
        name = next(iter(chosen))
        raise ValueError(f'--{OPTIONS.get(name, name)} is for the network: leave it out, or --like and --unlike')
    scorer = ExampleScorer(args.like, args.unlike) if args.like is not None else ResNetScorer(**chosen)
    try:
        summary = curate(args.src, args.dst, scorer, args.threshold, args.least_side, args.distance, args.link)
    except KeyboardInterrupt:
        print(f'gluon-gan: stopped; what was decided is in {args.dst}, and the same command goes on from there', file=sys.stderr)
        return 130
    print(summary)
    for path in (summary.folder / 'kept', summary.folder / 'manifest.jsonl', *summary.sheets):
        print(f'  {path}')
    return 0


def add_serve(subcommands):
    """Add ``data serve``."""
    serve = subcommands.add_parser('serve', help='hand out augmented batches over HTTP', description=SERVE_HELP)
    serve.set_defaults(run=run_serve)
    serve.add_argument('source', metavar='FOLDER', help='a folder, zip or tar of pictures, a .npy file of (N, H, W, C) uint8, or the name of a data set')
    serve.add_argument('--size', type=int, default=64, help='pixels a side, of a folder or a data set (default: %(default)s)')
    serve.add_argument('--host', default='127.0.0.1', help='the address to listen on; 0.0.0.0 for all (default: %(default)s)')
    serve.add_argument('--port', type=int, default=8765, help='0 for any that is free (default: %(default)s)')


def run_serve(args):
    """``gluon-gan data serve``"""
    from ..data import server
    images = images_of(args.source, args.size)
    listening = server.create(images, args.host, args.port)
    url = f"http://{f'[{args.host}]' if ':' in args.host else args.host}:{listening.effective_port}"
    print(f"serving {images.name}{', a stand-in' if images.stand_in else ''}: {len(images):,} x {'x'.join(map(str, images.shape[1:]))}, "
          f'at {url}; Ctrl-C ends it\nin a training: loader = gg.data.remote({url!r})', flush=True)
    listening.run()
    return 0


def images_of(source, size):
    """ImageArray: a data set by its name, or the pictures at a path.

    Raises
    ------
    ValueError
        If it is neither, or not such as can be read.
    """
    import numpy as np

    from .. import data
    path = Path(source)
    if path.suffix != '.npy' or not path.is_file():
        return data.load(source, size=size)
    try:
        return data.ImageArray(np.load(path, mmap_mode='r', allow_pickle=False), path.stem)
    except (ValueError, EOFError) as error:
        raise ValueError(f'{path} is no array of pictures: {error}') from error
