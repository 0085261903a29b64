"""The penalties on D's input gradient g: at which points g is taken, and what of g is penalised.

r1
    ``gamma/2 ||g(x)||^2`` at real images x: Mescheder, Geiger and Nowozin 2018 (arXiv:1801.04406), equation 9.
r2
    The same at generated images: equation 10 there.
r1r2
    The sum of both: Huang et al. 2024 (arXiv:2501.05441), section 2.
wgan-gp
    ``gamma (||g|| - 1)^2`` at ``a x + (1 - a) G(z)``, with a from U(0, 1) for each pair of images: Gulrajani et al.
    2017 (arXiv:1704.00028), equation 3.
wgan-gp-one-sided
    ``gamma max(0, ||g|| - 1)^2`` at the same points: section 4 there; Petzka et al. 2018 (arXiv:1709.08894).
dragan
    ``gamma (||g|| - 1)^2`` at ``x + a d b`` around real images, with a from U(0, 1) for each image, b from U(0, 1) for
    each pixel, and d half the standard deviation of the batch: Kodali et al. 2017 (arXiv:1705.07215), as its authors'
    code.

Each is a mean over the batch.
"""
from typing import NamedTuple

import mxnet as mx
import numpy as np
from mxnet import autograd

from ..support.checks import number, one_of
from ..support.pixels import describe
from .input_gradient import InputGradient
from .pieces import Backpropagation, variable

SCORED = 'real', 'fake'       # the images whose logits are in D's loss
SMALLEST = 1e-12      # a norm below it is divided by as if it were this


def half_square(gradient):
    """``||g||^2 / 2`` for each sample, ``(N,)``, and its derivative with respect to g, of the shape of g."""
    return _squares(gradient) / 2, gradient


def two_sided(gradient):
    """``(||g|| - 1)^2`` for each sample, ``(N,)``, and its derivative with respect to g, of the shape of g."""
    norms = _squares(gradient).sqrt()
    return (norms - 1).square(), _times(gradient, 2 * (norms - 1) / mx.nd.maximum(norms, SMALLEST))


def one_sided(gradient):
    """``max(0, ||g|| - 1)^2`` for each sample, ``(N,)``, and its derivative with respect to g, of the shape of g."""
    norms = _squares(gradient).sqrt()
    excess = mx.nd.relu(norms - 1)
    return excess.square(), _times(gradient, 2 * excess / mx.nd.maximum(norms, SMALLEST))


class Penalty(NamedTuple):
    """An entry of :data:`PENALTIES`.

    Attributes
    ----------
    points : tuple of str
        Where the gradient is taken: 'real', 'fake', 'between' or 'around'.
    measure : callable
        Takes gradients ``(N, ...)`` and returns the penalties ``(N,)`` and their derivative ``(N, ...)``.
    gamma : float
        The weight if none is given: that of the paper's experiments.
    """

    points: tuple
    measure: callable
    gamma: float = 10.0


PENALTIES = {
    'r1': Penalty(('real',), half_square),
    'r2': Penalty(('fake',), half_square),
    'r1r2': Penalty(('real', 'fake'), half_square, gamma=1.0),
    'wgan-gp': Penalty(('between',), two_sided),
    'wgan-gp-one-sided': Penalty(('between',), one_sided),
    'dragan': Penalty(('around',), two_sided),
}


class Penalised(NamedTuple):
    """What a :class:`GradientPenalty` returns.

    Attributes
    ----------
    real_logits, fake_logits : NDArray
        As the critic returns them. Autograd tracks them, for D's loss.
    term : NDArray
        ``(N,)``. Added to D's loss, it has the gradients of the weighted penalty. Its value has no meaning.
    value : NDArray
        ``(N,)``: the penalty with its weight gamma, for each sample, not tracked.
    """

    real_logits: mx.nd.NDArray
    fake_logits: mx.nd.NDArray
    term: mx.nd.NDArray
    value: mx.nd.NDArray


class WithLoss(NamedTuple):
    """What :meth:`GradientPenalty.with_loss` returns.

    Attributes
    ----------
    loss : NDArray
        ``(N,)``: D's loss, without the penalty.
    real_logits, fake_logits : NDArray
        As the critic returns them.
    value : NDArray
        As that of :class:`Penalised`.
    outputs, derivatives : list of NDArray
        ``autograd.backward(outputs, derivatives)`` gives the weights the gradient of loss and penalty.
    """

    loss: mx.nd.NDArray
    real_logits: mx.nd.NDArray
    fake_logits: mx.nd.NDArray
    value: mx.nd.NDArray
    outputs: list
    derivatives: list


