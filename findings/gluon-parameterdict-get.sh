#!/bin/sh
# mxnet 1.9.1 (Gluon). net.collect_params().get(name) does not look a parameter up: it makes a new one.
#
# What happens: collect_params() returns a ParameterDict, which answers to [], `in`, len(), keys() and items() with the
# full names of the parameters. get(full_name), however, puts the prefix before the name a second time, finds nothing, adds
# a new Parameter without a shape to the dictionary, and returns it.
# Why a good guess is wrong: of a mapping, get(key) returns what [key] returns, or None. Here it returns another object of
# the same type, so isinstance checks pass or fail silently on the wrong one; and a look changes the dictionary, so that
# whoever later initialises or saves "all parameters" meets one that does not exist.
# Output seen:
#   in the dictionary: True
#   the same object: False, named dense0_dense0_weight with shape None
#   parameters before 2, after 3
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==1.23.5 mxnet==1.9.1
cat > "$folder/try.py" <<'P'
import warnings
warnings.filterwarnings('ignore')
from mxnet.gluon import nn

net = nn.Dense(3, in_units=2)
parameters = net.collect_params()
name = net.weight.name
print('in the dictionary:', name in parameters and parameters[name] is net.weight)
before = len(parameters.keys())
found = parameters.get(name)
print(f'the same object: {found is net.weight}, named {found.name} with shape {found.shape}')
print(f'parameters before {before}, after {len(parameters.keys())}')
assert parameters[name] is net.weight and found is not net.weight, 'get() looks names up now'
assert found.name == net.prefix + name and len(parameters.keys()) == before + 1
P
"$folder/venv/bin/python" "$folder/try.py"
