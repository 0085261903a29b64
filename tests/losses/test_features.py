"""The distances of feature matching equal values computed by hand."""
import mxnet as mx
import numpy as np

from gluon_gan import losses


def test_feature_losses_by_hand():
    """Means (1, 2) and (0, 4): 1 + 4 = 5, for both samples. Pairs: (0, 1) to (0, 4): 9; (2, 3) to (0, 4): 4 + 1 = 5."""
    real = mx.nd.array([[0, 1], [2, 3]]).reshape((2, 2, 1, 1))
    fake = mx.nd.array([[0, 4], [0, 4]]).reshape((2, 2, 1, 1))
    np.testing.assert_allclose(losses.FeatureMeans()(real, fake).asnumpy(), [5, 5])
    np.testing.assert_allclose(losses.FeaturePairs()(real, fake).asnumpy(), [9, 5])
