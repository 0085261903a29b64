"""Small domains and small networks for the tests of translations."""
import mxnet as mx
import numpy as np

import gluon_gan as gg
from gluon_gan.data import ImageArray, Pairs, TwoDomains
from gluon_gan.translate import Critics, CycleTrainer, Translators

SIZE = 16


def images(count, least, most, seed, name='images', channels=3):
    rng = np.random.default_rng(seed)
    return ImageArray(rng.integers(least, most, (count, SIZE, SIZE, channels), dtype=np.uint8), name)


def domains(count_a=7, count_b=5):
    """A domain of dark noise and a domain of light noise, of different sizes."""
    return TwoDomains(images(count_a, 0, 100, 0, 'dark'), images(count_b, 150, 256, 1, 'light'))


def loader(batch_size=1, **counts):
    return Pairs(domains(**counts), batch_size, seed=3)


def trainer(seed=0, **options):
    gg.seed(seed)
    netG, netD = Translators('resnet', SIZE, 3, ngf=2, blocks=1), Critics('patch', SIZE, 3, ndf=2, halvings=1)
    return CycleTrainer(netG, netD, **{'ctx': mx.cpu(), **options})
