"""The worker for the same networks and update of a CycleGAN in PyTorch, in a separate environment.

The name of a variant consists of options joined by '+':

eager
    PyTorch's default, in the order of computation of CycleGAN's authors: each network is called separately for each
    term, and the generators' update computes no gradients of the discriminators' weights.
channels-last
    Weights and images in PyTorch's channels-last memory format.
thrifty
    Fewer passes than in the authors' code or ours: each generator computes its translation and its identity term in one
    batch.
"""
import random

import numpy as np
import torch
import worker
from torch import nn

OPTIONS = {'eager', 'channels-last', 'thrifty'}
CYCLE, IDENTITY, POOL = 10.0, 0.5, 50


def with_norm(conv, slope=0.0):
    return [conv, nn.InstanceNorm2d(conv.out_channels), nn.LeakyReLU(slope, True) if slope else nn.ReLU(True)]


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        convs = [nn.Conv2d(width, width, 3, padding=1, padding_mode='reflect', bias=False) for _ in range(2)]
        self.body = nn.Sequential(*with_norm(convs[0]), convs[1], nn.InstanceNorm2d(width))

    def forward(self, x):
        return x + self.body(x)


def generator(ngf, blocks=6):
    layers = with_norm(nn.Conv2d(3, ngf, 7, padding=3, padding_mode='reflect', bias=False))
    for width in (ngf, 2 * ngf):
        layers += with_norm(nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False))
    layers += [Residual(4 * ngf) for _ in range(blocks)]
    for width in (4 * ngf, 2 * ngf):
        layers += with_norm(nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1, bias=False))
    return nn.Sequential(*layers, nn.Conv2d(ngf, 3, 7, padding=3, padding_mode='reflect'), nn.Tanh())


def discriminator(ndf):
    """Patches of 34 pixels, as in ``gluon_gan.translate.PatchDiscriminator`` for 64 px."""
    return nn.Sequential(nn.Conv2d(3, ndf, 4, 2, 1), nn.LeakyReLU(0.2, True),
                         *with_norm(nn.Conv2d(ndf, 2 * ndf, 4, 2, 1, bias=False), 0.2),
                         *with_norm(nn.Conv2d(2 * ndf, 4 * ndf, 4, 1, 1, bias=False), 0.2),
                         nn.Conv2d(4 * ndf, 1, 4, 1, 1))


def initialize(layer):
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class ImagePool:
    def __init__(self):
        self.images = []

    def __call__(self, batch):
        shown = []
        for image in batch.split(1):
            if len(self.images) < POOL:
                self.images.append(image)
            elif random.random() < 0.5:
                index = random.randrange(POOL)
                image, self.images[index] = self.images[index], image
            shown.append(image)
        return torch.cat(shown)


class Steps:
    def __init__(self, options, settings):
        self.thrifty, width = 'thrifty' in options, settings['feature_maps']
        layout = torch.channels_last if 'channels-last' in options else torch.contiguous_format
        nets = generator(width), generator(width), discriminator(width), discriminator(width)
        self.ab, self.ba, self.a, self.b = (net.apply(initialize).to(memory_format=layout) for net in nets)
        self.adamG, self.adamD = (torch.optim.Adam([*one.parameters(), *other.parameters()], 2e-4, (0.5, 0.999),
                                                   fused=True)
                                  for one, other in ((self.ab, self.ba), (self.a, self.b)))
        self.pools, self.l1, self.mse = (ImagePool(), ImagePool()), nn.L1Loss(), nn.MSELoss()
        rng, shape = np.random.default_rng(0), (settings['batch_size'], 3, settings['size'], settings['size'])
        batches = [torch.from_numpy(rng.uniform(-1, 1, shape).astype(np.float32)).contiguous(memory_format=layout)
                   for _ in range(16)]
        self.pairs = list(zip(batches[::2], batches[1::2]))

    def run(self, steps):
        for step in range(steps):
            self.step(*self.pairs[step % len(self.pairs)])

    def step(self, a, b):
        critics = (self.a, self.b)
        for net in critics:
            net.requires_grad_(False)
        if self.thrifty:
            fake_b, same_b = self.ab(torch.cat([a, b])).split(len(a))
            fake_a, same_a = self.ba(torch.cat([b, a])).split(len(a))
        else:
            fake_b, fake_a, same_b, same_a = self.ab(a), self.ba(b), self.ab(b), self.ba(a)
        fake_logits = self.b(fake_b), self.a(fake_a)
        loss = sum(self.mse(logits, torch.ones_like(logits)) for logits in fake_logits)
        loss = loss + CYCLE * (self.l1(self.ba(fake_b), a) + self.l1(self.ab(fake_a), b))
        loss = loss + CYCLE * IDENTITY * (self.l1(same_a, a) + self.l1(same_b, b))
        self.adamG.zero_grad(set_to_none=True)
        loss.backward()
        self.adamG.step()
        for net in critics:
            net.requires_grad_(True)
        self.adamD.zero_grad(set_to_none=True)
        for net, real, fake, pool in zip(critics, (a, b), (fake_a, fake_b), self.pools):
            real, fake = net(real), net(pool(fake.detach()))
            (0.5 * (self.mse(real, torch.ones_like(real)) + self.mse(fake, torch.zeros_like(fake)))).backward()
        self.adamD.step()


def make(variant, settings):
    """Return the object that runs a variant; ValueError if there is no such variant."""
    torch.manual_seed(0)
    torch.set_num_threads(settings['threads'])
    options = set(variant.split('+'))
    if options - OPTIONS:
        raise ValueError(f'there is no variant {variant!r}; its options are {", ".join(sorted(OPTIONS))}')
    return Steps(options, settings)


if __name__ == '__main__':
    worker.serve(make, {'torch': torch.__version__})
