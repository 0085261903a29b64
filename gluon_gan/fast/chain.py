"""A chain of convolutions as one operator, and the memory between its forward and its backward pass.

MXNet keeps all inputs and outputs of an operator until its backward pass. Inside a chain, only the result of each
convolution is kept, in memory that both forms of a discriminator share.
"""
from typing import NamedTuple

import mxnet as mx
from mxnet.gluon import HybridBlock, nn

from ..blocks import SpectralNorm
from ..support.scopes import weaken

PAGE = 1024        # float32 numbers in a page: the operator begins the result of each convolution in a new one
# The parameters after a convolution, in the order of the operator.
AFTER = {'norm': ('gamma', 'beta', 'running_mean', 'running_var'), 'bias': ('bias',), 'image': ('bias',)}


class Sharing(HybridBlock):
    """A block whose parameters belong to another block too."""

    def _share(self, **parameters):
        for name, parameter in parameters.items():
            self.params.update({parameter.name: parameter})
            setattr(self, name, parameter)

    def _given(self, F, **arrays):
        """Return the arrays of parameters as an operator may receive them.

        MXNet lets the operators of a library overwrite a gradient that is to be accumulated (grad_req 'add'). The
        gradient of a copy is accumulated correctly. What grad_req is counts when the network first computes.
        """
        given = [F.identity(array) if getattr(self, name).grad_req == 'add' else array
                 for name, array in arrays.items()]
        return given if len(given) > 1 else given[0]


class Memory:
    """Memory of networks that are not computed at the same time: for feature maps, until the backward pass.

    It grows if a larger batch needs more. If a second forward pass uses it before the backward pass of the first, the
    results of the first are computed again.
    """

    def __init__(self):
        self._arrays = {}

    def array(self, context, count):
        """An NDArray of at least `count` float32 numbers on a device."""
        if context not in self._arrays or self._arrays[context].size < count:
            self._arrays.pop(context, None)
            self._arrays[context] = mx.nd.empty((count,), context)
        # Detached: when MXNet clears a graph after its backward pass, arrays shared with other graphs lose those too.
        return self._arrays[context].detach()


class Stage(NamedTuple):
    """A convolution and what follows it, in a :class:`FastChain`."""

    conv: object         # nn.Conv2D, nn.Conv2DTranspose or SpectralNorm; None if there is none before the first 'norm'
    kind: str            # 'norm' or 'bias', with a (leaky) ReLU; or 'image', the last one: a bias
    after: object        # the block with the parameters of the normalisation, or with the bias
    side: int            # height and width of the result

    @property
    def width(self):
        """int: the number of feature maps."""
        return (self.after.gamma if self.kind == 'norm' else self.after.bias).shape[0]


class FastChain(Sharing):
    """Several stages as one operator, from ``(N, C, H, W)`` float32 to the same.

    The running statistics are updated in the forward pass; ``nn.BatchNorm`` updates them in the backward pass.

    Parameters
    ----------
    stages : list of Stage
        Either all convolutions are transposed, or none is.
    slope : float
        The slope of each ReLU for negative values.
    bfloat16 : bool
        Whether feature maps are stored, and convolutions computed, in bfloat16.
    groups : int
        The number of equal parts of the batch that are normalised separately.
    channels : int
        The number of first channels of an image that are returned.
    x_gradient, weight_gradient : bool
        The gradients that are computed. The others have arbitrary values.
    """

    def __init__(self, stages, slope, bfloat16, groups=1, channels=1, x_gradient=True, weight_gradient=True):
        super().__init__()
        self._stages, self._bfloat16, self._groups = stages, bfloat16, groups
        self._normalized, words = {}, []
        for i, stage in enumerate(stages):
            window = stage.conv._kwargs if stage.conv else None
            words += [window['stride'][0], window['pad'][0], window.get('adj', [0])[0]] if window else [0, 0, 0]
            words.append(stage.kind)
            if stage.conv:
                self._share(**{f'weight{i}': stage.conv.weight})
            if isinstance(stage.conv, SpectralNorm):
                self._normalized[i] = stage.conv._normalized
                self._share(**{f'u{i}': stage.conv.u, f'v{i}': stage.conv.v})
            for name in AFTER[stage.kind]:
                self._share(**{f'{name}{i}': getattr(stage.after, name)})
        norms = [stage.after._kwargs for stage in stages if stage.kind == 'norm']
        self._arguments = dict(
            stages=' '.join(map(str, words)), transpose=int(isinstance(stages[-1].conv, nn.Conv2DTranspose)),
            bfloat16=int(bfloat16), groups=groups, slope=slope, channels=channels, x_gradient=int(x_gradient),
            weight_gradient=int(weight_gradient))
        if norms:
            self._arguments.update(momentum=norms[0]['momentum'], epsilon=norms[0]['eps'])

    def kept_count(self, images):
        """An upper bound of the float32 numbers in the memory that a batch needs between its two passes."""
        return PAGE + sum(images * stage.width * stage.side ** 2 // (1 + self._bfloat16) + PAGE
                          + 2 * self._groups * stage.width for stage in self._stages if stage.kind != 'image')

    def hybrid_forward(self, F, x, kept, **parameters):
        given = []
        for i, stage in enumerate(self._stages):
            if i in self._normalized:
                given.append(self._normalized[i](F, *[parameters[f'{name}{i}'] for name in ('weight', 'u', 'v')]))
            names = ['weight'] * (stage.conv is not None and i not in self._normalized) + list(AFTER[stage.kind])
            given += [self._given(F, **{f'{name}{i}': parameters[f'{name}{i}']}) for name in names]
        return F.gg_chain(x, kept, *given, **self._arguments)[0]


class FastNetwork(HybridBlock):
    """A chain with what precedes and follows it, hybridized. It is called with a batch alone.

    Parameters
    ----------
    before, after : list of HybridBlock
    chain : FastChain
    memory : Memory
    """

    def __init__(self, before, chain, after, memory):
        super().__init__()
        self._memory, self.chain = memory, chain
        self.before, self.after = nn.HybridSequential(), nn.HybridSequential()
        self.before.add(*before)
        self.after.add(*after)
        weaken(self).hybridize(static_alloc=True)

    def __call__(self, x):
        return super().__call__(x, self._memory.array(x.context, self.chain.kept_count(len(x))))

    def hybrid_forward(self, F, x, kept):
        return self.after(self.chain(self.before(x), kept))
