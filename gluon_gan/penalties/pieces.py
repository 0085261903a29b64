"""Backpropagation of a loss and of a penalty on the input gradient together, through a piecewise linear critic.

A critic of convolutions, dense layers and LeakyReLU is affine between its activation functions. With a piece ``A_k``
for each layer, and slopes ``m_k`` that are constant almost everywhere (for a LeakyReLU 1 or 0.2)::

    a_k = A_k(h_(k-1)),    h_k = m_k a_k,    from h_0 = x to D(x), the last a_k

1. Let ``c = dL/dD`` for a loss L. Backpropagation computes ``d_k = dL/da_k`` from the last piece to the first, and at x
   it arrives at ``c g``, where g is the input gradient.
2. The gradient of L with respect to the weights of ``A_k`` is that of ``d_k . A_k(h_(k-1))``, with both factors' inputs
   d and h held constant.
3. A penalty P with ``u = dP/dg`` adds the gradient of the directional derivative ``D'(x) u`` (see
   :class:`.InputGradient`). By the same rule it is that of ``d_k/c . A_k'(t_(k-1))``, where t are the derivatives of h
   along u: ``t_0 = u``, ``t_k = m_k A_k'(t_(k-1))``.
4. ``A_k`` is affine, so the sum of both is ``d_k . A_k(y_(k-1))`` with ``y = h + t/c``. These y are what the pieces
   compute from the moved input ``y_0 = x + u/c``, if the slopes ``m_k`` of x are kept.

So the weights get the gradient of ``L + P`` from ordinary backpropagation in which the features h are replaced by y.
The penalty costs one more forward computation, and the derivative with respect to the image.
"""
import json
from typing import NamedTuple

import mxnet as mx
from mxnet import autograd, gluon

from ..support.scopes import weaken
from .tangent import LINEAR

AFFINE = (      # operators that are affine in all inputs together
    *LINEAR, 'Concat', 'Pooling', '_minus_scalar', '_plus_scalar', '_rminus_scalar', 'add_n', 'broadcast_add',
    'broadcast_sub', 'elemwise_add', 'elemwise_sub')
IN_FIRST = 'Convolution', 'Deconvolution', 'FullyConnected', 'broadcast_div', 'elemwise_div'    # in the first alone
IN_ONE = 'broadcast_mul', 'elemwise_mul'                                                        # in any one
SMALLEST = 1e-18      # a derivative of the loss that is closer to 0 is replaced by it: 1 + 1e-18 = 1 in float32


class Step(NamedTuple):
    """An affine piece or an activation function: ``name = apply(*inputs)``, where inputs are names of results."""

    name: str
    inputs: list
    apply: callable
    affine: bool


class Backpropagation:
    """A forward pass through a critic, and the passes that follow it. Each method is called once, in this order.

    Parameters
    ----------
    steps : list of Step
        From :func:`steps_of`.
    x : NDArray
        ``(N, ...)``. It gets no gradient.
    labels : sequence of NDArray
        ``(N,)``, for a conditional critic.

    Attributes
    ----------
    logits : NDArray
        One for each sample, as the critic returns them, not tracked.
    """

    def __init__(self, steps, x, labels=()):
        self._steps, self._x = steps, x.detach()
        self._labels = dict(zip(('labels',), labels))
        self._inputs, self._outputs = {'x': variable(x)}, {}
        with autograd.record():
            for step in steps:
                output = step.apply(*self._arrays(step, self._inputs))
                # Each step has a graph to itself, so that the derivatives of all results can be had.
                self._outputs[step.name], self._inputs[step.name] = output, variable(output)
        self.logits = output.detach()

    def gradient(self, derivative):
        """Backpropagate to the input, without the gradients of weights.

        Parameters
        ----------
        derivative : NDArray
            The derivative c of a loss with respect to each logit, of the shape of the logits.

        Returns
        -------
        NDArray
            ``(N, ...)``: the input gradient g of each logit.
        """
        # A sample with c = 0 would lose g. With this c, its loss still contributes nothing in float32.
        self._c = mx.nd.where(derivative.abs() < SMALLEST, mx.nd.full(derivative.shape, SMALLEST, derivative.context,
                                                                      derivative.dtype), derivative)
        self._derivatives = {self._steps[-1].name: self._c}
        for step in reversed(self._steps):
            names = [name for name in step.inputs if name in self._inputs]
            # Retained, because MXNet would clear arrays such as singular vectors in the graphs of other passes too.
            found = autograd.grad([self._outputs[step.name]], [self._inputs[name] for name in names],
                                  [self._derivatives[step.name]], retain_graph=True)
            for name, array in zip(names, found):
                self._derivatives[name] = self._derivatives[name] + array if name in self._derivatives else array
        return mx.nd.broadcast_div(self._derivatives['x'], self._per_sample())

    def move(self, direction):
        """Compute the features y of the input ``x + u/c``, with the slopes of x.

        Parameters
        ----------
        direction : NDArray
            The derivative u of the penalty with respect to the gradient, ``(N, ...)``.

        Returns
        -------
        outputs, derivatives : list of NDArray
            ``autograd.backward(outputs, derivatives)`` computes the gradient of loss and penalty.
        """
        moved = {'x': self._x + mx.nd.broadcast_div(direction, self._per_sample())}
        outputs = {}
        for step in self._steps:
            arrays = self._arrays(step, moved)
            if step.affine:
                with autograd.record():
                    outputs[step.name] = step.apply(*arrays)
                moved[step.name] = outputs[step.name].detach()
            else:       # The product with the slopes is the same as in backpropagation.
                moved[step.name], = autograd.grad([self._outputs[step.name]], [self._inputs[step.inputs[0]]], arrays,
                                                  retain_graph=True)
        return list(outputs.values()), [self._derivatives[name] for name in outputs]

    def _arrays(self, step, results):
        # If two recorded graphs share an input, MXNet removes it from one graph when it clears the other.
        return [results[name] if name in results else self._labels[name].detach() for name in step.inputs]

    def _per_sample(self):
        return self._c.reshape((-1, *[1] * (self._x.ndim - 1)))


