"""The task of translating between two domains: the data, trainer, callbacks and final images of a translation.

:mod:`gluon_gan.train.run.settings` lists what the module of a task must have.
"""
import mxnet as mx

from .. import catalogue, data, viz
from ..data import augment
from .discriminators import Critics
from .generators import Translators
from .settings import NAMED_DOMAINS, TranslationSettings
from .sheet import Sheet, contact_sheet
from .trainer import SHOWN, CycleTrainer

SETTINGS, TRAINER = TranslationSettings, CycleTrainer
TRAINER_SETTINGS = ('loss', 'lr', 'beta1', 'cycle', 'identity', 'pool', 'real_label', 'precision', 'seed')


def make_loader(settings, cluster=None):
    """Batches of pairs, one image of each domain.

    Raises
    ------
    ValueError
        If there is a cluster, or a domain does not exist.
    """
    if cluster:
        raise ValueError('a translation trains in one process: leave --workers out')
    return data.Pairs(domains(settings), settings.batch_size, settings.seed, augment.named(settings.augment))


def domains(settings, split='train'):
    """The two domains that the settings name.

    Parameters
    ----------
    settings : TranslationSettings
    split : str
        'train' or 'test'.

    Returns
    -------
    TwoDomains
    """
    if settings.data != NAMED_DOMAINS:
        return data.TwoDomains(*data.two_domains(settings.data, split, settings.size,
                                                  channels=settings.channels))
    return data.TwoDomains(*(catalogue.domain(name, split, settings.size, settings.channels)
                             for name in (settings.a, settings.b)))


def make_trainer(settings, ctx=None, cluster=None):
    """A CycleTrainer with new networks."""
    channels = settings.channels or 3            # a run has set them to those of its data
    netG = Translators(settings.generator, settings.size, channels, settings.ngf, settings.blocks)
    netD = Critics(settings.discriminator, settings.size, channels, settings.ndf, settings.halvings)
    return CycleTrainer(netG, netD, ctx=ctx, cluster=cluster, **settings.select(*TRAINER_SETTINGS))


def schedules(settings):
    """list of Callback: empty, since only the learning rate follows a schedule."""
    return []


def recorded(settings, loader):
    """list of str: empty, since the callbacks of this task add nothing to the history."""
    return []


def recorders(folder, settings, loader, every, history):
    """list of Callback: the numbered translations, one per epoch; every ``every`` steps if there are less than two."""
    short = settings.total_steps(len(loader)) < 2 * len(loader)
    return [Sheet(folder / 'samples', every if short else None, pixel_scale(settings))]


def final_images(folder, trainer, settings):
    """The images that are written at the end of a run.

    Returns
    -------
    dict of pathlib.Path
        ``samples``: images of A, their translations and the way back, and the same for B; ``sheet``: how the
        translations changed during the run, if any were recorded.
    """
    a, b = (images.as_in_context(trainer.ctx)[:SHOWN] for images in trainer.fixed)
    netG = trainer.generator()
    to_b, to_a = netG.ab(a), netG.ba(b)
    rows = mx.nd.concat(a, to_b, netG.ba(to_b), b, to_a, netG.ab(to_a), dim=0)
    grid = viz.grid(rows, ncol=len(a), scale=pixel_scale(settings))
    paths = {'samples': viz.save(grid, folder / 'samples.png')}
    sheet = contact_sheet(folder / 'samples')
    return {**paths, 'sheet': viz.save(sheet, folder / 'sheet.png')} if sheet else paths


def pixel_scale(settings):
    """int: how many times each pixel is repeated in sample grids."""
    return max(1, 64 // settings.size)
