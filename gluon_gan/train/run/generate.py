"""The task of generating images from noise: the data, trainer, callbacks and final images of a GAN."""
from contextlib import nullcontext

from ... import catalogue, data, latent, presets, serving, viz
from ...data import augment
from ..callbacks import Schedule
from ..trainer import GANTrainer
from ..watch import scores
from . import source
from .gan_settings import GANSettings, different_classes

SETTINGS, TRAINER = GANSettings, GANTrainer
TRAINER_SETTINGS = (     # what GANTrainer takes under the same name
    'loss', 'real_label', 'swap_labels', 'flip', 'noise', 'feature_weight', 'features', 'feature_layer', 'diff_augment',
    'augment_target', 'lecam', 'reconstruction', 'freeze_d', 'penalty', 'gamma', 'penalty_every', 'lr', 'lrG', 'lrD',
    'beta1', 'average', 'd_steps', 'g_steps', 'clip', 'half', 'precision', 'seed')


def make_loader(settings, cluster=None):
    """The batches of the data set, folder or data server that ``settings.data`` names.

    Parameters
    ----------
    settings : GANSettings
    cluster : gluon_gan.distributed.Cluster, optional
        Each worker gets its own part of every batch.

    Returns
    -------
    gluon_gan.data.Batches or gluon_gan.serving.Remote

    Raises
    ------
    ValueError
        If the data do not exist, do not fit the networks, or have no labels that the networks need.
    """
    part = dict(part=cluster.rank, parts=cluster.workers) if cluster else {}
    name, conditional = settings.data, settings.classes != 0
    if name.startswith(('http://', 'https://')):
        if conditional:
            raise ValueError(f'{name} serves no labels, which a preset with classes needs: use a data set or a folder '
                             'with a subfolder per class')
        loader = serving.remote(name, settings.batch_size, seed=settings.seed, augment=settings.augment, **part)
    else:
        with cluster.worker_0_first() if cluster else nullcontext():      # the others find what it has downloaded
            images = catalogue.load(name, settings.channels, size=settings.size)
        if conditional and images.labels is None:
            raise ValueError(f'{images.name} has no classes, and the networks are to be conditioned on them: use a '
                             'folder with a subfolder for each class, or --classes 0')
        loader = data.batches(images, settings.batch_size, seed=settings.seed, augment=augment.named(settings.augment),
                              labels=conditional, **part)
        # Runs of earlier versions may have fewer classes in the data than in the networks, and can be resumed.
        if conditional and settings.classes is not None and images.class_count > settings.classes:
            raise ValueError(different_classes(images, settings.classes))
    if settings.channels not in (None, loader.images.channels):
        raise ValueError(f'{loader.images.name} has images of {loader.images.channels} channels, not '
                         f'{settings.channels}: serve other images, or start a new run without --channels')
    if loader.images.size != settings.size:
        raise ValueError(f'{loader.images.name} is {loader.images.size} pixels wide, and the networks are for '
                         f'{settings.size}: set --size')
    return loader


def make_trainer(settings, ctx=None, cluster=None):
    """A GANTrainer with new networks, or with those that ``settings.start_from`` names."""
    given = settings.select(*presets.SETTINGS_G, *presets.SETTINGS_D)
    networks = presets.build(settings.preset, **{name: value for name, value in given.items() if value is not None})
    trainer = GANTrainer(*networks, ctx=ctx, cluster=cluster, **settings.select(*TRAINER_SETTINGS))
    if settings.start_from is not None:
        source.start_from(trainer, settings.start_from)
    return trainer


def schedules(settings):
    """list of Callback: the instance noise decreases to zero, so that D sees unchanged images at the end."""
    return [Schedule('noise', settings.noise)] if settings.noise else []


def recorded(settings, loader):
    """list of str: the names that :func:`recorders` adds to the history; raises its errors, but computes nothing."""
    if not settings.score:
        return []
    if not isinstance(loader.images, data.ImageArray):
        raise ValueError(f'score={settings.score!r} needs the training images, and {loader.images.name} comes from a '
                         'server: omit the score, or use local data')
    try:
        return [scores.name_of(loader.images, settings.score), 'score_s']
    except ValueError as error:
        raise ValueError(f'--score {settings.score} does not fit {loader.images.name}: {error}') from error


def recorders(folder, settings, loader, every, history):
    """The callbacks that only this task has, which come before the history.

    Parameters
    ----------
    folder : pathlib.Path
    settings : GANSettings
    loader : gluon_gan.data.Batches
    every : int
        Steps between two sample grids.
    history : History

    Returns
    -------
    list of Callback
        The score that the settings ask for, as often as sample grids are written, at steps that the history records.

    Raises
    ------
    ValueError
        If there is a score and the data come from a server.
    """
    if not recorded(settings, loader):
        return []
    return [scores.Scores(loader.images, settings.score, every=history.every * max(1, every // history.every))]


def final_images(folder, trainer, settings):
    """dict of pathlib.Path: the images that are written at the end of a run, by what they show."""
    classes = settings.classes
    images = latent.sample(trainer.generator(), 8 * classes or 64, seed=settings.seed + 1)
    grid = viz.grid(images, ncol=classes or None, scale=pixel_scale(settings))
    return {'samples': viz.save(grid, folder / 'samples.png')}


def pixel_scale(settings):
    """int: how many times each pixel is repeated in sample grids, since a digit of 28 px is small on a screen."""
    return max(1, 64 // settings.size)
