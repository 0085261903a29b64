"""Features of a discriminator for classification (Radford, Metz, Chintala 2015, section 5.1)."""
from mxnet.gluon import HybridBlock

from ..models import SMALLEST, Discriminator
from ..support.checks import whole_number
from ..support.scopes import weaken
from .base import Extractor

GRID = 4        # as in the paper


class Layers(HybridBlock):
    """Map images to pooled activations of selected blocks of netD, ``(N, d)``.

    The activations of each block are max-pooled to grid x grid, flattened and concatenated. The blocks are shared with
    netD, not copied.
    """

    def __init__(self, netD, wanted, grid, **kwargs):
        super().__init__(**kwargs)
        self.down, self._pools = netD.down, {}
        for number in wanted:
            side = netD._input_sizes[1:][number]
            # Windows overlap if the side is not a multiple of the grid: from 7 to 4, a window of 4 moves by 1.
            step = side // grid
            self._pools[number] = dict(stride=(step, step), kernel=(side - (grid - 1) * step,) * 2, pool_type='max')

    def hybrid_forward(self, F, x):
        pooled = []
        for number, block in enumerate([*self.down][:max(self._pools) + 1]):
            x = block(x)
            if number in self._pools:
                pooled.append(F.flatten(F.Pooling(x, **self._pools[number])))
        return F.concat(*pooled, dim=1)


class DiscriminatorFeatures(Extractor):
    """The extractor that :func:`discriminator` returns."""

    def __init__(self, netD, layer, grid):
        if not isinstance(netD, Discriminator):
            raise ValueError(f'netD must be a gluon_gan.Discriminator, not a {type(netD).__name__}')
        if netD.classes:
            raise ValueError(f'netD must be unconditional, and this one is conditioned on {netD.classes} classes')
        grid, depth, widths = whole_number('grid', grid), len(netD.down), netD.widths
        if grid > SMALLEST:
            raise ValueError(f'grid must be an int from 1 to {SMALLEST}, the side of the smallest feature maps, '
                             f'not {grid}')
        if layer != 'all' and layer not in range(-depth, depth):
            raise ValueError(f"layer must be 'all' or an int from {-depth} to {depth - 1}, not {layer!r}: "
                             f'this netD has {depth} layers')
        wanted = range(depth) if layer == 'all' else [layer % depth]
        context = next(iter(netD.collect_params().values())).list_ctx()[0]
        name = 'discriminator' if layer == 'all' else f'discriminator{wanted[0]}'
        dim = grid ** 2 * sum(widths[number] for number in wanted)
        super().__init__(name, dim, (netD.channels,), netD.size, context)
        self._net = weaken(Layers(netD, wanted, grid))

    def _features(self, pictures):
        return self._net(pictures)


def discriminator(netD, layer='all', grid=GRID):
    """Create an extractor of a discriminator's activations, max-pooled to grid x grid.

    The defaults are those of the paper's probe: all layers, 4x4. The paper's own D has 1,792 feature maps, hence
    28,672 features. Batch normalisation uses its running statistics, which training accumulates over real and
    generated images alike; :func:`gluon_gan.metrics.probe.on_real` recomputes them on real images.

    Parameters
    ----------
    netD : Discriminator
        Unconditional. It is neither copied nor changed.
    layer : 'all' or int
        Index of a convolutional block, from 0; -1 is the last.
    grid : int
        1 to 4.

    Returns
    -------
    callable
        Extractor for images with netD's size and channels, to ``(N, d)``. By default d is 16 (ndf + 2 ndf + ...).

    Raises
    ------
    ValueError
        If netD is not a :class:`~gluon_gan.Discriminator`, is conditional, or has no such layer.
    """
    return DiscriminatorFeatures(netD, layer, grid)
