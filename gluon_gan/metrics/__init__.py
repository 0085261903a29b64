"""Measures of a GAN, and the features they are taken in."""
from . import probe as probe
from .activations import discriminator as discriminator
from .extractors import Extractor as Extractor, extract as extract, stream as stream
from .names import EXTRACTORS as EXTRACTORS, named as named
