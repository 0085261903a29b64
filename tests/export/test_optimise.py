"""Rewritten ONNX graphs compute what they computed before, in onnxruntime."""

from collections import Counter

import numpy as np
import pytest

import gluon_gan as gg
from gluon_gan import export
from gluon_gan.export import graph

onnx = pytest.importorskip('onnx', reason='needs the extra `export`')
onnxruntime = pytest.importorskip('onnxruntime', reason='needs the extra `export`')
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from gluon_gan.export.optimise import fold_norms, infer_shapes, optimise, split_transposed, taps  # noqa: E402

RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def node(operator, *inputs, output, **attributes):
    return helper.make_node(operator, inputs, [output], name=output, **attributes)


def transposed(kernel=4, pad=1, adjustment=0, stride=2, group=1, bias=False):
    return node('ConvTranspose', 'x', 'w', *['b'] * bias, output='up', kernel_shape=[kernel] * 2, strides=[stride] * 2,
                pads=[pad] * 4, output_padding=[adjustment] * 2, dilations=[1, 1], group=group)


def norm(x, channels, tensors, output='y'):
    """A batch normalisation; its parameters are added to ``tensors``."""
    tensors.update({'gamma': normal(channels), 'beta': normal(channels), 'mean': normal(channels),
                    'variance': abs(normal(channels)) + 0.1})
    return node('BatchNormalization', x, 'gamma', 'beta', 'mean', 'variance', output=output, epsilon=1e-3)


def run(nodes, tensors, x, output='y'):
    made = helper.make_graph(nodes, 'g', [helper.make_tensor_value_info('x', TensorProto.FLOAT, ['N', *x.shape[1:]])],
                             [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
                             [numpy_helper.from_array(array, name) for name, array in tensors.items()])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid('', graph.OPSET)], ir_version=graph.IR_VERSION)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=['CPUExecutionProvider'])
    return session.run([output], {'x': x})[0]


def types(nodes):
    return Counter(each.op_type for each in nodes)


def same(nodes, tensors, x):
    """The rewritten nodes and tensors, after a comparison of their result with the original one."""
    expected = run(nodes, tensors, x)
    rewritten, used, _ = optimise([helper.make_node('Identity', ['x'], ['unused']), *nodes], tensors,
                                  {'x': x.shape[1:]})
    np.testing.assert_allclose(run(rewritten, used, x), expected, rtol=1e-4, atol=2e-5)
    return rewritten, used


@pytest.mark.parametrize('kernel, pad, adjustment', [(4, 1, 0), (5, 2, 1), (2, 0, 0), (3, 1, 1), (6, 2, 0)])
@pytest.mark.parametrize('activation', [None, 'Relu', 'LeakyRelu', 'Tanh'])
def test_a_transposed_convolution_is_four_convolutions(kernel, pad, adjustment, activation):
    tensors, x = {'w': normal(16, 20, kernel, kernel), 'b': normal(20)}, normal(2, 16, 3, 5)
    nodes = [transposed(kernel, pad, adjustment, bias=True), node(activation or 'Identity', 'up', output='y')]
    rewritten, used = same(nodes, tensors, x)
    found = types(rewritten)
    assert found['Conv'] == 4 and not found['ConvTranspose']
    assert found[activation or 'Identity'] == {None: 2, 'Tanh': 1}.get(activation, 4)
    assert sum(array.size for array in used.values() if array.ndim == 4) == tensors['w'].size  # no weight is repeated


@pytest.mark.parametrize('why, arguments, channels', [
    ('an odd size', dict(kernel=3, pad=1), (16, 16)), ('a kernel of 1', dict(kernel=1, pad=0, adjustment=1), (16, 16)),
    ('another stride', dict(kernel=3, pad=0, stride=3), (16, 16)), ('few channels', {}, (16, 3)),
    ('groups', dict(group=2), (16, 16)), ('an input that would be cropped', dict(kernel=2, pad=1, adjustment=1,
                                                                                 stride=2), (16, 16))])
