"""The option ``--max-unreadable`` of the commands that decode a user's images."""
import functools


def add_option(parser):
    """Add ``--max-unreadable`` to a parser or a group of options."""
    parser.add_argument('--max-unreadable', type=float, metavar='SHARE',
                        help='leave out unreadable images, up to this fraction of all, from 0 to 1 (default: 0.05)')


def applied(command):
    """Decorator of a function of the parsed arguments: images are decoded as ``--max-unreadable`` says."""
    @functools.wraps(command)
    def run(args, *more):
        share = args.max_unreadable
        if share is None:
            return command(args, *more)
        if not 0 <= share <= 1:
            raise ValueError(f'--max-unreadable must be a fraction from 0 to 1, not {share}')
        from .. import runtime
        runtime.require()
        from ..data.cache import tolerating
        with tolerating(share):
            return command(args, *more)
    return run
