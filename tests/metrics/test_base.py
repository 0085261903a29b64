"""The base class of extractors: the images it rejects, and the check of what an extractor returns."""
import mxnet as mx
import numpy as np
import pytest

from gluon_gan import metrics
from gluon_gan.metrics.base import as_features


@pytest.mark.parametrize('name, shape, message', [
    ('lenet', (1, 3, 32, 32), 'lenet takes images with 1 channel and size 28x28, not 3 channels and size 32x32'),
    ('lenet', (1, 1, 32, 32), 'not 1 channel and size 32x32'),
    ('pixels', (1, 2, 8, 8), 'pixels takes images with 1 or 3 channels and any size, not 2 channels and size 8x8'),
    ('pixels8', (3, 8, 8), 'must be images .* not .3, 8, 8. float32')])
def test_other_shapes_are_rejected_in_one_line(name, shape, message):
    with pytest.raises(ValueError, match=message) as caught:
        metrics.extract(name, [mx.nd.zeros(shape)])
    assert '\n' not in str(caught.value)


def test_features_are_flattened_rows_of_float32():
    features = as_features(mx.nd.ones((3, 2, 2)), 3, metrics.named('pixels'))
    assert features.shape == (3, 4) and features.dtype == np.float32
    for returned in (np.ones((2, 4)), np.ones(3), np.full((3, 1), 'a')):
        with pytest.raises(ValueError, match=r'^pixels returned .* for 3 images: it must return numbers \(3, d\)'):
            as_features(returned, 3, metrics.named('pixels'))
