"""The fast forms of the two networks of a training, or the reason why there are none."""
import logging

import mxnet as mx

from ..support.checks import one_of
from . import build, networks

PRECISIONS = ('float32', 'bfloat16')
log = logging.getLogger('gluon_gan')


class Forms:
    """The two fast forms of a discriminator.

    Parameters
    ----------
    trained, frozen : HybridBlock
        From images ``(N, C, H, W)`` to logits: the one with the gradients of the weights, for the update of D, and the
        one with the gradient of the images, for the update of G. Logits are ``(N, 1)`` or ``(N, 1, h, w)``.
    """

    def __init__(self, trained, frozen):
        self._trained, self._frozen = trained, frozen

    def discriminate_both(self, real, fake):
        """Return the logits of real and of generated images, for the update of D.

        The gradients of D's weights can be computed from them, and not those of the images. ValueError if there are
        more of one kind, because the halves of the batch are normalised separately.
        """
        if len(real) != len(fake):
            raise ValueError(f'the two halves of a batch need equally many images, not {len(real)} and {len(fake)}')
        # MXNet's backward pass updates the running statistics with the generated images first.
        logits = self._trained(mx.nd.concat(fake, real, dim=0))
        return (mx.nd.slice_axis(logits, axis=0, begin=len(fake), end=None),
                mx.nd.slice_axis(logits, axis=0, begin=0, end=len(fake)))

    def discriminate(self, images):
        """Return the logits of images, for the update of G.

        The gradient of the images can be computed from them, and not those of D's weights.
        """
        return self._frozen(images)


class Pair(Forms):
    """The fast forms of a generator and a discriminator, for one alternating update.

    Parameters
    ----------
    netG, netD : gluon_gan.Generator, gluon_gan.Discriminator
        Initialised on CPUs. Their parameters are shared.
    precision : str
        'float32' or 'bfloat16'.

    Attributes
    ----------
    generator : HybridBlock
        From z ``(N, nz)`` to images ``(N, C, H, W)``.
    """

    def __init__(self, netG, netD, precision='float32'):
        bfloat16 = precision == 'bfloat16'
        self.precision = precision
        self.generator = networks.generator(netG, bfloat16)
        shared = networks.Memory()
        super().__init__(networks.discriminator(netD, bfloat16, memory=shared),
                         networks.discriminator(netD, bfloat16, frozen=True, memory=shared))


def make(netG, netD, contexts, precision='float32'):
    """Return the fast forms of two networks, or None if this machine or these networks cannot have any.

    Parameters
    ----------
    netG, netD : mxnet.gluon.HybridBlock
        The networks of a training, initialised.
    contexts : list of mxnet.Context
        Its devices.
    precision : str
        'float32' or 'bfloat16'.

    Returns
    -------
    Pair or None
        The reason for None is logged: see :func:`usable`.

    Raises
    ------
    ValueError
        If the precision has another name.
    """
    lacking = [networks.unsupported(net) for net in (netG, netD)]
    gains = any(lacking) or networks.gains(netG) or networks.gains(netD)
    return Pair(netG, netD, precision) if usable(contexts, lacking, gains, precision) else None


def usable(contexts, lacking, gains, precision):
    """Whether a training can have the fast step. The library is compiled only if nothing else is missing.

    If not, the reason is logged: as a warning if bfloat16 was asked for, since the training is then another one, and if
    everything is there but the library cannot be compiled or loaded.

    Parameters
    ----------
    contexts : list of mxnet.Context
    lacking : iterable of str or None
        What the fast step does not have, for each network.
    gains : bool
        Whether it would be faster in float32.
    precision : str
        'float32' or 'bfloat16'.

    Raises
    ------
    ValueError
        If the precision has another name.
    """
    one_of('precision', precision, PRECISIONS)
    reason, failed = _missing(contexts, next(filter(None, lacking), None), gains or precision == 'bfloat16'), False
    if reason is None:
        try:
            build.load(precision)
        except build.Unavailable as unavailable:
            reason, failed = str(unavailable), isinstance(unavailable, build.Failed)
    if reason is None:
        return True
    if precision == 'bfloat16':
        log.warning('precision bfloat16 is unavailable, so this training computes in float32: %s', reason)
    else:
        log.log(logging.WARNING if failed else logging.DEBUG, 'the fast step is unavailable: %s', reason)
    return False


def _missing(contexts, unsupported, gains):
    """What excludes the fast step, in a few words, before the library is looked for; None if nothing does."""
    if any(context.device_type != 'cpu' for context in contexts):
        return f'the fast step is for CPUs, and this training uses {contexts[0]}'
    if unsupported:
        return f'the fast step has no {unsupported}'
    return None if gains else 'these networks are not faster in float32'
