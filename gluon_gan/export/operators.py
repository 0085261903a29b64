"""MXNet's operators as ONNX's, for the operators that the networks of this package are made of.

Each function takes a :class:`Node` (an operator of MXNet's graph) and adds what computes the same to the ONNX graph. An
operator that is not in :data:`OPERATORS` is refused: a file with silently different results would be worse than none.
"""

import ast
from dataclasses import dataclass, field

import numpy as np
from onnx import TensorProto, helper


@dataclass
class Node:
    """One operator of an MXNet graph on its way to ONNX.

    ``name`` is also the name of its result. ``inputs`` are the names of its input tensors, ``attributes`` its
    parameters as MXNet keeps them (text by name), ``constants`` the arrays that do not depend on the data, by tensor
    name. What is added is collected in ``nodes`` (ONNX operators) and ``tensors`` (new constants).
    """

    name: str
    inputs: list
    attributes: dict
    constants: dict
    nodes: list = field(default_factory=list)
    tensors: dict = field(default_factory=dict)

    def value(self, name, default=None):
        """An attribute as a Python value: '(2, 2)' as a tuple, 'True' as a bool, any other text as it is."""
        text = self.attributes.get(name)
        if text is None:
            return default
        try:
            return ast.literal_eval(text)
        except (ValueError, SyntaxError):
            return text

    def constant(self, suffix, array):
        """The name of a new constant tensor."""
        name = f'{self.name}_{suffix}'
        self.tensors[name] = np.asarray(array)
        return name

    def add(self, operator, inputs, output=None, **attributes):
        """Add an ONNX operator; the name of its result."""
        output = output or f'{self.name}_{operator.lower()}{len(self.nodes)}'
        self.nodes.append(helper.make_node(operator, inputs, [output], name=f'{output}_node', **attributes))
        return output


def _convolution(node):
    node.add('Conv', node.inputs, node.name, **_window(node))


def _deconvolution(node):
    adjustment = list(node.value('adj') or (0, 0))
    node.add('ConvTranspose', node.inputs, node.name, **_window(node), output_padding=adjustment)


def _window(node):
    """Kernel, strides, padding and groups of a convolution, forward or transposed."""
    if node.value('layout', 'NCHW') != 'NCHW':
        raise ValueError(f"{node.name} has the layout {node.value('layout')}, and only NCHW is exported")
    pad = list(node.value('pad') or (0, 0))
    return dict(
        kernel_shape=list(node.value('kernel')),
        strides=list(node.value('stride') or (1, 1)),
        pads=pad + pad,
        dilations=list(node.value('dilate') or (1, 1)),
        group=node.value('num_group', 1),
    )


def _fully_connected(node):
    x = node.inputs[0]
    if node.value('flatten', True):
        x = node.add('Flatten', [x], axis=1)
    node.add('Gemm', [x, *node.inputs[1:]], node.name, transB=1)


def _batch_norm(node):
    x, gamma, beta, mean, variance = node.inputs
    if node.value('fix_gamma', True):
        gamma = node.constant('ones', np.ones_like(node.constants[gamma]))
    node.add('BatchNormalization', [x, gamma, beta, mean, variance], node.name, epsilon=float(node.value('eps', 1e-3)))


def _instance_norm(node):
    x, gamma, beta = node.inputs[:3]
    node.add('InstanceNormalization', [x, gamma, beta], node.name, epsilon=float(node.value('eps', 1e-3)))


def _activation(node):
    kind, known = node.value('act_type'), {'relu': 'Relu', 'tanh': 'Tanh', 'sigmoid': 'Sigmoid', 'softsign': 'Softsign'}
    if kind not in known:
        raise ValueError(
            f'{node.name} is the activation {kind}, which cannot be exported; those that can be are {", ".join(known)}'
        )
    node.add(known[kind], node.inputs, node.name)


def _leaky_relu(node):
    if node.value('act_type', 'leaky') != 'leaky':
        raise ValueError(
            f"{node.name} is a LeakyReLU of the kind {node.value('act_type')}, and only 'leaky' is exported"
        )
    node.add('LeakyRelu', node.inputs, node.name, alpha=float(node.value('slope', 0.25)))


def _reshape(node):
    node.add('Reshape', [node.inputs[0], node.constant('shape', np.int64(node.value('shape')))], node.name)


