"""The alternating update of a CycleGAN: both discriminators, then both generators.

As in :mod:`gluon_gan.train.step`, nothing is computed twice: the generators' outputs are used in both updates, and no
gradient of the discriminators' weights is computed in the generators' update.
"""
import mxnet as mx
from mxnet import autograd

# Our least-squares loss of G has a factor of 1/2, as in its paper. CycleGAN's has none, and lambda is relative to that.
LEAST_SQUARES_SCALE = 2.0


def update_critics(games, trainerD, reals, fakes):
    """Update each discriminator to distinguish its domain from images translated to it.

    Parameters
    ----------
    games : dict of Game
        By domain, 'a' and 'b', like the other dicts.
    trainerD : mxnet.gluon.Trainer
        Of both discriminators.
    reals, fakes : dict of NDArray
        ``(N, C, H, W)``, the fakes detached.

    Returns
    -------
    dict of NDArray
        ``errD`` ``(N,)``, the mean of both losses; ``real_logits`` and ``fake_logits`` ``(2 N, 1, h, w)``.
    """
    with autograd.record():
        logits = {side: game.discriminate_both(reals[side], fakes[side]) for side, game in games.items()}
        losses = [game.lossD(*logits[side]) for side, game in games.items()]
    autograd.backward(losses)
    trainerD.step(len(reals['a']))
    real, fake = (mx.nd.concat(*[pair[which] for pair in logits.values()], dim=0) for which in (0, 1))
    return {'errD': (losses[0] + losses[1]) / 2, 'real_logits': real, 'fake_logits': fake}


def update_translators(netG, games, trainerG, reals, fakes, cycle, identity, fast=None):
    """Update both generators to minimise the GAN objective, the cycle-consistency loss and the identity loss.

    The translations, their reconstructions and the identity terms are recorded as separate graphs, whose gradients are
    accumulated. If one graph used a transposed convolution twice, MXNet 1.9.1 would write beyond its memory on a CPU.

    Parameters
    ----------
    netG : Translators
        Its parameters must have ``grad_req='add'``.
    games, reals, fakes : dict
        As for :func:`update_critics`, but with recorded fakes.
    trainerG : mxnet.gluon.Trainer
        Of both generators.
    cycle, identity : float
        See :class:`~gluon_gan.translate.CycleTrainer`.
    fast : gluon_gan.translate.fast.FastTranslation, optional
        Computes the reconstructions and the identity terms in place of netG, whose parameters it shares.

    Returns
    -------
    dict of NDArray
        ``errG``, the GAN objective alone, ``cycle`` and, unless its weight is 0, ``identity``: each ``(N,)`` and the
        mean of both directions.
    """
    netG.collect_params().zero_grad()
    # Two copies, because two graphs may not share an input.
    detached, translated = ({side: fake.detach() for side, fake in fakes.items()} for _ in range(2))
    for images in (*detached.values(), *translated.values()):
        images.attach_grad()
    with autograd.record():
        losses = [game.lossG(game.discriminate_fake(detached[side])) for side, game in games.items()]
        scaled = [LEAST_SQUARES_SCALE * loss if game.loss == 'least_squares' else loss
                  for loss, game in zip(losses, games.values())]
    towards_real = autograd.grad(scaled, [detached[side] for side in games])
    ab, ba = (fast.ab, fast.ba) if fast else (netG.ab, netG.ba)
    reconstruct = {'a': lambda: ba(translated['b']), 'b': lambda: ab(translated['a'])}
    outputs = {'errG': sum(losses) / 2, 'cycle': _distance_backward(cycle, reals, reconstruct)}
    if identity:
        keep = {'a': lambda: ba(reals['a'].detach()), 'b': lambda: ab(reals['b'].detach())}
        outputs['identity'] = _distance_backward(cycle * identity, reals, keep)
    gradients = [towards + translated[side].grad for towards, side in zip(towards_real, games)]
    autograd.backward([fakes[side] for side in games], gradients)
    trainerG.step(len(reals['a']))
    return outputs


def _distance_backward(weight, reals, make):
    """Run the backward pass of ``weight`` times the L1 distances of ``make[side]()`` from the real images.

    Returns the mean distance of both domains, ``(N,)``.
    """
    with autograd.record():
        distances = [mx.nd.mean(mx.nd.abs(make[side]() - real.detach()), axis=0, exclude=True)
                     for side, real in reals.items()]
        scaled = [weight * distance for distance in distances]
    autograd.backward(scaled)
    return sum(distances) / 2
