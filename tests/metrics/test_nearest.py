"""Distances to the nearest image, and the test for memorisation."""
import numpy as np
import pytest

from gluon_gan.metrics import memorisation, nearest_distances

TRAINING, HELD_OUT, OTHER = np.random.default_rng(0).standard_normal((3, 1000, 8))


def test_distances_computed_by_hand():
    result = nearest_distances([[0.0, 0], [3, 3]], [[9.0, 9], [3, 7], [0, -1]])
    assert result.distances.tolist() == [1, 4] and result.indices.tolist() == [2, 1]
    assert nearest_distances(TRAINING[5:6], TRAINING[5:6]).distances == 0


def test_distances_decrease_with_the_number_of_references():
    """The paper's log: distances from real images to the nearest of more and more generated ones."""
    means = [nearest_distances(HELD_OUT, OTHER[:count]).distances.mean() for count in (10, 100, 1000)]
    assert means[0] > means[1] > means[2]


def test_memorisation_computed_by_hand():
    training, held_out = [[0.0], [100]], [[1.0], [2], [3], [96]]                    # distances 1, 2, 3, 4
    result = memorisation([[0.0], [2.2], [3], [200]], training, held_out)           # 0, 2.2, 3, 100
    assert result.copies == 0.25 and result.below_percentile == 0.25 and result.below_median == 0.5
    assert result.auc == pytest.approx((4 + 2 + 1.5 + 0) / 16)


def test_unseen_real_images_have_the_expected_values():
    result = memorisation(OTHER, TRAINING, HELD_OUT)
    assert result == pytest.approx((0, 0.01, 0.5, 0.5), abs=0.04)


def test_copies_are_detected():
    assert memorisation(TRAINING[::-1], TRAINING, HELD_OUT) == (1, 1, 1, 1)
    near = memorisation(TRAINING + 0.01 * OTHER, TRAINING, HELD_OUT)
    assert near.copies == 0 and min(near[1:]) > 0.999
    rounded = TRAINING * (1 + 1e-7 * np.sign(OTHER[:len(TRAINING)]))
    assert memorisation(rounded, TRAINING, HELD_OUT).copies == 1
    few = memorisation(np.concatenate([TRAINING[:50], OTHER[50:]]), TRAINING, HELD_OUT)
    assert few.copies == 0.05 and few.below_percentile > 0.05 and few.auc < 0.6


def test_unrealistic_images_do_not_count_as_memorised():
    assert memorisation(OTHER + 10, TRAINING, HELD_OUT) == (0, 0, 0, 0)


def test_blur_cannot_be_distinguished_from_memorisation():
    assert memorisation(0.5 * OTHER, TRAINING, HELD_OUT).auc > 0.8                  # as the docstring warns


def test_invalid_features_are_rejected():
    bad = HELD_OUT.copy()
    bad[7, 0] = np.nan
    with pytest.raises(ValueError, match=r'^held_out\[7\] contains nan'):
        memorisation(OTHER, TRAINING, bad)
    with pytest.raises(ValueError, match='held_out has 3 features per row and training has 8'):
        memorisation(OTHER, TRAINING, HELD_OUT[:, :3])
    with pytest.raises(ValueError, match='queries has 8 features per row and references has 3'):
        nearest_distances(OTHER, TRAINING[:, :3])
