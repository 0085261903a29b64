"""Compute the gradients of D's loss and of each penalty on its gradient by PyTorch's double backward, in float64.

::

    python -m venv .venv-torch
    .venv-torch/bin/pip install torch==2.13.0 numpy
    .venv-torch/bin/python tools/torch_penalties.py tests/penalties/torch_gradients.npz

The tests compute the same with this package, from the same weights and images, which :func:`arrays` makes from the name
of the case. They need no PyTorch.
"""
import sys
import zlib

import numpy as np

IMAGES, NDF, SLOPE = 3, 2, 0.2
GAMMA = 0.5
PENALTIES = ('r1', 'r2', 'wgan-gp', 'wgan-gp-one-sided', 'dragan')      # 'r1r2' is the sum of the first two
NETWORKS = {                 # name: arguments of gluon_gan.Discriminator; 'mlp' is a critic of points in the plane
    **{f'{size} px, {channels} channels, {norm}': dict(size=size, channels=channels, norm=norm)
       for size in (28, 32, 64) for channels in (1, 3) for norm in ('none', 'spectral')},
    **{f'{size} px, kernel 5, classes': dict(size=size, channels=1, norm='none', kernel=5, classes=3)
       for size in (28, 32, 64)},
    '28 px, spectral, classes': dict(size=28, channels=3, norm='spectral', classes=3),
    'mlp': None,
}
HIDDEN = 16                  # units of both hidden layers of the 'mlp'


def layers(config):
    """The shapes of a critic's layers, in order: a dict of (weight shape, input side or None, convolution's padding).

    Convolutions have stride 2, and halve the side; a side of 7 becomes 4 with a kernel of 3 in place of 4.
    """
    if config is None:
        return {'0': ((HIDDEN, 2), None, 0), '2': ((HIDDEN, HIDDEN), None, 0), '4': ((1, HIDDEN), None, 0)}
    found, side, inputs, outputs = {}, config['size'], config['channels'], NDF
    classes, kernel = config.get('classes', 0), config.get('kernel', 4)
    while side > 4:
        k = 3 if side % 2 and kernel == 4 else kernel
        found[f'down.{len(found)}.conv'] = (outputs, inputs + classes, k, k), side, (k - 1) // 2
        side, inputs, outputs = (side + 1) // 2, outputs, 2 * outputs
    found['to_logit.dense'] = (1, (inputs + classes) * 16), 4, 0
    return found


def arrays(name, scale=1.0):
    """The weights, images and random numbers of a network's case.

    Parameters
    ----------
    name : str
        A key of :data:`NETWORKS`.
    scale : float
        A factor for the logits. With that of the file of results, some slopes are below 1 and some above.

    Returns
    -------
    (dict of ndarray, dict of ndarray)
        float32. The parameters by their names in the package, and the inputs: 'real', 'fake', 'labels', and the random
        numbers 'between' and 'around' of the penalties.
    """
    rng, config = np.random.default_rng(zlib.crc32(name.encode())), NETWORKS[name]
    parameters = {}
    for place, (shape, *_) in layers(config).items():
        matrix = rng.standard_normal((shape[0], int(np.prod(shape[1:])))) * np.sqrt(4 / np.prod(shape[1:]))
        parameters[f'{place}.weight'] = matrix.reshape(shape)
        parameters[f'{place}.bias'] = rng.standard_normal(shape[0]) / 3
        if config and config['norm'] == 'spectral':
            u = rng.standard_normal(shape[0])
            for _ in range(5):                                       # power iterations, not yet converged
                v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
                u = matrix @ v / np.linalg.norm(matrix @ v)
            parameters[f'{place}.u'], parameters[f'{place}.v'] = u, v
    if f'{place}.u' in parameters:
        parameters[f'{place}.u'] /= scale              # the spectral norm would undo a factor of the weight
    else:
        parameters[f'{place}.weight'] *= scale
    shape = (IMAGES, config['channels'], config['size'], config['size']) if config else (IMAGES, 2)
    contrast = np.linspace(1 / IMAGES, 1, IMAGES).reshape(-1, *[1] * (len(shape) - 1))     # for slopes that differ
    inputs = {which: contrast * rng.uniform(-1, 1, shape) for which in ('real', 'fake')}
    inputs['labels'] = np.arange(IMAGES) % 3
    inputs['between'] = rng.random((IMAGES, *[1] * (len(shape) - 1)))
    inputs['around'] = inputs['between'] * rng.random(shape)
    return ({key: value.astype(np.float32) for key, value in parameters.items()},
            {key: value.astype(np.float32) for key, value in inputs.items()})


