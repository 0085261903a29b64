"""Labels of a batch as an array on the device of its input."""
import mxnet as mx
import numpy as np
import pytest

from gluon_gan.support.labels import check_labels


@pytest.mark.parametrize('labels', [2, 2.0, [2, 2], np.array([2, 2]), mx.nd.array([2, 2])])
def test_numbers_become_an_array(labels):
    found = check_labels(labels, 3, mx.nd.zeros((2, 5)))
    assert isinstance(found, mx.nd.NDArray) and found.asnumpy().tolist() == [2, 2]


@pytest.mark.parametrize('labels, named', [(3, '3'), ([0, -1], '-1'), ([0, 1, 2], r'\(3,\)'),
                                           ('dog', "'dog'")])
def test_other_values_are_named(labels, named):
    with pytest.raises(ValueError, match=f'classes from 0 to 2, one for each of the 2 samples, not {named}'):
        check_labels(labels, 3, mx.nd.zeros((2, 5)))


def test_values_on_the_device_are_not_read_if_they_were_checked():
    assert check_labels(mx.nd.array([0, 9]), 3, mx.nd.zeros((2, 5)), values=False).shape == (2,)
