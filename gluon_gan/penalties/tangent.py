"""Forward-mode differentiation of a traced network: from the symbol of f(x) to that of its directional derivative.

MXNet cannot differentiate a gradient, but it can differentiate a directional derivative that is written as an ordinary
forward computation. :func:`directional` writes it, with one rule for each operator (Griewank and Walther 2008,
"Evaluating Derivatives", chapter 3). Every rule is exact, so that the first derivatives of the result are the exact
second derivatives of f, almost everywhere.

A rule receives the operator's attributes, its inputs, their derivatives along the direction (None for an input that
does not depend on x) and its output. It returns the derivative of the output.
"""
import json

import mxnet as mx

LINEAR = (      # operators of one input that are linear, and not only affine, in it
    'Flatten', 'Reshape', 'Pad', '_copy', '_div_scalar', '_mul_scalar', 'broadcast_axis', 'expand_dims', 'mean',
    'negative', 'slice', 'slice_axis', 'sum', 'transpose')
CONSTANT = 'BlockGrad', 'ones_like', 'zeros_like'       # operators whose output has no derivative
BATCH = 'BatchNorm', '_contrib_SyncBatchNorm'


class NoDerivative(ValueError):
    """A network has an operator without a rule, or one whose output for a sample depends on the other samples."""


def directional(output, x, v):
    """The derivative of a symbol along a direction.

    Parameters
    ----------
    output : mxnet.symbol.Symbol
        A network's output, as one symbol, ``f(x)``.
    x : str
        The name of the input variable.
    v : mxnet.symbol.Symbol
        The variable of the direction, of the shape of x.

    Returns
    -------
    mxnet.symbol.Symbol
        ``f'(x) v``, of the shape of the output. It shares its nodes with `output`, so both are computed together.

    Raises
    ------
    NoDerivative
        If an operator on the way from x to the output has no rule. The message names it.
    """
    nodes, internals = json.loads(output.tojson())['nodes'], output.get_internals()
    derivatives = []
    for index, node in enumerate(nodes):
        if node['op'] == 'null':
            derivatives.append(v if node['name'] == x else None)
            continue
        sources = [source for source, *_ in node['inputs']]
        along = [derivatives[source] for source in sources]
        if all(each is None for each in along):
            derivatives.append(None)
            continue
        result = NotImplemented
        if node['op'] in RULES and len(internals) == len(nodes):        # every operator has one output
            result = RULES[node['op']](node.get('attrs', {}), [internals[source] for source in sources], along,
                                       internals[index])
        if result is NotImplemented:
            raise NoDerivative(_refusal(node))
        derivatives.append(result)
    if derivatives[-1] is None:
        raise NoDerivative('the output of this network does not depend on its input: it has no input gradient')
    return derivatives[-1]


def _refusal(node):
    if node['op'] in BATCH:
        return (f"{node['name']} is a batch normalisation, with which D's output for an image depends on the rest of "
                "the batch, so that its gradient is not that of one image: create D with norm='none' or 'spectral'")
    kind = node['op'] + (f" ({node['attrs']['act_type']})" if 'act_type' in node.get('attrs', {}) else '')
    return (f"{node['name']} is of the type {kind}, which has no rule for the input gradient: the types that have one "
            f'are {", ".join(sorted(RULES))}')


def _linear(op):
    make = getattr(mx.sym, op, None) or getattr(mx.sym._internal, op)
    return lambda attrs, inputs, along, output: make(along[0], **attrs)


def _layer(op):
    """Convolutions and dense layers: linear in the input, with a bias that the derivative does not have."""
    def rule(attrs, inputs, along, output):
        if any(each is not None for each in along[1:]):
            return NotImplemented                           # the weights depend on the input
        return getattr(mx.sym, op)(along[0], inputs[1], **{**attrs, 'no_bias': True})
    return rule


def _leaky(attrs, inputs, along, output):
    """The slope is 1 for a positive input; otherwise, and at 0, it is that of the negative side, as in MXNet."""
    if attrs.get('act_type', 'leaky') != 'leaky':
        return NotImplemented
    slope = float(attrs.get('slope', 0.25))
    return along[0] * mx.sym.BlockGrad((inputs[0] > 0) * (1 - slope) + slope)


def _activation(attrs, inputs, along, output):
    derivative = {'relu': lambda: mx.sym.BlockGrad(inputs[0] > 0), 'sigmoid': lambda: output * (1 - output),
                  'tanh': lambda: 1 - mx.sym.square(output), 'softrelu': lambda: mx.sym.sigmoid(inputs[0]),
                  'softsign': lambda: 1 / mx.sym.square(1 + mx.sym.abs(inputs[0]))}
    return along[0] * derivative[attrs['act_type']]()


