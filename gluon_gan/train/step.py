"""The alternating update of a GAN (Goodfellow et al. 2014, algorithm 1) without redundant computation.

The generator runs once per step. Its images are used, detached, in D's update and again, after D's update, in its
own. G's update differentiates its loss only with respect to the images and propagates that gradient through G. A
plain ``lossG.backward()`` would also compute weight gradients of D and discard them. The gradients of both networks
equal those of the plain update; on a CPU the step takes about a quarter less time.

:func:`update` is the complete step. The trainer calls its parts, which take lists with one array for each device.
``workers`` is the number of processes that sum their gradients in the trainers' kvstore; each has equally many images.
"""
import mxnet as mx
from mxnet import autograd
from mxnet.contrib import amp

from ..losses import GeneratorRelativistic


def update(netG, netD, lossG, lossD, trainerG, trainerD, real, z, penalty=None):
    """Train D on ``real`` and ``netG(z)``, then train G through the updated D.

    Parameters
    ----------
    netG, netD : callable
        netG maps z ``(N, nz)`` to images ``(N, C, H, W)``; netD maps images to logits ``(N, 1)``.
    lossG, lossD : callable
        ``lossG(fake_logits)`` and ``lossD(real_logits, fake_logits)``, each with one value per sample. A
        :class:`~gluon_gan.losses.GeneratorRelativistic` also gets the real logits.
    trainerG, trainerD : mxnet.gluon.Trainer
    real : NDArray
        ``(N, C, H, W)`` in [-1, 1].
    z : NDArray
        ``(N, nz)``, on the same device as ``real``.
    penalty : gluon_gan.penalties.GradientPenalty, optional
        A term of D's loss.

    Returns
    -------
    dict of NDArray
        ``errD`` and ``errG`` ``(N,)``: the losses before each network's update. ``real_logits`` and ``fake_logits``
        ``(N, 1)``: the logits in D's update. ``penalty`` ``(N,)``, if there is one: it is not part of ``errD``. The
        arrays are computed asynchronously; ``asnumpy()`` waits for them.
    """
    fakes = generate(netG, [z])
    outputs = update_D(lambda *images: list(map(netD, images)), lossD, trainerD, [real], fakes,
                       penalty=penalty and penalty.with_loss)
    if isinstance(lossG, GeneratorRelativistic):
        with autograd.train_mode():
            outputs['errG'] = update_G(netD, _against(lossG, netD(real)), trainerG, fakes)
    else:
        outputs['errG'] = update_G(netD, lossG, trainerG, fakes)
    return {name: array for name, (array,) in outputs.items()}


def generate(netG, zs):
    """Return ``netG(z)`` for each z, as a list of NDArray. The graph is recorded for :func:`update_G`."""
    with autograd.record():
        return [netG(z) for z in zs]


def update_D(discriminate_both, lossD, trainerD, reals, fakes, workers=1, penalty=None, reconstruct=None):
    """Train D to distinguish ``reals`` from ``fakes``. The fakes get no gradient.

    Parameters
    ----------
    discriminate_both : callable
        ``discriminate_both(real, fake)`` returns D's logits ``(N, 1)`` of both.
    lossD, trainerD
        As for :func:`update`.
    reals, fakes : list of NDArray
        ``(N, C, H, W)`` in [-1, 1], one for each device.
    workers : int
    penalty : callable, optional
        ``penalty(real, fake, lossD)`` returns a :class:`gluon_gan.penalties.WithLoss`, as
        :meth:`~gluon_gan.penalties.GradientPenalty.with_loss` does. ``discriminate_both`` is not called then.
    reconstruct : callable, optional
        ``reconstruct(real)`` returns a further term ``(N,)`` of the loss, which ``errD`` does not contain.

    Returns
    -------
    dict of list of NDArray
        ``errD``, ``real_logits``, ``fake_logits`` and possibly ``penalty``, as in :func:`update`; possibly
        ``reconstruction``, that further term.
    """
    detached = [fake.detach() for fake in fakes]
    outputs = {name: [] for name in ('errD', 'real_logits', 'fake_logits', 'penalty')[:3 + bool(penalty)]}
    heads, derivatives = [], []
    if penalty:
        for real, fake in zip(reals, detached):
            *values, some, their_derivatives = penalty(real, fake, lossD)
            heads, derivatives = heads + some, derivatives + their_derivatives
            for name, array in zip(outputs, values):
                outputs[name].append(array)
    else:
        with autograd.record():
            for real, fake in zip(reals, detached):
                real_logits, fake_logits = discriminate_both(real, fake)
                for name, array in zip(outputs, (lossD(real_logits, fake_logits), real_logits, fake_logits)):
                    outputs[name].append(array)
            heads, derivatives = _scaled(outputs['errD'], trainerD), None
    if reconstruct:
        with autograd.record():
            outputs['reconstruction'] = [reconstruct(real) for real in reals]
            terms = _scaled(outputs['reconstruction'], trainerD)
        heads = heads + terms
        if derivatives:                          # without them, backward takes ones for all heads
            derivatives = derivatives + [mx.nd.ones_like(term) for term in terms]
    autograd.backward(heads, derivatives)
    trainerD.step(workers * sum(len(real) for real in reals))
    return outputs


def update_G(netD, lossG, trainerG, fakes, workers=1):
    """Train G with ``lossG(netD(fakes))``. The ``fakes`` must have been recorded by :func:`generate`.

    Returns
    -------
    list of NDArray
        ``errG``, as in :func:`update`.
    """
    losses, gradients = [], []
    for fake in fakes:
        images = fake.detach()
        images.attach_grad()
        with autograd.record():
            losses.append(lossG(netD(images)))
            scaled = _scaled(losses[-1:], trainerG)
        gradients += autograd.grad(scaled, [images])
    autograd.backward(fakes, gradients)
    trainerG.step(workers * sum(len(fake) for fake in fakes))
    return losses


def clip_weights(parameters, bound):
    """Clip the weights of some parameters to [-bound, bound], on each device; 0 for no clipping."""
    for parameter in parameters if bound else ():
        for weight in parameter.list_data():
            mx.nd.clip(weight, -bound, bound, out=weight)


def joined(arrays):
    """The parts of an array on several devices, concatenated on the first of them."""
    return arrays[0] if len(arrays) == 1 else mx.nd.concat(
        *[array.as_in_context(arrays[0].context) for array in arrays], dim=0)


def _against(lossG, real_logits):
    """A loss of pairs as a function of the fake logits alone."""
    return lambda fake_logits: lossG(fake_logits, real_logits)


def _scaled(losses, trainer):
    """The losses, in float16 multiplied by the loss scale that prevents underflow. The trainer divides by it."""
    if not hasattr(trainer, '_amp_loss_scaler'):
        return losses
    with amp.scale_loss(losses, trainer) as scaled:
        return scaled
