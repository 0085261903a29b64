"""A training from its settings to its pictures, in a folder of its own (:mod:`.folder`): begun, gone on with, ended."""
import platform
import shlex
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import __version__, files, losses, presets, runtime, storage, viz
from ..checks import whole_number
from ..data.catalogue import SETS
from . import checkpoint, page
from .alarms import Alarms
from .callbacks import History, LinearDecay, ProgressBar, Samples
from .entry import check_goal
from .folder import claim, find, read_config, write_config
from .keep import Checkpoint, parse_best
from .page import Page
from .tensorboard import TensorBoard

# What a training can be of. A task is a module with ``base``, ``check``, ``loader``, ``trainer``, ``TRAINER``, ``schedules``, ``watchers``,
# ``report`` and ``scale``, as `generate` has them; the engine, the callbacks, the folder and all of this file are the same for all.
TASKS = {'generate': 'gluon_gan.train.generate', 'translate': 'gluon_gan.translate.task'}
KEEPING = dict(save_every=None, keep=3, best=None)      # which checkpoints stay: may change in a run that goes on
FRAMES = 30      # grids over a training, for the animation: enough to see it move, in a GIF of two or three megabytes


def task_of(config):
    """The module of the task that a config names; one that names none is of a run from before there were others."""
    name = config.get('task', 'generate')
    if name not in TASKS:
        raise ValueError(f"there is no task {name!r}; the tasks are {', '.join(TASKS)}")
    return import_module(TASKS[name])


def settings(preset=None, data=None, task=None, **changes):
    """The settings of a training as one flat dict: the preset's, completed by the task's, changed where asked.

    Parameters
    ----------
    preset, data : str, optional
        With one of them the other has the same name; with neither both are 'mnist'. Data that has no preset of its name (see
        :func:`gluon_gan.data.load`; or the URL of a data server) takes that of 'celeba'. Of a translation see :mod:`gluon_gan.translate`.
    task : str, optional
        A key of :data:`TASKS`; by default the preset's, or 'generate'.
    **changes
        Anything else to set; None leaves the preset's value.

    Returns
    -------
    dict
        What ``config.json`` will hold, but for what :func:`start` finds out.

    Raises
    ------
    ValueError
        If the preset or a setting does not exist.
    """
    task = task or ('translate' if preset in presets.TRANSLATIONS else 'generate')
    preset, settled = task_of({'task': task}).base(preset, data)
    config = {'preset': preset, **({'task': task} if task != 'generate' else {}), **settled, **KEEPING, 'steps': settled.get('steps')}
    changes = {name: _placed(value) if name in ('data', 'a', 'b') else value for name, value in dict(changes, data=data).items()}
    odd = sorted(set(changes) - set(config))
    if odd:
        raise ValueError(f"there is no setting {odd[0]!r}; the settings are {', '.join(config)}")
    config.update({name: value for name, value in changes.items() if value is not None})
    if changes.get('epochs') is not None or changes.get('steps') is not None:        # whoever names one end does not mean the preset's other
        config.update(epochs=changes.get('epochs'), steps=changes.get('steps'))
    check_goal(config['epochs'], config['steps'])
    task_of(config).check(config)
    LinearDecay(config['decay'])             # says no to what is no fraction
    _check_keeping(config)
    return config


def _placed(name):
    """A path from wherever this process is: a run may be gone on with from another folder."""
    return str(Path(name).resolve()) if name and name not in SETS and Path(name).exists() else name


