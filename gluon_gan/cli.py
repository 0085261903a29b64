"""The command line: the package for people in a hurry."""
import argparse
import logging
import os
import shlex
import shutil
import sys
from pathlib import Path

EPILOG = """examples:
  gluon-gan doctor                               is this machine fit, and which data is real?
  gluon-gan train                                a DCGAN on MNIST, 25 epochs, into runs/mnist/
  gluon-gan train --preset stronger-g --steps 500
  gluon-gan train --resume runs/mnist --epochs 50    go on to 50 epochs in all
  gluon-gan sample runs/mnist -n 100             pictures from a run
  gluon-gan sample mnist --seed 7 -o digits.png  pictures from the weights that ship with the package
"""
TRAIN_HELP = """Train a GAN and leave everything about it in runs/NAME/: config.json, history.jsonl, pictures of the same
noise over time, a checkpoint, and at the end samples.png, curves.png and progress.gif. Ctrl-C ends cleanly and keeps what
was learned; --resume goes on from there, bit for bit as if it had never stopped, unless it is given another end, for the
fall of the learning rate depends on that. Where a data set is not on this machine and cannot be downloaded, the stand-in
that ships with the package is used, and every title says so."""
SETTINGS = ('loss', 'lr', 'beta1', 'average', 'decay', 'seed', 'batch_size', 'nz', 'ngf', 'ndf', 'size', 'kernel')


def main(argv=None):
    """Run the command line; returns the exit status: 0, 1 (doctor found something, or a process of several died), 2 (a mistake,
    said in one line) or 130 (Ctrl-C outside of training, which ends cleanly). One of several workers ends here."""
    from . import distributed
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

    train = commands.add_parser('train', help='train a GAN', description=TRAIN_HELP)
    train.set_defaults(run=run_train)
    what = train.add_argument_group('what')
    what.add_argument('--preset', help='networks and settings: mnist (default), stronger-g; for data sets that are yet to come: cifar10, celeba, quilts, dcgan')
    what.add_argument('--data', help="the data set (default: the preset's); channels follow it")
    what.add_argument('--epochs', type=int, help='passes through the data, in all (mnist: 25)')
    what.add_argument('--steps', type=int, help='end after this many updates, in all, if that comes first')
    what.add_argument('--resume', metavar='RUN', help='go on with a run where its last checkpoint is')
    where = train.add_argument_group('where')
    where.add_argument('--runs', default='runs', metavar='FOLDER', help='where runs are kept (default: %(default)s)')
    where.add_argument('--name', help="the run's folder there (default: the preset's name, with -2, -3 ... if taken)")
    where.add_argument('--device', choices=('cpu', 'gpu'), help='default: the GPU where MXNet can really use it')
    where.add_argument('--workers', type=int, metavar='N', help='deal each batch out to N processes here; for several machines see docs/scale.md')
    how = train.add_argument_group('how', 'defaults are those of the DCGAN paper where it names them')
    how.add_argument('--batch-size', type=int, help='images a step (64)')
    how.add_argument('--lr', type=float, help="Adam's learning rate, both networks (2e-4)")
    how.add_argument('--beta1', type=float, help="Adam's momentum (0.5)")
    how.add_argument('--loss', help='nonsaturating (default) or minimax')
    how.add_argument('--average', type=float, help="decay of the average of G's weights that samples come from (0.999; 0 for none)")
    how.add_argument('--decay', type=float, metavar='START', help='let the learning rate fall to zero from this fraction of the training on (mnist: 0.5; 1 for never)')
    how.add_argument('--seed', type=int, help='same seed, same training (0)')
    how.add_argument('--size', type=int, help='pixels: 28, 32, 64 or 128')
    how.add_argument('--nz', type=int, help='dimensions of the noise (100)')
    how.add_argument('--ngf', type=int, help="the generator's feature maps beside the picture (64)")
    how.add_argument('--ndf', type=int, help="the discriminator's (mnist: 32, others 64)")
    how.add_argument('--kernel', type=int, help='4, or 5 as in the paper')

    sample = commands.add_parser('sample', help='make pictures from a run or from shipped weights',
                                 description="Draw z from N(0, 1) and save the generator's pictures as one grid.")
    sample.set_defaults(run=run_sample)
    sample.add_argument('source', metavar='RUN', help="a run's folder, a checkpoint, or the name of shipped weights (mnist)")
    sample.add_argument('-n', type=int, default=64, help='how many (default: %(default)s)')
    sample.add_argument('--seed', type=int, default=0, help='same seed, same pictures (default: %(default)s)')
    sample.add_argument('--scale', type=int, default=2, help='enlarge each pixel (default: %(default)s)')
    sample.add_argument('-o', '--output', default='samples.png', help='the file to write (default: %(default)s)')

    doctor = commands.add_parser('doctor', help='is this machine fit, and what is missing?',
                                 description='One table: versions, threads, device and why, data sets real or stand-in. '
                                             'Exits 1 where something needs you, with the remedy.')
    doctor.set_defaults(run=lambda args: _doctor())
    return parser


