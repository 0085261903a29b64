"""The task of :mod:`gluon_gan.train.run` that has pictures made of pictures: settings, batches, networks and pictures of a translation."""
import mxnet as mx

from .. import data, presets, viz
from ..data import augment
from .discriminators import Critics
from .generators import Translators
from .sheet import Sheet, whole
from .trainer import SHOWN, CycleTrainer

TRAINER = CycleTrainer
GAME = dict(loss='least_squares', lr=2e-4, beta1=0.5, cycle=10.0, identity=0.5, pool=50, real_label=1.0, seed=0)
TRAINING = dict(GAME, a=None, b=None, decay=0.5, augment='none', blocks=None, halvings=None, ndf=None, channels=3)
NAMED = 'two_domains'        # --data two_domains --a A --b B; any other name is of a set that holds both


def base(preset, data_name):
    """The preset's name, 'cyclegan' by default, and what it says, completed by :data:`TRAINING`."""
    name = preset or 'cyclegan'
    own = dict(a=None, b=None) if data_name not in (None, NAMED) else {}      # the preset's domains are not those of another set
    return name, {**TRAINING, **presets.translation(name), **own}


def check(config):
    """ValueError for what cannot be begun, before anything is loaded."""
    augment.named(config['augment'])
    if config['data'] == NAMED and not (config['a'] and config['b']):
        raise ValueError(f'--data {NAMED} needs both domains: name them by --a and --b')
    if config['data'] != NAMED and (config['a'] or config['b']):
        raise ValueError(f"--a and --b are for --data {NAMED}, and {config['data']} holds both domains: leave them out")


def loader(config, cluster=None):
    """The pairs of batches of both domains."""
    if cluster:
        raise ValueError('a translation trains in one process: leave --workers out')
    return data.Pairs(domains(config), config['batch_size'], config['seed'], augment.named(config['augment']))


def domains(config, split='train'):
    """TwoDomains: what a config names, to train on or, where they have such, to test on."""
    if config['data'] != NAMED:
        return data.TwoDomains(*data.two_domains(config['data'], split, config['size']))
    return data.TwoDomains(*(data.domain(config[side], split, config['size']) for side in 'ab'))


def trainer(config, ctx=None, cluster=None):
    """A CycleTrainer with new networks."""
    netG = Translators(config['generator'], config['size'], config['channels'], config['ngf'], config['blocks'])
    netD = Critics(config['discriminator'], config['size'], config['channels'], config['ndf'], config['halvings'])
    return CycleTrainer(netG, netD, ctx=ctx, cluster=cluster, **{name: config[name] for name in GAME})


def schedules(config):
    """None but the learning rate's."""
    return []


def watchers(folder, config, loader, every, history):
    """The numbered pictures: one an epoch, or as often as grids are made where there is not even one epoch."""
    goals = [config['steps'], config['epochs'] and config['epochs'] * len(loader)]
    short = min(goal for goal in goals if goal) < 2 * len(loader)
    return [Sheet(folder / 'samples', every if short else None, scale(config))]


def report(folder, trainer, config):
    """dict: the paths of the final pictures, in a run's folder: there and back again, and the sheet of the run."""
    a, b = (pictures.as_in_context(trainer.ctx)[:SHOWN] for pictures in trainer.fixed)
    netG = trainer.generator()
    there, over = netG.ab(a), netG.ba(b)
    rows = mx.nd.concat(a, there, netG.ba(there), b, over, netG.ab(over), dim=0)
    paths = {'samples': viz.save(viz.grid(rows, ncol=len(a), scale=scale(config)), folder / 'samples.png')}
    sheet = whole(folder / 'samples')
    return {**paths, 'sheet': viz.save(sheet, folder / 'sheet.png')} if sheet else paths


def scale(config):
    """How much pictures are enlarged."""
    return max(1, 64 // config['size'])
