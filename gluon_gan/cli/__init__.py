"""The command line, ``gluon-gan``: one module for each command."""
import argparse
import logging
import shlex
import sys

from . import data, dissect, evaluate, explore, export, sample, train, translate, walk

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
        in one line; 130 after Ctrl-C, except during a training, which then ends cleanly. A worker process exits
        instead of returning.
    """
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
        # Compared by name: the classes cannot be imported if MXNet is missing, or before a process has taken its role
        # in a distributed training.
        if type(error).__name__ in ('DownloadError', 'StorageError'):
            print(f'gluon-gan: {_one_line(error)}', file=sys.stderr)
            return 2
        if type(error).__name__ != 'MXNetError':
            raise
        print(f'gluon-gan: MXNet reports: {str(error).strip().splitlines()[-1]}', file=sys.stderr)
        return 2


class Parser(argparse.ArgumentParser):
    """An ArgumentParser that reports a mistake in one line."""

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


def _one_line(error):
    """The message of an exception in one line; for an OSError the reason and the file."""
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename or "the system"}: {error.strerror}'
    return ' '.join(str(error).split())
