"""The gradient of a critic with respect to its input, and the derivative of that gradient with respect to the weights.

MXNet 1.9.1 cannot differentiate a gradient (apache/mxnet issue 10002). The class below does not need it to.
"""
import mxnet as mx
import numpy as np
from mxnet import autograd, gluon

from ..support.checks import shown
from ..support.scopes import weaken
from .pieces import steps_of
from .tangent import NoDerivative, directional


class InputGradient:
    """The logits of a critic and their gradient with respect to the input, for penalties on this gradient.

    ::

        critic = InputGradient(netD)
        logits, gradient = critic(x)                        # values
        direction = ...                                     # dP/dgradient of the penalty P, of the shape of x
        with autograd.record():
            logits, slope = critic.along(x, direction)      # the logits again, for the rest of the loss
            loss = lossD(logits, ...) + slope
        loss.backward()                                     # weights get the gradient of lossD + P

    Why this is the gradient of P: let ``g(w) = dD(x; w)/dx`` for weights w, and ``u = dP/dg`` at the current weights.

    1. By the chain rule, ``dP(g(w))/dw = u^T dg/dw``.
    2. With u held constant, this is the gradient of ``u^T g(w)`` with respect to w.
    3. ``u^T g(w)`` is the directional derivative ``D'(x; w) u``, which needs only a forward computation.
    4. This computation passes u through the layers of D without their biases, and multiplies it by the slope that each
       LeakyReLU had for x (:mod:`.tangent` has the rules for all operators). Slopes are constant almost everywhere.
    5. Autograd differentiates this computation once. The weights are those of D itself, so ``backward`` adds the
       gradients of ``lossD`` and of P in the same arrays.

    Parameters
    ----------
    net : mxnet.gluon.Block
        Takes ``(N, ...)`` and returns one logit for each sample, which depends on no other one. It consists of blocks
        that MXNet can trace, such as :class:`gluon_gan.Discriminator`, or ``nn.Sequential`` of ``nn.Conv2D``,
        ``nn.Dense``, ``nn.LeakyReLU`` and ``nn.Flatten``. Its weights are shared, not copied. It may be initialised or
        moved to another device later.
    conditional : bool, optional
        Whether the critic is called with labels too. The default is whether ``net.classes`` is above 0.

    Attributes
    ----------
    steps : list of Step or None
        The affine pieces and activation functions of a piecewise linear critic, for :class:`.Backpropagation`.

    Raises
    ------
    NoDerivative
        A ValueError: if net is not a Block, if the output for one sample depends on others (batch normalisation), or
        if the network contains an operator without a rule. The message names the layer.
    """

    def __init__(self, net, conditional=None):
        if not isinstance(net, gluon.Block):
            raise NoDerivative(f'the critic must be an mxnet.gluon.Block, not {shown(net)}')
        self.net = net
        self.conditional = bool(getattr(net, 'classes', 0)) if conditional is None else bool(conditional)
        parameters = net.collect_params()
        kind = next((parameter.dtype for parameter in parameters.values()), np.float32)
        x, v, *labels = (mx.sym.var(name, dtype=kind) for name in ('x', 'v', 'labels')[:2 + self.conditional])
        output = _traced(net, x, *labels)
        # Not as a child of net: its parameters would appear twice.
        self._along = weaken(gluon.SymbolBlock([output, directional(output, 'x', v)], [x, v, *labels], parameters))
        self._along.hybridize(static_alloc=True)
        self.steps = steps_of(output, 'x', parameters, kind)

    def __call__(self, x, *labels):
        """Return the logits and their gradient, as values that autograd does not track.

        Parameters
        ----------
        x : NDArray
            ``(N, ...)``.
        *labels : NDArray
            ``(N,)``, for a conditional critic.

        Returns
        -------
        logits, gradient : NDArray
            The logits as the critic returns them, and the gradient ``(N, ...)`` of each logit with respect to its own
            sample. No gradient of a weight is computed or changed.
        """
        x = x.detach()
        x.attach_grad()
        with autograd.record():
            logits = self.net(x, *_detached(labels))
        gradient, = autograd.grad([logits], [x])
        return logits.detach(), gradient

    def along(self, x, direction, *labels):
        """Return the logits and their derivative along a direction, which autograd differentiates if it is recording.

        Parameters
        ----------
        x, direction : NDArray
            ``(N, ...)`` both. They get no gradient.
        *labels : NDArray
            ``(N,)``, for a conditional critic.

        Returns
        -------
        logits, slope : NDArray
            Both as the critic returns its logits: ``(N, 1)`` for a :class:`gluon_gan.Discriminator`. The gradients of
            ``slope`` with respect to the weights are those of ``(direction * gradient).sum()``.
        """
        return self._along(x.detach(), direction.detach(), *_detached(labels))

    def logits(self, x, *labels):
        """Return the logits alone, as the critic does; the input gets no gradient."""
        return self.net(x.detach(), *_detached(labels))


def _detached(arrays):
    """If two recorded graphs share an input, MXNet removes it from one graph when it clears the other."""
    return [array.detach() for array in arrays]


def _traced(net, *inputs):
    """The symbol of a network; NoDerivative if it is not made of traceable blocks, or has several outputs."""
    try:
        output = net(*inputs)
    except Exception as error:           # whatever custom code does with a symbol in the place of an array
        problem = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NoDerivative(f'this {type(net).__name__} cannot be traced, which its input gradient needs ({problem}): '
                           'build it of Gluon blocks, with operators of F alone') from error
    if not isinstance(output, mx.sym.Symbol) or len(output.list_outputs()) != 1:
        raise NoDerivative(f'this {type(net).__name__} returns several arrays: the input gradient is that of one logit '
                           'for each sample')
    return output
