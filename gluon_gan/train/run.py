"""A training with a folder of its own: ``runs/NAME/`` with its settings, history, samples and checkpoints.

::

    runs/NAME/config.json              what was asked for, what data it really was, and the versions
              history.jsonl            a line per logging point
              samples/step-0001000.png pictures of the same noise
              checkpoints/last.npz     what --resume goes on from
              samples.png curves.png progress.gif    written at the end
"""
import json
import platform
import time
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import __version__, data, latent, models, runtime, storage, viz
from ..files import whole
from .callbacks import Checkpoint, History, LinearDecay, ProgressBar, Samples
from .trainer import GANTrainer, check_goal

TRAINING = dict(loss='nonsaturating', lr=2e-4, beta1=0.5, average=0.999, decay=1, seed=0)
NEEDED = ('data', 'data_name', 'size', 'batch_size', 'epochs', 'steps', 'decay', 'seed')     # of a config.json, to go on
FRAMES = 30      # grids over a training, for the animation: enough to see it move, in a GIF of two or three megabytes


def settings(preset=None, data=None, **changes):
    """The settings of a training as one flat dict: the preset's, completed by :data:`TRAINING`, changed where asked.

    Parameters
    ----------
    preset, data : str, optional
        With one of them the other has the same name; with neither both are 'mnist'.
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
    preset = preset or (data if data in models.PRESETS else 'mnist')
    config = {'preset': preset, **TRAINING, 'steps': None, **models.preset(preset)}
    odd = sorted(set(changes) - set(config))
    if odd:
        raise ValueError(f"there is no setting {odd[0]!r}; the settings are {', '.join(config)}")
    config.update({name: value for name, value in dict(changes, data=data).items() if value is not None})
    check_goal(config['epochs'], config['steps'])
    LinearDecay(config['decay'])             # says no to what is no fraction
    return config


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
    images = _load(config, cluster)
    config = dict(config, channels=images.channels)
    loader = _batches(images, config, cluster)
    netG, netD = models.build(config['preset'], **{name: config[name] for name in ('size', 'channels', 'nz', 'ngf', 'ndf', 'kernel')})
    trainer = GANTrainer(netG, netD, ctx=ctx, cluster=cluster, **{name: config[name] for name in ('loss', 'lr', 'beta1', 'average', 'seed')})
    config.update(data_name=images.name, stand_in=images.stand_in, gluon_gan=__version__, mxnet=mx.__version__, numpy=np.__version__,
                  python=platform.python_version(), device=str(trainer.ctx), threads=runtime.state['threads'])
    config.update({'workers': cluster.workers} if cluster else {})
    if cluster and cluster.rank:
        return None, trainer, loader, config
    folder = claim(parent, name or config['preset'], numbered=name is None)
    write_config(folder, config)
    return folder, trainer, loader, config


def claim(parent, name, numbered):
    """Make the folder ``parent/name``; where it is taken, ``numbered`` says whether -2, -3 ... will do.

    Making it is the claim, so two trainings that begin together cannot get the same one.
    """
    parent, number = Path(parent), 1
    while True:
        folder = parent / (name if number == 1 else f'{name}-{number}')
        try:
            parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            return folder
        except FileExistsError as error:
            if not parent.is_dir():
                raise ValueError(f'cannot write to {folder} ({parent} is no folder): choose another place') from error
            if not numbered:
                raise ValueError(f'{folder} is there already: choose another name, or go on with it by --resume') from error
            number += 1
        except OSError as error:
            raise ValueError(f'cannot write to {folder} ({error.strerror}): choose another place') from error


def resume(folder, epochs=None, steps=None, ctx=None, cluster=None):
    """A training as its last checkpoint left it.

    Parameters
    ----------
    folder : path-like
        The run's.
    epochs, steps : int, optional
        Another end, in all; by default the one that the run was started with.
    ctx : mxnet.Context, optional
    cluster : gluon_gan.distributed.Cluster, optional
        All of its workers read the folder; only worker 0 writes there.

    Returns
    -------
    (pathlib.Path, GANTrainer, gluon_gan.data.Batches, dict)

    Raises
    ------
    ValueError
        If the end is none, or behind the training already, or the data is another.
    gluon_gan.storage.StorageError
        If the folder is no run, or its checkpoint is missing or damaged.
    """
    folder = Path(folder)
    config = read_config(folder)
    if epochs is not None or steps is not None:
        check_goal(epochs, steps)
        config.update(epochs=epochs, steps=steps)
    trainer = GANTrainer.load(folder, ctx=ctx, cluster=cluster)
    images = _load(config, cluster)
    if images.name != config['data_name']:
        raise ValueError(f"{folder} was trained on {config['data_name']}, and now there is {images.name}: bring the data back")
    loader = _batches(images, config, cluster)
    config.update({'workers': cluster.workers} if cluster else {})
    if trainer.steps >= total_steps(config, loader):
        raise ValueError(f'{folder} has done its {trainer.steps} steps: ask for more in all, such as --epochs {2 * max(1, trainer.epoch)}')
    if not cluster or not cluster.rank:
        write_config(folder, config)
    return folder, trainer, loader, config


def train(folder, trainer, loader, config, callbacks=()):
    """Train to the end that ``config`` states, and leave the pictures of :func:`report` in ``folder``.

    Parameters
    ----------
    folder, trainer, loader, config
        From :func:`start` or :func:`resume`.
    callbacks : sequence of Callback
        Beside a bar, the history, samples and checkpoints. Of several workers, only worker 0 has them.

    Returns
    -------
    (dict, float)
        The paths of the pictures by what they show, and the seconds that training took.
    """
    if trainer.cluster and trainer.cluster.rank:
        return _train_beside(trainer, loader, config)
    folder = Path(folder)
    every = max(1, total_steps(config, loader) // FRAMES)
    standard = [LinearDecay(config['decay']), Checkpoint(folder / 'checkpoints'), History(folder / 'history.jsonl'),
                Samples(folder / 'samples', every, _scale(config)), ProgressBar()]
    since = time.perf_counter()
    trainer.fit(loader, epochs=config['epochs'], steps=config['steps'], callbacks=[*standard, *callbacks])
    seconds = time.perf_counter() - since
    write_config(folder, dict(config, seconds=round(config.get('seconds', 0) + seconds)))
    return report(folder, trainer, config), seconds


def _train_beside(trainer, loader, config):
    """What a worker does that writes nothing."""
    since = time.perf_counter()
    trainer.fit(loader, epochs=config['epochs'], steps=config['steps'], callbacks=[LinearDecay(config['decay'])])
    return {}, time.perf_counter() - since


def _load(config, cluster):
    if cluster is None:
        return data.load(config['data'], size=config['size'])
    with cluster.first_alone():      # what it downloads, the others find
        return data.load(config['data'], size=config['size'])


def _batches(images, config, cluster):
    part = dict(part=cluster.rank, parts=cluster.workers) if cluster else {}
    return data.batches(images, config['batch_size'], seed=config['seed'], **part)


def total_steps(config, loader):
    """int: where a training ends, the first of ``config``'s steps and epochs that is reached."""
    goals = [config['steps'], config['epochs'] and config['epochs'] * len(loader)]
    return min(goal for goal in goals if goal)