class GradientPenalty:
    """A penalty on the input gradient of a critic, as a term of its loss.

    ::

        penalty = GradientPenalty(netD, 'r1', gamma=1)
        with autograd.record():
            real_logits, fake_logits, term, value = penalty(real, fake)
            loss = lossD(real_logits, fake_logits) + term
        loss.backward()

    Parameters
    ----------
    netD : mxnet.gluon.Block
        See :class:`InputGradient`.
    name : str
        A key of :data:`PENALTIES`.
    gamma : float, optional
        The weight, at least 0. The default is that of the table.
    conditional : bool, optional
        See :class:`InputGradient`.

    Raises
    ------
    ValueError
        If the name or gamma is wrong, or netD has no input gradient (:class:`NoDerivative`).
    """

    def __init__(self, netD, name, gamma=None, conditional=None):
        row = PENALTIES[one_of('penalty', name, PENALTIES)]
        self.name, self.points, self._measure = name, row.points, row.measure
        self.gamma = number('gamma', row.gamma if gamma is None else gamma, 'a number of at least 0')
        self.critic = InputGradient(netD, conditional)

    def random_numbers(self, shape, rng):
        """Sample the random numbers of the points for a batch of images of a shape ``(N, ...)``.

        Parameters
        ----------
        shape : tuple of int
        rng : numpy.random.Generator

        Returns
        -------
        ndarray or None
            float32: ``(N, 1, ...)`` for points between images, ``shape`` for points around them, and None for a penalty
            without randomness.
        """
        if 'between' in self.points:
            return rng.random((shape[0], *[1] * (len(shape) - 1)), dtype=np.float32)
        if 'around' in self.points:
            share = rng.random((shape[0], *[1] * (len(shape) - 1)), dtype=np.float32)
            return share * rng.random(shape, dtype=np.float32)
        return None

    def __call__(self, real, fake, *labels, random=None, deviation=None, times=1):
        """Compute logits and penalty of a batch, within ``autograd.record()``.

        Parameters
        ----------
        real, fake : NDArray
            ``(N, ...)`` both. They get no gradient.
        *labels : NDArray
            ``(N,)``, for a conditional critic: the classes of both.
        random : NDArray, optional
            From :meth:`random_numbers`. By default it is sampled from NumPy's global generator.
        deviation : float, optional
            The standard deviation of the real images, for 'dragan'. By default it is measured in this batch.
        times : float
            A factor for ``term``: the number of steps between two penalties, if they are applied in few steps only
            (Karras et al. 2020, arXiv:1912.04958, appendix B).

        Returns
        -------
        Penalised

        Raises
        ------
        ValueError
            If real and fake are not NDArrays of the same shape.
        """
        points = self._points(real, fake, random, deviation)
        with autograd.pause(train_mode=True):
            found = {place: self._measure(self.critic(points[place], *labels)[1]) for place in self.points}
        logits, terms = {}, []
        for place, (_, direction) in found.items():
            logits[place], slope = self.critic.along(points[place], direction * (self.gamma * times), *labels)
            terms.append(slope.reshape((0, -1)).sum(axis=1))
        for place in SCORED:
            if place not in logits:
                logits[place] = self.critic.logits(points[place], *labels)
        value = self.gamma * sum(values for values, _ in found.values())
        return Penalised(logits['real'], logits['fake'], sum(terms[1:], terms[0]), value)

    def with_loss(self, real, fake, lossD, *labels, random=None, deviation=None, times=1):
        """Compute D's loss and the penalty together, which is faster. It is called without ``autograd.record()``.

        Parameters
        ----------
        real, fake, labels, random, deviation, times
            As for :meth:`__call__`.
        lossD : callable
            ``lossD(real_logits, fake_logits)`` returns the loss ``(N,)``.

        Returns
        -------
        WithLoss

        Raises
        ------
        ValueError
            As for :meth:`__call__`.
        """
        if self.critic.steps is None:
            options = dict(random=random, deviation=deviation, times=times)
            with autograd.record():
                real_logits, fake_logits, term, value = self(real, fake, *labels, **options)
                loss = lossD(real_logits, fake_logits)
                total = loss + term
            return WithLoss(loss, real_logits, fake_logits, value, [total], [mx.nd.ones_like(total)])
        points = self._points(real, fake, random, deviation)
        passes = {place: Backpropagation(self.critic.steps, points[place], labels) for place in self.points}
        with autograd.record():
            others = {place: self.critic.logits(points[place], *labels) for place in SCORED if place not in passes}
        logits = [variable(passes[place].logits if place in passes else others[place]) for place in SCORED]
        with autograd.record():
            loss = lossD(*logits)
        slopes = dict(zip(SCORED, autograd.grad([loss], logits)))        # of the loss, for each logit
        outputs, derivatives, values = list(others.values()), [slopes[place] for place in others], []
        for place, each in passes.items():
            gradient = each.gradient(slopes[place] if place in slopes else mx.nd.zeros_like(each.logits))
            found, direction = self._measure(gradient)
            values.append(found)
            moved = each.move(direction * (self.gamma * times))
            outputs, derivatives = outputs + moved[0], derivatives + moved[1]
        loss, *logits = (array.detach() for array in (loss, *logits))
        return WithLoss(loss, *logits, self.gamma * sum(values), outputs, derivatives)

    def _points(self, real, fake, random, deviation):
        """The images, and the points of the penalty, by their names."""
        if not all(isinstance(images, mx.nd.NDArray) for images in (real, fake)) or real.shape != fake.shape:
            raise ValueError('real and fake images must be two NDArrays of the same shape, not '
                             f'{describe(real)} and {describe(fake)}')
        points = {'real': real, 'fake': fake}
        if random is None and self.points[0] in ('between', 'around'):
            random = self.random_numbers(real.shape, np.random.default_rng(np.random.randint(2 ** 31)))
            random = mx.nd.array(random, ctx=real.context, dtype=real.dtype)
        with autograd.pause(train_mode=True):
            if 'between' in self.points:
                points['between'] = mx.nd.broadcast_mul(random, real - fake) + fake
            if 'around' in self.points:
                deviation = float(real.asnumpy().std()) if deviation is None else deviation
                points['around'] = real + random * (deviation / 2)
        return points


def _squares(gradient):
    """``||g||^2`` for each sample, ``(N,)``. (``norm`` stops growing at 4096 for large arrays.)"""
    return gradient.square().sum(axis=0, exclude=True)


def _times(gradient, factors):
    return mx.nd.broadcast_mul(gradient, factors.reshape((-1, *[1] * (gradient.ndim - 1))))
