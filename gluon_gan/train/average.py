"""An exponential moving average of a generator's weights (Yazıcı et al. 2019, arXiv:1806.04498).

The two players circle round the equilibrium; the average of the path lies nearer to it than its last point.
"""
import mxnet as mx
from mxnet import autograd
from mxnet.gluon import nn

from .. import latent, storage

BATCHES, BATCH_SIZE = 10, 128    # enough to see by: half a second for the 28 px generator on two cores


class Average:
    """The averaged copy of a generator.

    Parameters
    ----------
    netG : Generator
        The network to follow; the copy is made from its ``config``.
    decay : float
        In (0, 1): what is kept of the average in a step. Early on less is kept, ``(1 + step) / (10 + step)``, or the
        initial weights would stay in it for long.
    ctx : mxnet.Context
    """

    def __init__(self, netG, decay, ctx):
        self.decay = decay
        self.netG, self._ctx = type(netG)(**netG.config), ctx
        self.netG.initialize(ctx=ctx)
        self.netG.hybridize(static_alloc=True)
        self._fresh_at = None
        own = storage.named(self.netG)
        self._pairs = [(own[name], parameter) for name, parameter in storage.named(netG).items()
                       if parameter.grad_req != 'null']      # the running statistics of averaged weights are their own
        self.update(step=-1)

    def update(self, step):
        """Move the average towards the weights that the followed network has now."""
        keep = min(self.decay, (1 + step) / (10 + step))
        # SGD's operator, w - lr (grad + wd w), is this average where grad is the other weight: one pass over it, not three.
        for own, parameter in self._pairs:
            average = own.data()
            mx.nd.sgd_update(average, parameter.data(self._ctx), out=average, lr=keep - 1, wd=-1)

    def generator(self, step):
        """The averaged generator, its batch statistics measured anew on noise of its own.

        The statistics that netG gathered belong to other weights: with them the averaged network's pictures are washed out.
        """
        if step != self._fresh_at:
            recalibrate(self.netG, seed=step)
            self._fresh_at = step
        return self.netG


def recalibrate(netG, seed=0, batches=BATCHES, batch_size=BATCH_SIZE):
    """Measure the running batch statistics of ``netG`` anew on fresh noise; its weights stay.

    MXNet's batch normalisation moves its running statistics in the BACKWARD pass: a forward pass in training mode alone
    leaves them as they were. So a gradient is taken, towards the noise, and thrown away. They start from zero and are divided
    by what is missing to a full average, as Adam's moments are: of the old ones, nothing is left.
    """
    norms = []
    netG.apply(lambda block: norms.append(block) if isinstance(block, nn.BatchNorm) else None)
    statistics = [(norm, parameter) for norm in norms for parameter in (norm.running_mean, norm.running_var)]
    for _, parameter in statistics:
        parameter.set_data(parameter.data().zeros_like())
    ctx = next(iter(netG.collect_params().values())).list_ctx()[0]
    for batch in range(batches):
        inputs = [latent.draw(batch_size, netG.nz, seed=[seed, batch], ctx=ctx)]
        if netG.classes:
            inputs.append(latent.labels(batch_size, netG.classes, ctx=ctx))
        inputs[0].attach_grad()
        with autograd.record():
            pictures = netG(*inputs)
        autograd.grad(pictures, [inputs[0]])
    for norm, parameter in statistics:
        parameter.set_data(parameter.data() / (1 - norm._kwargs['momentum'] ** batches))
