"""Checks of arguments."""
import numpy as np
import pytest

from gluon_gan.support.checks import number, whole_number


@pytest.mark.parametrize('value', [1, 7, np.int64(7), np.uint8(1)])
def test_whole_numbers_become_ints(value):
    assert whole_number('size', value) == value and type(whole_number('size', value)) is int


@pytest.mark.parametrize('value', [0, -1, 1.0, '1', True, None, float('nan')])
def test_other_values_are_not_whole_numbers(value):
    with pytest.raises(ValueError, match='size must be an int of at least 1, not ') as caught:
        whole_number('size', value)
    assert str(caught.value).endswith(repr(value))


@pytest.mark.parametrize('value', [0, 0.5, np.float32(0.25)])
def test_numbers_become_floats(value):
    result = number('share', value, 'at least 0 and less than 1', 0.0, 1.0)
    assert result == value and type(result) is float


@pytest.mark.parametrize('value', [-0.1, 1, 1.0, float('nan'), float('inf'), '0', True, None, 0j])
def test_numbers_out_of_range_and_other_values_are_refused(value):
    with pytest.raises(ValueError, match='share must be at least 0 and less than 1, not '):
        number('share', value, 'at least 0 and less than 1', 0.0, 1.0)
