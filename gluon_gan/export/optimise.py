"""Equivalent ONNX graphs that runtimes compute faster: rewritten at export, so that every runtime benefits.

Two rewrites are exact in real arithmetic; in float32 they change an image by less than 1e-6.

- Batch normalisation with running statistics is an affine function of each channel. It is folded into the weights and
  the bias of the layer before it (Ioffe and Szegedy 2015, arXiv:1502.03167, section 3.1, for inference). Normalisation
  by the statistics of the image itself is another operator and stays.
- A transposed convolution of stride 2 is four convolutions, one for each parity of the output's row and column, each
  with the taps of the kernel that reach this parity (Shi et al. 2016, "Is the deconvolution layer the same as a
  convolutional layer?", arXiv:1609.07009). The four results are interleaved. They have as many weights and
  multiplications as the transposed convolution, without the products that its padding discards and without adding up
  overlapping patches.
"""

from collections import Counter
from itertools import product

import numpy as np
from onnx import TensorProto, helper, numpy_helper, shape_inference

STRIDE = 2
ACTIVATIONS = ('Relu', 'LeakyRelu')  # runtimes compute these within the convolution before them
# With fewer output channels onnxruntime's ConvTranspose is faster: 0.05 ms against 0.19 ms from 64 channels to 3.
SMALLEST = 16
TO_NHWC, TO_NCHW = (0, 2, 3, 1), (0, 3, 1, 2)


def optimise(nodes, tensors, inputs, half=False):
    """Fold batch normalisations, leave out flattenings of vectors, and split transposed convolutions.

    Parameters
    ----------
    nodes : list of onnx.NodeProto
        The operators in the order of their computation.
    tensors : dict of numpy.ndarray
        The constants by name.
    inputs : dict
        Shape of each input by name, without the batch.
    half : bool
        Whether the constants will be stored as float16.

    Returns
    -------
    (list of onnx.NodeProto, dict of numpy.ndarray, dict)
        Operators with the same result, the constants that they use, and the scales of :func:`fold_norms`.
    """
    tensors = dict(tensors)
    nodes, scales = fold_norms(nodes, tensors, half)
    shapes = infer_shapes(nodes, tensors, inputs)
    nodes = skip_flattens(nodes, shapes)
    nodes = split_transposed(nodes, tensors, shapes, scales)
    used = {name for node in nodes for name in node.input}
    return nodes, {name: array for name, array in tensors.items() if name in used}, scales


def fold_norms(nodes, tensors, half=False):
    """Fold each BatchNormalization into the Conv, ConvTranspose or Gemm before it, if no other operator reads the
    result between them.

    Parameters
    ----------
    nodes : list of onnx.NodeProto
    tensors : dict of numpy.ndarray
        New weights and biases are added to it.
    half : bool
        Whether they will be stored as float16. A layer whose result is reshaped before the normalisation is then left
        alone: it would need a scale for each of its rows.

    Returns
    -------
    (list of onnx.NodeProto, dict)
        The operators, and the scale that each new weight contains. Shipped weights are float16 numbers, and their
        products with a scale are not: divided by the scale, they can be stored as float16 without rounding. The value
        of a new bias is None: it has to stay float32.
    """
    uses = Counter(name for node in nodes for name in node.input)
    scales, made, renamed, biases = {}, {}, {}, []  # nodes by their result, results by that of a folded normalisation
    for node in nodes:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
        path = _foldable(node, made, tensors, uses, half) if node.op_type == 'BatchNormalization' else None
        if path is None:
            made[node.output[0]] = node
        else:
            biases += _fold(node, path[-1], tensors, scales)
            renamed[node.output[0]] = node.input[0]
    return [*biases, *made.values()], scales


def _foldable(norm, made, tensors, uses, half):
    """The nodes from a normalisation back to the layer that takes its weights, or None if there is no such layer."""
    channels, path = len(tensors[norm.input[1]]), [made.get(norm.input[0])]
    if path[0] is not None and path[0].op_type == 'Reshape':
        shape = tensors.get(path[0].input[1])
        if half or shape is None or len(shape) < 3 or shape[1] != channels or 0 in shape[1:]:
            return None
        path.append(made.get(path[0].input[0]))
    kinds = ('Gemm',) if len(path) == 2 else ('Conv', 'ConvTranspose', 'Gemm')
    layer = path[-1]
    if layer is None or layer.op_type not in kinds or any(uses[node.output[0]] != 1 for node in path):
        return None
    attributes = _attributes(layer)
    plain = attributes.get('group', 1) == 1 or layer.op_type == 'Conv'
    plain &= layer.op_type != 'Gemm' or {**attributes, 'transB': 1} == attributes == {'transB': 1}
    known = all(name in tensors and uses[name] == 1 for name in layer.input[1:])
    return path if plain and known else None


