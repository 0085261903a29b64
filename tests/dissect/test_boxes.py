"""Bounding boxes: validation, outlines, and the change inside them."""
import numpy as np
import pytest

from gluon_gan import dissect


def test_outlined_returns_a_copy_with_outlines():
    images = np.zeros((2, 3, 8, 8), np.float32)
    outlined = dissect.outlined(images, [(1, 2, 3, 5, 7)])
    assert not images.any() and not outlined[0].any()
    assert outlined[1, 0, 3, 2:5].tolist() == [1, 1, 1] and outlined[1, :, 4, 3].tolist() == [0, 0, 0]
    assert (outlined[1, 0] == 1).sum() == 2 * 3 + 2 * 4 - 4


@pytest.mark.parametrize('rows, message', [
    ([(0, 1, 1, 17, 5)], r'box 0 \(1, 1, 17, 5\) is empty or outside the image'),
    ([(0, 1, 1, 5, 5), (0, 4, 4, 4, 8)], 'box 1 .* is empty or'),
    ([(0, -1, 1, 5, 5)], 'outside'),
    ([(7, 1, 1, 5, 5)], 'box 0 is on sample 7, but the samples are 0 to 1'),
    ([(0, 1, 1, 5)], 'row of five numbers'),
    ([], 'at least one'),
    ([(0, 1.5, 1, 5, 5)], 'whole pixels'),
    ('abc', 'five numbers'),
    ([(0, 1, 1, 2, 2)], 'between the centres of the 2x2 locations')])
def test_invalid_boxes_are_named(rows, message):
    with pytest.raises(ValueError, match=message) as error:
        dissect.inside(rows, 2, 16, 2)
    assert '\n' not in str(error.value)


def test_change_inside_and_outside():
    before = np.zeros((3, 2, 8, 8), np.float32)
    after = before.copy()
    after[0, :, 2:4, 2:4], after[1], after[2] = 0.5, 0.1, 9
    assert dissect.change(before, after, [(0, 2, 2, 4, 4)]) == pytest.approx((0.5, 0))
    assert dissect.change(before, after, [(0, 2, 2, 4, 4), (1, 0, 0, 8, 8)])[1] == 0
