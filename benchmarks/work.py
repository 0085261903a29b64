"""How many multiply-adds a training step needs, counted from the networks' layers."""
import mxnet as mx
from mxnet.gluon import nn


def layers(net, shape):
    """Multiply-adds of one sample's forward pass in each convolution and dense layer of `net`, in order.

    Each weight is used once for every place of the smaller map that a layer reads or writes: of the output for a convolution, of the
    input for a transposed one.
    """
    counts = []

    def count(layer, inputs, output):
        places = {nn.Conv2D: output, nn.Conv2DTranspose: inputs[0]}.get(type(layer))
        counts.append(layer.weight.data().size * (places.shape[2] * places.shape[3] if places is not None else 1))

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
    """Multiply-adds of one alternating update, with no gradient that is not needed (see ``gluon_gan.train.step``).

    A layer's forward pass, the gradient of its weights and that of its input cost the same. G: all three, but nobody needs the gradient
    of z. D on real and on fake pictures: all three, but for the gradient of the pictures. D in G's step: no weights' gradients.
    """
    g = layers(netG, (netG.nz,))
    d = layers(netD, (netD.channels, netD.size, netD.size))
    return batch_size * (3 * sum(g) - g[0] + 2 * (3 * sum(d) - d[0]) + 2 * sum(d))
