"""The commands ``gluon-gan data curate``, ``gluon-gan data crop`` and ``gluon-gan data serve``."""
import argparse
import sys
import tokenize
from contextlib import suppress
from pathlib import Path

from ..support import signals
from . import tolerance

OPTIONS = {'classes': 'class', 'top_k': 'top-k'}       # options that are not called like their argument
CURATE_HELP = """\
Select the photographs of one subject from a folder of scraped images. Images that show the subject are copied to
DST/kept. DST/manifest.jsonl records the decision and its reason, one line for each image. By default, a ResNet trained
on ImageNet estimates the probability that an image shows a quilt. With --like and --unlike, a scorer is trained on your
own examples instead; 20 images of each class are a good number. If SRC holds at least 100 files, the scorer is also
trained on the images of SRC of which it is most certain. SRC is only read. Ctrl-C, SIGTERM and SIGHUP stop the command,
and the same command resumes it."""
CROP_HELP = """\
Crop the blocks of photographed quilts. The block grid of each photograph, with its rotation, is found by the
autocorrelation. Squares of K x K blocks are cropped along the grid and written to DST as PNG files.
DST/manifest.jsonl records the grid of each photograph and its confidence, and the crops or the reason why there are
none. A photograph without a repetition is not cropped. SRC is only read. DST is complete or absent: Ctrl-C, SIGTERM
and SIGHUP stop the command and leave nothing behind."""
SERVE_HELP = """\
Serve augmented batches over HTTP, to a training in another process or on another machine that reads them with
gg.serving.remote(URL). The server has no state: if it is killed and started again, the training continues with the same
batches. There is no authentication, so use it on this machine (the default) or on a network that you trust."""


def add(commands):
    """Add ``data`` and its subcommands to the parser of the command line."""
    data = commands.add_parser('data', help='curate, crop and serve data sets',
                               description='Curate a folder of images, crop quilts to their blocks, or serve batches '
                                           'to a training.')
    subcommands = data.add_subparsers(title='commands', metavar='COMMAND', required=True)
    add_curate(subcommands)
    add_crop(subcommands)
    add_serve(subcommands)


def add_curate(subcommands):
    """Add ``data curate``."""
    curate = subcommands.add_parser('curate', help='select the photographs of one subject from a scraped folder',
                                    description=CURATE_HELP, formatter_class=argparse.RawDescriptionHelpFormatter)
    curate.set_defaults(run=run_curate)
    curate.add_argument('src', metavar='SRC', help='the folder of photographs; subfolders are included')
    curate.add_argument('dst', metavar='DST', help='a new folder, or the folder of a curation to resume')
    curate.add_argument('--threshold', type=float, metavar='P',
                        help='the least score that is kept (default: 0.8 with examples, 0.5 with a network)')
    curate.add_argument('--least-side', type=int, default=64, metavar='PIXELS',
                        help='images with a shorter side are not kept (default: %(default)s)')
    curate.add_argument('--distance', type=int, default=4, metavar='BITS',
                        help='the number of bits, out of 64, in which the hashes of duplicates may differ; '
                             '-1 keeps all duplicates (default: %(default)s)')
    curate.add_argument('--link', action='store_true', help='make hard links instead of copies')
    examples = curate.add_argument_group('scores from examples')
    examples.add_argument('--like', metavar='FOLDER', help='images of the subject')
    examples.add_argument('--unlike', metavar='FOLDER', help='images of other subjects')
    examples.add_argument('--no-adapt', dest='adapt', action='store_false',
                          help='train the scorer on the examples only, and not on images of SRC too')
    network = curate.add_argument_group("scores from a network of GluonCV's model zoo")
    network.add_argument('--network', metavar='NAME', help='a ResNet (default: resnet50_v1b)')
    network.add_argument('--weights', metavar='FILE',
                         help="its .params file (default: downloaded to GluonCV's folder)")
    network.add_argument('--class', type=int, nargs='+', dest='classes', metavar='N',
                         help="the subject, among ImageNet's 1,000 classes (default: 750, which is quilt, comforter, "
                              'comfort, puff)')
    network.add_argument('--top-k', type=int, metavar='K',
                         help='the class must be among the K most probable ones (default: 1)')


def run_curate(args):
    """Run ``data curate``; the exit status is 0, or 130, 143 and 129 after Ctrl-C, SIGTERM and SIGHUP."""
    from ..curation import ExampleScorer, ResNetScorer, curate
    if not Path(args.src).is_dir():            # checked before a network is downloaded
        raise ValueError(f'{args.src} is not a folder of images')
    chosen = {name: getattr(args, name) for name in ('network', 'weights', 'classes', 'top_k')
              if getattr(args, name) is not None}
    if (args.like is None) != (args.unlike is None):
        raise ValueError('--like and --unlike go together: one folder of wanted images, and one of other images')
    if args.like is not None and chosen:
        name = next(iter(chosen))
        raise ValueError(f'--{OPTIONS.get(name, name)} is an option for a network: omit it, or --like and --unlike')
    scorer = ExampleScorer(args.like, args.unlike) if args.like is not None else ResNetScorer(**chosen)
    try:
        summary = curate(args.src, args.dst, scorer, args.threshold, args.least_side, args.distance, args.link,
                         adapt=args.adapt)
    except KeyboardInterrupt as interrupt:
        with suppress(OSError):      # the terminal may be closed
            print(f'gluon-gan: stopped; the decisions so far are in {args.dst}, and the same command resumes there',
                  file=sys.stderr)
        return signals.status(interrupt)
    print(summary)
    for path in (summary.folder / 'kept', summary.folder / 'manifest.jsonl', *summary.sheets):
        print(f'  {path}')
    return 0


