#!/bin/sh
# mxnet 1.9.1. An operator of an extension library (mx.library.load) ignores grad_req='add': its gradient overwrites.
#
# What happens: with grad_req='add', gradients of several backward passes are summed in one array. MXNet's own operators
# do that. The backward pass of an operator that was registered through lib_api.h writes into the same array as if
# grad_req were 'write', without an error or a warning: after three passes the gradient is that of the last one.
# Why a good guess is wrong: the interface does not show the request to the operator, so one would expect MXNet to add
# what the operator returns, as it does for CustomOp in Python, whose `assign` gets the request. The same parameter
# accumulates correctly in one layer and not in the next. Inside one backward pass all is well, because the sum over
# several uses of an array is an operator of its own. A copy in between (identity) makes the accumulation right.
# Output seen:
#   own operator: 3.0 = three passes of 1
#   library operator: 1.0
#   library operator behind identity: 3.0
# Needs g++.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==1.23.5 mxnet==1.9.1
cat > "$folder/copy.cc" <<'P'
#include "mxnet/lib_api.h"
#include <cstring>
using namespace mxnet::ext;

MXReturnValue counts(const std::unordered_map<std::string, std::string> &, int *inputs, int *outputs) {
  *inputs = *outputs = 1;
  return MX_SUCCESS;
}

MXReturnValue types(const std::unordered_map<std::string, std::string> &, std::vector<int> *inputs,
                    std::vector<int> *outputs) {
  outputs->at(0) = inputs->at(0);
  return MX_SUCCESS;
}

MXReturnValue shapes(const std::unordered_map<std::string, std::string> &,
                     std::vector<std::vector<unsigned int>> *inputs, std::vector<std::vector<unsigned int>> *outputs) {
  outputs->at(0) = inputs->at(0);
  return MX_SUCCESS;
}

MXReturnValue copy(const std::unordered_map<std::string, std::string> &, std::vector<MXTensor> *inputs,
                   std::vector<MXTensor> *outputs, const OpResource &) {
  std::memcpy(outputs->at(0).data_ptr, inputs->at(0).data_ptr, inputs->at(0).size() * sizeof(float));
  return MX_SUCCESS;
}

REGISTER_OP(my_copy)
    .setForward(copy, "cpu")
    .setBackward(copy, "cpu")
    .setParseAttrs(counts)
    .setInferType(types)
    .setInferShape(shapes);

MXReturnValue initialize(int) { return MX_SUCCESS; }
P
mxnet=$("$folder/venv/bin/python" -c 'import importlib.util as u; print(u.find_spec("mxnet").submodule_search_locations[0])')
g++ -std=c++11 -O1 -w -fPIC -shared -I"$mxnet/include" "$folder/copy.cc" "$mxnet/src/lib_api.cc" -o "$folder/libcopy.so"
cat > "$folder/try.py" <<'P'
import sys
import warnings
warnings.filterwarnings('ignore')
import mxnet as mx
from mxnet import autograd

mx.library.load(sys.argv[1], verbose=False)


def accumulated(operator):
    x = mx.nd.ones(4)
    x.attach_grad(grad_req='add')
    for _ in range(3):
        with autograd.record():
            y = operator(x)
        y.backward()
    return float(x.grad.mean().asscalar())


own = accumulated(lambda x: 1 * x)
library = accumulated(mx.nd.my_copy)
behind = accumulated(lambda x: mx.nd.my_copy(mx.nd.identity(x)))
print(f'own operator: {own} = three passes of 1\nlibrary operator: {library}\n'
      f'library operator behind identity: {behind}')
assert (own, library, behind) == (3, 1, 3), 'operators of a library accumulate gradients now'
P
"$folder/venv/bin/python" "$folder/try.py" "$folder/libcopy.so"
