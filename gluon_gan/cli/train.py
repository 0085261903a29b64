"""``gluon-gan train``: a training from its settings to its run, alone or as one of several workers."""
import os
import shlex
import shutil
import sys
from pathlib import Path

from .translate import add_settings

HELP = """Train a GAN and leave everything about it in runs/NAME/: config.json, history.jsonl, pictures of the same
noise over time, checkpoints, index.html to watch it in a browser, TensorBoard events, alarms.jsonl if something goes wrong,
and at the end samples.png, curves.png and progress.gif. Ctrl-C ends cleanly and keeps what
was learned; --resume goes on from there, bit for bit as if it had never stopped, unless it is given another end, for the
fall of the learning rate depends on that. Where a data set is not on this machine and cannot be downloaded, the stand-in
that ships with the package is used, and every title says so."""
KEEPING = ('save_every', 'keep', 'best')
SETTINGS = ('batch_size', 'score', 'augment', 'lr', 'lrG', 'lrD', 'beta1', 'd_steps', 'g_steps', 'average', 'decay', 'seed', 'loss', 'real_label', 'swap_labels',
            'flip', 'noise', 'feature_weight', 'features', 'feature_layer', 'diff_augment', 'clip', 'half', 'size', 'nz', 'ngf', 'ndf', 'kernel', 'norm',
            'a', 'b', 'cycle', 'identity', 'pool', 'generator', 'discriminator', 'blocks', 'halvings')


def add(commands):
    """Add ``train`` to the command line's parser."""
    train = commands.add_parser('train', help='train a GAN', description=HELP)
    train.set_defaults(run=run)
    what = train.add_argument_group('what')
    what.add_argument('--preset', help='networks and settings: mnist (default), mnist-conditional, stronger-g, cifar10, celeba, quilts, dcgan; of translations cyclegan, dreams')
    what.add_argument('--task', choices=('generate', 'translate'), help="pictures from noise, or from pictures of another domain (default: the preset's)")
    what.add_argument('--data', metavar='SET', help="a data set, a folder or zip of pictures, or the URL of `gluon-gan data serve` (default: the preset's)")
    what.add_argument('--epochs', type=int, help='passes through the data, in all (mnist and celeba: 25)')
    what.add_argument('--steps', type=int, help='or updates, in all (quilts: 6000); with both, the first that is reached')
    what.add_argument('--resume', metavar='RUN', help="go on with a run where its last checkpoint is, or from the one that is named "
                                                      "(RUN/checkpoints/step-0000938.npz: what came after it is dropped)")
    what.add_argument('--more', type=int, metavar='N', help='with --resume: N epochs beyond what the run has done')
    where = train.add_argument_group('where')
    where.add_argument('--runs', default='runs', metavar='FOLDER', help='where runs are kept (default: %(default)s)')
    where.add_argument('--name', help="the run's folder there (default: the preset's name, with -2, -3 ... if taken)")
    where.add_argument('--save-every', type=int, metavar='STEPS', help='updates between two checkpoints (default: an epoch)')
    where.add_argument('--keep', type=int, metavar='K', help='how many checkpoints stay (3)')
    where.add_argument('--best', metavar='METRIC[:max]', help="keep the best one too, checkpoints/best.npz: lowest, or highest, in a number "
                                                              "of history.jsonl, such as errG or 'D(G(z)):max'")
    where.add_argument('--device', choices=('cpu', 'gpu'), help='default: the GPU where MXNet can really use it')
    where.add_argument('--workers', type=int, metavar='N', help='deal each batch out to N processes here; for several machines see docs/scale.md')
    how = train.add_argument_group('how', 'defaults are those of the DCGAN paper where it names them')
    how.add_argument('--score', metavar='NAME', help='record a Frechet distance about thirty times, in the features of lenet (digits) or random64 '
                                                     '(anything), for the curves and for --best frechet_lenet_2k')
    how.add_argument('--augment', metavar='NAME', help='none (mnist), mirror, flips (quilts), light (celeba) or quilts: how pictures are changed each time they are seen')
    how.add_argument('--batch-size', type=int, help='images a step (64)')
    how.add_argument('--lr', type=float, help="Adam's learning rate, both networks (2e-4)")
    how.add_argument('--lr-g', type=float, dest='lrG', metavar='LR', help="the generator's, if it has its own")
    how.add_argument('--lr-d', type=float, dest='lrD', metavar='LR', help="the discriminator's, if it has its own")
    how.add_argument('--beta1', type=float, help="Adam's momentum (0.5)")
    how.add_argument('--d-steps', type=int, metavar='N', help='updates of D for one of G (1)')
    how.add_argument('--g-steps', type=int, metavar='N', help='updates of G for one of D (1)')
    how.add_argument('--average', type=float, help="decay of the average of G's weights that samples come from (0.999; 0 for none)")
    how.add_argument('--decay', type=float, metavar='START', help='let the learning rate fall to zero from this fraction of the training on (mnist: 0.5; 1 for never)')
    how.add_argument('--half', action='store_const', const=True, help='float16 with loss scaling, on a GPU')
    how.add_argument('--seed', type=int, help='same seed, same training (0)')
    game = train.add_argument_group('objective')
    game.add_argument('--loss', help='nonsaturating (default), minimax, least_squares, hinge, wasserstein or feature_matching')
    game.add_argument('--real-label', type=float, metavar='T', help='target of real pictures; 0.9 is one-sided label smoothing (1)')
    game.add_argument('--swap-labels', action='store_const', const=True, help='train D with 0 for real and 1 for fake')
    game.add_argument('--flip', type=float, metavar='P', help='share of labels that are flipped at random for D (0)')
    game.add_argument('--noise', type=float, metavar='SD', help='noise on all that D sees, at the beginning; it fades to none (0)')
    game.add_argument('--feature-weight', type=float, metavar='W', help="weight of feature matching in G's loss (0)")
    game.add_argument('--features', help='what is matched: means of the batch (default) or pairs')
    game.add_argument('--feature-layer', type=int, metavar='N', help="of D, whose features are matched (-1, the last)")
    game.add_argument('--diff-augment', metavar='LIST', help="change all that D sees, real pictures and G's, where there are few: color,translation,cutout "
                                                             'or some of them (none)')
    game.add_argument('--clip', type=float, metavar='C', help="cut D's weights off at this size (wasserstein: 0.01)")
    nets = train.add_argument_group('networks')
    nets.add_argument('--size', type=int, help='pixels: 28, 32, 64 or 128')
    nets.add_argument('--nz', type=int, help='dimensions of the noise (100)')
    nets.add_argument('--ngf', type=int, help="the generator's feature maps beside the picture (64)")
    nets.add_argument('--ndf', type=int, help="the discriminator's (mnist: 32, others 64)")
    nets.add_argument('--kernel', type=int, help='4, or 5 as in the paper')
    nets.add_argument('--norm', help="of D: batch, or spectral for weights of spectral norm 1 in place of batch norm")
    add_settings(train)