def _fold(norm, layer, tensors, scales):
    """Give a layer the weights and the bias that include the normalisation after it; a list of nodes that expand the
    bias."""
    gamma, beta, mean, variance = (tensors[name].astype(np.float64) for name in norm.input[1:])
    scale = gamma / np.sqrt(variance + _attributes(norm)['epsilon'])
    weight, name = tensors[layer.input[1]].astype(np.float64), layer.output[0]
    names = [f'{name}_weight', f'{name}_bias']
    axis = 1 if layer.op_type == 'ConvTranspose' else 0
    repeats = weight.shape[axis] // len(scale)  # a Gemm before a Reshape has several rows for each channel
    bias, scale = beta - mean * scale, np.repeat(scale, repeats)
    stored, expansion = names[1], []
    if len(layer.input) > 2:
        bias = np.repeat(bias, repeats) + tensors[layer.input[2]].astype(np.float64) * scale
    elif repeats > 1:  # stored once for each channel; runtimes compute with constants when they load a file
        stored, column, rows = (f'{names[1]}_{what}' for what in ('channels', 'column', 'rows'))
        sizes = {f'{names[1]}_sides': [-1, 1], f'{names[1]}_repeats': [1, repeats], f'{names[1]}_side': [-1]}
        tensors.update({name: np.int64(sides) for name, sides in sizes.items()})
        steps = zip(('Reshape', 'Expand', 'Reshape'), (stored, column, rows), sizes, (column, rows, names[1]))
        expansion = [helper.make_node(operator, [x, size], [result]) for operator, x, size, result in steps]
    tensors[stored], scales[stored] = bias.astype(np.float32), None
    scales[names[0]] = scale.reshape([-1 if i == axis else 1 for i in range(weight.ndim)]).astype(np.float32)
    tensors[names[0]] = (weight * scales[names[0]]).astype(np.float32)
    layer.input[:] = [layer.input[0], *names]
    return expansion


def infer_shapes(nodes, tensors, inputs):
    """The shape of every result, as far as onnx infers it.

    Parameters
    ----------
    nodes : list of onnx.NodeProto
    tensors : dict of numpy.ndarray
    inputs : dict
        As in :func:`optimise`.

    Returns
    -------
    dict of tuple
        By the name of the result; the batch and unknown sides are None.
    """
    whole = {name: array for name, array in tensors.items() if array.dtype == np.int64}  # shapes are read from these
    sides = {name: ['N', *shape] for name, shape in inputs.items()}
    sides.update({name: array.shape for name, array in tensors.items() if name not in whole})
    graph = helper.make_graph(
        nodes,
        'shapes',
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in sides.items()],
        [],
        [numpy_helper.from_array(array, name) for name, array in whole.items()],
    )
    inferred = shape_inference.infer_shapes(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)]))
    return {
        value.name: tuple(side.dim_value or None for side in value.type.tensor_type.shape.dim)
        for value in [*inferred.graph.value_info, *inferred.graph.input]
        if value.type.tensor_type.HasField('shape')
    }


def skip_flattens(nodes, shapes):
    """Leave out each Flatten of something that is a vector for each sample already; a list of onnx.NodeProto."""
    made, renamed = [], {}
    for node in nodes:
        for i, name in enumerate(node.input):
            node.input[i] = renamed.get(name, name)
        if node.op_type == 'Flatten' and len(shapes.get(node.input[0], ())) == 2:
            renamed[node.output[0]] = node.input[0]
        else:
            made.append(node)
    return made


def split_transposed(nodes, tensors, shapes, scales):
    """Replace each ConvTranspose that doubles height and width by four convolutions and their interleaving.

    Parameters
    ----------
    nodes : list of onnx.NodeProto
    tensors : dict of numpy.ndarray
        New weights are added to it.
    shapes : dict of tuple
        From :func:`infer_shapes`.
    scales : dict
        From :func:`fold_norms`; those of the new weights are added to it.

    Returns
    -------
    list of onnx.NodeProto
    """
    readers = {}
    for node in nodes:
        for name in node.input:
            readers.setdefault(name, []).append(node)
    made, done = [], set()
    for node in nodes:
        if node.op_type != 'ConvTranspose' or not _splittable(node, tensors, shapes):
            made += [node] if node.output[0] not in done else []
            continue
        after = readers.get(node.output[0], [])
        activation = after[0] if len(after) == 1 and after[0].op_type in ACTIVATIONS else None
        made += _split(node, activation, tensors, scales, shapes[node.input[0]][2:])
        done.update(activation.output if activation is not None else ())
    return made


