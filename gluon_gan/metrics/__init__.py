"""Measure a GAN: the field's measures of two sets of features, who makes the features, and the protocol that puts both together.

:func:`evaluate` takes all of them, of a generator and real pictures. Each by itself takes features ``(N, d)``, a row for each picture, of
any float dtype, computes in float64 and knows no network. Each file opens with its paper and its formula. What a number means depends on
who made the features (:func:`named`), on the counts and on the resolution: a score without these is none. Rows
have to be drawn at random: MNIST's stand in the order of their writers, and its first 2,000 against the next 2,000 can be told apart
(1-NN 0.59; shuffled 0.48).

========================================= ============ ==================================================================
                                          better       shows
========================================= ============ ==================================================================
:func:`frechet_distance`                  less         blur, noise, missing modes, in mean and covariance
:func:`kernel_distance`                   less         the same and skewness; unbiased, with its standard error
:func:`precision_recall`                  more         pictures that are broken; kinds that are missing
:func:`density_coverage`                  more         the same, and forgives outliers
:func:`inception_score`                   more         unclear pictures; missing classes
:func:`two_sample_accuracy`               near 0.5     whether real and fake can be told apart; copies
:func:`memorisation`                      near 0.5     training pictures learned by heart
:func:`nearest_distances`                 see there    which picture is nearest, and how near
:func:`sample_classifier_error`           less         wrong or missing classes of a conditional generator
========================================= ============ ==================================================================
"""
from . import probe as probe
from .activations import discriminator as discriminator
from .density_coverage import DensityCoverage as DensityCoverage
from .density_coverage import density_coverage as density_coverage
from .extractors import Extractor as Extractor, extract as extract, stream as stream
from .frechet import frechet_distance as frechet_distance
from .imagenet import NETWORKS as NETWORKS
from .inception_score import InceptionScore as InceptionScore
from .inception_score import inception_score as inception_score
from .judge import FaceJudge as FaceJudge, Judged as Judged, face_judge as face_judge
from .kernel import KernelDistance as KernelDistance
from .kernel import KernelSubsets as KernelSubsets
from .kernel import kernel_distance as kernel_distance
from .kernel import kernel_distance_subsets as kernel_distance_subsets
from .names import EXTRACTORS as EXTRACTORS, named as named
from .nearest import Memorisation as Memorisation
from .nearest import Nearest as Nearest
from .nearest import memorisation as memorisation
from .nearest import nearest_distances as nearest_distances
from .precision_recall import PrecisionRecall as PrecisionRecall
from .precision_recall import precision_recall as precision_recall
from .protocol import Report as Report, Score as Score, evaluate as evaluate, short as short
from .sample_classifier import sample_classifier_error as sample_classifier_error
from .stats import FeatureStats as FeatureStats
from .two_sample import TwoSample as TwoSample
from .two_sample import two_sample_accuracy as two_sample_accuracy
