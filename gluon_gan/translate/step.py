"""The alternating update of two GANs that share their generators' weights through a cycle, with no work done twice.

As in :mod:`gluon_gan.train.step`, the generators run once for both turns, and in theirs the discriminators' weights get no gradient.
"""
import mxnet as mx
from mxnet import autograd

HALF = 2.0       # our least squares have the factor 1/2 of their paper in G's loss too, which CycleGAN's have not; lambda is relative to that


def update_critics(games, trainerD, reals, fakes):
    """Train each discriminator to tell its domain from what was translated to it.

    Parameters
    ----------
    games : dict of Game
        By side, 'a' and 'b', as the other dicts.
    trainerD : mxnet.gluon.Trainer
        Of both.
    reals, fakes : dict of NDArray
        ``(N, C, H, W)``, the fakes detached.

    Returns
    -------
    dict of NDArray
        ``errD`` ``(N,)``, the mean of both; ``real_logits`` and ``fake_logits`` ``(2 N, 1, h, w)``.
    """
    with autograd.record():
        logits = {side: (game.judge(reals[side]), game.judge(fakes[side])) for side, game in games.items()}
        losses = [game.lossD(*logits[side]) for side, game in games.items()]
    autograd.backward(losses)
    trainerD.step(len(reals['a']))
    real, fake = (mx.nd.concat(*[pair[which] for pair in logits.values()], dim=0) for which in (0, 1))
    return {'errD': (losses[0] + losses[1]) / 2, 'real_logits': real, 'fake_logits': fake}


def update_translators(netG, games, trainerG, reals, fakes, cycle, identity):
    """Train both generators: to please the discriminators, to undo each other, and to leave alone what is of their domain already.

    The way back and what is left alone have graphs of their own, whose gradients add up with those of the way there: a transposed
    convolution that is used twice in one graph has MXNet 1.9.1 write beyond its memory on a CPU. ``netG``'s parameters must have
    ``grad_req='add'``.

    Parameters
    ----------
    netG : Translators
    games, reals, fakes : dict
        As for :func:`update_critics`, but the fakes recorded.
    trainerG : mxnet.gluon.Trainer
        Of both.
    cycle, identity : float
        See :class:`~gluon_gan.translate.CycleTrainer`.

    Returns
    -------
    dict of NDArray
        ``errG`` ``(N,)``, of the objective alone, ``cycle`` and, where it counts, ``identity``: means of both directions.
    """
    netG.collect_params().zero_grad()
    judged, turned = ({side: fake.detach() for side, fake in fakes.items()} for _ in range(2))     # two graphs may not share an input
    for pictures in (*judged.values(), *turned.values()):
        pictures.attach_grad()
    with autograd.record():
        losses = [game.lossG(game.judge_G(judged[side])) for side, game in games.items()]
        scaled = [HALF * loss if game.loss == 'least_squares' else loss for loss, game in zip(losses, games.values())]
    towards_real = autograd.grad(scaled, [judged[side] for side in games])
    outputs = {'errG': sum(losses) / 2,
               'cycle': _held(cycle, reals, {'a': lambda: netG.ba(turned['b']), 'b': lambda: netG.ab(turned['a'])})}
    if identity:
        outputs['identity'] = _held(cycle * identity, reals, {side: lambda side=side, net=net: net(reals[side].detach())
                                                              for side, net in (('a', netG.ba), ('b', netG.ab))})
    autograd.backward([fakes[side] for side in games], [one + turned[side].grad for one, side in zip(towards_real, games)])
    trainerG.step(len(reals['a']))
    return outputs


def _held(weight, reals, make):
    """Send back the gradient of ``weight`` times the distances of ``make[side]()`` from the real pictures; their mean, ``(N,)``."""
    with autograd.record():
        distances = [mx.nd.mean(mx.nd.abs(make[side]() - real.detach()), axis=0, exclude=True) for side, real in reals.items()]
        scaled = [weight * distance for distance in distances]
    autograd.backward(scaled)
    return sum(distances) / 2
