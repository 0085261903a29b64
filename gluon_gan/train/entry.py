"""What a trainer refuses at the door, in one line that names the value and the remedy."""
import mxnet as mx

from .. import pixels, runtime
from ..checks import whole_number
from ..models import Discriminator, Generator


def check_goal(epochs, steps):
    """Raise ValueError unless there is a goal, and each part of it is an int of at least 1 or None."""
    if epochs is None and steps is None:
        raise ValueError('training needs epochs=... or steps=... to know when to end')
    for name, value in (('epochs', epochs), ('steps', steps)):
        if value is not None:
            whole_number(name, value)


def check_networks(netG, netD, average):
    """Raise ValueError unless the two networks go together."""
    if not hasattr(netG, 'nz'):
        raise ValueError(f'this {type(netG).__name__} does not say how many dimensions its noise has: set netG.nz')
    if average and not hasattr(netG, 'config'):
        raise ValueError(f'a {type(netG).__name__} without a config cannot be copied: average must be None for it')
    if getattr(netG, 'classes', 0) != getattr(netD, 'classes', 0):
        raise ValueError(f"netG knows {getattr(netG, 'classes', 0)} classes and netD {getattr(netD, 'classes', 0)}: "
                         'it must be the same number in both')
    made, seen = _picture(netG), _picture(netD)
    if made and seen and made != seen:
        raise ValueError(f'netG makes pictures of {made} and netD sees {seen}: size and channels must be the same in both')


def devices_of(ctx):
    """list of mxnet.Context: one, several or, for None, the best there is; ValueError for anything else."""
    contexts = [runtime.device()] if ctx is None else list(ctx) if isinstance(ctx, (list, tuple)) else [ctx]
    if not contexts or not all(isinstance(context, mx.Context) for context in contexts):
        raise ValueError(f'ctx must be an mxnet.Context, such as mx.cpu(), or a list of them, not {ctx!r}')
    if len(set(contexts)) < len(contexts):
        raise ValueError(f'each device can be named once only, not {ctx!r}')
    return contexts


def check_batch(netD, devices, real, labels):
    """Raise ValueError unless this batch, with or without labels, goes with netD and can be shared by the devices."""
    if not isinstance(real, mx.nd.NDArray) or real.ndim != 4:
        raise ValueError(f'a batch must be an NDArray (N, C, H, W) in [-1, 1], not {pixels.describe(real)}')
    wanted = _picture(netD)
    if wanted and real.shape[1:] != wanted:
        raise ValueError(f"a batch of {' x '.join(map(str, wanted))} is needed, not {real.shape[1:]}")
    if len(real) % devices:
        raise ValueError(f'a batch of {len(real)} cannot be shared by {devices} devices: it must be a multiple of that')
    classes = getattr(netD, 'classes', 0)
    if classes and (not isinstance(labels, mx.nd.NDArray) or labels.shape != real.shape[:1]):
        raise ValueError(f'these networks know {classes} classes: a batch needs labels ({len(real)},) beside its pictures, '
                         f'not {pixels.describe(labels)}')
    if labels is not None and not classes:
        raise ValueError('these networks know no classes: pass pictures without labels, or make both networks with classes=...')


def _picture(net):
    """(channels, height, width) of a network of ours; None for any other."""
    return (net.channels, net.size, net.size) if isinstance(net, (Generator, Discriminator)) else None
