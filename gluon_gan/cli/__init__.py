"""The command line, the package for people in a hurry: a module for each command."""
import argparse
import logging
import shlex
import sys

from . import data, dissect, evaluate, sample, train, translate, walk

EPILOG = """examples:
  gluon-gan doctor                               is this machine fit, and which data is real?
  gluon-gan train                                a DCGAN on MNIST, 25 epochs, into runs/mnist/
  gluon-gan train --preset stronger-g --steps 500
  gluon-gan train --data celeba                  faces: CelebA, or drawn ones where it is not there
  gluon-gan train --resume runs/mnist --epochs 50    go on to 50 epochs in all (or --more 25)
  gluon-gan sample runs/mnist -n 100             pictures from a run
  gluon-gan sample mnist --seed 7 -o digits.png  pictures from the weights that ship with the package
  gluon-gan walk mnist --between 3 8             from one of its pictures to another, as a strip and a GIF
  gluon-gan dissect mnist --features             what D looks at
  gluon-gan train --preset cyclegan              red quilts to teal ones, and back
  gluon-gan translate runs/cyclegan quilt.png    into the other domain, both ways
  gluon-gan data curate scraped quilts           the quilts among scraped photographs
"""


def main(argv=None):
    """Run the command line; returns the exit status: 0, 1 (doctor found something, or a process of several died), 2 (a mistake,
    said in one line) or 130 (Ctrl-C outside of training, which ends cleanly). One of several workers ends here."""
    from .. import distributed
    return distributed.leave(_main(argv))


def _main(argv):
    logging.basicConfig(format='%(message)s', level=logging.INFO)
    logging.getLogger('matplotlib').setLevel(logging.WARNING)
    parser = make_parser()
    argv = sys.argv[1:] if argv is None else argv
    args = parser.parse_args(argv)
    args.words, args.command = argv, shlex.join(['gluon-gan', *argv])
    try:
        return args.run(args)
    except KeyboardInterrupt:
        print('gluon-gan: stopped', file=sys.stderr)
        return 130                   # the shell's number for Ctrl-C
    except (ValueError, OSError, ImportError, MemoryError) as error:
        print(f'gluon-gan: {_one_line(error)}', file=sys.stderr)
        return 2
    except Exception as error:
        # By name: their classes cannot be imported where MXNet is missing, nor before a process has taken its part of several.
        if type(error).__name__ in ('DownloadError', 'StorageError'):
            print(f'gluon-gan: {_one_line(error)}', file=sys.stderr)
            return 2
        if type(error).__name__ != 'MXNetError':
            raise
        print(f'gluon-gan: MXNet says: {str(error).strip().splitlines()[-1]}', file=sys.stderr)
        return 2


class Parser(argparse.ArgumentParser):
    """argparse's, whose mistakes are one line too."""

    def error(self, message):
        self.exit(2, f'gluon-gan: {message} ({self.prog} --help lists what there is)\n')


def make_parser():
    """Parser: every command and option."""
    parser = Parser('gluon-gan', description='Train, sample and examine convolutional GANs in MXNet Gluon.',
                    epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(title='commands', metavar='COMMAND', required=True)
    for command in (train, sample, walk, evaluate, dissect, translate, data):
        command.add(commands)

    doctor = commands.add_parser('doctor', help='is this machine fit, and what is missing?',
                                 description='One table: versions, threads, device and why, data sets real or stand-in. '
                                             'Exits 1 where something needs you, with the remedy.')
    doctor.set_defaults(run=lambda args: _doctor())
    return parser


def _doctor():
    from .. import doctor
    return doctor.main()


def _one_line(error):
    """The message of an exception without line breaks; of an OSError what failed, and where."""
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename or "the system"}: {error.strerror}'
    return ' '.join(str(error).split())