def _elementwise(kind):
    return lambda attrs, inputs, along, output: _activation({'act_type': kind}, inputs, along, output)


def _pooling(attrs, inputs, along, output):
    """Average pooling is linear. Max pooling would have to remember which input was the largest."""
    return mx.sym.Pooling(along[0], **attrs) if attrs.get('pool_type', 'max') in ('avg', 'sum') else NotImplemented


def _nothing(attrs, inputs, along, output):
    return None


def _pass(attrs, inputs, along, output):
    return along[0]


def _opposite(attrs, inputs, along, output):
    return -along[0]


def _zeros_if_none(inputs, along):
    return [mx.sym.zeros_like(one) if each is None else each for one, each in zip(inputs, along)]


def _sum(attrs, inputs, along, output):
    """A sum of any number of terms. A term of a smaller shape is broadcast."""
    terms = [each for each in along if each is not None]
    total = terms[0]
    for term in terms[1:]:
        total = mx.sym.broadcast_add(total, term)
    return total if len(terms) == len(along) else mx.sym.broadcast_add(mx.sym.zeros_like(output), total)


def _difference(attrs, inputs, along, output):
    one, other = along
    return _sum(attrs, inputs, [one, None if other is None else -other], output)


def _product(attrs, inputs, along, output):
    (a, b), (da, db) = inputs, along
    terms = [None if da is None else mx.sym.broadcast_mul(da, b), None if db is None else mx.sym.broadcast_mul(a, db)]
    terms = [term for term in terms if term is not None]
    return sum(terms[1:], terms[0])


def _quotient(attrs, inputs, along, output):
    (_, b), (da, db) = inputs, along
    if db is None:
        return mx.sym.broadcast_div(da, b)
    change = -mx.sym.broadcast_mul(output, db)
    return mx.sym.broadcast_div(change if da is None else mx.sym.broadcast_add(da, change), b)


def _square(attrs, inputs, along, output):
    return 2 * inputs[0] * along[0]


def _concat(attrs, inputs, along, output):
    return mx.sym.concat(*_zeros_if_none(inputs, along), dim=int(attrs.get('dim', 1)))


def _instance_norm(attrs, inputs, along, output):
    gamma = mx.sym.reshape(inputs[1], shape=(1, -1, 1, 1))
    return _normalized(inputs[0], gamma, along, float(attrs.get('eps', 1e-3)), axis=(2, 3))


def _layer_norm(attrs, inputs, along, output):
    if int(attrs.get('axis', -1)) != -1:
        return NotImplemented
    return _normalized(inputs[0], inputs[1], along, float(attrs.get('eps', 1e-5)), axis=-1)


def _normalized(x, gamma, along, epsilon, axis):
    """The derivative of ``gamma n + beta``, where ``n = (x - mean(x)) / deviation(x)``, with the mean over `axis`.

    It is ``gamma / deviation(x) (v - mean(v) - n mean(n v))``.
    """
    if any(each is not None for each in along[1:]):
        return NotImplemented

    def mean(array):
        return mx.sym.mean(array, axis=axis, keepdims=True)

    v, centred = along[0], mx.sym.broadcast_sub(x, mean(x))
    inverse = mx.sym.rsqrt(mean(mx.sym.square(centred)) + epsilon)
    n = mx.sym.broadcast_mul(centred, inverse)
    change = mx.sym.broadcast_sub(v, mean(v)) - mx.sym.broadcast_mul(n, mean(n * v))
    return mx.sym.broadcast_mul(mx.sym.broadcast_mul(change, inverse), gamma)


RULES = {
    **{op: _linear(op) for op in LINEAR},
    **{op: _nothing for op in CONSTANT},
    **{op: _layer(op) for op in ('Convolution', 'Deconvolution', 'FullyConnected')},
    **{op: _elementwise(op) for op in ('relu', 'sigmoid', 'tanh')},
    **{op: _sum for op in ('elemwise_add', 'broadcast_add', 'add_n')},
    **{op: _difference for op in ('elemwise_sub', 'broadcast_sub')},
    **{op: _product for op in ('elemwise_mul', 'broadcast_mul')},
    **{op: _quotient for op in ('elemwise_div', 'broadcast_div')},
    **{op: _pass for op in ('_plus_scalar', '_minus_scalar')},
    '_rminus_scalar': _opposite,
    'LeakyReLU': _leaky, 'Activation': _activation, 'Pooling': _pooling, 'Concat': _concat, 'square': _square,
    'InstanceNorm': _instance_norm, 'LayerNorm': _layer_norm,
}
