"""``gluon-gan train``: train a GAN or a translation, alone or as one of several workers."""
import dataclasses
import os
import re
import shlex
import shutil
import signal
import sys
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import get_args

from ..support import signals
from ..train.run.gan_settings import GANSettings
from ..train.run.settings import TASKS, Settings
from ..translate.settings import TranslationSettings
from . import tolerance

HELP = """Train a GAN and write everything about it to runs/NAME/: config.json, history.jsonl, images generated from
the same noise during the training, checkpoints, index.html to watch the training in a browser, TensorBoard events,
and alarms.jsonl for problems; at the end samples.png, curves.png and progress.gif. Ctrl-C, SIGTERM and SIGHUP stop
the training cleanly and keep what was learned. --resume continues it, bit for bit as if it had never stopped, unless
it is given a new end, which the decay of the learning rate depends on. If a data set is not on this machine and
cannot be downloaded, the stand-in that ships with the package is used, and every title says so."""
GROUPS = {      # title of a group of options: its description
    'what': None,
    'where': None,
    'how': 'The defaults are those of the DCGAN paper where it states them.',
    'objective': None,
    'networks': None,
    'translation': 'Only for --task translate.',
}
SETTINGS = {field.name: field for cls in (GANSettings, TranslationSettings) for field in dataclasses.fields(cls)}
# Of a resumed run these may change; the other settings may not.
CHANGEABLE = ('epochs', 'steps', 'save_every', 'keep', 'best', 'data', 'a', 'b')


def add(commands):
    """Add ``train`` to the parser of the command line."""
    train = commands.add_parser('train', help='train a GAN', description=HELP)
    train.set_defaults(run=run)
    groups = {title: train.add_argument_group(title, description) for title, description in GROUPS.items()}
    what, where = groups['what'], groups['where']
    what.add_argument('--task', choices=tuple(TASKS),
                      help="generate images from noise, or translate images of one domain into another. By default the "
                           "preset's task")
    for field in SETTINGS.values():
        if field.metadata['group']:
            _add_setting(groups[field.metadata['group']], field)
    tolerance.add_option(what)
    what.add_argument('--resume', metavar='RUN',
                      help='continue a run from its newest checkpoint, or from the checkpoint that is given '
                           '(RUN/checkpoints/step-0000938.npz: everything after it is removed)')
    what.add_argument('--accept-data', action='store_true',
                      help='with --resume: continue although the data are not those of the training so far. If '
                           'they have only moved, name their new place with --data instead')
    what.add_argument('--more', type=int, metavar='N', help='with --resume: train N more epochs')
    where.add_argument('--runs', default='runs', metavar='FOLDER',
                       help='the folder that contains the runs. By default %(default)s')
    where.add_argument('--name', help='the name of the new folder there. By default the name of the preset, with -2, '
                                      '-3 ... appended if it is taken')
    where.add_argument('--device', choices=('cpu', 'gpu'), help='by default the GPU, if MXNet can use it')
    where.add_argument('--workers', type=int, metavar='N',
                       help='share every batch among N processes on this machine; for several machines see '
                            'docs/scale.md')


def _add_setting(group, field):
    """Add the option for a setting: its name, type, default and help are those of the field."""
    option, kind = _option(field.name), (get_args(field.type) or (field.type,))[0]
    default = _default_text(field.name)
    about = field.metadata['doc'] + (f'. By default {default}' if default else '')
    if kind is bool:
        group.add_argument(option, dest=field.name, action='store_const', const=True, help=about)
    else:
        group.add_argument(option, dest=field.name, type=kind, metavar=field.metadata['metavar'], help=about)


def _option(name):
    """The option for a setting: '--batch-size' for 'batch_size', '--lr-g' for 'lrG'."""
    return '--' + re.sub('[A-Z]', lambda letter: f'-{letter[0].lower()}', name).replace('_', '-')


def _default_text(name):
    """The default of a setting, and that of translations if it differs; '' if only a preset or nothing gives one."""
    defaults = [field.default for cls in (GANSettings, TranslationSettings) for field in dataclasses.fields(cls)
                if field.name == name]
    if any(default is none for default in defaults for none in (None, False, dataclasses.MISSING)):
        return ''
    return ', for translations '.join(dict.fromkeys(map(str, defaults)))


def run(args):
    """``gluon-gan train``: in one process, as the launcher of several workers, or as one of their processes."""
    from .. import distributed
    from ..support import checks
    role = distributed.role()
    if role in ('scheduler', 'server'):
        return distributed.serve(role)
    if not role and args.workers is not None and checks.whole_number('--workers', args.workers) > 1:
        _check_before_launch(args)
        return distributed.launch([sys.executable, '-m', 'gluon_gan', *args.words], args.workers)
    with distributed.member(args.workers) as cluster:
        return _train(args, cluster)