def _slice_axis(node):
    end = node.value('end')
    bounds = [
        node.constant(name, np.int64([value]))
        for name, value in (
            ('begin', node.value('begin')),
            ('end', np.iinfo(np.int64).max if end is None else end),
            ('axis', node.value('axis')),
        )
    ]
    node.add('Slice', [node.inputs[0], *bounds], node.name)


def _concat(node):
    node.add('Concat', node.inputs, node.name, axis=node.value('dim', 1))


def _one_hot(node):
    index = node.add('Cast', node.inputs, to=TensorProto.INT64)
    depth, values = node.constant('depth', np.int64(node.value('depth'))), node.constant('values', np.float32([0, 1]))
    node.add('OneHot', [index, depth, values], node.name, axis=-1)


def _broadcast_axis(node):
    axes, sizes = (np.atleast_1d(node.value(name)) for name in ('axis', 'size'))
    shape = np.ones(4, np.int64)
    shape[axes] = sizes
    node.add('Expand', [node.inputs[0], node.constant('shape', shape)], node.name)


def _pad(node):
    width = np.int64(node.value('pad_width')).reshape(-1, 2)
    mode = {'reflect': 'reflect', 'constant': 'constant', 'edge': 'edge'}[node.value('mode')]
    inputs = [node.inputs[0], node.constant('pads', width.T.ravel())]
    if mode == 'constant':
        inputs.append(node.constant('fill', np.float32(node.value('constant_value', 0))))
    node.add('Pad', inputs, node.name, mode=mode)


def _bilinear_resize(node):
    scales = [node.value(f'scale_{side}') for side in ('height', 'width')]
    if None in scales:
        raise ValueError(f'{node.name} resizes to a fixed size, and only a resize by scales is exported')
    mode = 'align_corners' if node.value('align_corners', True) else 'half_pixel'
    node.add(
        'Resize',
        [node.inputs[0], '', node.constant('scales', np.float32([1, 1, *scales]))],
        node.name,
        mode='linear',
        coordinate_transformation_mode=mode,
    )


def _up_sampling(node):
    if node.value('sample_type') != 'nearest':
        raise ValueError(f"{node.name} upsamples by {node.value('sample_type')}, and only 'nearest' is exported")
    scale = node.value('scale')
    node.add(
        'Resize',
        [node.inputs[0], '', node.constant('scales', np.float32([1, 1, scale, scale]))],
        node.name,
        mode='nearest',
        coordinate_transformation_mode='asymmetric',
        nearest_mode='floor',
    )


def _depth_to_space(node):
    node.add('DepthToSpace', node.inputs, node.name, blocksize=node.value('block_size'), mode='DCR')


def _sum(node):
    axis = node.value('axis')
    if axis is None or node.value('exclude', False):
        raise ValueError(f'{node.name} sums over all axes but some; only sums over given axes can be exported')
    axes = node.constant('axes', np.int64(np.atleast_1d(axis)))
    node.add('ReduceSum', [node.inputs[0], axes], node.name, keepdims=int(node.value('keepdims', False)))


def _same(operator):
    return lambda node: node.add(operator, node.inputs, node.name)


OPERATORS = {
    'Activation': _activation,
    'BatchNorm': _batch_norm,
    'Concat': _concat,
    'Convolution': _convolution,
    'Deconvolution': _deconvolution,
    'Flatten': lambda node: node.add('Flatten', node.inputs, node.name, axis=1),
    'FullyConnected': _fully_connected,
    'InstanceNorm': _instance_norm,
    'LeakyReLU': _leaky_relu,
    'Pad': _pad,
    'pad': _pad,
    'Reshape': _reshape,
    'UpSampling': _up_sampling,
    '_contrib_BilinearResize2D': _bilinear_resize,
    '_plus': _same('Add'),
    'broadcast_axis': _broadcast_axis,
    'broadcast_add': _same('Add'),
    'broadcast_mul': _same('Mul'),
    'depth_to_space': _depth_to_space,
    'elemwise_add': _same('Add'),
    'elemwise_mul': _same('Mul'),
    'one_hot': _one_hot,
    'relu': _same('Relu'),
    'slice_axis': _slice_axis,
    'sum': _sum,
    'tanh': _same('Tanh'),
}
