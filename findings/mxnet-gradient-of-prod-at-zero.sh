#!/bin/sh
# mxnet 1.9.1. The gradient of prod() is NaN for every factor that is zero.
#
# What happens: nd.prod([2, 0, 5]) is 0, correctly. Its gradient with respect to the factors is [0, nan, 0]. The true one
# is [0, 10, 0], the products of the other factors. The backward pass divides the result by each factor, which is 0 / 0.
# Why a good guess is wrong: the product is a polynomial and has a gradient everywhere; NumPy-like libraries handle zeros
# (torch.prod does). The value that is printed is right, no warning appears, and zeros are common behind a ReLU, a
# one-hot vector or a mask. The NaN reaches every weight with the next update. Write the product of few factors out.
# Output seen:
#   prod [2, 0, 5] = 0.0, gradient [0.0, nan, 0.0]
#   a * b * c      = 0.0, gradient [0.0, 10.0, 0.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==1.23.5 mxnet==1.9.1
cat > "$folder/try.py" <<'P'
import warnings
warnings.filterwarnings('ignore')
import math
import mxnet as mx
from mxnet import autograd

found = []
for label, product in (('prod [2, 0, 5]', mx.nd.prod), ('a * b * c     ', lambda x: x[0] * x[1] * x[2])):
    x = mx.nd.array([2, 0, 5])
    x.attach_grad()
    with autograd.record():
        y = product(x)
    y.backward()
    found.append(x.grad.asnumpy().tolist())
    print(f'{label} = {y.asscalar()}, gradient {found[-1]}')
assert math.isnan(found[0][1]) and found[0][0] == found[0][2] == 0, 'prod has a gradient at zero now'
assert found[1] == [0, 10, 0]
P
"$folder/venv/bin/python" "$folder/try.py"