def run(args):
    """``gluon-gan train``: alone, as the processes that share the work, or as one of these."""
    from .. import checks, distributed
    role = distributed.role()
    if role in ('scheduler', 'server'):
        return distributed.serve(role)
    if not role and args.workers is not None and checks.whole_number('--workers', args.workers) > 1:
        return distributed.launch([sys.executable, '-m', 'gluon_gan', *args.words], args.workers)
    with distributed.member(args.workers) as cluster:
        return _train(args, cluster)


def _train(args, cluster):
    from .. import runtime
    runtime.require()
    from ..train import Diverged, run
    from ..train.checkpoint import file_of
    from ..train.keep import best_of
    changes = {name: getattr(args, name) for name in SETTINGS if getattr(args, name) is not None}
    keeping = {name: getattr(args, name) for name in KEEPING}
    if args.more is not None:
        given = [f'--{name}' for name in ('epochs', 'steps') if getattr(args, name) is not None]
        if given:
            raise ValueError(f'--more counts from where the run is, {given[0]} from its beginning: give one or the other')
        if not args.resume:
            raise ValueError('--more goes on with a run: say which one by --resume RUN')
    if args.resume:
        fixed = sorted(changes) + [name for name in ('preset', 'data', 'task', 'name') if getattr(args, name) is not None]
        if fixed:
            raise ValueError(f"--{fixed[0].replace('_', '-')} cannot change in a run that goes on: start a new one without --resume")
        goal = args.epochs, args.steps, args.more
        folder, trainer, loader, config = run.resume(args.resume, *goal, ctx=_context(args.device), cluster=cluster, **keeping)
    else:
        config = run.settings(args.preset, args.data, args.task, epochs=args.epochs, steps=args.steps, **keeping, **changes)
        config['command'] = args.command
        folder, trainer, loader, config = run.start(config, args.runs, args.name, _context(args.device), cluster)
    if cluster and cluster.rank:
        run.train(folder, trainer, loader, config)
        return 0
    done = trainer.steps
    who = f"{cluster.workers} workers, {runtime.state['threads']} threads each" if cluster else f"{runtime.state['threads']} threads"
    print(f"training on {config['data_name']}, {trainer.ctx}, {who}; Ctrl-C stops and keeps what was learned\n"
          f"watch it in a browser: {folder / 'index.html'}", flush=True)
    try:
        paths, seconds = run.train(folder, trainer, loader, config)
    except Diverged as error:
        print(f'gluon-gan: {error}', file=sys.stderr)
        return 2
    images = (trainer.steps - done) * config['batch_size']
    print(f"{'stopped' if trainer.interrupted else 'done'}: {trainer.steps} steps ({trainer.steps / len(loader):.1f} epochs) of "
          f"{config['data_name']}, {seconds:.0f} s, {images / seconds:.0f} images/s")
    for what, path in paths.items():
        print(f'  {what:<9} {path}')
    print(f'  newest    {file_of(folder)}')
    best, sources = best_of(folder / 'checkpoints'), {'more pictures': folder}
    if best:
        sources['from the best'] = folder / 'checkpoints' / 'best.npz'
        print(f"  best      {sources['from the best']}: {best['metric']} {best['value']} at step {best['step']}")
    on = f' --workers {args.workers}' if args.workers else ''
    on += '' if trainer.interrupted else f' --epochs {2 * max(1, trainer.epoch)}'
    print('next:')
    does = 'translate {} PICTURE...' if config.get('task') == 'translate' else 'sample {} -n 100 --seed 7'
    for what, source in sources.items():
        print(f'  {_command()} {does.format(shlex.quote(str(source)))}    {what}')
    print(f'  {_command()} train --resume {shlex.quote(str(folder))}{on}    go on')
    if Path('notebooks').is_dir():
        print(f"  {_beside('jupyter')} lab notebooks    the course: begin with 00")
    return 0


def _context(name):
    """The device a person asked for; None for the best there is."""
    import mxnet as mx
    from .. import runtime
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