def test_other_transposed_convolutions_stay(why, arguments, channels):
    inner, outer = channels
    kernel = arguments.get('kernel', 4)
    tensors = {'w': normal(inner, outer // arguments.get('group', 1), kernel, kernel)}
    nodes = [transposed(**arguments), node('Identity', 'up', output='y')]
    assert types(same(nodes, tensors, normal(1, inner, 4, 4))[0])['ConvTranspose'] == 1, why


def test_an_activation_that_is_not_the_only_reader_stays():
    tensors, x = {'w': normal(16, 16, 4, 4)}, normal(1, 16, 4, 4)
    nodes = [transposed(), node('Relu', 'up', output='a'), node('Add', 'a', 'up', output='y')]
    assert types(same(nodes, tensors, x)[0])['Relu'] == 1


def test_an_unknown_size_stays():
    nodes, tensors = [transposed()], {'w': normal(16, 16, 4, 4)}
    shapes = infer_shapes(nodes, tensors, {'x': (16, None, None)})
    assert split_transposed(nodes, tensors, shapes, {}) == nodes


@pytest.mark.parametrize('kernel, pad', [(4, 1), (5, 2), (3, 0), (7, 3)])
def test_every_tap_belongs_to_one_parity(kernel, pad):
    found = [taps(kernel, pad, parity)[0] for parity in (0, 1)]
    assert sorted(found[0] + found[1]) == list(range(kernel))


@pytest.mark.parametrize('bias', [False, True])
@pytest.mark.parametrize('kind', ['Conv', 'ConvTranspose', 'Gemm', 'Gemm of a feature map', 'grouped Conv'])
def test_a_batch_normalisation_is_folded(kind, bias):
    channels, tensors, x = 6, {}, normal(3, 4, 5, 5)
    inputs = ['x', 'w', *['b'] * bias]
    if kind.startswith('Gemm'):
        x, rows = normal(3, 4), channels * (4 if 'of' in kind else 1)
        tensors.update(w=normal(rows, 4), b=normal(rows), shape=np.int64([-1, channels, 2, 2]))
        nodes = [node('Gemm', *inputs, output='up', transB=1)]
        nodes += [node('Reshape', 'up', 'shape', output='rows')] if 'of' in kind else []
    elif kind == 'ConvTranspose':
        tensors.update(w=normal(4, channels, 4, 4), b=normal(channels))
        nodes = [transposed(bias=bias)]
    else:
        group = 2 if kind.startswith('grouped') else 1
        tensors.update(w=normal(channels, 4 // group, 3, 3), b=normal(channels))
        nodes = [node('Conv', *inputs, output='up', kernel_shape=[3, 3], group=group)]
    nodes.append(norm(nodes[-1].output[0], channels, tensors))
    nodes.append(node('Identity', 'y', output='z'))
    expected = run(nodes, tensors, x, 'z')
    folded, _ = fold_norms(nodes, tensors)
    assert 'BatchNormalization' not in types(folded)
    np.testing.assert_allclose(run(folded, tensors, x, 'z'), expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize('why', ['another reader', 'a shared weight', 'no layer', 'groups', 'the other layout'])
def test_a_normalisation_that_cannot_be_folded_stays(why):
    tensors, x, nodes, source = {'w': normal(4, 4, 3, 3)}, normal(2, 4, 6, 6), [], 'c'
    if why == 'groups':
        tensors['w'] = normal(4, 2, 3, 3)
        nodes.append(node('ConvTranspose', 'x', 'w', output='c', kernel_shape=[3, 3], group=2))
    elif why == 'the other layout':
        tensors['w'], x = normal(4, 4), normal(2, 4)
        nodes.append(node('Gemm', 'x', 'w', output='c', transB=0))
    elif why != 'no layer':
        nodes.append(node('Conv', 'x', 'w', output='c', kernel_shape=[3, 3], pads=[1] * 4))
    nodes.append(norm('x' if why == 'no layer' else source, 4, tensors))
    if why == 'another reader':
        nodes.append(node('Add', 'y', 'c', output='z'))
    elif why == 'a shared weight':
        nodes.append(node('Conv', 'y', 'w', output='z', kernel_shape=[3, 3], pads=[1] * 4))
    else:
        nodes.append(node('Identity', 'y', output='z'))
    expected = run(nodes, tensors, x, 'z')
    kept, _ = fold_norms(nodes, tensors)
    assert types(kept)['BatchNormalization'] == 1
    np.testing.assert_array_equal(run(kept, tensors, x, 'z'), expected)


@pytest.mark.parametrize('dtype', ['float32', 'float16'])
@pytest.mark.parametrize('name', ['mnist', 'synthetic-faces'])
def test_a_generator_is_rewritten_without_growing(name, dtype, tmp_path, monkeypatch):
    netG = gg.pretrained(name)
    (path,) = export.save(netG, tmp_path / 'new.onnx', dtype=dtype).paths
    monkeypatch.setattr(graph, 'optimise', lambda nodes, tensors, inputs, half: (nodes, tensors, {}))
    (plain,) = export.save(netG, tmp_path / 'plain.onnx', dtype=dtype).paths
    found, before = (types(onnx.load(each).graph.node) for each in (path, plain))
    assert found['BatchNormalization'] == (dtype == 'float16') < before['BatchNormalization']
    assert found['Conv'] and found['ConvTranspose'] < before['ConvTranspose'] and not found['Flatten']
    assert path.stat().st_size < (1.002 if dtype == 'float16' else 1) * plain.stat().st_size


def test_folded_float16_weights_are_not_rounded_again(tmp_path):
    """Shipped weights are float16 numbers: stored as float16 they give the images of the network."""
    netG = gg.pretrained('mnist')
    netG.up[0].norm.gamma.data()[:2] = 0      # a scale of zero cannot be divided by
    assert export.save(netG, tmp_path / 'g.onnx', dtype='float16').difference < 1e-5
