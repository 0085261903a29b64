"""Batches for a training: shuffled, scaled, and the same again whenever the training is resumed."""
from .. import runtime
from ..checks import whole_number
from ..pixels import to_float
from . import epochs
from .cache import forget
from .images import ImageArray

KEPT_IN_MEMORY = 8 << 20     # bytes of batches after which a memory-mapped array gives back the pages they were read from: up to six times as much


class Loader:
    """An endless stream of batches in epochs, with a position that can be asked for and gone back to.

    A subclass knows where the pixels come from. For the arguments see :class:`Batches`; ``images`` need have no more than a
    length and a ``name``.
    """

    def __init__(self, images, batch_size, shuffle, seed, drop_last, ctx, part, parts):
        self.images = images
        batch_size, seed = whole_number('batch_size', batch_size), whole_number('seed', seed, 0)
        if not len(self.images):
            raise ValueError(f'{self.images.name} is empty: there is nothing to make batches of')
        if drop_last and batch_size > len(self.images):
            raise ValueError(f'batch_size={batch_size} is more than the {len(self.images):,} images of '
                             f'{self.images.name}: use {len(self.images)} or less, or drop_last=False')
        runtime.require()
        import mxnet as mx  # here, since the data sets can be looked at, by doctor for one, where MXNet does not load
        if ctx is not None and not isinstance(ctx, mx.Context):
            raise ValueError(f'ctx={ctx!r} must be one mxnet.Context, such as mx.cpu()')
        self.batch_size, self.shuffle, self.seed = batch_size, bool(shuffle), seed
        self.drop_last, self.ctx = bool(drop_last), ctx or mx.cpu()
        self.part, self.parts = whole_number('part', part, 0), whole_number('parts', parts)
        if self.part >= self.parts:
            raise ValueError(f'part={part} must be from 0 to {parts - 1}, for there are parts={parts}')
        for count in [batch_size] if drop_last else [batch_size, len(self.images) % batch_size]:
            if count % self.parts:
                raise ValueError(f'a batch of {count} cannot be divided into {parts} equal parts: choose a batch_size that is a '
                                 f'multiple of {parts}' + ('' if count == batch_size else ', and drop_last=True'))
        self._epoch = self._batch = 0

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
        return (f'<{type(self).__name__} of {self.batch_size} from {self.images!r}: {len(self):,} an epoch, '
                f'at epoch {self._epoch}, batch {self._batch}>')

    def _pixels(self, epoch, number):
        """A batch ``(N, H, W, C)`` uint8, all parts of it."""
        raise NotImplementedError

    def _make(self, epoch, number):
        return self._on_device(to_float(self._mine(self._pixels(epoch, number))))

    def _mine(self, batch):
        """This process's rows, taken after the augmentation, whose draws are for all of the batch."""
        share = len(batch) // self.parts
        return batch[self.part * share:(self.part + 1) * share]

    def _on_device(self, array):
        """A NumPy array as float32 on the device."""
        import mxnet as mx
        # Not nd.array, which touches a name that SciPy has deprecated. First to the CPU, since a copy from there to
        # another device is queued, and one from NumPy would be waited for.
        held = mx.nd.empty(array.shape, ctx=mx.cpu(), dtype='float32')
        held[:] = array
        return held if self.ctx == mx.cpu() else held.as_in_context(self.ctx)


class Batches(Loader):
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
        images = images if isinstance(images, ImageArray) else ImageArray(images)
        if augment is not None and not callable(augment):
            raise ValueError(f'augment={augment!r} must be callable: augment(batch, rng)')
        if labels and images.labels is None:
            raise ValueError(f'{images.name} has no labels: leave labels=True out')
        super().__init__(images, batch_size, shuffle, seed, drop_last, ctx, part, parts)
        self.augment, self.labels, self._read = augment, bool(labels), 0

    def _rows(self, epoch, number):
        return epochs.rows(len(self.images), self.batch_size, self.seed, epoch, number, self.shuffle)

    def _pixels(self, epoch, number):
        batch = epochs.pixels(self.images.images, self._rows(epoch, number), self.seed, epoch, number, self.augment)
        self._read += batch.nbytes
        if self._read > KEPT_IN_MEMORY:
            forget(self.images.images)
            self._read = 0
        return batch

    def _make(self, epoch, number):
        pictures = super()._make(epoch, number)
        if not self.labels:
            return pictures
        return pictures, self._on_device(self._mine(self.images.labels[self._rows(epoch, number)]))


def batches(images, batch_size=64, shuffle=True, seed=0, augment=None, drop_last=True, ctx=None, labels=False, part=0, parts=1):
    """A :class:`Batches`; see there."""
    return Batches(images, batch_size, shuffle, seed, augment, drop_last, ctx, labels, part, parts)
