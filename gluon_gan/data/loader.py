"""Batches for a training: shuffled, scaled, and the same again whenever the training is resumed."""
import numpy as np

from .. import runtime
from ..checks import whole_number
from ..pixels import describe, to_float
from .images import ImageArray


class Batches:
    """The endless stream of a data set's epochs, one epoch for each ``for`` loop.

    The order of epoch ``e`` follows from ``(seed, e)`` alone and the augmentation of its batch ``b`` from ``(seed, e,
    b)``, so a position is two numbers and the stream can be taken up anywhere. Leaving a loop early leaves the
    position where it is: the next loop yields what remains of that epoch.

    Parameters
    ----------
    images : ImageArray or numpy.ndarray
        A plain ``(N, H, W, C)`` or ``(N, H, W)`` uint8 array is wrapped.
    batch_size : int
        Images in a batch; with several parts, in all of them together.
    shuffle : bool
        A new order each epoch, or the data set's own.
    seed : int
        0 or more.
    augment : callable, optional
        ``augment(batch, rng)``: ``(N, H, W, C)`` uint8 and a `numpy.random.Generator` in, uint8 with the same N and C
        out. The batch is a copy that it may change.
    drop_last : bool
        Leave out the rest that fills no batch, or yield it as a smaller one.
    ctx : mxnet.Context, optional
        Where the batches go; by default the CPU.
    labels : bool
        Yield the class of each image as well.
    part, parts : int
        For training by several processes: this one yields rows ``part * N / parts`` up to ``(part + 1) * N / parts`` of each
        batch of N. The parts of a batch, put together, are the batch that one process would get, augmentation included; epochs
        are as long, and a position means the same in all.

    Yields
    ------
    mxnet.nd.NDArray
        ``(N / parts, C, H, W)`` float32 in [-1, 1] on `ctx`; with `labels` a pair of it and ``(N / parts,)`` float32. Nothing waits
        for the device.

    Raises
    ------
    ValueError
        At construction, for images of another kind, a batch size below 1 or one that leaves no batch, a negative seed, or
        batches that cannot be divided into the parts; while iterating, if `augment` returns something else than it should.
    """

    def __init__(self, images, batch_size=64, shuffle=True, seed=0, augment=None, drop_last=True, ctx=None, labels=False, part=0,
                 parts=1):
        self.images = images if isinstance(images, ImageArray) else ImageArray(images)
        batch_size, seed = whole_number('batch_size', batch_size), whole_number('seed', seed, 0)
        if not len(self.images):
            raise ValueError(f'{self.images.name} is empty: there is nothing to make batches of')
        if drop_last and batch_size > len(self.images):
            raise ValueError(f'batch_size={batch_size} is more than the {len(self.images):,} images of '
                             f'{self.images.name}: use {len(self.images)} or less, or drop_last=False')
        if augment is not None and not callable(augment):
            raise ValueError(f'augment={augment!r} must be callable: augment(batch, rng)')
        if labels and self.images.labels is None:
            raise ValueError(f'{self.images.name} has no labels: leave labels=True out')
        runtime.require()
        import mxnet as mx  # here, since the data sets can be looked at, by doctor for one, where MXNet does not load
        if ctx is not None and not isinstance(ctx, mx.Context):
            raise ValueError(f'ctx={ctx!r} must be one mxnet.Context, such as mx.cpu()')
        self.batch_size, self.shuffle, self.seed = batch_size, bool(shuffle), seed
        self.augment, self.drop_last, self.ctx = augment, bool(drop_last), ctx or mx.cpu()
        self.labels = bool(labels)
        self.part, self.parts = whole_number('part', part, 0), whole_number('parts', parts)
        if self.part >= self.parts:
            raise ValueError(f'part={part} must be from 0 to {parts - 1}, for there are parts={parts}')
        for count in [batch_size] if drop_last else [batch_size, len(self.images) % batch_size]:
            if count % self.parts:
                raise ValueError(f'a batch of {count} cannot be divided into {parts} equal parts: choose a batch_size that is a '
                                 f'multiple of {parts}' + ('' if count == batch_size else ', and drop_last=True'))
        self._epoch = self._batch = 0
        self._shuffled = None, None

    @property
    def epoch(self):
        """How many epochs have been yielded to their end."""
        return self._epoch

    def __len__(self):
        """Batches in an epoch."""
        count = len(self.images)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self):
        epoch = self._epoch
        while self._epoch == epoch:
            batch = self._make(epoch, self._batch)
            # The position moves before the batch goes out, so that whoever has the batch may ask for it.
            self._epoch, self._batch = divmod(epoch * len(self) + self._batch + 1, len(self))
            yield batch

    def state(self):
        """The position as ``{'epoch': e, 'batch': b}``: batch `b` of epoch `e` is the next to be yielded."""
        return {'epoch': self._epoch, 'batch': self._batch}

    def restore(self, state):
        """Go on from a position that :meth:`state` told, of a loader with the same images and settings.

        Raises
        ------
        ValueError
            If it is no such dict, or lies beyond the epoch's end.
        """
        try:
            epoch, batch = whole_number('epoch', state['epoch'], 0), whole_number('batch', state['batch'], 0)
            if batch >= len(self):
                raise ValueError(f'batch must be less than {len(self)}')
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"state={state!r} must be {{'epoch': 0 or more, 'batch': 0 to {len(self) - 1}}}, "
                             'from a loader with the same images and batch size') from error
        self._epoch, self._batch = epoch, batch

    def __repr__(self):
        return (f'<Batches of {self.batch_size} from {self.images!r}: {len(self):,} an epoch, '
                f'at epoch {self._epoch}, batch {self._batch}>')

    def _make(self, epoch, number):
        start, stop = number * self.batch_size, min((number + 1) * self.batch_size, len(self.images))
        rows = self._order(epoch)[start:stop] if self.shuffle else slice(start, stop)
        batch = self.images.images[rows]
        if self.augment is not None:
            # + 1, since NumPy takes [seed, epoch, 0] for [seed, epoch], which is the shuffle's.
            rng = np.random.default_rng([self.seed, epoch, number + 1])
            augmented = self.augment(batch if self.shuffle else batch.copy(), rng)
            if (getattr(augmented, 'dtype', None) != np.uint8 or augmented.ndim != 4
                    or augmented.shape[::3] != batch.shape[::3]):
                raise ValueError(f'augment must return (N, H, W, C) uint8 with the N and C of {describe(batch)}, '
                                 f'not {describe(augmented)}')
            batch = augmented
        share = len(batch) // self.parts     # after the augmentation, whose draws are for all of the batch
        mine = slice(self.part * share, (self.part + 1) * share)
        pictures = self._on_device(to_float(batch[mine]))
        return (pictures, self._on_device(self.images.labels[rows][mine])) if self.labels else pictures

    def _on_device(self, array):
        """A NumPy array as float32 on the device."""
        import mxnet as mx
        # Not nd.array, which touches a name that SciPy has deprecated. First to the CPU, since a copy from there to
        # another device is queued, and one from NumPy would be waited for.
        held = mx.nd.empty(array.shape, ctx=mx.cpu(), dtype='float32')
        held[:] = array
        return held if self.ctx == mx.cpu() else held.as_in_context(self.ctx)

    def _order(self, epoch):
        if self._shuffled[0] != epoch:
            self._shuffled = epoch, np.random.default_rng([self.seed, epoch]).permutation(len(self.images))
        return self._shuffled[1]


def batches(images, batch_size=64, shuffle=True, seed=0, augment=None, drop_last=True, ctx=None, labels=False, part=0, parts=1):
    """A :class:`Batches`; see there."""
    return Batches(images, batch_size, shuffle, seed, augment, drop_last, ctx, labels, part, parts)