def taps(kernel, pad, parity):
    """Which taps of a transposed convolution of stride 2 reach output positions of one parity, in one dimension.

    Output 2 m + parity is the sum over these taps k of weight k times input m + (parity + pad - k) / 2.

    Parameters
    ----------
    kernel, pad : int
        Its kernel size and padding.
    parity : int
        0 or 1.

    Returns
    -------
    (list of int, int, int)
        The taps in the order of the inputs that they read, and the padding before and after the input with which a
        convolution reads those. It is negative if the convolution would have to skip an input.
    """
    found = [k for k in reversed(range(kernel)) if (k - parity - pad) % STRIDE == 0]
    if not found:
        return [], 0, 0
    return found, (found[0] - parity - pad) // STRIDE, (parity + pad - found[-1]) // STRIDE


def _splittable(node, tensors, shapes):
    """Whether a ConvTranspose doubles a known height and width, and is faster as four convolutions."""
    attributes, weight = _attributes(node), tensors.get(node.input[1])
    shape, result = shapes.get(node.input[0], ()), shapes.get(node.output[0], ())
    if weight is None or len(shape) != 4 or len(result) != 4 or None in (*shape[1:], *result[1:]):
        return False
    pads = attributes['pads']
    doubles = attributes['strides'] == [STRIDE] * 2 and result[2:] == tuple(STRIDE * side for side in shape[2:])
    plain = attributes['group'] == 1 and attributes['dilations'] == [1, 1] and pads[:2] == pads[2:]
    if not (doubles and plain and min(weight.shape[:2]) >= SMALLEST):
        return False
    found = [taps(kernel, pad, parity)
             for kernel, pad in zip(weight.shape[2:], pads) for parity in range(STRIDE)]
    return all(chosen and before >= 0 and after >= 0 for chosen, before, after in found)


def _split(node, activation, tensors, scales, sides):
    """The nodes that replace a ConvTranspose, together with the activation after it if there is one."""
    weight, (height, width), pads = tensors[node.input[1]], sides, _attributes(node)['pads']
    name, channels, made, parts = node.output[0], weight.shape[1], [], []

    def add(operator, inputs, suffix, output=None, **attributes):
        output = output or f'{name}_{suffix}'
        made.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    for row, column in product(range(STRIDE), repeat=2):
        rows, top, bottom = taps(weight.shape[2], pads[0], row)
        columns, left, right = taps(weight.shape[3], pads[1], column)
        part = f'{row}{column}'
        tensors[f'{name}_w{part}'] = np.ascontiguousarray(weight[:, :, rows][:, :, :, columns].swapaxes(0, 1))
        if node.input[1] in scales:
            scales[f'{name}_w{part}'] = scales[node.input[1]].swapaxes(0, 1)
        result = add('Conv', [node.input[0], f'{name}_w{part}', *node.input[2:]], f'conv{part}',
                     kernel_shape=[len(rows), len(columns)], pads=[top, left, bottom, right])
        if activation is not None:
            result = add(activation.op_type, [result], f'act{part}', **_attributes(activation))
        parts.append(add('Transpose', [result], f'nhwc{part}', perm=TO_NHWC))
    # With channels last, columns are interleaved by appending channels, and rows by appending rows of the image.
    tensors[f'{name}_rows'] = np.int64([-1, height, STRIDE * width * channels])
    tensors[f'{name}_whole'] = np.int64([-1, STRIDE * height, STRIDE * width, channels])
    lines = [add('Reshape', [add('Concat', parts[STRIDE * row : STRIDE * (row + 1)], f'columns{row}', axis=3),
                             f'{name}_rows'], f'row{row}') for row in range(STRIDE)]
    whole = add('Reshape', [add('Concat', lines, 'lines', axis=2), f'{name}_whole'], 'nhwc')
    add('Transpose', [whole], '', (node if activation is None else activation).output[0], perm=TO_NCHW)
    return made


def _attributes(node):
    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
