"""The command ``gluon-gan explore``: a generator in the browser."""

import webbrowser

HELP = """Serve a page, on this machine only, that runs a generator or an image translation in the browser: samples by
seed, morphs, directions, arithmetic and single dimensions of z. It saves PNG, GIF and the exact z, which
`gluon-gan sample --z` renders again. With --to FOLDER the page is written as static files for any web server. Needs
the extra `export`."""


def add(commands):
    """Add ``explore`` to the parser of the command line."""
    parser = commands.add_parser('explore', help='explore a generator in the browser', description=HELP)
    parser.set_defaults(run=run)
    parser.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights")
    parser.add_argument('--to', metavar='FOLDER', help='write the page there instead of serving it')
    parser.add_argument('--port', type=int, default=0, help='default: any that is free')
    parser.add_argument('--no-browser', action='store_true', help='print the address and open nothing')


def run(args):
    """Run ``gluon-gan explore``."""
    from .. import runtime

    runtime.require()
    from ..export import explore
    from ..export.explore import server

    if args.to is not None:
        for path in explore.write(args.source, args.to):
            print(path)
        return 0
    listening = server.create(explore.page(args.source), port=args.port)
    url = f'http://127.0.0.1:{listening.effective_port}/'
    print(f'{args.source} is at {url}; Ctrl-C ends it', flush=True)
    if not args.no_browser:
        webbrowser.open(url)
    listening.run()
    return 0