def start(config, parent, name=None, ctx=None, cluster=None):
    """Everything a new training needs, and its folder.

    Networks and data are made first, so that a wrong setting leaves no folder behind.

    Parameters
    ----------
    config : dict
        From :func:`settings`.
    parent : path-like
        Where runs are kept.
    name : str, optional
        The run's folder there, which must not exist yet; by default the preset's name, with -2, -3 ... if that is taken.
    ctx : mxnet.Context, optional
    cluster : gluon_gan.distributed.Cluster, optional
        Only its worker 0 has a folder; the path is None in the others.

    Returns
    -------
    (pathlib.Path, GANTrainer, gluon_gan.data.Batches, dict)
        The dict is ``config``, completed by what was found: the name of the data, versions, device.

    Raises
    ------
    ValueError
        If a setting has a wrong value, the name is taken or the folder cannot be made.
    """
    runtime.seed(config['seed'])
    task = task_of(config)
    loader = task.loader(config, cluster)
    images = loader.images
    config = dict(config, channels=images.channels)
    trainer = task.trainer(config, ctx, cluster)
    config.update(data_name=images.name, stand_in=images.stand_in, gluon_gan=__version__, mxnet=mx.__version__, numpy=np.__version__,
                  python=platform.python_version(), device=str(trainer.ctx), threads=runtime.state['threads'], ended=0)
    config.update({'workers': cluster.workers} if cluster else {})
    if cluster and cluster.rank:
        return None, trainer, loader, config

    def fill(unborn):                        # from its first moment on, a run has a checkpoint to go on from
        write_config(unborn, config)
        trainer.save(unborn / 'checkpoints')

    folder = claim(parent, name or config['preset'], numbered=name is None, fill=fill)
    return folder, trainer, loader, config


def resume(path, epochs=None, steps=None, more=None, ctx=None, cluster=None, **keeping):
    """A training as its last checkpoint left it, or an earlier one.

    Nothing else may train in the run's folder from here to the end of :func:`train`.

    Parameters
    ----------
    path : path-like
        The run's folder, or one of the files in its ``checkpoints/``; what came after that step is removed when training
        begins.
    epochs, steps : int, optional
        Another end, in all; by default the one that the run was started with.
    more : int, optional
        Instead of them: epochs beyond what the run has done.
    ctx : mxnet.Context, optional
    cluster : gluon_gan.distributed.Cluster, optional
        All of its workers read the folder; only worker 0 writes there.
    **keeping
        :data:`KEEPING`, to change it; None leaves it as it was.

    Returns
    -------
    (pathlib.Path, GANTrainer, gluon_gan.data.Batches, dict)

    Raises
    ------
    ValueError
        If the end is none, or behind the training already, the data is another, or another process is training there.
    gluon_gan.storage.StorageError
        If the folder is no run, or its checkpoint is missing, damaged or another run's; the one before it is named then.
    """
    folder, file = find(path)
    config = read_config(folder)
    config.update({name: value for name, value in keeping.items() if value is not None})
    _check_keeping(config)
    if more is not None:
        whole_number('more', more)
        if epochs is not None or steps is not None:
            raise ValueError(f"more={more} counts from where the run is, epochs and steps from its beginning: give one or the other")
    elif epochs is not None or steps is not None:
        check_goal(epochs, steps)
        config.update(epochs=epochs, steps=steps)
    if not file.exists():
        raise storage.StorageError(f'{folder} has no checkpoint {file.name}')
    writes = not cluster or not cluster.rank
    with ExitStack() as undo:
        if writes and files.lock(folder / 'checkpoints'):
            undo.callback(files.unlock, folder / 'checkpoints')
        trainer = _load(find(path)[1], config, ctx, cluster)      # looked up again, now that nobody writes a newer one
        loader = task_of(config).loader(config, cluster)
        if loader.images.name != config['data_name']:
            raise ValueError(f"{folder} was trained on {config['data_name']}, and now there is {loader.images.name}: bring the data back")
        if more is not None:
            config.update(epochs=None, steps=trainer.steps + more * len(loader))
        total = total_steps(config, loader)
        # A run that was killed between its last step and its pictures still owes them.
        if trainer.steps > total or (trainer.steps == total and config.get('ended', total) == total):
            raise ValueError(f'{folder} has done its {trainer.steps} steps: ask for more in all, such as '
                             f'--epochs {2 * max(1, trainer.epoch)}, or for --more 1')
        config.update({'workers': cluster.workers} if cluster else {})
        if writes:
            for place in (folder, folder / 'samples'):
                files.sweep(place)
            write_config(folder, dict(config, ended=0))
        undo.pop_all()
    return folder, trainer, loader, config


