"""1-NN trained on generated samples and tested on real ones."""
import numpy as np
import pytest

from gluon_gan.metrics import sample_classifier_error


def test_examples_computed_by_hand():
    fake, labels = [[0.0], [10], [20]], ['a', 'b', 'c']
    assert sample_classifier_error(fake, labels, [[1.0], [9], [19], [14]], ['a', 'b', 'c', 'c']) == 0.25
    assert sample_classifier_error(fake, labels, [[1.0]], ['a']) == 0


def test_wrong_and_missing_classes_raise_the_error():
    rng = np.random.default_rng(0)
    classes = np.arange(600) % 3
    real, fake = (rng.standard_normal((600, 5)) + 8 * np.eye(3, 5)[classes] for _ in range(2))
    assert sample_classifier_error(fake, classes, real, classes) < 0.01
    assert sample_classifier_error(fake, rng.permutation(classes), real, classes) == pytest.approx(2 / 3, abs=0.06)
    known = classes < 2
    assert sample_classifier_error(fake[known], classes[known], real, classes) == pytest.approx(1 / 3, abs=0.01)


def test_invalid_labels_and_features_are_rejected():
    message = r'real_labels must have one label for each of the 2 rows of real, not the shape \(3,\)'
    with pytest.raises(ValueError, match=message):
        sample_classifier_error(np.ones((2, 2)), [0, 1], np.ones((2, 2)), [0, 1, 2])
    with pytest.raises(ValueError, match='fake has 3 features per row and real has 2'):
        sample_classifier_error(np.ones((2, 3)), [0, 1], np.ones((2, 2)), [0, 1])
