"""Make the reference for weights of PyTorch's DCGAN tutorial: ``python tools/torch_dcgan.py`` in an environment with
PyTorch and safetensors.

Two pairs of the tutorial's networks, narrow ones: with random weights, and after 100 steps of training on the digits of
scikit-learn, which give every batch normalisation statistics of its own. Their weights go to
tests/export/torch/NAME.safetensors, and what PyTorch makes of fixed inputs to NAME.npz beside them;
tests/export/test_torch.py compares. Needs: torch 2.x, safetensors, scikit-learn.
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_digits
from torch import nn

FOLDER = Path(__file__).parents[1] / 'tests' / 'export' / 'torch'
NZ, WIDTH, CHANNELS, STEPS, BATCH = 10, 4, 3, 100, 16


def generator():
    """The tutorial's generator: five transposed convolutions, batch norm and ReLU between them, tanh at the end."""
    layers, widths = [], [NZ, 8 * WIDTH, 4 * WIDTH, 2 * WIDTH, WIDTH]
    for i, (narrow, wide) in enumerate(zip(widths, widths[1:])):
        stride, padding = (2, 1) if i else (1, 0)
        layers += [
            nn.ConvTranspose2d(narrow, wide, 4, stride, padding, bias=False),
            nn.BatchNorm2d(wide),
            nn.ReLU(True),
        ]
    return Sequential(*layers, nn.ConvTranspose2d(WIDTH, CHANNELS, 4, 2, 1, bias=False), nn.Tanh())


def discriminator():
    """The tutorial's discriminator, without its sigmoid: the logits are compared."""
    layers, widths = (
        [nn.Conv2d(CHANNELS, WIDTH, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)],
        [WIDTH, 2 * WIDTH, 4 * WIDTH, 8 * WIDTH],
    )
    for narrow, wide in zip(widths, widths[1:]):
        layers += [nn.Conv2d(narrow, wide, 4, 2, 1, bias=False), nn.BatchNorm2d(wide), nn.LeakyReLU(0.2, True)]
    return Sequential(*layers, nn.Conv2d(8 * WIDTH, 1, 4, 1, 0, bias=False))


class Sequential(nn.Module):
    """A Sequential under the name ``main``, as the tutorial has it."""

    def __init__(self, *layers):
        super().__init__()
        self.main = nn.Sequential(*layers)

    def forward(self, x):
        return self.main(x)


def initialize(net, std):
    """The tutorial's weights_init, with the standard deviation of the convolutions' weights (the tutorial has 0.02)."""
    for module in net.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(module.weight, 0, std)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.02)
            nn.init.zeros_(module.bias)


def train(netG, netD):
    """A few steps of the tutorial's loop on 8x8 digits, enlarged to 64x64."""
    digits = torch.tensor(load_digits().images, dtype=torch.float32) / 8 - 1
    real = digits[:, None].repeat(1, CHANNELS, 1, 1).repeat_interleave(8, 2).repeat_interleave(8, 3)
    optimizers = [torch.optim.Adam(net.parameters(), 2e-4, (0.5, 0.999)) for net in (netG, netD)]
    criterion = nn.BCEWithLogitsLoss()
    for step in range(STEPS):
        batch = real[step * BATCH : (step + 1) * BATCH]
        fake = netG(torch.randn(BATCH, NZ, 1, 1))
        logits = netD(batch).flatten(), netD(fake.detach()).flatten()
        optimizers[1].zero_grad()
        (criterion(logits[0], torch.ones(BATCH)) + criterion(logits[1], torch.zeros(BATCH))).backward()
        optimizers[1].step()
        optimizers[0].zero_grad()
        criterion(netD(fake).flatten(), torch.ones(BATCH)).backward()
        optimizers[0].step()


def main():
    """Write both pairs."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    for name in ('random', 'trained'):
        netG, netD = generator(), discriminator()
        for net in (netG, netD):
            initialize(net, 0.02 if name == 'trained' else 0.2)  # large enough for outputs that are not near zero
        if name == 'trained':
            train(netG, netD)
        else:
            netD(netG(torch.randn(BATCH, NZ, 1, 1)))  # gives the running statistics values of their own
        netG.eval(), netD.eval()
        z, x = (
            torch.randn(4, NZ, 1, 1),
            torch.rand(4, CHANNELS, 8, 8).repeat_interleave(8, 2).repeat_interleave(8, 3) * 2 - 1,
        )
        with torch.no_grad():
            for kind, net, given in (('generator', netG, z), ('discriminator', netD, x)):
                save_file(net.state_dict(), FOLDER / f'{name}-{kind}.safetensors')
                output = net(given).numpy()
                inputs = z.numpy().reshape(4, NZ) if kind == 'generator' else x.numpy()
                np.savez_compressed(FOLDER / f'{name}-{kind}.npz', inputs=inputs, output=output)
                print(f'{name}-{kind}: output {output.shape}, largest {abs(output).max():.3g}')


if __name__ == '__main__':
    main()