def add_crop(subcommands):
    """Add ``data crop``."""
    crop = subcommands.add_parser('crop', help='crop photographs of quilts to their blocks', description=CROP_HELP,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    crop.set_defaults(run=run_crop)
    crop.add_argument('src', metavar='SRC', help='the folder of photographs; subfolders are included')
    crop.add_argument('dst', metavar='DST', help='a new folder for the crops')
    crop.add_argument('--size', type=int, default=64, metavar='PIXELS',
                      help='pixels per side of a crop (default: %(default)s)')
    crop.add_argument('--blocks', type=int, default=2, metavar='K',
                      help='blocks along a side of a crop (default: %(default)s)')
    crop.add_argument('--least-side', type=int, default=48, metavar='PIXELS',
                      help='the least side of a crop in the photograph, before it is resized (default: %(default)s)')
    crop.add_argument('--confidence', type=float, metavar='C',
                      help='the least confidence of a grid, at least 0 and less than 1 (default: 0.15)')
    crop.add_argument('--exclude', action='append', default=[], metavar='PATTERN',
                      help='leave out photographs whose path below SRC matches, such as "labels/*"; may be repeated')


def run_crop(args):
    """Run ``data crop``; the exit status is 0, or 130, 143 and 129 after Ctrl-C, SIGTERM and SIGHUP."""
    from ..curation import block_grid, crop_folder
    confidence = block_grid.CONFIDENCE if args.confidence is None else args.confidence
    try:
        summary = crop_folder(args.src, args.dst, args.size, args.blocks, args.least_side, confidence, args.exclude)
    except KeyboardInterrupt as interrupt:
        with suppress(OSError):      # the terminal may be closed
            print(f'gluon-gan: stopped; {args.dst} was not written, and the same command starts again', file=sys.stderr)
        return signals.status(interrupt)
    print(summary)
    print(f"  {summary.folder / 'manifest.jsonl'}")
    return 0


def add_serve(subcommands):
    """Add ``data serve``."""
    serve = subcommands.add_parser('serve', help='serve augmented batches over HTTP', description=SERVE_HELP)
    serve.set_defaults(run=run_serve)
    serve.add_argument('source', metavar='FOLDER',
                       help='a folder, zip or tar of images, a .npy file of (N, H, W, C) uint8, or the name of a data '
                            'set')
    serve.add_argument('--size', type=int, default=64,
                       help='pixels per side, for a folder or a data set (default: %(default)s)')
    serve.add_argument('--host', default='127.0.0.1',
                       help='the address to listen on; 0.0.0.0 for all addresses (default: %(default)s)')
    serve.add_argument('--port', type=int, default=8765, help='0 for any free port (default: %(default)s)')
    tolerance.add_option(serve)


@tolerance.applied
def run_serve(args):
    """Run ``data serve`` until Ctrl-C or SIGTERM; the exit status is 0."""
    from ..serving import server
    images = images_of(args.source, args.size)
    listening = server.create(images, args.host, args.port)
    url = f"http://{f'[{args.host}]' if ':' in args.host else args.host}:{listening.effective_port}"
    print(f"serving {images.name}{', a stand-in' if images.stand_in else ''}: {len(images):,} x "
          f"{'x'.join(map(str, images.shape[1:]))}, at {url}; Ctrl-C ends it\n"
          f'in a training: loader = gg.serving.remote({url!r})', flush=True)
    listening.run()
    return 0


def images_of(source, size):
    """Load the images to serve.

    Parameters
    ----------
    source : str
        The name of a data set, or the path of a folder, an archive or a ``.npy`` file.
    size : int
        Pixels per side, for a data set, a folder or an archive.

    Returns
    -------
    ImageArray

    Raises
    ------
    ValueError
        If there is no such data set or path, or it cannot be read.
    """
    import numpy as np

    from .. import catalogue, data
    path = Path(source)
    if path.suffix != '.npy' or not path.is_file():
        return catalogue.load(source, size=size)
    try:
        with open(path, 'rb') as file:
            if file.read(len(np.lib.format.MAGIC_PREFIX)) != np.lib.format.MAGIC_PREFIX:     # np.load reads others too
                raise ValueError('it is not in the .npy format')
        return data.ImageArray(np.load(path, mmap_mode='r', allow_pickle=False), path.stem)
    except (ValueError, EOFError, SyntaxError, tokenize.TokenError) as error:
        raise ValueError(f'{path} is not an array of images: {error}') from error
