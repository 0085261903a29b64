"""An exponential moving average of a generator's weights (Yazıcı et al. 2019, arXiv:1806.04498).

The two players orbit the equilibrium. The average of their path is closer to it than the current point.
"""
import mxnet as mx
from mxnet import autograd
from mxnet.gluon import nn

from .. import latent
from ..support import storage

# Enough for stable batch statistics; takes half a second for the 28 px generator on two cores.
BATCHES, BATCH_SIZE = 10, 128


class Average:
    """A copy of a generator that holds the moving average of its weights.

    Parameters
    ----------
    netG : Generator
        The network to average. The copy is created from its ``config``.
    decay : float
        In (0, 1): the weight of the old average in each update. Early updates use the smaller weight
        ``(1 + step) / (10 + step)``; otherwise the initial weights would dominate the average for a long time.
    ctx : mxnet.Context
    """

    def __init__(self, netG, decay, ctx):
        self.decay = decay
        self.netG, self._ctx = type(netG)(**netG.config), ctx
        self.netG.initialize(ctx=ctx)
        self.netG.hybridize(static_alloc=True)
        self._recalibrated_at = None
        averages = storage.named(self.netG)
        # Running statistics are not averaged: averaged weights need statistics measured with those weights.
        self._pairs = [(averages[name], parameter) for name, parameter in storage.named(netG).items()
                       if parameter.grad_req != 'null']
        self.update(step=-1)

    def update(self, step):
        """Update the average with the current weights of the original network."""
        keep = min(self.decay, (1 + step) / (10 + step))
        # SGD's operator computes w - lr (grad + wd w). With the other network's weight as grad, lr = keep - 1 and
        # wd = -1, this is the moving average, in one pass over the memory instead of three.
        for average, parameter in self._pairs:
            weight = average.data()
            mx.nd.sgd_update(weight, parameter.data(self._ctx), out=weight, lr=keep - 1, wd=-1)

    def generator(self, step):
        """Return the averaged generator with freshly measured batch statistics.

        The running statistics of the original generator belong to other weights. With them, the averaged generator's
        images look washed out.
        """
        if step != self._recalibrated_at:
            with autograd.pause():           # the statistics cannot be set while the caller records
                recalibrate(self.netG, seed=step)
            self._recalibrated_at = step
        return self.netG


def recalibrate(netG, seed=0, batches=BATCHES, batch_size=BATCH_SIZE):
    """Measure the running batch statistics of ``netG`` again on new noise. The weights do not change.

    MXNet's batch normalisation updates its running statistics in the BACKWARD pass; a forward pass in training mode
    leaves them unchanged. Therefore a gradient with respect to the noise is computed and discarded. The statistics
    start from zero and are finally divided by ``1 - momentum ** batches``, like the bias correction of Adam's
    moments, so that nothing remains of the previous ones.
    """
    norms = []
    netG.apply(lambda block: norms.append(block) if isinstance(block, nn.BatchNorm) else None)
    statistics = [(norm, parameter) for norm in norms for parameter in (norm.running_mean, norm.running_var)]
    for _, parameter in statistics:
        parameter.set_data(parameter.data().zeros_like())
    ctx = next(iter(netG.collect_params().values())).list_ctx()[0]
    for batch in range(batches):
        inputs = [latent.sample_z(batch_size, netG.nz, seed=[seed, batch], ctx=ctx)]
        if netG.classes:
            inputs.append(latent.labels(batch_size, netG.classes, ctx=ctx))
        inputs[0].attach_grad()
        with autograd.record():
            images = netG(*inputs)
        autograd.grad(images, [inputs[0]])
    for norm, parameter in statistics:
        parameter.set_data(parameter.data() / (1 - norm._kwargs['momentum'] ** batches))
