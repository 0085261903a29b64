"""Curation: select the photographs of one subject from a scraped folder, and record the reason for every decision.

The subpackage is not called ``curate`` because its main function has that name: ``gluon_gan.curation.curate``.
"""
from .pipeline import Summary as Summary
from .pipeline import curate as curate
from .resnet import ResNetScorer as ResNetScorer
from .scorers import ExampleScorer as ExampleScorer
