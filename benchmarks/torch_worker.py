"""The worker for the same networks and update in PyTorch, in a separate environment.

The name of a variant consists of options joined by '+':

eager
    PyTorch's default: eager execution and contiguous tensors.
channels-last
    Weights and images in PyTorch's channels-last memory format.
compiled
    Both networks compiled by ``torch.compile``.
bf16
    Autocast to bfloat16: another precision, for reference only.
thrifty
    Our order of computation (see ``gluon_gan.train.step``): G's gradient through D, without gradients of D's weights.
r1
    A penalty of 1/2 ||g||^2 on D's gradient at the real images, by double backward.
lazy
    The penalty in every 16th step only, with 16 times its weight.

With ``norm`` 'none' in the settings of the network, D has biases in place of batch normalisation.
"""
import numpy as np
import torch
import worker
from torch import nn
from torch.nn.functional import softplus

DOUBLINGS = {28: 3, 32: 3, 64: 4, 128: 5}     # gluon_gan.models.SIZES
OPTIONS = {'eager', 'channels-last', 'compiled', 'bf16', 'thrifty', 'r1', 'lazy'}
EVERY = 16                                    # steps between two lazy penalties


def shape(kernel, odd):
    """Return kernel, stride and padding of a block, as ``gluon_gan.blocks.halving`` for a kernel of 4."""
    return kernel - 1 if odd else kernel, 2, 1


def generator(size, channels, nz, ngf, kernel):
    widths = [ngf * 2 ** i for i in reversed(range(DOUBLINGS[size]))]
    layers = [nn.Linear(nz, widths[0] * 16, bias=False), nn.Unflatten(1, (widths[0], 4, 4)),
              nn.BatchNorm2d(widths[0]), nn.ReLU(True)]
    for i, (wide, narrow) in enumerate(zip(widths, widths[1:])):
        up = nn.ConvTranspose2d(wide, narrow, *shape(kernel, size == 28 and i == 0), bias=False)
        layers += [up, nn.BatchNorm2d(narrow), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(widths[-1], channels, *shape(kernel, False)), nn.Tanh())


def discriminator(size, channels, ndf, kernel, norm='batch'):
    widths = [channels] + [ndf * 2 ** i for i in range(DOUBLINGS[size])]
    layers = []
    for i, (narrow, wide) in enumerate(zip(widths, widths[1:])):
        has_norm = i > 0 and norm == 'batch'
        layers.append(nn.Conv2d(narrow, wide, *shape(kernel, size == 28 and i == len(widths) - 2), bias=not has_norm))
        if has_norm:
            layers.append(nn.BatchNorm2d(wide))
        layers.append(nn.LeakyReLU(0.2, True))
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(widths[-1] * 16, 1))


def initialize(layer):
    """Initialise weights from N(0, 0.02), the scale of a batch normalisation from N(1, 0.02), and biases with 0."""
    if isinstance(layer, (nn.BatchNorm2d, nn.Conv2d, nn.ConvTranspose2d, nn.Linear)):
        nn.init.normal_(layer.weight, float(isinstance(layer, nn.BatchNorm2d)), 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class Steps:
    """The update of a DCGAN. G runs once: D is updated with the detached images, then G with the same images."""

    def __init__(self, options, settings):
        net, images = settings['net'], np.load(settings['images'])
        self.thrifty, self.bf16 = 'thrifty' in options, 'bf16' in options
        self.nz, self.batch_size = net['nz'], settings['batch_size']
        layout = torch.channels_last if 'channels-last' in options else torch.contiguous_format
        netG = generator(net['size'], net['channels'], net['nz'], net['ngf'], net['kernel'])
        netD = discriminator(net['size'], net['channels'], net['ndf'], net['kernel'], net.get('norm', 'batch'))
        self.every, self.steps = ('r1' in options) * (EVERY if 'lazy' in options else 1), 0
        for network in (netG, netD):
            network.apply(initialize).to(memory_format=layout)
        self.adamG, self.adamD = (torch.optim.Adam(network.parameters(), 2e-4, (0.5, 0.999), fused=True)
                                  for network in (netG, netD))
        self.netG, self.netD = netG, netD
        if 'compiled' in options:
            # Each variant compiles the same functions again. Beyond the usual 8 times, PyTorch would run them eagerly.
            torch._dynamo.config.recompile_limit = 100
            self.netG, self.netD = torch.compile(netG), torch.compile(netD)
        floats = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 127.5 - 1
        self.batches = [batch.contiguous(memory_format=layout) for batch in floats.split(self.batch_size)]

    def run(self, steps):
        for step in range(steps):
            self.step(self.batches[step % len(self.batches)])

    def autocast(self):
        return torch.autocast('cpu', torch.bfloat16, enabled=self.bf16)

    def step(self, real):
        z = torch.randn(self.batch_size, self.nz)
        with self.autocast():
            fake = self.netG(z)
            detached = fake.detach()
            penalised = self.every and self.steps % self.every == 0
            real = real.detach().requires_grad_(bool(penalised))
            logits = self.netD(real)
            errD = (softplus(-logits) + softplus(self.netD(detached))).mean()
            if penalised:
                gradient, = torch.autograd.grad(logits.sum(), real, create_graph=True)
                errD = errD + self.every / 2 * gradient.square().sum((1, 2, 3)).mean()
        self.steps += 1
        self.adamD.zero_grad(set_to_none=True)
        errD.backward()
        self.adamD.step()
        self.adamG.zero_grad(set_to_none=True)
        scored = detached.requires_grad_() if self.thrifty else fake
        with self.autocast():
            errG = softplus(-self.netD(scored)).mean()
        if self.thrifty:
            fake.backward(torch.autograd.grad(errG, scored)[0])
        else:
            errG.backward()
        self.adamG.step()


class Sgemm:
    """Products of two square matrices."""

    def __init__(self, size):
        self.matrices = torch.randn(2, size, size)

    def run(self, steps):
        for _ in range(steps):
            torch.mm(*self.matrices)


def make(variant, settings):
    """Return the object that runs a variant; ValueError if there is no such variant."""
    torch.manual_seed(0)
    torch.set_num_threads(settings['threads'])
    if variant == 'sgemm':
        return Sgemm(settings['sgemm'])
    options = set(variant.split('+'))
    if options - OPTIONS:
        raise ValueError(f'there is no variant {variant!r}; its options are {", ".join(sorted(OPTIONS))}')
    return Steps(options, settings)


if __name__ == '__main__':
    worker.serve(make, {'torch': torch.__version__})
