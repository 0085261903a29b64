#!/bin/sh
# mxnet 1.9.1 (Gluon). `with autograd.train_mode():` inside hybrid_forward works until the block is hybridized, and then
# does nothing, without a word.
#
# What happens: a layer that wants batch normalisation by the statistics of its own input, in inference too (instance
# normalisation of one image), wraps the operator in autograd.train_mode(). Called imperatively, it normalises: the output
# has mean 0 and standard deviation 1. After hybridize(), the same call with the same weights returns the input unchanged,
# normalised by the initial running statistics (mean 0, variance 1).
# Why a good guess is wrong: hybridize() promises the same result, faster, and the context manager is plain Python around
# the operator. But the mode is no part of the traced graph. A cached graph runs in the mode of the call that starts it.
# The same holds for a file made by export(): it has to be run in training mode by hand.
# Output seen:
#   imperative  mean -0.00 std 1.00
#   hybridized  mean  5.02 std 2.99
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==1.23.5 mxnet==1.9.1
cat > "$folder/try.py" <<'P'
import warnings
warnings.filterwarnings('ignore')
import mxnet as mx
import numpy as np
from mxnet import autograd
from mxnet.gluon import HybridBlock


class Normalise(HybridBlock):
    def __init__(self, channels):
        super().__init__()
        with self.name_scope():
            for name, start in (('gamma', 1), ('beta', 0), ('mean', 0), ('variance', 1)):
                setattr(self, name, self.params.get(name, shape=(channels,), init=mx.init.Constant(start), grad_req='null'))

    def hybrid_forward(self, F, x, gamma, beta, mean, variance):
        with autograd.train_mode():
            return F.BatchNorm(x, gamma, beta, mean, variance, eps=1e-5, momentum=1, fix_gamma=True)


x = mx.nd.array(np.random.default_rng(0).normal(5, 3, (1, 4, 64, 64)))
net = Normalise(4)
net.initialize()
seen = {}
for how in ('imperative', 'hybridized'):
    if how == 'hybridized':
        net.hybridize()
    y = net(x).asnumpy()
    seen[how] = y.mean(), y.std()
    print(f'{how:11} mean {y.mean():5.2f} std {y.std():.2f}')
assert abs(seen['imperative'][0]) < 0.01 and abs(seen['imperative'][1] - 1) < 0.01
assert abs(seen['hybridized'][0] - 5) < 0.2 and abs(seen['hybridized'][1] - 3) < 0.2, 'hybridized blocks keep the mode now'
P
"$folder/venv/bin/python" "$folder/try.py"