def logits(config, parameters, x, labels):
    """The critic's logits ``(N, 1)`` in PyTorch."""
    import torch
    from torch.nn import functional
    last = list(layers(config))[-1]
    for place, (shape, side, padding) in layers(config).items():
        weight, bias = parameters[f'{place}.weight'], parameters[f'{place}.bias']
        if f'{place}.u' in parameters:
            weight = weight / (parameters[f'{place}.u'] @ weight.flatten(1) @ parameters[f'{place}.v'] + 1e-12)
        if config and config.get('classes'):
            classes = functional.one_hot(labels.long(), config['classes']).to(x.dtype)
            x = torch.cat([x, classes[:, :, None, None].expand(-1, -1, side, side)], 1)
        if len(shape) == 4:
            x = functional.conv2d(x, weight, bias, 2, padding)
        else:
            x = functional.linear(x.flatten(1), weight, bias)
        x = x if place == last else functional.leaky_relu(x, SLOPE)
    return x


def slopes(name, critic, inputs):
    """The norms ``(N,)`` of the critic's input gradients at the points of a penalty, as a function in PyTorch."""
    import torch
    real, fake, share = (inputs[key] for key in ('real', 'fake', 'between'))
    x = {'r1': lambda: real, 'r2': lambda: fake,
         'dragan': lambda: real + real.std(correction=0) / 2 * inputs['around']}.get(
             name, lambda: share * real + (1 - share) * fake)().detach().requires_grad_()
    gradient, = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
    return gradient.flatten(1).square().sum(1).sqrt()


def penalty(name, critic, inputs):
    """The penalty ``(N,)`` of a batch in PyTorch, written from the papers' formulas."""
    norms = slopes(name, critic, inputs)
    if name in ('r1', 'r2'):
        return GAMMA * norms ** 2 / 2
    return GAMMA * ((norms - 1).relu() if name == 'wgan-gp-one-sided' else norms - 1) ** 2


def case(network, scale):
    """``(critic, inputs, parameters)`` of a network in PyTorch, float64; the weights and biases are differentiable."""
    import torch
    parameters, inputs = ({key: torch.from_numpy(value).double() for key, value in part.items()}
                          for part in arrays(network, scale))
    trained = [value.requires_grad_() for key, value in parameters.items() if key.endswith(('weight', 'bias'))]
    return lambda x: logits(NETWORKS[network], parameters, x, inputs['labels']), inputs, trained


def gradients(loss, trained):
    """The gradients of a loss ``(N,)``, summed over the batch, as one float32 vector."""
    import torch
    parts = torch.autograd.grad(loss.sum(), trained, allow_unused=True, materialize_grads=True)
    return np.concatenate([part.numpy().ravel() for part in parts]).astype(np.float32)


def main(path):
    import torch
    from torch.nn.functional import softplus
    found = {}
    for network in NETWORKS:
        critic, inputs, _ = case(network, 1)
        norms = np.sort(slopes('wgan-gp', critic, inputs).detach().numpy())
        gap = np.diff(norms).argmax()                                 # 1 will be in the middle of it
        scale = found[f'{network}: scale'] = np.float32(2 / (norms[gap] + norms[gap + 1]))
        critic, inputs, trained = case(network, scale)
        loss = softplus(-critic(inputs['real'])) + softplus(critic(inputs['fake']))
        found[f'{network}: loss'] = gradients(loss, trained)
        for name in PENALTIES:
            value = penalty(name, critic, inputs)
            found[f'{network}: {name}'] = gradients(value, trained)
            found[f'{network}: {name} value'] = value.detach().numpy()
        print(network, *(f"{name} {found[f'{network}: {name} value'].round(3)}" for name in PENALTIES), flush=True)
    np.savez_compressed(path, made_by=f'tools/torch_penalties.py, torch {torch.__version__}', **found)


if __name__ == '__main__':
    main(sys.argv[1])
