"""The command line's part for data: ``gluon-gan data``."""
from pathlib import Path

SERVE_HELP = """Hand out augmented batches over HTTP, for a training in another process or on another machine that reads them with
gg.data.remote(URL). The server has no state: killed and started again, the training goes on with the same batches. It asks
nobody who they are, so keep it on this machine (the default) or on a network you trust."""


def add(commands):
    """Add ``data`` and its subcommands to the command line's parser."""
    data = commands.add_parser('data', help='serve data sets', description='What can be done with data beside training on it.')
    subcommands = data.add_subparsers(title='commands', metavar='COMMAND', required=True)
    add_serve(subcommands)


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
    from .data import server
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

    from . import data
    path = Path(source)
    if source in data.catalogue.SETS:
        return data.load(source, size=size)
    if path.suffix == '.npy' and path.is_file():
        try:
            return data.ImageArray(np.load(path, mmap_mode='r', allow_pickle=False), path.stem)
        except (ValueError, EOFError) as error:
            raise ValueError(f'{path} is no array of pictures: {error}') from error
    if path.exists():
        return data.folder(path, size=size)
    raise ValueError(f"{source!r} is no folder, no file, and no data set; these are {', '.join(data.catalogue.SETS)}")
