"""The same networks and update of a translation in PyTorch, in an environment of its own. A variant is words joined by '+'.

eager
    PyTorch as it comes; its order of work is that of CycleGAN's authors: each call for itself, the discriminators' weights without gradients
    in the generators' turn.
channels-last
    Weights and pictures in PyTorch's channels-last memory format.
thrifty
    In fewer passes than its authors, or we: a generator's translation and what it makes of its own domain in one.
"""
import itertools
import random

import numpy as np
import torch
import worker
from torch import nn

WORDS = {'eager', 'channels-last', 'thrifty'}
CYCLE, IDENTITY, POOL = 10.0, 0.5, 50


def normed(conv, slope=0.0):
    return [conv, nn.InstanceNorm2d(conv.out_channels), nn.LeakyReLU(slope, True) if slope else nn.ReLU(True)]


class Residual(nn.Module):
    def __init__(self, maps):
        super().__init__()
        conv = lambda: nn.Conv2d(maps, maps, 3, padding=1, padding_mode='reflect', bias=False)  # noqa: E731
        self.body = nn.Sequential(*normed(conv()), conv(), nn.InstanceNorm2d(maps))

    def forward(self, x):
        return x + self.body(x)


def generator(maps, blocks=6):
    layers = normed(nn.Conv2d(3, maps, 7, padding=3, padding_mode='reflect', bias=False))
    for width in (maps, 2 * maps):
        layers += normed(nn.Conv2d(width, 2 * width, 3, 2, 1, bias=False))
    layers += [Residual(4 * maps) for _ in range(blocks)]
    for width in (4 * maps, 2 * maps):
        layers += normed(nn.ConvTranspose2d(width, width // 2, 3, 2, 1, output_padding=1, bias=False))
    return nn.Sequential(*layers, nn.Conv2d(maps, 3, 7, padding=3, padding_mode='reflect'), nn.Tanh())


def discriminator(maps):
    """A patch of 34 pixels, as ``gluon_gan.translate.PatchDiscriminator`` has it at 64 px."""
    return nn.Sequential(nn.Conv2d(3, maps, 4, 2, 1), nn.LeakyReLU(0.2, True), *normed(nn.Conv2d(maps, 2 * maps, 4, 2, 1, bias=False), 0.2),
                         *normed(nn.Conv2d(2 * maps, 4 * maps, 4, 1, 1, bias=False), 0.2), nn.Conv2d(4 * maps, 1, 4, 1, 1))


def initialize(layer):
    if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(layer.weight, 0, 0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


class Pool:
    def __init__(self):
        self.pictures = []

    def __call__(self, batch):
        shown = []
        for picture in batch.split(1):
            if len(self.pictures) < POOL:
                self.pictures.append(picture)
            elif random.random() < 0.5:
                place = random.randrange(POOL)
                picture, self.pictures[place] = self.pictures[place], picture
            shown.append(picture)
        return torch.cat(shown)


class Steps:
    def __init__(self, words, settings):
        self.thrifty, maps = 'thrifty' in words, settings['maps']
        layout = torch.channels_last if 'channels-last' in words else torch.contiguous_format
        self.ab, self.ba, self.a, self.b = (net.apply(initialize).to(memory_format=layout) for net in
                                            (generator(maps), generator(maps), discriminator(maps), discriminator(maps)))
        self.adamG, self.adamD = (torch.optim.Adam(itertools.chain(*(net.parameters() for net in nets)), 2e-4, (0.5, 0.999), fused=True)
                                  for nets in ((self.ab, self.ba), (self.a, self.b)))
        self.pools, self.l1, self.mse = (Pool(), Pool()), nn.L1Loss(), nn.MSELoss()
        rng, shape = np.random.default_rng(0), (settings['batch_size'], 3, settings['size'], settings['size'])
        self.pairs = [[torch.from_numpy(rng.uniform(-1, 1, shape).astype(np.float32)).contiguous(memory_format=layout) for _ in 'ab'] for _ in range(8)]

    def run(self, steps):
        for step in range(steps):
            self.step(*self.pairs[step % len(self.pairs)])

    def step(self, a, b):
        critics = (self.a, self.b)
        for net in critics:
            net.requires_grad_(False)
        if self.thrifty:
            (fake_b, same_b), (fake_a, same_a) = self.ab(torch.cat([a, b])).split(len(a)), self.ba(torch.cat([b, a])).split(len(a))
        else:
            fake_b, fake_a, same_b, same_a = self.ab(a), self.ba(b), self.ab(b), self.ba(a)
        judged = self.b(fake_b), self.a(fake_a)
        loss = sum(self.mse(logits, torch.ones_like(logits)) for logits in judged)
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
    """The object that runs a variant; ValueError where there is none of that name."""
    torch.manual_seed(0)
    torch.set_num_threads(settings['threads'])
    words = set(variant.split('+'))
    if words - WORDS:
        raise ValueError(f'no variant {variant!r}; its words are {", ".join(sorted(WORDS))}')
    return Steps(words, settings)


if __name__ == '__main__':
    worker.serve(make, {'torch': torch.__version__})
