"""What is measured while a GAN trains. Each number is measured at most once a step, however many callbacks ask for it."""
import math
import time
from weakref import WeakKeyDictionary

import mxnet as mx
import numpy as np
from mxnet import autograd

from .. import storage
from .measures import data_pictures, diversity, saturated

# More noise beside fixed_z, for the batch statistics of the samples. With 128 in all, trained digits differ from those with
# the statistics of 15,000 pictures by 0.030 (root mean square, of a range of 2); with 64 by 0.047, with 256 by 0.024. Measuring
# running statistics anew (10 x 128, forward and backward) differs by 0.013 and takes twenty times as long.
COMPANY = 64
LOGITS = {'D(x)': 'real_logits', 'D(G(z))': 'fake_logits'}

_monitors = WeakKeyDictionary()


def of(trainer):
    """Monitor: the one of this trainer."""
    return _monitors.setdefault(trainer, Monitor())


class Monitor:
    """The measurements of one training. Every method takes the trainer, whose last step is meant."""

    def __init__(self):
        self._made = {}                  # what: (step, value)
        self._noted = {}
        self._pictures = None            # of the record before
        self._since = self._yardsticks = None

    def begin(self, trainer):
        """Start the clock, and measure the data once."""
        self._since, self._pictures = (time.perf_counter(), trainer.steps), None
        data = data_pictures(trainer.loader)
        self._yardsticks = {} if data is None else {'diversity_data': _number(diversity(data)), 'saturated_data': _number(saturated(data))}

    def weights(self, trainer):
        """Sums of squares of every weight and running statistic, in the order of :func:`weights_of`; nothing is waited for.

        Returns
        -------
        NDArray
            One float32 an array. A sum that is not finite stands for an array with NaN, Inf or values beyond 1e19.
        """
        return self._once('weights', trainer, lambda: _sums_of_squares(weights_of(trainer)))

    def record(self, trainer):
        """The numbers of this step; the arrays are waited for.

        Returns
        -------
        dict of float
            ``step``; ``epoch`` (a fraction, where the loader has a length); ``errD``, ``errG``, and what else a step tells: means over the batch; ``D(x)``,
            ``D(G(z))``: mean probabilities, from D's own step; ``auc``: the chance that a real picture's logit is above a
            generated one's, 0.5 where D cannot tell; ``gradG``, ``gradD``: norms of the gradients of the mean losses;
            ``updateG``, ``updateD``: ||update|| / ||weights|| over the weight matrices, with Adam (1e-3 to 1e-2 is usual);
            ``lr``: G's learning rate; ``diversity``, ``saturated``: of the pictures of ``fixed_z``, see
            :mod:`~gluon_gan.train.measures`; ``moved``: how much those changed since the record before (root mean square);
            ``images/s`` since the record before. The first record after a start or a resumption has ``diversity_data`` and
            ``saturated_data``, the same of real pictures. None where a number is NaN or Inf.
        """
        with np.errstate(all='ignore'):      # a network that has diverged gives None, not a hundred warnings
            return self._once('record', trainer, lambda: self._record(trainer))

    def note(self, trainer, numbers):
        """Add numbers, a dict of float by name, to the record of this step; it must not have been made yet."""
        self._noted = {'step': trainer.steps, **{name: _number(value) for name, value in numbers.items()}}

    def arrays(self, trainer):
        """dict of ndarray: what histograms are made of: ``D(x)`` and ``D(G(z))`` (probabilities), and ``weight/...`` and
        ``gradient/...`` (of the mean loss) of the first and the last layer of both networks."""
        return self._once('arrays', trainer, lambda: _arrays(trainer))

    def samples(self, trainer):
        """ndarray: the pictures ``(N, C, H, W)`` of ``fixed_z``, of the averaged generator where there is one."""
        return self._once('samples', trainer, lambda: trainer.pictures(averaged=True, company=COMPANY).asnumpy())

    def _once(self, what, trainer, measure):
        if self._made.get(what, (None,))[0] != trainer.steps:
            self._made[what] = trainer.steps, measure()
        return self._made[what][1]

    def _record(self, trainer):
        # All is launched before the first number is read.
        updates = {side: _update(trainer, side) for side in 'GD'}
        launched = {'weight': self.weights(trainer), 'gradient': _sums_of_squares(gradients_of(trainer))}
        now_made, outputs = trainer.pictures(), trainer.outputs
        chances = {name: trainer.game.probability(outputs[logits]) for name, logits in LOGITS.items()}
        real, fake = (outputs[name].asnumpy().ravel() for name in LOGITS.values())
        size = outputs['errD'].shape[0] * trainer.workers
        record = {'step': trainer.steps}
        if hasattr(trainer.loader, '__len__'):
            record['epoch'] = round(trainer.steps / len(trainer.loader), 4)
        numbers = {**{name: outputs[name].asnumpy().mean() for name in outputs if name not in LOGITS.values()},
                   **{name: chance.asnumpy().mean() for name, chance in chances.items()},
                   'auc': ((real[:, None] > fake).mean() + (real[:, None] >= fake).mean()) / 2}
        squares = {what: array.asnumpy().astype(np.float64) for what, array in launched.items()}
        weights, gradients = dict(zip(weights_of(trainer), squares['weight'])), dict(zip(gradients_of(trainer), squares['gradient']))
        for side in 'GD':
            total = sum(value for (net, _), value in gradients.items() if net == f'net{side}')
            numbers[f'grad{side}'] = math.sqrt(total) / size / _loss_scale(getattr(trainer, f'trainer{side}'))
        for side, update in updates.items():
            if update:
                places, rates, moves = update
                total = sum(weights[f'net{side}', place] for place in places)
                numbers[f'update{side}'] = math.sqrt(float(rates ** 2 @ moves.asnumpy().astype(np.float64)) / max(total, 1e-300))
        numbers['lr'] = trainer.trainerG.learning_rate
        now_made = now_made.asnumpy()
        numbers.update(diversity=diversity(now_made), saturated=saturated(now_made))
        if self._pictures is not None:
            numbers['moved'] = math.sqrt(np.square(now_made - self._pictures).mean())
        self._pictures = now_made
        now = time.perf_counter()
        numbers['images/s'] = (trainer.steps - self._since[1]) * size / (now - self._since[0])
        self._since = now, trainer.steps
        record.update({name: _number(value) for name, value in numbers.items()}, **self._yardsticks)
        if self._noted.get('step') == trainer.steps:
            record.update(self._noted)
        self._yardsticks = {}
        return record


