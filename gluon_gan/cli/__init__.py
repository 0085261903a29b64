"""The command line, ``gluon-gan``: one module for each command."""
import argparse
import logging
import os
import shlex
import sys
from contextlib import suppress

from ..support import signals
from ..support.errors import GluonGanError
from . import data, dissect, evaluate, explore, export, sample, train, translate, walk
from .messages import one_line

EPILOG = """examples:
  gluon-gan doctor                               check this machine, and show which data sets are real
  gluon-gan train                                train a DCGAN on MNIST for 25 epochs, into runs/mnist/
  gluon-gan train --preset stronger-g --steps 500
  gluon-gan train --data celeba                  faces: CelebA, or synthetic ones if it is not available
  gluon-gan train --resume runs/mnist --epochs 50    continue to 50 epochs in all (or --more 25)
  gluon-gan sample runs/mnist -n 100             generate images with a run
  gluon-gan sample mnist --seed 7 -o digits.png  generate images with the weights that ship with the package
  gluon-gan walk mnist --between 3 8             interpolate between two of its images, as a strip and a GIF
  gluon-gan dissect mnist --features             show what excites the features of D
  gluon-gan train --preset cyclegan              translate red quilts to teal ones, and back
  gluon-gan translate runs/cyclegan quilt.png    translate an image, in both directions
  gluon-gan explore celeba                       explore the latent space in a browser
  gluon-gan export mnist --to onnx               write a generator for other programs
  gluon-gan data curate scraped quilts           select the quilts among scraped photographs
  gluon-gan data crop quilts blocks              crop photographs of quilts to their blocks
"""


def main(argv=None):
    """Run the command line.

    Parameters
    ----------
    argv : list of str, optional
        The arguments after the name of the command; by default those of this process.

    Returns
    -------
    int
        The exit status: 0; 1 if ``doctor`` found a problem or a worker process died; 2 for an error, which is reported
        in one line; 130 after Ctrl-C, 143 after SIGTERM and 129 after SIGHUP. A training that Ctrl-C stops in good
        order returns 0, and ``data serve`` does so after each of the three. A worker process exits instead of
        returning.
    """
    from .. import distributed
    try:
        with signals.raised():
            return distributed.leave(_main(argv))
    except KeyboardInterrupt as interrupt:        # while the parser is made, or after the command has ended
        return _stopped(interrupt)
    finally:
        _discard_what_cannot_be_printed()


def _main(argv):
    logging.basicConfig(format='%(message)s', level=logging.INFO)
    logging.getLogger('matplotlib').setLevel(logging.WARNING)
    parser = make_parser()
    argv = sys.argv[1:] if argv is None else argv
    args = parser.parse_args(argv)
    args.words, args.command = argv, shlex.join(['gluon-gan', *argv])
    try:
        return args.run(args)
    except KeyboardInterrupt as interrupt:
        return _stopped(interrupt)
    except (GluonGanError, ValueError, OSError, ImportError, MemoryError) as error:
        if isinstance(error, ImportError):
            signals.check()     # Ctrl-C may have interrupted the import
        print(f'gluon-gan: {one_line(error, args)}', file=sys.stderr)
        return 2
    except Exception as error:
        # MXNet may be missing, and is not imported before a process has taken its role in a distributed training.
        mxnet = sys.modules.get('mxnet')
        if not isinstance(error, getattr(mxnet, 'MXNetError', ())):
            raise
        print(f'gluon-gan: MXNet reports: {str(error).strip().splitlines()[-1]}', file=sys.stderr)
        return 2


def _stopped(interrupt):
    """Report that a signal has ended the command, and return its exit status."""
    with suppress(OSError):          # the terminal may be closed
        print('gluon-gan: stopped', file=sys.stderr)
    return signals.status(interrupt)


def _discard_what_cannot_be_printed():
    """Redirect the output to the null device if nobody reads it any more: a closed terminal, or the end of a pipe.

    Python would fail to write the rest when it ends, and would replace the exit status by 120.
    """
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except (OSError, ValueError):       # ValueError: it has been closed
            with open(os.devnull, 'w') as null, suppress(OSError, ValueError):
                os.dup2(null.fileno(), stream.fileno())


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports a mistake in one line.

    The parsed arguments of a command have ``options``, from the name of each argument to its option.
    """

    def parse_known_args(self, args=None, namespace=None):
        namespace = argparse.Namespace() if namespace is None else namespace
        namespace.options = {action.dest: max(action.option_strings, key=len) for action in self._actions
                             if action.option_strings}
        return super().parse_known_args(args, namespace)

    def error(self, message):
        self.exit(2, f'gluon-gan: {message} (see {self.prog} --help)\n')


def make_parser():
    """The parser with every command and option."""
    parser = Parser('gluon-gan', description='Train, sample and examine convolutional GANs in MXNet Gluon.',
                    epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    for command in (train, sample, walk, evaluate, dissect, translate, export, explore, data):
        command.add(commands)

    doctor = commands.add_parser('doctor', help='check this machine and the data sets',
                                 description='Print a table of versions, threads, the device and the reason for '
                                             'it, and which data sets are real or stand-ins. The exit status is 1 if '
                                             'there is a problem, and the table names the remedy.')
    doctor.set_defaults(run=lambda args: _doctor())
    return parser


def _doctor():
    from . import doctor
    return doctor.main()
