"""Measurements during training. Each is made at most once per step, however many callbacks use it."""
import math
import time
from weakref import WeakKeyDictionary

import mxnet as mx
import numpy as np
from mxnet import autograd

from ...support import storage
from .measures import IMAGES, diversity, real_images, references, saturated

# Images in a batch in addition to those of fixed_z, for its statistics. With 128 images in all, trained digits differ
# from those with the statistics of 15,000 images by 0.030 (root mean square; the range is 2), with 64 by 0.047, and
# with 256 by 0.024. Measuring the running statistics again (10 x 128 images, forward and backward) gives 0.013 and
# takes twenty times as long.
CONTEXT_SIZE = 64
LOGITS = {'D(x)': 'real_logits', 'D(G(z))': 'fake_logits'}

# All names in a record that every training has, see Monitor.record; `losses` of a trainer's steps come in addition.
NAMES = ('step', 'epoch', 'errD', 'errG', *LOGITS, 'auc', 'gradD', 'gradG', 'updateD', 'updateG', 'lr', 'diversity',
         'saturated', 'moved', 'images/s', 'diversity_data', 'saturated_data')

_monitors = WeakKeyDictionary()


def of(trainer):
    """Return the Monitor of a trainer."""
    return _monitors.setdefault(trainer, Monitor())


def names(trainer):
    """list of str: the names of all numbers in the records of a trainer."""
    return [*NAMES, *(name for name in trainer.LOSSES if name not in NAMES)]


class Monitor:
    """The measurements of one training. Every method takes the trainer and measures its last step."""

    def __init__(self):
        self._cache = {}                 # name: (step, value)
        self._noted = {}
        self._images = None              # those of the previous record
        self._since = self._references = None

    def begin(self, trainer):
        """Start the clock and measure the data."""
        self._since, self._images = (time.perf_counter(), trainer.steps), None
        data = real_images(trainer.loader)
        # None: nothing is known before the first batch.
        self._references = None if data is None else references(data)

    def weights(self, trainer):
        """Return the sum of squares of every weight and running statistic, without waiting for it.

        Returns
        -------
        NDArray
            float32, one for each array, in the order of :func:`weights_of`. A sum is not finite if the array contains
            NaN, Inf or values beyond 1e19.
        """
        return self._once('weights', trainer, lambda: _sums_of_squares(weights_of(trainer)))

    def record(self, trainer):
        """Return the numbers of this step, after waiting for it.

        Returns
        -------
        dict of float
            A number is None if it is NaN or Inf. The names are:

            - ``step``, and ``epoch`` as a fraction if the loader has a length;
            - ``errD``, ``errG`` and any other losses of the step: means over the batch;
            - ``D(x)``, ``D(G(z))``: mean probabilities in D's update;
            - ``auc``: the probability that a real image has a larger logit than a generated one; 0.5 if D cannot
              distinguish them;
            - ``gradG``, ``gradD``: norms of the gradients of the mean losses;
            - ``updateG``, ``updateD``: ||update|| / ||weights|| over the weight matrices, with Adam; 1e-3 to 1e-2 is
              usual;
            - ``lr``: the learning rate of G;
            - ``diversity``, ``saturated``: of the images of ``fixed_z``, see :mod:`~gluon_gan.train.watch.measures`;
            - ``moved``: the change of those images since the previous record (root mean square);
            - ``images/s``: images per second since the previous record;
            - ``diversity_data``, ``saturated_data``: the same of real images, only in the first record after a start.
        """
        with np.errstate(all='ignore'):      # a diverged network would cause a hundred warnings
            return self._once('record', trainer, lambda: self._record(trainer))

    def note(self, trainer, numbers):
        """Add ``numbers``, a dict of float, to the record of this step, which must not have been made yet."""
        self._noted = {'step': trainer.steps, **{name: _rounded(value) for name, value in numbers.items()}}

    def arrays(self, trainer):
        """Return the arrays of which histograms are made.

        Returns
        -------
        dict of ndarray
            ``D(x)`` and ``D(G(z))`` (probabilities); ``weight/...`` and ``gradient/...`` (of the mean loss) of the
            first and the last layer of both networks.
        """
        return self._once('arrays', trainer, lambda: _arrays(trainer))

    def samples(self, trainer):
        """Return the images of ``fixed_z``, ``(N, C, H, W)``, from the averaged generator if there is one."""
        return self._once('samples', trainer,
                          lambda: trainer.pictures(averaged=True, context_size=CONTEXT_SIZE).asnumpy())

    def _once(self, what, trainer, measure):
        """The cached value of this step; measured if there is none."""
        if self._cache.get(what, (None,))[0] != trainer.steps:
            self._cache[what] = trainer.steps, measure()
        return self._cache[what][1]

    def _record(self, trainer):
        # All computations are launched before the first result is read.
        updates = {side: _update(trainer, side) for side in 'GD'}
        launched = {'weight': self.weights(trainer), 'gradient': _sums_of_squares(gradients_of(trainer))}
        images, outputs = trainer.pictures(), trainer.outputs
        probabilities = {name: trainer.game.probability(outputs[logits]) for name, logits in LOGITS.items()}
        real, fake = (outputs[name].asnumpy().ravel() for name in LOGITS.values())
        size = outputs['errD'].shape[0] * trainer.workers
        record = {'step': trainer.steps}
        if hasattr(trainer.loader, '__len__'):
            record['epoch'] = round(trainer.steps / len(trainer.loader), 4)
        numbers = {**{name: outputs[name].asnumpy().mean() for name in outputs if name not in LOGITS.values()},
                   **{name: probability.asnumpy().mean() for name, probability in probabilities.items()},
                   'auc': ((real[:, None] > fake).mean() + (real[:, None] >= fake).mean()) / 2}
        squares = {what: array.asnumpy().astype(np.float64) for what, array in launched.items()}
        weights = dict(zip(weights_of(trainer), squares['weight']))
        gradients = dict(zip(gradients_of(trainer), squares['gradient']))
        for side in 'GD':
            total = sum(value for (net, _), value in gradients.items() if net == f'net{side}')
            numbers[f'grad{side}'] = math.sqrt(total) / size / _loss_scale(getattr(trainer, f'trainer{side}'))
        for side, update in updates.items():
            if update:
                places, rates, moves = update
                total = sum(weights[f'net{side}', place] for place in places)
                change = float(rates ** 2 @ moves.asnumpy().astype(np.float64))
                numbers[f'update{side}'] = math.sqrt(change / max(total, 1e-300))
        numbers['lr'] = trainer.trainerG.learning_rate
        images = images.asnumpy()
        numbers.update(diversity=diversity(images), saturated=saturated(images))
        if self._images is not None:
            numbers['moved'] = math.sqrt(np.square(images - self._images).mean())
        self._images = images
        now = time.perf_counter()
        numbers['images/s'] = (trainer.steps - self._since[1]) * size / (now - self._since[0])
        self._since = now, trainer.steps
        if self._references is None:
            batch = getattr(trainer, 'real', None)
            self._references = references(None if batch is None else batch[:IMAGES].asnumpy())
        numbers.update(self._references)
        record.update({name: _rounded(value) for name, value in numbers.items()})
        if self._noted.get('step') == trainer.steps:
            record.update(self._noted)
        self._references = {}
        return record


