"""Measures of the quality of a generator, the feature extractors they rely on, and the protocol of an evaluation.

:func:`evaluate` computes all measures of a generator against real images. Each measure can also be called on its own.
It takes arrays of features ``(N, d)``, one row per image, of any float dtype, and computes in float64. It does not
depend on how the features were obtained; :func:`named` provides extractors. The module of each measure begins with
its source and its formula.

A score depends on the extractor, on the numbers of images and on their resolution, and should never be reported
without them. Rows must be sampled at random. MNIST, for example, is sorted by writer: a nearest neighbour
distinguishes its first 2,000 images from the next 2,000 with an accuracy of 0.59, against 0.48 after shuffling.

=============================== ========== =============================================================================
Measure                         Better     Detects
=============================== ========== =============================================================================
:func:`frechet_distance`        lower      blur, noise and missing modes, as far as they change mean and covariance
:func:`kernel_distance`         lower      the same and skewness; unbiased, with its standard error
:func:`precision_recall`        higher     unrealistic images (precision); missing modes (recall)
:func:`density_coverage`        higher     the same, robust to outliers
:func:`inception_score`         higher     images of no clear class; missing classes
:func:`two_sample_accuracy`     about 0.5  any difference between real and generated images; copies
:func:`memorisation`            about 0.5  memorised training images
:func:`nearest_distances`       see there  the nearest image to each, and its distance
:func:`reproduction`            see there  the training image that each image is most like, shifted or mirrored
:func:`sample_classifier_error` lower      wrong or missing classes of a conditional generator
:func:`quilt_measures`          see there  of synthetic quilts: missing blocks, unclear blocks, crooked seams
=============================== ========== =============================================================================
"""
from ..support.renamed import attribute_error as _attribute_error
from . import probe as probe
from .activations import discriminator as discriminator
from .attribute_classifier import AttributePredictions as AttributePredictions
from .attribute_classifier import FaceAttributeClassifier as FaceAttributeClassifier
from .attribute_classifier import face_attribute_classifier as face_attribute_classifier
from .base import Extractor as Extractor
from .density_coverage import DensityCoverage as DensityCoverage
from .density_coverage import density_coverage as density_coverage
from .extractors import EXTRACTORS as EXTRACTORS
from .extractors import extract as extract
from .extractors import named as named
from .extractors import stream as stream
from .frechet import frechet_distance as frechet_distance
from .imagenet import NETWORKS as NETWORKS
from .inception_score import InceptionScore as InceptionScore
from .inception_score import inception_score as inception_score
from .kernel import KernelDistance as KernelDistance
from .kernel import KernelSubsets as KernelSubsets
from .kernel import kernel_distance as kernel_distance
from .kernel import kernel_distance_subsets as kernel_distance_subsets
from .nearest import Memorisation as Memorisation
from .nearest import Nearest as Nearest
from .nearest import memorisation as memorisation
from .nearest import nearest_distances as nearest_distances
from .precision_recall import PrecisionRecall as PrecisionRecall
from .precision_recall import precision_recall as precision_recall
from .protocol import Report as Report
from .protocol import Score as Score
from .protocol import evaluate as evaluate
from .protocol import short as short
from .quilt_classifier import QuiltPatternClassifier as QuiltPatternClassifier
from .quilt_measures import QuiltMeasures as QuiltMeasures
from .quilt_measures import quilt_measures as quilt_measures
from .quilt_measures import straightness as straightness
from .reproduction import Reproduction as Reproduction
from .reproduction import reproduction as reproduction
from .sample_classifier import sample_classifier_error as sample_classifier_error
from .stats import FeatureStats as FeatureStats
from .two_sample import TwoSample as TwoSample
from .two_sample import two_sample_accuracy as two_sample_accuracy


def __getattr__(name):
    raise _attribute_error(__name__, name)