def of_noise(netG, z, labels=None, batch_size=128):
    """Pictures of any number of z ``(N, nz)``, in batches ``(n, C, H, W)`` of about ``batch_size``, each with its own statistics."""
    pieces = max(1, round(len(z) / batch_size))
    for part in range(pieces):               # of equal size: the statistics of a small rest would be others
        start, stop = (len(z) * edge // pieces for edge in (part, part + 1))
        with autograd.train_mode():
            batch = netG(*[array[start:stop] for array in (z, labels) if array is not None])
        yield batch


def weights_of(trainer):
    """dict of NDArray: ``('netG', 'up.0.conv.weight')`` ..., running statistics among them; those of the first device."""
    return {(net, place): parameter.list_data()[0] for net in ('netG', 'netD')
            for place, parameter in storage.named(getattr(trainer, net)).items()}


def gradients_of(trainer):
    """dict of NDArray: the same of what is learned, as the last step left them: of the summed losses."""
    return {(net, place): parameter.list_grad()[0] for net in ('netG', 'netD')
            for place, parameter in storage.named(getattr(trainer, net)).items() if parameter.grad_req != 'null'}


def _arrays(trainer):
    size, weights, gradients = trainer.outputs['errD'].shape[0], weights_of(trainer), gradients_of(trainer)
    arrays = {name: trainer.game.probability(trainer.outputs[logits]).asnumpy().ravel() for name, logits in LOGITS.items()}
    for net in ('netG', 'netD'):
        layers = [name for name, array in gradients.items() if name[0] == net and array.ndim > 1]
        scale = size * _loss_scale(getattr(trainer, net.replace('net', 'trainer')))
        for name in layers[:1] + layers[1:][-1:]:
            arrays[f"weight/{'.'.join(name)}"] = weights[name].asnumpy()
            arrays[f"gradient/{'.'.join(name)}"] = gradients[name].asnumpy() / scale
    return arrays


def _loss_scale(optimizer):
    """What mxnet.contrib.amp multiplied the loss of this step by; 1 without it."""
    return getattr(optimizer, '_amp_original_scale', optimizer._scale) / optimizer._scale


def _update(trainer, side):
    """(places, learning rates, NDArray of sums of squares) of the last update of each weight matrix, or None without Adam.

    The update is ``rate * mean / (sqrt(variance) + epsilon)``, with the rate corrected for the moments' start from zero (Kingma
    and Ba 2015, arXiv:1412.6980, section 2). Biases and batch norms are left out: their scale means something else.
    """
    updater, net = getattr(trainer, f'trainer{side}')._updaters[0], getattr(trainer, f'net{side}')
    adam = updater.optimizer
    if not isinstance(adam, mx.optimizer.Adam):
        return None
    places, rates, moves = [], [], {}
    for index, (place, parameter) in enumerate(storage.named(net).items()):
        if index in updater.states and len(parameter.shape) > 1:
            mean, variance = updater.states[index]
            count = adam._index_update_count[index]
            places.append(place)
            rates.append(adam.learning_rate * math.sqrt(1 - adam.beta2 ** count) / (1 - adam.beta1 ** count))
            moves[place] = mean / (variance.sqrt() + adam.epsilon)
    return (places, np.array(rates), _sums_of_squares(moves)) if places else None


def _sums_of_squares(arrays):
    return mx.nd.multi_sum_sq(*arrays.values(), num_arrays=len(arrays))


def _number(value):
    """Six digits, for a line of JSON, which knows no NaN."""
    return float(f'{value:.6g}') if math.isfinite(value) else None
