"""A discriminator's own features, as the DCGAN paper took them to classify photographs (Radford, Metz, Chintala 2015, section 5.1)."""
from mxnet.gluon import HybridBlock

from ..checks import whole_number
from ..models import FIRST, Discriminator
from .extractors import Extractor

GRID = 4        # the paper's


class Layers(HybridBlock):
    """Pictures to the activations of some convolutional blocks of netD, each max-pooled to grid x grid, flattened and joined: ``(N, d)``.

    netD's blocks are shared, not copied.
    """

    def __init__(self, netD, wanted, grid, **kwargs):
        super().__init__(**kwargs)
        self.down, self._pools = netD.down, {}
        for number in wanted:
            side = netD._maps[1:][number]
            # Areas overlap by a row or more where the side is no multiple of the grid: from 7 to 4 a window of 4 moves on by 1.
            step = side // grid
            self._pools[number] = dict(stride=(step, step), kernel=(side - (grid - 1) * step,) * 2, pool_type='max')

    def hybrid_forward(self, F, x):
        found = []
        for number, block in enumerate(self.down[:max(self._pools) + 1]):
            x = block(x)
            if number in self._pools:
                found.append(F.flatten(F.Pooling(x, **self._pools[number])))
        return F.concat(*found, dim=1)


class OfDiscriminator(Extractor):
    """See :func:`discriminator`."""

    def __init__(self, netD, layer, grid):
        if not isinstance(netD, Discriminator):
            raise ValueError(f'features can be taken from a gluon_gan.Discriminator only, not from a {type(netD).__name__}')
        if netD.classes:
            raise ValueError(f'features can be taken from a discriminator that is told no classes, and this one knows {netD.classes}')
        grid, depth, widths = whole_number('grid', grid), len(netD.down), [block.conv._channels for block in netD.down]
        if grid > FIRST:
            raise ValueError(f'grid must be an int from 1 to {FIRST}, the side of the smallest map, not {grid}')
        if layer != 'all' and layer not in range(-depth, depth):
            raise ValueError(f"layer must be 'all' or an int from {-depth} to {depth - 1}, for this D has {depth} layers, not {layer!r}")
        wanted = range(depth) if layer == 'all' else [layer % depth]
        context = next(iter(netD.collect_params().values())).list_ctx()[0]
        super().__init__('discriminator' if layer == 'all' else f'discriminator{wanted[0]}', grid ** 2 * sum(widths[number] for number in wanted),
                         (netD.channels,), netD.size, context)
        self._net = Layers(netD, wanted, grid)

    def _features(self, pictures):
        return self._net(pictures)


def discriminator(netD, layer='all', grid=GRID):
    """The extractor of a discriminator's activations, max-pooled to grid x grid maps.

    With the defaults those of the paper's probe: all layers, 4x4; its own D had 1,792 maps and so gave 28,672 numbers. Batch norms
    take their running statistics, which a training gathers over real and generated pictures alike (see :func:`gluon_gan.metrics.probe.on_real`).

    Parameters
    ----------
    netD : Discriminator
        Unconditional; used as it is, neither copied nor changed.
    layer : 'all' or int
        Of its convolutional blocks, from 0; -1 for the last.
    grid : int
        1 to 4.

    Returns
    -------
    callable
        Pictures of netD's size and channels to ``(N, d)``; d is 16 (ndf + 2 ndf + ...) by default.

    Raises
    ------
    ValueError
        If netD is none of ours or knows classes, or has no such layer.
    """
    return OfDiscriminator(netD, layer, grid)
