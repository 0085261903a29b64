#!/bin/sh
# mxnet 1.9.1. norm() of a large float32 array is too small on the CPU; that of ones never exceeds 4096.
#
# What happens: nd.norm adds the squares one by one into a single float32 number. A float32 has 24 binary digits, so at
# 16,777,216 adding 1 changes nothing: the norm of 33,554,432 ones is 4096 in place of 5792.6. For normally distributed
# numbers it is 1.5 % too small at 17 million elements and 10 % at 67 million.
# Why a good guess is wrong: nd.sum of the same squares is right to seven digits, since it adds in another way, and
# numpy.linalg.norm in float32 is right to 0.1 %. Norms are computed of exactly such arrays, an embedding's weights or a
# large batch, for clipping and for curves that watch a training. Use nd.sqrt(nd.square(x).sum()).
# Output seen:
#   33554432 ones: norm 4096.0, sqrt of sum 5792.6, true 5792.6
#   67108864 normal numbers: norm 7367.0, sqrt of sum 8191.6, true 8191.6
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

rng = np.random.default_rng(0)
found = []
for label, x in (('ones', np.ones(2 ** 25, np.float32)),
                 ('normal numbers', rng.standard_normal(2 ** 26, dtype=np.float32))):
    array = mx.nd.array(x)
    norm, root = float(array.norm().asscalar()), float(mx.nd.sqrt(mx.nd.square(array).sum()).asscalar())
    true = float(np.linalg.norm(x.astype(np.float64)))
    print(f'{len(x)} {label}: norm {norm:.1f}, sqrt of sum {root:.1f}, true {true:.1f}')
    assert abs(root / true - 1) < 1e-5
    found.append(norm / true)
assert abs(found[0] - 4096 / 5792.6) < 1e-3 and 0.88 < found[1] < 0.92, 'norm of a large array is right now'
P
"$folder/venv/bin/python" "$folder/try.py"
