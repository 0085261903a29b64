"""Trained networks: those that ship with this package, and GluonCV's networks trained on ImageNet."""
from .shipped import DISCRIMINATOR_SUFFIX as DISCRIMINATOR_SUFFIX
from .shipped import FOLDER as FOLDER
from .shipped import discriminators as discriminators
from .shipped import load_discriminator as load_discriminator
from .shipped import load_generator as load_generator
from .shipped import names as names
from .shipped import pretrained as pretrained
from .shipped import pretrained_discriminator as pretrained_discriminator
from .shipped import save_discriminator as save_discriminator
from .shipped import save_generator as save_generator