def variable(array):
    """A detached array that derivatives can be taken with respect to, without the memory that attach_grad fills."""
    array = array.detach()
    autograd.mark_variables([array], [array.detach()])
    return array


def steps_of(output, x, parameters, kind):
    """Divide a traced critic into affine pieces and activation functions.

    Parameters
    ----------
    output : mxnet.symbol.Symbol
        ``D(x)``, which has a directional derivative (:func:`.tangent.directional`).
    x : str
        The name of the input variable.
    parameters : mxnet.gluon.ParameterDict
        Those of the critic. They are shared.
    kind : numpy.dtype
        The data type of the inputs.

    Returns
    -------
    list of Step or None
        In the order of computation. None if D is not piecewise linear.
    """
    nodes, internals = json.loads(output.tojson())['nodes'], output.get_internals()
    sources = [[source for source, *_ in node['inputs']] for node in nodes]
    depends = []                                    # whether a node depends on x
    for node, inputs in zip(nodes, sources):
        depends.append(node['name'] == x or any(depends[source] for source in inputs))
    curved = [index for index, node in enumerate(nodes) if depends[index] and _slopes_are_constant(node)]
    ends = {sources[index][0] for index in curved} | {len(nodes) - 1}
    steps, symbols = [], []
    for index, (node, inputs) in enumerate(zip(nodes, sources)):
        symbol, name = internals[index], f'result{index}'
        if depends[index] and node['op'] != 'null':
            if index in curved:
                steps.append(Step(name, [symbols[inputs[0]].name], _activation(node), affine=False))
                symbol = mx.sym.var(name, dtype=kind)
            elif _is_affine(node, [depends[source] for source in inputs]):
                symbol = getattr(mx.sym, node['op'], None) or getattr(mx.sym._internal, node['op'])
                symbol = symbol(*[symbols[source] for source in inputs], **node.get('attrs', {}))
            else:
                return None
            if index in ends and index not in curved:
                steps.append(_piece(name, symbol, parameters, kind))
                symbol = mx.sym.var(name, dtype=kind)
        symbols.append(symbol)
    return steps


def _slopes_are_constant(node):
    kind = node.get('attrs', {}).get('act_type', 'leaky')
    return node['op'] == 'relu' or (node['op'], kind) in (('LeakyReLU', 'leaky'), ('Activation', 'relu'))


def _is_affine(node, depends):
    return (node['op'] in AFFINE or node['op'] in IN_FIRST and not any(depends[1:])
            or node['op'] in IN_ONE and sum(depends) == 1)


def _activation(node):
    return lambda array: getattr(mx.nd, node['op'])(array, **node.get('attrs', {}))


def _piece(name, symbol, parameters, kind):
    inputs = [each for each in symbol.list_inputs() if each not in parameters.keys()]
    block = weaken(gluon.SymbolBlock([symbol], [mx.sym.var(each, dtype=kind) for each in inputs], parameters))
    block.hybridize(static_alloc=True)
    return Step(name, inputs, block, affine=True)
