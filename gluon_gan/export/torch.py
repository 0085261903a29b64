"""Weights of PyTorch's DCGAN tutorial: into the networks of this package, and back.

The tutorial (pytorch.org, "DCGAN Tutorial", N. Inkawhich) has a generator and a discriminator for 64 px as
``nn.Sequential`` named ``main``. A transposed convolution of a 1x1 feature map is the Dense layer that our generator
begins with, and a convolution of a 4x4 one to a single number is the Dense layer that our discriminator ends with, so
every weight has a place on the other side. PyTorch's own checkpoints are pickles, which can run code when they are
read: weights are taken from a safetensors file, or from a ``state_dict`` in memory.
"""

from pathlib import Path

import mxnet as mx
import numpy as np

from ..models import Discriminator, Generator
from ..support import storage

SIZE = 64
NORM = {'weight': 'gamma', 'bias': 'beta', 'running_mean': 'running_mean', 'running_var': 'running_var'}
# The convolutions of `main` and the batch normalisations after them, beside the blocks of this package.
LAYERS = {
    Generator: (
        ('main.0', 'main.1', 'project'),
        ('main.3', 'main.4', 'up.0'),
        ('main.6', 'main.7', 'up.1'),
        ('main.9', 'main.10', 'up.2'),
        ('main.12', None, 'to_image'),
    ),
    Discriminator: (
        ('main.0', None, 'down.0'),
        ('main.2', 'main.3', 'down.1'),
        ('main.5', 'main.6', 'down.2'),
        ('main.8', 'main.9', 'down.3'),
        ('main.11', None, 'to_logit'),
    ),
}


def load_torch(weights, ctx=None):
    """A network of this package with the weights of PyTorch's DCGAN tutorial.

    Parameters
    ----------
    weights : path-like or dict
        A ``.safetensors`` file, or a ``state_dict``: arrays or PyTorch tensors by name (``main.0.weight`` ...). The
        prefix ``module.``, which ``nn.DataParallel`` adds, is removed.
    ctx : mxnet.Context, optional
        The CPU by default.

    Returns
    -------
    Generator or Discriminator
        The one that the weights belong to; ``nz``, ``ngf`` or ``ndf`` and the number of channels follow from their
        shapes. Outputs equal PyTorch's to 1e-5. The discriminator returns logits, where the tutorial's ends with a
        sigmoid.

    Raises
    ------
    ValueError
        If the file is no safetensors file, or the weights are of another network.
    gluon_gan.support.storage.StorageError
        If the file is missing or damaged.
    """
    given = _arrays(weights)
    net = _empty(given)
    net.initialize(ctx=ctx or mx.cpu())
    arrays = {}
    for convolution, norm, block in LAYERS[type(net)]:
        arrays.update(_convolution_from(given, convolution, block, net))
        for theirs, ours in (NORM if norm else {}).items():
            arrays[f'{block}.norm.{ours}'] = _take(given, f'{norm}.{theirs}')
    left = sorted(name for name in given if not name.endswith('num_batches_tracked'))
    if left:
        raise ValueError(f"these weights are not of PyTorch's DCGAN tutorial: it has no {left[0]!r}")
    storage.set_parameters(net, arrays, source='these weights')
    return net


def to_torch(net):
    """The weights of a network for PyTorch's DCGAN tutorial: the inverse of :func:`load_torch`.

    Parameters
    ----------
    net : Generator or Discriminator
        For 64 px, with kernels of 4, batch normalisation, transposed convolutions and plain blocks, without classes.

    Returns
    -------
    dict of numpy.ndarray
        float32 arrays by the names of the tutorial's ``state_dict``; ``{name: torch.from_numpy(array) ...}`` can be
        loaded. The tutorial's first and last layers have no bias. Where this network's have one that is not zero, the
        dict holds it, and the tutorial's layer must be made with ``bias=True``.

    Raises
    ------
    ValueError
        If the tutorial has no such network.
    """
    config = {'classes': 0, 'norm': 'batch', 'upsampling': 'transposed', 'block': 'plain', **getattr(net, 'config', {})}
    wanted = {'size': SIZE, 'kernel': 4, 'classes': 0, 'norm': 'batch', 'upsampling': 'transposed', 'block': 'plain'}
    different = [name for name, value in wanted.items() if config.get(name) != value]
    if type(net) not in LAYERS or different:
        what = f' with {different[0]}={config.get(different[0])!r}' if different else ''
        raise ValueError(f"PyTorch's DCGAN tutorial has no {type(net).__name__}{what}: its networks have size={SIZE}, "
                         "kernel=4, no classes, batch normalisation, transposed convolutions and plain blocks")
    ours, arrays = storage.parameters(net), {}
    for convolution, norm, block in LAYERS[type(net)]:
        arrays.update(_convolution_to(ours, convolution, block, net))
        for theirs, name in (NORM if norm else {}).items():
            arrays[f'{norm}.{theirs}'] = ours[f'{block}.norm.{name}']
        if norm:
            arrays[f'{norm}.num_batches_tracked'] = np.int64(0)
    return {name: np.array(array) for name, array in arrays.items()}


