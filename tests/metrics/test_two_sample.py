"""1-NN two-sample accuracy: examples computed by hand, and each row of the table in the docstring."""
import numpy as np
import pytest

from gluon_gan.metrics import two_sample_accuracy


def test_examples_computed_by_hand():
    # 0 and 1 are nearest to each other, as are 9 and 9.5; 5 is nearest to a fake, and 5.5 to a real.
    assert two_sample_accuracy([[0.0], [1], [5]], [[5.5], [9], [9.5]]) == (pytest.approx(2 / 3), 2 / 3, 2 / 3)
    assert two_sample_accuracy([[0.0], [2]], [[1.0], [3]]) == (0, 0, 0)
    assert two_sample_accuracy([[0.0], [2]], [[-2.0], [4]]) == (0.25, 0.5, 0)                   # ties count as one half


def test_the_table_of_the_docstring():
    rng = np.random.default_rng(0)
    real, other = rng.standard_normal((2, 1000, 16))
    equal = two_sample_accuracy(real, other)
    assert equal == pytest.approx([0.5] * 3, abs=0.06) and equal.overall == pytest.approx(np.mean(equal[1:]))
    assert two_sample_accuracy(real, other + 10) == (1, 1, 1)
    copied = two_sample_accuracy(real, real + 0.01 * other)
    assert max(copied) < 0.01
    collapsed = two_sample_accuracy(real, 0.6 * other)
    assert collapsed.real < 0.4 and collapsed.fake > 0.95
    wide = two_sample_accuracy(real, 1.5 * other)
    assert wide.real > 0.85 and wide.fake < 0.4


def test_against_itself_every_row_has_a_copy():
    rows = np.random.default_rng(0).standard_normal((50, 4))
    assert two_sample_accuracy(rows, rows[::-1]) == (0, 0, 0)
    assert two_sample_accuracy(np.ones((5, 4)), np.ones((5, 4))) == (0.5, 0.5, 0.5)


def test_counts_must_be_equal():
    with pytest.raises(ValueError, match='real has 4 rows and fake has 3: use 3 of each, or chance would not be 0.5'):
        two_sample_accuracy(np.ones((4, 2)), np.ones((3, 2)))
