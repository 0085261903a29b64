"""Self-training on a corpus without labels, with features that are sampled from Gaussians."""
import numpy as np
import pytest

from gluon_gan.curation.scorers import Regression
from gluon_gan.curation.self_training import MOST, SelfTraining

SHIFT = 1.2          # how far the corpus has moved from the examples, along a feature that distinguishes the classes


def sampled(rng, count, wanted, shift=0.0):
    """Two groups of features of images of one class."""
    first = rng.normal(0.0, 1.0, (count, 6))
    first[:, 0] += (2.0 if wanted else -2.0) - shift
    second = rng.normal(0.0, 1.0, (count, 20))
    second[:, :5] += 1.0 if wanted else -1.0
    return [first.astype(np.float32), second.astype(np.float32)]


def joined(*parts):
    return [np.concatenate(group) for group in zip(*parts)]


@pytest.fixture(scope='module')
def examples():
    rng = np.random.default_rng(0)
    return joined(sampled(rng, 20, True), sampled(rng, 20, False)), np.repeat([1, 0], 20)


def corpus(wanted, others, shift=SHIFT, seed=1):
    rng = np.random.default_rng(seed)
    return joined(sampled(rng, wanted, True, shift), sampled(rng, others, False, shift))


def test_more_of_a_shifted_corpus_is_found_and_no_more_errors(examples):
    groups, unseen = corpus(150, 150), corpus(200, 200, seed=2)
    adapted, regression = SelfTraining(*examples, groups), Regression(*examples)
    before, after = (model(unseen) >= 0.8 for model in (regression, adapted))
    assert adapted.added > 150
    assert after[:200].mean() > before[:200].mean() + 0.05 and after[200:].mean() < 0.02


def test_the_number_of_further_examples_is_bounded(examples):
    assert SelfTraining(*examples, corpus(600, 600)).added == 2 * MOST


@pytest.mark.parametrize('wanted, others', [(0, 200), (10, 190), (200, 0)])
def test_a_corpus_of_nearly_one_class_gives_no_further_examples(examples, wanted, others):
    adapted = SelfTraining(*examples, corpus(wanted, others, shift=0))
    assert adapted.added == 0
    unseen = adapted(corpus(100, 100, shift=0, seed=3))
    assert (unseen[:100, None] > unseen[100:]).mean() > 0.95 and (unseen[:100] >= 0.5).mean() > 0.9


def test_the_same_corpus_gives_the_same_scores(examples):
    groups, unseen = corpus(80, 80), corpus(50, 50, seed=4)
    one, other = (SelfTraining(*examples, groups)(unseen) for _ in range(2))
    assert (one == other).all() and one.shape == (100,) and 0 <= one.min() and one.max() <= 1
