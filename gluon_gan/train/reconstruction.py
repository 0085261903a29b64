"""Self-supervision of D for training on few images: a decoder reconstructs real images from D's feature maps.

A D that memorises a few images needs no features that describe them. The decoder of FastGAN (Liu et al. 2021,
arXiv:2101.04775, section 3.2) needs such features: it is trained together with D, whose feature maps of 8x8 (for images
of 28 pixels 7x7) must suffice to reconstruct real images at half of their size. They are augmented like those that D
classifies, with other random numbers. Generated images are not reconstructed.

The distance is the mean absolute difference of the pixels. FastGAN compares features of a network that was trained on
photographs, which would have to be downloaded; it also reconstructs parts of the images from larger feature maps.
"""
import mxnet as mx
from mxnet.gluon import HybridBlock, nn

from ..blocks import ToImage, UpBlock
from ..models import SIZES, Discriminator
from ..support import storage
from ..support.checks import number
from ..support.scopes import weaken

PREFIX = 'decoder.'      # of its parameters in a checkpoint


class Reconstruction(HybridBlock):
    """The weighted distance ``(N,)`` of images ``(N, C, H, W)`` in [-1, 1] from their reconstructions.

    Parameters
    ----------
    netD : Discriminator
        Unconditional. Its blocks are shared, not copied.
    weight : float
        At least 0.

    Attributes
    ----------
    decoder : mxnet.gluon.nn.HybridSequential
        UpBlock ..., ToImage: from D's feature maps to images ``(N, C, H/2, W/2)``.

    Raises
    ------
    ValueError
        If the weight is out of range, or netD is conditional or no :class:`Discriminator`.
    """

    def __init__(self, netD, weight, **kwargs):
        self.weight = number('reconstruction', weight, 'a weight of at least 0')
        if not isinstance(netD, Discriminator) or netD.classes:
            what = f'one with {netD.classes} classes' if isinstance(netD, Discriminator) else f'a {type(netD).__name__}'
            raise ValueError(f'reconstruction={weight!r} needs an unconditional gluon_gan.Discriminator, not {what}: '
                             'leave reconstruction=... out')
        super().__init__(**kwargs)
        count, widths = SIZES[netD.config['size']] - 1, netD.widths
        with self.name_scope():
            self.encoder, self.decoder = nn.HybridSequential(), nn.HybridSequential()
            self.encoder.add(*netD.down[:count])
            for i in reversed(range(2, count)):
                self.decoder.add(UpBlock(widths[i], widths[i - 1]))
            self.decoder.add(ToImage(widths[1], netD.config['channels']))

    def hybrid_forward(self, F, x):
        halved = F.Pooling(x, kernel=(2, 2), stride=(2, 2), pool_type='avg')
        return self.weight * F.mean(F.abs(self.decoder(self.encoder(x)) - halved), axis=(1, 2, 3))

    def prepare(self, contexts):
        """Initialise the decoder on the devices, as a DCGAN's generator.

        Returns
        -------
        dict of Parameter
            Those of the decoder, by their names in a checkpoint.
        """
        self.decoder.initialize(mx.init.Normal(0.02), ctx=contexts)
        weaken(self).hybridize(static_alloc=True)
        return {PREFIX + name: parameter for name, parameter in storage.named(self.decoder).items()}

    def state(self):
        """dict of ndarray: the decoder, for a checkpoint."""
        return {PREFIX + name: array for name, array in storage.parameters(self.decoder).items()}

    def restore(self, arrays):
        """Take from ``arrays`` what :meth:`state` returned; StorageError if it cannot come from it."""
        own = {name.removeprefix(PREFIX): arrays.pop(name) for name in list(arrays) if name.startswith(PREFIX)}
        storage.set_parameters(self.decoder, own, 'the decoder in the checkpoint')