def generate_batches(netG, z, labels=None, batch_size=128):
    """Yield the images of any number of z ``(N, nz)`` in batches, each with its own batch statistics.

    The batches ``(n, C, H, W)`` have equal sizes of about ``batch_size``, because a small last batch would have other
    statistics.
    """
    pieces = max(1, round(len(z) / batch_size))
    for part in range(pieces):
        start, stop = (len(z) * edge // pieces for edge in (part, part + 1))
        with autograd.train_mode():
            batch = netG(*[array[start:stop] for array in (z, labels) if array is not None])
        yield batch


def weights_of(trainer):
    """Return all weights and running statistics on the first device, a dict of NDArray.

    The keys are ``('netG', 'up.0.conv.weight')`` and so on.
    """
    return {(net, place): parameter.list_data()[0] for net in ('netG', 'netD')
            for place, parameter in storage.named(getattr(trainer, net)).items()}


def gradients_of(trainer):
    """Return the gradients of the summed losses in the last step, a dict of NDArray.

    The keys are those of :func:`weights_of`, for trainable weights only.
    """
    return {(net, place): parameter.list_grad()[0] for net in ('netG', 'netD')
            for place, parameter in storage.named(getattr(trainer, net)).items() if parameter.grad_req != 'null'}


def _arrays(trainer):
    size, weights, gradients = trainer.outputs['errD'].shape[0], weights_of(trainer), gradients_of(trainer)
    arrays = {name: trainer.game.probability(trainer.outputs[logits]).asnumpy().ravel()
              for name, logits in LOGITS.items()}
    for net in ('netG', 'netD'):
        layers = [name for name, array in gradients.items() if name[0] == net and array.ndim > 1]
        scale = size * _loss_scale(getattr(trainer, net.replace('net', 'trainer')))
        for name in layers[:1] + layers[1:][-1:]:
            arrays[f"weight/{'.'.join(name)}"] = weights[name].asnumpy()
            arrays[f"gradient/{'.'.join(name)}"] = gradients[name].asnumpy() / scale
    return arrays


def _loss_scale(optimizer):
    """The factor by which mxnet.contrib.amp multiplied the loss of this step; 1 without it."""
    return getattr(optimizer, '_amp_original_scale', optimizer._scale) / optimizer._scale


def _update(trainer, side):
    """The last Adam update of each weight matrix: (places, learning rates, NDArray of sums of squares).

    The update is ``rate * mean / (sqrt(variance) + epsilon)``, where the rate includes Adam's bias correction (Kingma
    and Ba 2015, arXiv:1412.6980, section 2). Biases and batch norms are omitted, because their scale is not
    comparable. None if the optimiser is not Adam.
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


def _rounded(value):
    """A number with six digits for JSON; None for NaN and Inf, which JSON does not support."""
    return float(f'{value:.6g}') if math.isfinite(value) else None