def report(folder, trainer, config):
    """Write ``samples.png``, ``curves.png`` and ``progress.gif`` into a run's folder; their paths by what they show."""
    folder = Path(folder)
    images = latent.sample(trainer.generator(), 64, seed=config['seed'] + 1)
    paths = {'samples': viz.save(viz.grid(images, scale=_scale(config)), folder / 'samples.png')}
    history = viz.read_history(folder / 'history.jsonl')
    if history:
        title = f"{folder.name}: {config['data_name']}"
        paths['curves'] = viz.save(viz.curves(history, title=title), folder / 'curves.png')
    paths['progress'] = viz.animate(sorted((folder / 'samples').glob('step-*.png')), folder / 'progress.gif')
    return paths


def write_config(folder, config):
    """Write ``config.json``, whole or not at all."""
    with whole(Path(folder) / 'config.json') as unfinished:
        unfinished.write_text(json.dumps(config, indent=2) + '\n')


def read_config(folder):
    """dict: the ``config.json`` of a run's folder.

    Raises
    ------
    gluon_gan.storage.StorageError
        If ``folder`` is no run, or the file is damaged.
    """
    path = Path(folder) / 'config.json'
    try:
        config = json.loads(path.read_text())
    except OSError as error:
        raise storage.StorageError(f'{folder} is no run: it has no readable config.json') from error
    except ValueError as error:
        raise storage.StorageError(f'{path} is damaged: it is not JSON') from error
    missing = [name for name in NEEDED if name not in config] if isinstance(config, dict) else list(NEEDED)
    if missing:
        raise storage.StorageError(f'{path} is damaged: it has no {missing[0]!r}')
    return config


def _scale(config):
    """How much pictures are enlarged: a digit of 28 px is small on a screen."""
    return max(1, 64 // config['size'])
