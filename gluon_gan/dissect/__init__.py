"""Inspect a trained GAN.

The subpackage shows the activations and weights of each layer, what a feature map responds to, which feature maps
produce an object, and how near generated images are to the training images.

The name comes from GAN dissection (Bau et al. 2019, arXiv:1811.10597). The functions take callables and arrays.
:func:`split` cuts a network at a layer into two callables. Every method comes with a number that measures its success,
and the docstring of its module gives the source and the formula.
"""
from ..support import renamed as _renamed
from .ablation import AblationEffect as AblationEffect
from .ablation import ObjectClassifier as ObjectClassifier
from .ablation import ablate as ablate
from .ablation import ablation_effect as ablation_effect
from .ablation import fit_object_classifier as fit_object_classifier
from .ablation import intersection_over_union as intersection_over_union
from .ablation import top_feature_maps as top_feature_maps
from .boxes import boxes as boxes
from .boxes import change as change
from .boxes import inside as inside
from .boxes import outlined as outlined
from .filters import ActivationMaximisation as ActivationMaximisation
from .filters import TopActivatingImages as TopActivatingImages
from .filters import activation_maximisation as activation_maximisation
from .filters import crops as crops
from .filters import receptive_field as receptive_field
from .filters import top_activating_images as top_activating_images
from .guided import PeakActivations as PeakActivations
from .guided import Structure as Structure
from .guided import concentration as concentration
from .guided import guided_backprop as guided_backprop
from .guided import peak_activations as peak_activations
from .guided import saliency_images as saliency_images
from .guided import strongest_features as strongest_features
from .guided import structure as structure
from .histograms import Histogram as Histogram
from .histograms import activation_histograms as activation_histograms
from .histograms import histogram_figure as histogram_figure
from .histograms import weight_histograms as weight_histograms
from .layers import Chain as Chain
from .layers import activations as activations
from .layers import feature_maps as feature_maps
from .layers import last_feature_layer as last_feature_layer
from .layers import layers as layers
from .layers import second_highest_layer as second_highest_layer
from .layers import split as split
from .nearest import Neighbours as Neighbours
from .nearest import closest as closest
from .nearest import distances_figure as distances_figure
from .nearest import nearest_training as nearest_training


def __getattr__(name):
    raise _renamed.attribute_error(__name__, name)