def _load(file, config, ctx, cluster):
    """The trainer in a checkpoint of the run with this ``config``."""
    try:
        trainer = task_of(config).TRAINER.load(file, ctx=ctx, cluster=cluster)
    except checkpoint.Damaged as error:
        raise storage.StorageError(f'{error.problem}, or go on from the one before it: '
                                   f'gluon-gan train --resume {shlex.quote(str(error.earlier))}') from error
    networks = {**trainer.netD.config, **trainer.netG.config}
    for name in ('size', 'channels', 'nz', 'ngf', 'ndf'):
        if name in networks and config.get(name, networks[name]) != networks[name]:
            raise storage.StorageError(f"{file} is of another run: its {name} is {networks[name]}, not {config[name]}")
    return trainer


def train(folder, trainer, loader, config, callbacks=()):
    """Train to the end that ``config`` states, and leave the pictures of :func:`report` in ``folder``.

    Parameters
    ----------
    folder, trainer, loader, config
        From :func:`start` or :func:`resume`.
    callbacks : sequence of Callback
        Beside a bar, the history, samples, checkpoints, alarms, TensorBoard events and the page. Of several workers, only worker 0
        has them.

    Returns
    -------
    (dict, float)
        The paths of the pictures by what they show, and the seconds that training took.
    """
    if trainer.cluster and trainer.cluster.rank:
        return _train_beside(trainer, loader, config)
    folder = Path(folder)
    *others, checkpoints = standard(folder, loader, config)
    since = time.perf_counter()
    files.lock(folder / 'checkpoints')       # `start` and `resume` have done so; until the pictures are made
    # Before the history is cut to this step: killed in between, the run would have a later checkpoint and a gap before it.
    checkpoints.settle(trainer)
    trainer.fit(loader, epochs=config['epochs'], steps=config['steps'], callbacks=[*others, *callbacks, checkpoints])
    seconds = time.perf_counter() - since
    paths = report(folder, trainer, config)
    write_config(folder, dict(config, seconds=round(config.get('seconds', 0) + seconds), ended=trainer.steps))
    files.unlock(folder / 'checkpoints')
    return paths, seconds


def standard(folder, loader, config):
    """list of Callback: what every training of :func:`train` has; the checkpoints are the last.

    Endings come in reverse: the alarms have the last word about a failure, and the page shows it. The rates change after what
    records them, so that a record has those of its own step.
    """
    folder, every = Path(folder), max(1, total_steps(config, loader) // FRAMES)
    history = History(folder / 'history.jsonl')
    save_every, keep, best = ({**KEEPING, **config}[name] for name in KEEPING)
    task = task_of(config)
    return [*task.watchers(folder, config, loader, every, history), Page(folder, every), Alarms(folder), history, Samples(folder / 'samples', every, task.scale(config)),
            TensorBoard(folder / 'events', pictures=every), LinearDecay(config['decay']), *task.schedules(config), ProgressBar(),
            Checkpoint(folder / 'checkpoints', save_every, keep, best, history)]


def _train_beside(trainer, loader, config):
    """What a worker does that writes nothing."""
    since = time.perf_counter()
    trainer.fit(loader, epochs=config['epochs'], steps=config['steps'], callbacks=[LinearDecay(config['decay']), *task_of(config).schedules(config)])
    return {}, time.perf_counter() - since


def total_steps(config, loader):
    """int: where a training ends, the first of ``config``'s steps and epochs that is reached."""
    goals = [config['steps'], config['epochs'] and config['epochs'] * len(loader)]
    return min(goal for goal in goals if goal)


def _check_keeping(config):
    for name in ('save_every', 'keep'):
        if config.get(name) is not None:
            whole_number(name, config[name])
    parse_best(config.get('best'))


def report(folder, trainer, config):
    """Write the task's pictures, ``curves.png``, ``index.html`` and ``progress.gif`` into a run's folder; their paths by what they show."""
    folder = Path(folder)
    paths = task_of(config).report(folder, trainer, config)
    history = viz.read_history(folder / 'history.jsonl')
    if history:
        title = f"{folder.name}: {config['data_name']}"
        levels = losses.equilibrium(trainer.game.loss, trainer.game.real_label)
        paths['curves'] = viz.save(viz.curves(history, title=title, equilibrium=levels), folder / 'curves.png')
    paths['page'] = page.write(folder)
    paths['progress'] = viz.animate(sorted((folder / 'samples').glob('step-*.png')), folder / 'progress.gif')
    return paths
