"""Checks of a trainer's arguments. Each error is one line that names the value and the remedy."""
import logging

import mxnet as mx
import numpy as np

from .. import runtime
from ..data.loader import Loader
from ..losses import OBJECTIVES
from ..models import Discriminator, Generator, check_labels
from ..penalties import PENALTIES
from ..support import pixels
from ..support.checks import number, one_of, whole_number

log = logging.getLogger('gluon_gan')


def check_goal(epochs, steps):
    """Raise ValueError unless ``epochs`` or ``steps`` is given, and each is None or an int of at least 1."""
    if epochs is None and steps is None:
        raise ValueError('training needs epochs=... or steps=... to know when to end')
    for name, value in (('epochs', epochs), ('steps', steps)):
        if value is not None:
            whole_number(name, value)


def check_networks(netG, netD, average):
    """Raise ValueError unless the two networks have the same image size, channels and number of classes.

    ``netG`` must have an attribute ``nz``, and a ``config`` if its weights are to be averaged.
    """
    if not hasattr(netG, 'nz'):
        raise ValueError(f'this {type(netG).__name__} has no nz: set netG.nz to the dimension of its noise')
    if average and not hasattr(netG, 'config'):
        raise ValueError(f'a {type(netG).__name__} without a config cannot be copied: set average=None')
    if getattr(netG, 'classes', 0) != getattr(netD, 'classes', 0):
        raise ValueError(f"netG has {getattr(netG, 'classes', 0)} classes and netD {getattr(netD, 'classes', 0)}: "
                         'the number must be the same in both')
    generated, expected = _image_shape(netG), _image_shape(netD)
    if generated and expected and generated != expected:
        raise ValueError(f'netG generates images of {generated} and netD expects {expected}: '
                         'size and channels must be the same in both')


def usual_values(loss, penalty):
    """dict: ``d_steps`` and ``clip`` of a loss, if they are not given.

    Parameters
    ----------
    loss : str
        A key of :data:`gluon_gan.losses.OBJECTIVES`.
    penalty : str
        The penalty on D's gradient, or 'none'. It takes the place of clipping.
    """
    row = OBJECTIVES[loss]
    return {'d_steps': 1, 'clip': row.clip or 0.0} if penalty == 'none' else {'d_steps': row.d_steps, 'clip': 0.0}


def check_penalty(loss, penalty, d_steps, clip, half):
    """Return ``(d_steps, clip)``, by default the usual values; ValueError for options that the penalty excludes."""
    usual = usual_values(loss, penalty)
    d_steps = whole_number('d_steps', usual['d_steps'] if d_steps is None else d_steps)
    clip = number('clip', usual['clip'] if clip is None else clip, 'a number of at least 0 (0 for none)')
    if penalty != 'none' and clip:
        raise ValueError(f'clip={clip:g} and penalty={penalty!r} both bound the slope of D: leave one of them out')
    if penalty != 'none' and half:
        raise ValueError(f'penalty={penalty!r} is computed in float32 only: leave half=True out')
    return d_steps, clip


def check_norm(penalty, norm):
    """Raise ValueError for a penalty that does not exist, or that a D with this normalisation cannot have."""
    one_of('penalty', penalty, ('none', *PENALTIES))
    if penalty != 'none' and norm == 'batch':
        raise ValueError(f'--penalty {penalty} needs the gradient of D for each image, and with batch norm its output '
                         'for an image depends on the rest of the batch: add --norm none or --norm spectral')


def freeze(netD, count):
    """Exclude the first ``count`` blocks of netD from training by an ``lr_mult`` of 0; return their parameters, a list.

    ValueError if netD is not a :class:`~gluon_gan.Discriminator` with more than ``count`` blocks.
    """
    if not whole_number('freeze_d', count, 0):
        return []
    blocks = len(netD.down) if isinstance(netD, Discriminator) else 0
    if count >= blocks:
        what = f'this discriminator has {blocks} blocks' if blocks else f'a {type(netD).__name__} has no such blocks'
        raise ValueError(f'freeze_d={count} freezes the first {count} blocks of D, and {what}: pass a smaller number')
    frozen = [parameter for block in netD.down[:count] for parameter in block.collect_params().values()]
    for parameter in frozen:
        parameter.lr_mult = 0
    return frozen


