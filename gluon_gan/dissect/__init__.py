"""Take a trained GAN apart: what each layer does, what a feature looks for, which maps draw an object, and whose pictures the generator's
are near to.

The room is named after GAN dissection (Bau et al. 2019, arXiv:1811.10597). Functions take callables and arrays: :func:`split` cuts a
network at a layer into two such. Each has a number that says whether it worked, and its file opens with the source and the formula.
"""
from .boxes import boxes as boxes, change as change, inside as inside, outlined as outlined
from .copies import Neighbours as Neighbours, closest as closest, distances_figure as distances_figure, nearest_training as nearest_training
from .filters import Ascent as Ascent, Exciting as Exciting, ascend as ascend, crops as crops, most_exciting as most_exciting
from .filters import receptive_field as receptive_field
from .guided import Strongest as Strongest, Structure as Structure, concentration as concentration, guided_backprop as guided_backprop, peaks as peaks
from .guided import pictures_of as pictures_of, strongest_features as strongest_features, structure as structure
from .histograms import Histogram as Histogram, activation_histograms as activation_histograms, histogram_figure as histogram_figure
from .histograms import weight_histograms as weight_histograms
from .stages import Chain as Chain, activations as activations, last_maps as last_maps, maps_of as maps_of, second_highest as second_highest
from .stages import split as split, stages as stages
from .windows import Evidence as Evidence, Forgotten as Forgotten, drop as drop, evidence as evidence, forgotten as forgotten, overlap as overlap
from .windows import strongest as strongest