def _arrays(weights):
    """dict of ndarray by name, of a file or a state_dict."""
    if isinstance(weights, dict):
        arrays = {
            name: np.asarray(getattr(array, 'detach', lambda array=array: array)()) for name, array in weights.items()
        }
    elif Path(weights).suffix == '.safetensors':
        from .formats import read_tensors

        arrays, _ = read_tensors(weights)
    else:
        raise ValueError(
            f'{weights} is no .safetensors file: a pickle could run code, so save it in PyTorch by '
            f"safetensors.torch.save_file(net.state_dict(), 'weights.safetensors')"
        )
    return {name.removeprefix('module.'): array for name, array in arrays.items()}


def _empty(given):
    """The network that the shapes of the weights are of."""
    first, last = given.get('main.0.weight'), given.get('main.12.weight')
    if first is None or first.ndim != 4 or first.shape[2:] != (4, 4):
        raise ValueError(
            "these weights are not of PyTorch's DCGAN tutorial: they have no 'main.0.weight' of 4 x 4, but "
            f'{", ".join(list(given)[:3]) or "nothing"}'
        )
    if last is not None:
        return Generator(SIZE, last.shape[1], nz=first.shape[0], ngf=max(1, first.shape[1] // 8))
    return Discriminator(SIZE, first.shape[1], ndf=first.shape[0])


def _take(given, name):
    if name not in given:
        raise ValueError(f"these weights are not of PyTorch's DCGAN tutorial: {name!r} is missing")
    return np.asarray(given.pop(name), np.float32)


def _convolution_from(given, name, block, net):
    """Our arrays of one block, of the tutorial's convolution ``name``; a bias that the tutorial does not have is
    zero."""
    weight, bias = _take(given, f'{name}.weight'), given.pop(f'{name}.bias', None)
    if block == 'project':  # (nz, channels, 4, 4) to (channels * 16, nz)
        return {'project.dense.weight': weight.reshape(len(weight), -1).T}
    if block == 'to_logit':
        return {'to_logit.dense.weight': weight.reshape(1, -1), 'to_logit.dense.bias': _or_zeros(bias, 1)}
    if block == 'to_image':
        spare = max(2 - weight.shape[1], 0)  # a grey image is the first of two channels, see gluon_gan.blocks.ToImage
        bias = _or_zeros(bias, weight.shape[1])
        return {
            'to_image.conv.weight': np.pad(weight, ((0, 0), (0, spare), (0, 0), (0, 0))),
            'to_image.conv.bias': np.pad(bias, (0, spare)),
        }
    if block == 'down.0':
        return {'down.0.conv.weight': weight, 'down.0.conv.bias': _or_zeros(bias, len(weight))}
    return {f'{block}.conv.weight': weight}


def _convolution_to(ours, name, block, net):
    """The inverse of :func:`_convolution_from`."""
    if block == 'project':
        weight = ours['project.dense.weight']
        return {f'{name}.weight': weight.T.reshape(net.nz, -1, 4, 4)}
    if block == 'to_logit':
        weight, bias = ours['to_logit.dense.weight'].reshape(1, -1, 4, 4), ours['to_logit.dense.bias']
    else:
        weight, bias = ours[f'{block}.conv.weight'], ours.get(f'{block}.conv.bias')
    if block == 'to_image':
        weight, bias = weight[:, : net.channels], bias[: net.channels]
    return {f'{name}.weight': weight, **({f'{name}.bias': bias} if bias is not None and bias.any() else {})}


def _or_zeros(bias, count):
    return np.zeros(count, np.float32) if bias is None else np.asarray(bias, np.float32)
