"""The task of :mod:`.run` that has noise made into pictures: the settings, batches, networks and pictures of a DCGAN."""
from contextlib import nullcontext

from .. import data, latent, presets, viz
from ..data import augment
from .callbacks import Schedule
from .scores import Scores
from .trainer import GANTrainer

GAME = dict(loss='nonsaturating', real_label=1.0, swap_labels=False, flip=0.0, noise=0.0, feature_weight=None, features='means',
            feature_layer=-1, diff_augment='none')
PLAY = dict(lr=2e-4, lrG=None, lrD=None, beta1=0.5, average=0.999, d_steps=1, g_steps=1, clip=None, half=False, seed=0)
TRAINING = dict(GAME, **PLAY, decay=1, classes=0, norm='batch', augment='none', score=None)
TRAINER = GANTrainer


def base(preset, data_name):
    """The preset's name, and what it says, completed by :data:`TRAINING`.

    With a preset or data the other has the same name; with neither both are 'mnist'. Data that has no preset of its name takes
    that of 'celeba'.
    """
    name = preset or (data_name if data_name in presets.PRESETS else 'celeba' if data_name else 'mnist')
    return name, {**TRAINING, **presets.preset(name)}


def check(config):
    """ValueError for a setting that only batches would refuse."""
    augment.named(config['augment'])


def loader(config, cluster):
    """The batches of the data set, folder or data server that ``config['data']`` names."""
    part = dict(part=cluster.rank, parts=cluster.workers) if cluster else {}
    name, change, told = config['data'], config.get('augment', 'none'), config.get('classes', 0) > 0     # older runs augment nothing
    if name.startswith(('http://', 'https://')):
        if told:
            raise ValueError(f'{name} serves no labels, which a preset with classes needs: take a data set or a folder of classes')
        loader = data.remote(name, config['batch_size'], seed=config['seed'], augment=change, **part)
    else:
        with cluster.first_alone() if cluster else nullcontext():      # what it downloads, the others find
            images = data.load(name, size=config['size'])
        loader = data.batches(images, config['batch_size'], seed=config['seed'], augment=augment.named(change), labels=told, **part)
    if loader.images.size != config['size']:
        raise ValueError(f"{loader.images.name} is {loader.images.size} pixels wide, and the networks are for {config['size']}: set --size")
    return loader


def trainer(config, ctx=None, cluster=None):
    """A GANTrainer with new networks."""
    netG, netD = presets.build(config['preset'], **{name: config[name] for name in (*presets.SETTINGS_G, *presets.SETTINGS_D)})
    return GANTrainer(netG, netD, ctx=ctx, cluster=cluster, **{name: config[name] for name in (*GAME, *PLAY)})


def schedules(config):
    """Instance noise fades out over the training: at its end D sees pictures as they are."""
    return [Schedule('noise', config['noise'])] if config.get('noise') else []


def watchers(folder, config, loader, every, history):
    """The metric that was asked for, as often as grids are made, in steps that the history records."""
    if not config.get('score'):
        return []
    if not isinstance(loader.images, data.ImageArray):
        raise ValueError(f"score={config['score']!r} needs the pictures themselves, and {loader.images.name} is served: leave it out")
    return [Scores(loader.images, config['score'], every=history.every * max(1, every // history.every))]


def report(folder, trainer, config):
    """dict: the paths of the final pictures, in a run's folder."""
    classes = config.get('classes', 0)
    images = latent.sample(trainer.generator(), 8 * classes or 64, seed=config['seed'] + 1)
    return {'samples': viz.save(viz.grid(images, ncol=classes or None, scale=scale(config)), folder / 'samples.png')}


def scale(config):
    """How much pictures are enlarged: a digit of 28 px is small on a screen."""
    return max(1, 64 // config['size'])
