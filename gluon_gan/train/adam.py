"""Adam (Kingma and Ba 2015, arXiv:1412.6980) with one operator for all of a network's small parameters.

``mx.optimizer.Adam`` launches one operator for each parameter, and most parameters of a DCGAN are vectors of batch normalisations, for
which the launch costs more than the arithmetic.
"""
import math

import mxnet as mx

SMALL = 4096    # elements; MXNet's joint operator walks all tensors in step and is slower than one launch each for big ones
TOGETHER = 45   # tensors that its multi-tensor operators take at most (LAMB's limit in MXNet itself)


class Adam(mx.optimizer.Adam):
    """Like ``mx.optimizer.Adam``, to the last digits, with the same state: ``(mean, variance)`` for each parameter.

    Without weight decay the joint operator, that of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), computes Adam.
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.aggregate_num = TOGETHER

    def update_multi_precision(self, index, weight, grad, state):
        """One parameter, or several in sequences of the same length; called by Gluon's updater."""
        if not isinstance(index, (tuple, list)):
            return super().update_multi_precision(index, weight, grad, state)
        together = []
        for row in zip(index, weight, grad, state):
            if self._joins(*row):
                together.append(row)
            else:
                super().update_multi_precision(*row)
        if together:
            self._update_together(*zip(*together))

    def _joins(self, index, weight, grad, state):
        return (weight.size <= SMALL and weight.dtype == 'float32' and grad.stype == 'default'
                and not self._get_wd(index) and not self.clip_gradient)

    def _update_together(self, index, weight, grad, state):
        rates = []
        for one in index:
            self._update_count(one)
            t = self._index_update_count[one]
            rates.append(self._get_lr(one) * math.sqrt(1 - self.beta2 ** t) / (1 - self.beta1 ** t))
        mean, variance = zip(*state)
        mx.nd.contrib.multi_adamw_update(
            weight, grad, mean, variance, self.rescale_grad, out=weight, lrs=rates, wds=[0] * len(rates), etas=[1] * len(rates),
            beta1=self.beta1, beta2=self.beta2, epsilon=self.epsilon)