def check_gpu(contexts):
    """Raise ValueError unless all devices are GPUs, which float16 needs."""
    others = [context for context in contexts if context.device_type != 'gpu']
    if others:
        raise ValueError(f'half=True needs a GPU, and this trainer uses {others[0]}: leave it out')


def resolve_devices(ctx):
    """Return the devices as a list of mxnet.Context.

    Parameters
    ----------
    ctx : mxnet.Context, sequence of mxnet.Context or None
        None stands for the best available device.

    Raises
    ------
    ValueError
        If ``ctx`` is anything else, is empty, or contains a device twice.
    """
    contexts = [runtime.device()] if ctx is None else list(ctx) if isinstance(ctx, (list, tuple)) else [ctx]
    if not contexts or not all(isinstance(context, mx.Context) for context in contexts):
        raise ValueError(f'ctx must be an mxnet.Context, such as mx.cpu(), or a list of them, not {ctx!r}')
    if len(set(contexts)) < len(contexts):
        raise ValueError(f'ctx may contain each device only once, not {ctx!r}')
    return contexts


def check_batch(netD, devices, real, labels):
    """Raise ValueError unless the batch fits netD and can be split evenly across the devices.

    The values of labels are checked only in host memory, where a loader puts them: the step must not wait for a GPU.

    Parameters
    ----------
    netD : mxnet.gluon.HybridBlock
    devices : int
    real : NDArray
        ``(N, C, H, W)``.
    labels : NDArray or None
        ``(N,)``; required exactly if netD is conditional.
    """
    if not isinstance(real, mx.nd.NDArray) or real.ndim != 4:
        raise ValueError(f'a batch must be an NDArray (N, C, H, W) in [-1, 1], not {pixels.describe(real)}')
    check_type(real)
    wanted = _image_shape(netD)
    if wanted and real.shape[1:] != wanted:
        raise ValueError(f"the images of a batch must be {' x '.join(map(str, wanted))}, not {real.shape[1:]}")
    if len(real) % devices:
        raise ValueError(f'a batch of {len(real)} cannot be split across {devices} devices: '
                         f'the batch size must be a multiple of {devices}')
    classes = getattr(netD, 'classes', 0)
    if classes and (not isinstance(labels, mx.nd.NDArray) or labels.shape != real.shape[:1]):
        raise ValueError(f'these networks have {classes} classes: a batch needs labels ({len(real)},) with its images, '
                         f'not {pixels.describe(labels)}')
    if labels is not None and not classes:
        raise ValueError('these networks have no classes: pass images without labels, '
                         'or create both networks with classes=...')
    if classes and labels.context.device_type == 'cpu':
        check_labels(labels, classes, real)


def check_type(images, name='the images of a batch'):
    """Raise ValueError unless an NDArray of images is float32, the type of the networks."""
    if images.dtype != np.float32:
        scaled = " / 127.5 - 1, which is in [-1, 1]" if np.dtype(images.dtype).kind in 'iu' else ''
        raise ValueError(f'{name} must be float32 in [-1, 1], not {np.dtype(images.dtype).name}: '
                         f"pass x.astype('float32'){scaled}")


def check_pixels(trainer, **batches):
    """Check the pixels of a step: their range in the first batch of each loader, and whether they are finite.

    Later batches are read only if they come from a custom loader and lie in host memory: those of this package's
    loaders are made of uint8, and the step must not wait for a GPU.

    Parameters
    ----------
    trainer : gluon_gan.train.engine.Engine
    **batches : NDArray
        ``(N, C, H, W)`` float32 each, by a name for the message.

    Raises
    ------
    ValueError
        If a pixel is NaN or Inf, or the range is certainly not [-1, 1]. A range that is only unusual gives a warning.
    """
    loader = getattr(trainer, 'loader', None)
    first = trainer.checked_loader is not loader
    for name, images in batches.items():
        name = f"the images of {name.replace('_', ' ')}"
        if first:
            warning = pixels.check_range(images, name)
            if warning:
                log.warning('%s', warning)
        elif not isinstance(loader, Loader) and images.context.device_type == 'cpu':
            pixels.check_finite(images, name)
    trainer.checked_loader = loader


def _image_shape(net):
    """(channels, height, width) of one of this package's networks; None for any other network."""
    return (net.channels, net.size, net.size) if isinstance(net, (Generator, Discriminator)) else None
