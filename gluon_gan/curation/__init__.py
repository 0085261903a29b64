"""Curation: select the photographs of one subject from a scraped folder, and record the reason for every decision.

The subpackage is not called ``curate`` because its main function has that name: ``gluon_gan.curation.curate``.
"""
from .block_crops import crops as crops
from .block_crops import places as places
from .block_grid import Grid as Grid
from .block_grid import find_grid as find_grid
from .cropping import CropSummary as CropSummary
from .cropping import crop_folder as crop_folder
from .pipeline import Summary as Summary
from .pipeline import curate as curate
from .resnet import ResNetScorer as ResNetScorer
from .scorers import ExampleScorer as ExampleScorer
