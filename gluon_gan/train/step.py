"""The alternating update of a GAN (Goodfellow et al. 2014, algorithm 1), with no work done twice.

The generator runs once: its pictures serve D's step (detached) and, scored again by the D that has just learned, its own.
G's step takes the gradient of its loss with respect to the pictures alone and sends that back through G, so that the
weight gradients of D that a plain ``lossG.backward()`` computes and throws away are never computed. The gradients of both
networks are those of the plain way; on a CPU the step takes about a quarter less time.

:func:`update` is the whole of it; the trainer calls its parts, which take lists: one array for each device. ``workers``
is how many processes add up their gradients in the trainers' kvstore, each of as many pictures.
"""
from mxnet import autograd
from mxnet.contrib import amp


def update(netG, netD, lossG, lossD, trainerG, trainerD, real, z):
    """Train D on ``real`` and on ``netG(z)``, then G through D.

    Parameters
    ----------
    netG, netD : callable
        z ``(N, nz)`` to pictures ``(N, C, H, W)``; pictures to logits ``(N, 1)``.
    lossG, lossD : callable
        ``lossG(fake_logits)`` and ``lossD(real_logits, fake_logits)``, one value a sample.
    trainerG, trainerD : mxnet.gluon.Trainer
    real : NDArray
        ``(N, C, H, W)`` in [-1, 1].
    z : NDArray
        ``(N, nz)``, on the same device.

    Returns
    -------
    dict of NDArray
        ``errD`` and ``errG`` ``(N,)``: the losses before each update; ``real_logits`` and ``fake_logits`` ``(N, 1)``: what
        D said in its own step. Nothing has been waited for: ``asnumpy()`` on any of them does.
    """
    fakes = generate(netG, [z])
    outputs = update_D(netD, lossD, trainerD, [real], fakes)
    outputs['errG'] = update_G(netD, lossG, trainerG, fakes)
    return {name: array for name, (array,) in outputs.items()}


def generate(netG, zs):
    """list of NDArray: ``netG(z)`` for each, recorded, so that :func:`update_G` can send a gradient back through it."""
    with autograd.record():
        return [netG(z) for z in zs]


def update_D(netD, lossD, trainerD, reals, fakes, workers=1):
    """Train D to tell ``reals`` from ``fakes``, which get no gradient.

    Returns
    -------
    dict of list of NDArray
        ``errD``, ``real_logits`` and ``fake_logits``, as in :func:`update`.
    """
    pictures = [fake.detach() for fake in fakes]
    outputs = {'errD': [], 'real_logits': [], 'fake_logits': []}
    with autograd.record():
        for real, fake in zip(reals, pictures):
            real_logits, fake_logits = netD(real), netD(fake)
            for name, array in zip(outputs, (lossD(real_logits, fake_logits), real_logits, fake_logits)):
                outputs[name].append(array)
        scaled = _scaled(outputs['errD'], trainerD)
    autograd.backward(scaled)
    trainerD.step(workers * sum(len(real) for real in reals))
    return outputs


def update_G(netD, lossG, trainerG, fakes, workers=1):
    """Train G, whose pictures ``fakes`` :func:`generate` recorded, by ``lossG(netD(fakes))``.

    Returns
    -------
    list of NDArray
        ``errG``, as in :func:`update`.
    """
    losses, towards_real = [], []
    for fake in fakes:
        pictures = fake.detach()
        pictures.attach_grad()
        with autograd.record():
            losses.append(lossG(netD(pictures)))
            scaled = _scaled(losses[-1:], trainerG)
        towards_real += autograd.grad(scaled, [pictures])
    autograd.backward(fakes, towards_real)
    trainerG.step(workers * sum(len(fake) for fake in fakes))
    return losses


def _scaled(losses, trainer):
    """The losses as they are, or, in float16, multiplied by what keeps gradients from vanishing; the trainer divides by it."""
    if not hasattr(trainer, '_amp_loss_scaler'):
        return losses
    with amp.scale_loss(losses, trainer) as scaled:
        return scaled
