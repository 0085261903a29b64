"""A Gluon network as an ONNX model: traced once by MXNet, then translated operator by operator.

MXNet's own exporter (``mx.onnx``) is not used. It imports a module that onnx removed after release 1.18, it lists
weights among the graph's inputs, and it writes a normalisation by the statistics of the image itself as inference-mode
batch normalisation: a valid file that computes different images. Here everything that depends on parameters alone (a
spectrally normalised weight, a padded kernel) is computed once and stored as a constant, and an operator that
:mod:`.operators` does not know is refused.
"""

import json

import mxnet as mx
import numpy as np
import onnx
from mxnet import autograd
from mxnet.gluon import HybridBlock
from onnx import TensorProto, helper, numpy_helper

from ..blocks import FixedParameter
from ..translate.layers import InstanceNormNetwork
from .operators import OPERATORS, Node
from .optimise import optimise

OPSET, IR_VERSION = 13, 8  # old enough for every current runtime; a runtime refuses files that are newer than itself
IDENTITIES = ('BlockGrad', 'Dropout', '_copy', 'identity')  # operators that do nothing when a network is used


def trace(net, inputs):
    """The graph of a network, and the values of its parameters.

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock
        With values in all parameters.
    inputs : iterable of str
        Names for its inputs, in order.

    Returns
    -------
    (mxnet.symbol.Symbol, dict of numpy.ndarray)
        The arrays by the names that the symbol has for them.
    """
    if isinstance(net, InstanceNormNetwork):
        net.set_batch_size(1)  # each image is normalised on its own, so the graph of one image is the graph of all
    with autograd.predict_mode():
        symbol = HybridBlock.forward(net, *(mx.sym.var(name) for name in inputs))
    mx.nd.waitall()
    parameters = dict(net.collect_params().items())
    return symbol, {name: parameter.data(parameter.list_ctx()[0]).asnumpy() for name, parameter in parameters.items()}


def build(net, inputs, output, metadata=None, half=False):
    """An ONNX model that computes what a network computes in use (running statistics, no dropout).

    Parameters
    ----------
    net : mxnet.gluon.HybridBlock
        With values in all parameters.
    inputs : dict
        Shape of each input by name, without the batch: ``{'z': (100,)}``. All are float32.
    output : (str, tuple)
        Name and shape of the output, without the batch; None for a side that is not known.
    metadata : dict of str, optional
        Stored in the file.
    half : bool
        Store weights as float16, which halves the file. The model still computes in float32.

    Returns
    -------
    onnx.ModelProto
        Accepted by onnx's checker.

    Raises
    ------
    ValueError
        If the network has an operator that cannot be exported; the message names it.
    """
    symbol, arrays = trace(net, inputs)
    graph = json.loads(symbol.tojson())
    nodes, constants = graph['nodes'], dict(arrays)
    constants.update(_fold(symbol, nodes, arrays))
    fixed = {name for name, parameter in net.collect_params().items() if isinstance(parameter, FixedParameter)}
    names, made, tensors = [], [], {}
    for node in nodes:
        sources = [names[index] for index, *_ in node['inputs']]
        if node['op'] in IDENTITIES:
            names.append(sources[0])
            continue
        names.append(node['name'])
        if node['op'] == 'null' or node['name'] in constants:
            continue
        operator = 'InstanceNorm' if node['op'] == 'BatchNorm' and sources[3] in fixed else node['op']
        if operator not in OPERATORS:
            raise ValueError(
                f'{node["name"]} is of the type {operator}, which cannot be exported; '
                f'the types that can be are {", ".join(sorted(OPERATORS))}'
            )
        translated = Node(node['name'], sources, node.get('attrs', {}), constants)
        OPERATORS[operator](translated)
        made += translated.nodes
        tensors.update(translated.tensors)
    made.append(helper.make_node('Identity', [names[graph['heads'][0][0]]], [output[0]], name=output[0]))
    used = {name for node in made for name in node.input}
    tensors.update({name: array for name, array in constants.items() if name in used and name not in inputs})
    made, tensors, scales = optimise(made, tensors, inputs, half)
    made, initializers = _stored(made, tensors, scales, half)
    onnx_graph = helper.make_graph(
        made,
        type(net).__name__,
        [_tensor(name, shape) for name, shape in inputs.items()],
        [_tensor(*output)],
        initializers,
    )
    model = helper.make_model(
        onnx_graph, producer_name='gluon_gan', opset_imports=[helper.make_opsetid('', OPSET)], ir_version=IR_VERSION
    )
    helper.set_model_props(model, metadata or {})
    onnx.checker.check_model(model, full_check=True)
    return model


def _fold(symbol, nodes, arrays):
    """dict of ndarray by node name: the value of every operator that depends on parameters alone."""
    constant = [node['op'] == 'null' and node['name'] in arrays for node in nodes]
    for index, node in enumerate(nodes):
        constant[index] = (
            constant[index] or bool(node['inputs']) and all(constant[source] for source, *_ in node['inputs'])
        )
    values, internals = {}, symbol.get_internals()
    for index, node in enumerate(nodes):
        if constant[index] and node['op'] != 'null':
            part = internals[f"{node['name']}_output"]
            computed = mx.nd.CachedOp(part)(*(mx.nd.array(arrays[name]) for name in part.list_inputs()))
            values[node['name']] = computed.asnumpy()
    return values


def _stored(nodes, tensors, scales, half):
    """(nodes, initializers): the constants as they are stored. With ``half`` they are float16, followed by a cast to
    float32, and by a product with their scale if they have one."""
    initializers, casts, products, names = [], [], [], {}

    def store(name, array):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(array), name))

    for name, array in tensors.items():
        if not half or array.dtype != np.float32 or array.size == 1 or scales.get(name, ()) is None:
            store(name, array)
            continue
        scale, cast = scales.get(name), name
        if scale is not None:
            array, cast, key = array / np.where(scale == 0, 1, scale), f'{name}_cast', (scale.shape, scale.tobytes())
            if key not in names:  # the parts of a transposed convolution have the same scale
                names[key] = f'{name}_scale'
                store(names[key], scale)
            products.append(helper.make_node('Mul', [cast, names[key]], [name]))
        store(f'{name}_half', array.astype(np.float16))
        casts.append(helper.make_node('Cast', [f'{name}_half'], [cast], to=TensorProto.FLOAT))
    return casts + products + nodes, initializers


def _tensor(name, shape):
    return helper.make_tensor_value_info(
        name, TensorProto.FLOAT, ['N', *(side or f'side{i}' for i, side in enumerate(shape))]
    )
