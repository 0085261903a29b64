"""Image to image: two domains, two generators that undo each other, two discriminators; the engine is :mod:`gluon_gan.train`'s."""
from .discriminators import Critics as Critics, PatchDiscriminator as PatchDiscriminator, SingleDiscriminator as SingleDiscriminator
from .generators import DreamGenerator as DreamGenerator, ResNetGenerator as ResNetGenerator, Translators as Translators
from .layers import InstanceNorm as InstanceNorm
from .measures import Translation as Translation, measure as measure, table as table
from .pool import Pool as Pool
from .sheet import Sheet as Sheet
from .source import pretrained as pretrained, translators as translators
from .trainer import CycleTrainer as CycleTrainer