def run_train(args):
    """``gluon-gan train``: alone, as the processes that share the work, or as one of these."""
    from . import checks, distributed
    role = distributed.role()
    if role in ('scheduler', 'server'):
        return distributed.serve(role)
    if not role and args.workers is not None and checks.whole_number('--workers', args.workers) > 1:
        return distributed.launch([sys.executable, '-m', 'gluon_gan', *args.words], args.workers)
    with distributed.member(args.workers) as cluster:
        return _train(args, cluster)


def _train(args, cluster):
    from . import runtime
    runtime.require()
    from .train import run
    changes = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    if args.resume:
        fixed = sorted(changes) + [name for name in ('preset', 'data', 'name') if getattr(args, name) is not None]
        if fixed:
            raise ValueError(f"--{fixed[0].replace('_', '-')} cannot change in a run that goes on: start a new one without --resume")
        folder, trainer, loader, config = run.resume(args.resume, args.epochs, args.steps, _context(args.device), cluster)
    else:
        config = run.settings(args.preset, args.data, epochs=args.epochs, steps=args.steps, **changes)
        config['command'] = args.command
        folder, trainer, loader, config = run.start(config, args.runs, args.name, _context(args.device), cluster)
    if cluster and cluster.rank:
        run.train(folder, trainer, loader, config)
        return 0
    done = trainer.steps
    print(f"training on {config['data_name']}, {trainer.ctx}, {f'{cluster.workers} workers, ' if cluster else ''}"
          f"{runtime.state['threads']} threads{' each' if cluster else ''}; Ctrl-C stops and keeps what was learned", flush=True)
    paths, seconds = run.train(folder, trainer, loader, config)
    images = (trainer.steps - done) * config['batch_size']
    print(f"{'stopped' if trainer.interrupted else 'done'}: {trainer.steps} steps ({trainer.steps / len(loader):.1f} epochs) of "
          f"{config['data_name']}, {seconds:.0f} s, {images / seconds:.0f} images/s")
    for what, path in paths.items():
        print(f'  {what:<9} {path}')
    on = f' --workers {args.workers}' if args.workers else ''
    on += '' if trainer.interrupted else f' --epochs {2 * max(1, trainer.epoch)}'
    print(f'next:\n'
          f'  {_command()} sample {shlex.quote(str(folder))} -n 100 --seed 7    more pictures\n'
          f'  {_command()} train --resume {shlex.quote(str(folder))}{on}    go on')
    if Path('notebooks').is_dir():
        print(f"  {_beside('jupyter')} lab notebooks    the course: begin with 00")
    return 0


def run_sample(args):
    """``gluon-gan sample``"""
    from . import runtime
    runtime.require()
    from . import latent, viz, zoo
    if args.source in zoo.names() and not (Path(args.source) / 'config.json').exists():
        netG = zoo.pretrained(args.source)
    else:
        from .train import GANTrainer
        netG = GANTrainer.load(args.source).generator()
    if args.seed < 0:
        raise ValueError(f'--seed must be 0 or more, not {args.seed}')
    images = latent.sample(netG, args.n, seed=args.seed)
    print(viz.save(viz.grid(images, scale=args.scale), args.output))
    return 0


def _doctor():
    from . import doctor
    return doctor.main()


def _context(name):
    """The device a person asked for; None for the best there is."""
    import mxnet as mx
    from . import runtime
    if name == 'gpu' and runtime.why_not_gpu():
        raise ValueError(f'no GPU can be used: {runtime.why_not_gpu()}')
    return mx.cpu() if name == 'cpu' else None


def _command():
    """How to call this command again from here."""
    if Path(sys.executable).with_name('gluon-gan').exists():
        return _beside('gluon-gan')
    return f'{_beside(Path(sys.executable).name)} -m gluon_gan'


def _beside(name):
    """A command of this environment: its name if the PATH leads to it, else its path from here."""
    own = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    return os.path.relpath(own) if own.exists() and (not found or not os.path.samefile(found, own)) else name


def _one_line(error):
    """The message of an exception without line breaks; of an OSError what failed, and where."""
    if isinstance(error, OSError) and error.strerror:
        return f'{error.filename or "the system"}: {error.strerror}'
    return ' '.join(str(error).split())
