"""Count the multiply-adds of a training step from the layers of the networks."""
import mxnet as mx
from mxnet.gluon import nn


def layers(net, shape):
    """Return the multiply-adds of each convolution and dense layer of `net`, in the forward pass of one sample.

    A convolution uses each weight once at every position of its output, and a transposed convolution at every position
    of its input.
    """
    counts = []

    def count(layer, inputs, output):
        positions = {nn.Conv2D: output, nn.Conv2DTranspose: inputs[0]}.get(type(layer))
        uses = positions.shape[2] * positions.shape[3] if positions is not None else 1
        counts.append(layer.weight.data().size * uses)

    def attach(layer):
        if isinstance(layer, (nn.Conv2D, nn.Conv2DTranspose, nn.Dense)):
            handles.append(layer.register_forward_hook(count))

    handles = []
    net.apply(attach)
    net(mx.nd.zeros((1, *shape)))
    for handle in handles:
        handle.detach()
    return counts


def of_step(netG, netD, batch_size):
    """Return the multiply-adds of one alternating update without unnecessary gradients (see ``gluon_gan.train.step``).

    The forward pass of a layer, the gradient of its weights and the gradient of its input cost the same. G needs all
    three, except the gradient of z. D needs all three for real and for fake images, except the gradients of the images.
    In G's update, D needs no gradients of its weights.
    """
    g = layers(netG, (netG.nz,))
    d = layers(netD, (netD.channels, netD.size, netD.size))
    return batch_size * (3 * sum(g) - g[0] + 2 * (3 * sum(d) - d[0]) + 2 * sum(d))
