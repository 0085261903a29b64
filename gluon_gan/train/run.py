"""A training with a folder of its own: ``runs/NAME/`` with its settings, history, samples and checkpoints.

::

    runs/NAME/config.json              what was asked for, what data it really was, and the versions
              history.jsonl            a line per logging point
              samples/step-0001000.png pictures of the same noise
              alarms.jsonl             what went wrong, in words
              checkpoints/last.npz     what --resume goes on from
              events/                  for TensorBoard
              index.html               all of it on one page, kept up to date while it trains
              samples.png curves.png progress.gif    written at the end
"""
import json
import platform
import time
from pathlib import Path

import mxnet as mx
import numpy as np

from .. import __version__, data, latent, losses, presets, runtime, storage, viz
from ..files import whole
from . import page
from .alarms import Alarms
from .callbacks import Checkpoint, History, LinearDecay, ProgressBar, Samples, Schedule
from .page import Page
from .tensorboard import TensorBoard
from .trainer import GANTrainer, check_goal

GAME = dict(loss='nonsaturating', real_label=1.0, swap_labels=False, flip=0.0, noise=0.0, feature_weight=None, features='means',
            feature_layer=-1)
PLAY = dict(lr=2e-4, lrG=None, lrD=None, beta1=0.5, average=0.999, d_steps=1, g_steps=1, clip=None, half=False, seed=0)
TRAINING = dict(GAME, **PLAY, decay=1, classes=0, norm='batch')
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
    preset = preset or (data if data in presets.PRESETS else 'mnist')
    config = {'preset': preset, **TRAINING, 'steps': None, **presets.preset(preset)}
    odd = sorted(set(changes) - set(config))
    if odd:
        raise ValueError(f"there is no setting {odd[0]!r}; the settings are {', '.join(config)}")
    config.update({name: value for name, value in dict(changes, data=data).items() if value is not None})
    check_goal(config['epochs'], config['steps'])
    LinearDecay(config['decay'])             # says no to what is no fraction
    return config


def start(config, parent, name=None, ctx=None):
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
    images = data.load(config['data'], size=config['size'])
    config = dict(config, channels=images.channels)
    loader = _loader(images, config)
    netG, netD = presets.build(config['preset'], **{name: config[name] for name in (*presets.SETTINGS_G, *presets.SETTINGS_D)})
    trainer = GANTrainer(netG, netD, ctx=ctx, **{name: config[name] for name in (*GAME, *PLAY)})
    config.update(data_name=images.name, stand_in=images.stand_in, gluon_gan=__version__, mxnet=mx.__version__, numpy=np.__version__,
                  python=platform.python_version(), device=str(trainer.ctx), threads=runtime.state['threads'])
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


def resume(folder, epochs=None, steps=None, ctx=None):
    """A training as its last checkpoint left it.

    Parameters
    ----------
    folder : path-like
        The run's.
    epochs, steps : int, optional
        Another end, in all; by default the one that the run was started with.
    ctx : mxnet.Context, optional

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
    trainer = GANTrainer.load(folder, ctx=ctx)
    images = data.load(config['data'], size=config['size'])
    if images.name != config['data_name']:
        raise ValueError(f"{folder} was trained on {config['data_name']}, and now there is {images.name}: bring the data back")
    loader = _loader(images, config)
    if trainer.steps >= total_steps(config, loader):
        raise ValueError(f'{folder} has done its {trainer.steps} steps: ask for more in all, such as --epochs {2 * max(1, trainer.epoch)}')
    write_config(folder, config)
    return folder, trainer, loader, config


def train(folder, trainer, loader, config, callbacks=()):
    """Train to the end that ``config`` states, and leave the pictures of :func:`report` in ``folder``.

    Parameters
    ----------
    folder, trainer, loader, config
        From :func:`start` or :func:`resume`.
    callbacks : sequence of Callback
        Beside a bar, the history, samples, checkpoints, alarms, TensorBoard events and the page.

    Returns
    -------
    (dict, float)
        The paths of the pictures by what they show, and the seconds that training took.
    """
    folder = Path(folder)
    since = time.perf_counter()
    trainer.fit(loader, epochs=config['epochs'], steps=config['steps'], callbacks=[*standard(folder, loader, config), *callbacks])
    seconds = time.perf_counter() - since
    write_config(folder, dict(config, seconds=round(config.get('seconds', 0) + seconds)))
    return report(folder, trainer, config), seconds


def standard(folder, loader, config):
    """list of Callback: what every training of :func:`train` has.

    Endings come in reverse: the alarms have the last word about a failure, and the page shows it. The rates change last, so that a
    record has those of its own step.
    """
    every = max(1, total_steps(config, loader) // FRAMES)
    return [Page(folder, every), Alarms(folder), Checkpoint(folder / 'checkpoints'), History(folder / 'history.jsonl'),
            Samples(folder / 'samples', every, _scale(config)), TensorBoard(folder / 'events', pictures=every),
            LinearDecay(config['decay']), *_schedules(config), ProgressBar()]


def _loader(images, config):
    return data.batches(images, config['batch_size'], seed=config['seed'], labels=config.get('classes', 0) > 0)


def _schedules(config):
    """Instance noise fades out over the training: at its end D sees pictures as they are."""
    return [Schedule('noise', config['noise'])] if config.get('noise') else []


def total_steps(config, loader):
    """int: where a training ends, the first of ``config``'s steps and epochs that is reached."""
    goals = [config['steps'], config['epochs'] and config['epochs'] * len(loader)]
    return min(goal for goal in goals if goal)


def report(folder, trainer, config):
    """Write ``samples.png``, ``curves.png``, ``index.html`` and ``progress.gif`` into a run's folder; their paths by what they show."""
    folder = Path(folder)
    classes = config.get('classes', 0)
    images = latent.sample(trainer.generator(), 8 * classes or 64, seed=config['seed'] + 1)
    paths = {'samples': viz.save(viz.grid(images, ncol=classes or None, scale=_scale(config)), folder / 'samples.png')}
    history = viz.read_history(folder / 'history.jsonl')
    if history:
        title = f"{folder.name}: {config['data_name']}"
        levels = losses.equilibrium(trainer.game.loss, trainer.game.real_label)
        paths['curves'] = viz.save(viz.curves(history, title=title, equilibrium=levels), folder / 'curves.png')
    paths['page'] = page.write(folder)
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
