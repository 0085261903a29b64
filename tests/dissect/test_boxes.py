"""Boxes on samples: checked, drawn, and what changes in them."""
import numpy as np
import pytest
from gluon_gan import dissect


def test_outlined_draws_on_a_copy():
    pictures = np.zeros((2, 3, 8, 8), np.float32)
    drawn = dissect.outlined(pictures, [(1, 2, 3, 5, 7)])
    assert not pictures.any() and not drawn[0].any() and drawn[1, 0, 3, 2:5].tolist() == [1, 1, 1] and drawn[1, :, 4, 3].tolist() == [0, 0, 0]
    assert (drawn[1, 0] == 1).sum() == 2 * 3 + 2 * 4 - 4


@pytest.mark.parametrize('rows, message', [
    ([(0, 1, 1, 17, 5)], r'box 0 \(1, 1, 17, 5\) is outside of the picture'), ([(0, 1, 1, 5, 5), (0, 4, 4, 4, 8)], r'box 1 .* or empty'),
    ([(0, -1, 1, 5, 5)], 'outside'), ([(7, 1, 1, 5, 5)], 'box 0 is on sample 7: there are 2'), ([(0, 1, 1, 5)], 'rows of five numbers'), ([], 'at least one'),
    ([(0, 1.5, 1, 5, 5)], 'whole pixels'), ('abc', 'five numbers'), ([(0, 1, 1, 2, 2)], 'between the 2x2 locations')])
def test_boxes_that_will_not_do(rows, message):
    with pytest.raises(ValueError, match=message) as error:
        dissect.inside(rows, 2, 16, 2)
    assert '\n' not in str(error.value)


def test_change_inside_and_outside():
    before = np.zeros((3, 2, 8, 8), np.float32)
    after = before.copy()
    after[0, :, 2:4, 2:4], after[1], after[2] = 0.5, 0.1, 9
    assert dissect.change(before, after, [(0, 2, 2, 4, 4)]) == pytest.approx((0.5, 0))
    assert dissect.change(before, after, [(0, 2, 2, 4, 4), (1, 0, 0, 8, 8)])[1] == 0