@tolerance.applied
def _train(args, cluster):
    from .. import runtime
    runtime.require()
    from ..train import Diverged
    signals.check()
    run = _make_run(args, cluster)
    if cluster and cluster.rank:
        run.train()
        return 0
    trainer, data_name, steps_before = run.trainer, run.provenance.data_name, run.trainer.steps
    threads = f"{runtime.state['threads']} threads"
    processes = f'{cluster.workers} workers at {cluster.address}, {threads} each' if cluster else threads
    fast = f', fast step in {trainer.precision}' if trainer.fast else ''
    print(f'training on {data_name}, {trainer.ctx}, {processes}{fast}; Ctrl-C stops and keeps what was learned\n'
          f"watch it in a browser: {run.folder / 'index.html'}", flush=True)
    try:
        paths, seconds = run.train()
    except Diverged as error:
        print(f'gluon-gan: {error}', file=sys.stderr)
        return 2
    with suppress(OSError) if trainer.stopped_by == signals.HANGUP else nullcontext():      # the terminal is closed
        _print_end(args, run, steps_before, seconds, paths)
    return 128 + trainer.stopped_by if trainer.stopped_by not in (None, signal.SIGINT) else 0


def _print_end(args, run, steps_before, seconds, paths):
    """Print how far the training came, its speed, its files, and commands that continue from here."""
    trainer = run.trainer
    images = (trainer.steps - steps_before) * run.settings.batch_size
    print(f"{'stopped' if trainer.interrupted else 'done'}: {trainer.steps} steps "
          f'({trainer.steps / len(run.loader):.1f} epochs) of {run.provenance.data_name}, {seconds:.0f} s, '
          f'{images / seconds:.0f} images/s')
    _print_results(args, run, paths)


def _given(args):
    """dict: the settings that the options give."""
    return {name: getattr(args, name) for name, field in SETTINGS.items()
            if field.metadata['group'] and getattr(args, name) is not None}


def _check_before_launch(args):
    """Raise the errors that several workers would find after they have been started, in this process instead."""
    from ..distributed.launch import check_workers
    from ..train.run.folder import check_name, find, read_settings
    check_workers(args.workers)
    if args.resume:
        settings = read_settings(find(args.resume)[0])[0]
    else:
        settings = Settings.make(task=args.task, **_given(args))
        if args.name is not None:
            check_name(args.name)
        if args.name is not None and (Path(args.runs) / args.name).exists():
            raise ValueError(f'{Path(args.runs) / args.name} already exists: choose another name, or resume the run '
                             'with --resume')
    if settings.task == 'translate':
        raise ValueError('a translation trains in one process: leave --workers out')
    if settings.batch_size % args.workers:
        raise ValueError(f'a batch of {settings.batch_size} cannot be divided into {args.workers} equal parts: choose '
                         f'a --batch-size that is a multiple of {args.workers}')


def _make_run(args, cluster):
    """The run that the options start or resume."""
    from ..train.run import Run
    given = _given(args)
    if args.more is not None:
        ends = [f'--{name}' for name in ('epochs', 'steps') if name in given]
        if ends:
            raise ValueError(f'--more counts from the current step of the run, {ends[0]} counts from its beginning: '
                             'give one or the other')
        if not args.resume:
            raise ValueError('--more continues a run: name it with --resume RUN')
    if args.accept_data and not args.resume:
        raise ValueError('--accept-data continues a run on other data: name it with --resume RUN')
    ctx = _context(args.device)
    if not args.resume:
        settings = Settings.make(task=args.task, **given)
        return Run.start(settings, args.runs, args.name, ctx, cluster, args.command)
    fixed = [name for name in given if name not in CHANGEABLE]
    fixed += [name for name in ('task', 'name') if getattr(args, name) is not None]
    if fixed:
        raise ValueError(f'{_option(fixed[0])} cannot change when a run is resumed: start a new run without --resume')
    return Run.resume(args.resume, more=args.more, ctx=ctx, cluster=cluster, accept_data=args.accept_data, **given)


def _print_results(args, run, paths):
    """Print the files that the run wrote, and commands that continue from here."""
    for what, path in paths.items():
        print(f'  {what:<9} {path}')
    print(f'  newest    {run.newest}')
    best, sources = run.best, {'more images': run.folder}
    if best:
        sources['from the best'] = run.folder / 'checkpoints' / 'best.npz'
        print(f"  best      {sources['from the best']}: {best['metric']} {best['value']} at step {best['step']}")
    options = f' --workers {args.workers}' if args.workers else ''
    options += '' if run.trainer.interrupted else f' --epochs {2 * max(1, run.trainer.epoch)}'
    print('next:')
    use = 'translate {} IMAGE...' if run.settings.task == 'translate' else 'sample {} -n 100 --seed 7'
    for what, source in sources.items():
        print(f'  {_this_command()} {use.format(shlex.quote(str(source)))}    {what}')
    print(f'  {_this_command()} train --resume {shlex.quote(str(run.folder))}{options}    continue')
    if Path('notebooks').is_dir():
        print(f"  {_command_here('jupyter')} lab notebooks    the course: begin with 01")


def _context(name):
    """The device that --device names; None for the best one available."""
    import mxnet as mx

    from .. import runtime
    if name == 'gpu' and runtime.why_not_gpu():
        raise ValueError(f'no GPU can be used: {runtime.why_not_gpu()}')
    return mx.cpu() if name == 'cpu' else None


def _this_command():
    """How to call gluon-gan again from the current folder."""
    if Path(sys.executable).with_name('gluon-gan').exists():
        return _command_here('gluon-gan')
    return f'{_command_here(Path(sys.executable).name)} -m gluon_gan'


def _command_here(name):
    """A command of this environment: its name if the PATH leads to it, otherwise its relative path."""
    own = Path(sys.executable).with_name(name)
    found = shutil.which(name)
    return os.path.relpath(own) if own.exists() and (not found or not os.path.samefile(found, own)) else name
