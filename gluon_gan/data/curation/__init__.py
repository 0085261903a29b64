"""Curation: out of many scraped photographs those of one subject, with a record of why.

The room is not called `curate`, since the function has that name: ``gluon_gan.data.curate``.
"""
from .resnet import ResNetScorer as ResNetScorer
from .run import Summary as Summary, curate as curate
from .scorers import ExampleScorer as ExampleScorer
