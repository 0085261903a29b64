"""Measures of a GAN, and the features they are taken in."""
from .discriminator import discriminator as discriminator
from .extractors import Extractor as Extractor, extract as extract, stream as stream
from .named import EXTRACTORS as EXTRACTORS, named as named
from .probe import PAPER as PAPER, few_labels as few_labels, all_labels as all_labels, probe as probe
