"""The command ``gluon-gan export``: a trained network as a file for other programs."""
from pathlib import Path

HELP = """Write a trained network as ONNX, as MXNet's symbol and parameters, as npz or as safetensors, with a model card
beside it. The file gets its name only after it has been run and compared with the network. Needs the extra `export`."""


def add(commands):
    """Add ``export`` to the parser of the command line."""
    parser = commands.add_parser('export', help='write a trained network for other programs, as ONNX or other formats',
                                 description=HELP)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN',
                        help='the folder of a run, a checkpoint, or the name of shipped weights')
    parser.add_argument('--to', default='onnx', choices=('onnx', 'symbol', 'npz', 'safetensors'),
                        help='the format (default: %(default)s)')
    parser.add_argument('--network', choices=('generator', 'discriminator'), default='generator',
                        help='which network of a GAN; an image translation exports both generators '
                             '(default: %(default)s)')
    parser.add_argument('--float16', action='store_true',
                        help='store weights as float16: half the size, and images within one level of 255')
    parser.add_argument('-o', '--output', default='.', metavar='FOLDER', help='where to write (default: here)')


def run(args):
    """Run ``gluon-gan export``."""
    from .. import runtime
    runtime.require()
    from .. import export
    from ..export import card
    from ..export.networks import networks
    from ..support.files import atomic_write
    found, record = networks(args.source, args.network)
    dtype = 'float16' if args.float16 else 'float32'
    for name, net in found:
        described = card.metadata(net, record, record.get('scores', ()))
        path = Path(args.output) / f'{name}{export.FORMATS[args.to].suffixes[0]}'
        written = export.save(net, path, args.to, described, dtype)
        page = Path(args.output) / f'{name}.md'
        with atomic_write(page) as unfinished:
            unfinished.write_text(card.text(net, name, written, described))
        for each in written.paths:
            print(f'{each}  {each.stat().st_size / 1e6:.1f} MB, within {written.difference:.1e} of MXNet')
        print(page)
    return 0
