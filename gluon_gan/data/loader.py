"""Batches for training: shuffled, scaled, and the same again when a training is resumed."""
from .. import runtime
from ..support.checks import shown, whole_number
from ..support.pixels import to_float
from . import batch_order
from .cache import release_pages
from .image_array import ImageArray

# After this many bytes of batches, the pages that they were read from are released: up to six times as much memory.
RELEASE_AFTER = 8 << 20


class Loader:
    """An endless stream of batches in epochs, with a position that can be saved and restored.

    Subclasses provide the pixels. For the arguments see :class:`Batches`; `images` only needs a length and a name.
    """

    def __init__(self, images, batch_size, shuffle, seed, drop_last, ctx, part, parts):
        self.images = images
        batch_size, seed = whole_number('batch_size', batch_size), whole_number('seed', seed, 0, None)
        if not len(self.images):
            raise ValueError(f'{self.images.name} is empty: batches need at least one image')
        if drop_last and batch_size > len(self.images):
            raise ValueError(f'batch_size={batch_size} is more than the {len(self.images):,} images of '
                             f'{self.images.name}: use at most {len(self.images)}, or drop_last=False')
        runtime.require()
        import mxnet as mx  # imported late: data sets can be used, for example by doctor, where MXNet does not load
        if ctx is not None and not isinstance(ctx, mx.Context):
            raise ValueError(f'ctx={shown(ctx)} must be a single mxnet.Context, such as mx.cpu()')
        self.batch_size, self.shuffle, self.seed = batch_size, bool(shuffle), seed
        self.drop_last, self.ctx = bool(drop_last), ctx or mx.cpu()
        self.part, self.parts = whole_number('part', part, 0), whole_number('parts', parts)
        if self.part >= self.parts:
            raise ValueError(f'part={part} must be from 0 to {parts - 1}, since parts={parts}')
        for count in [batch_size] if drop_last else [batch_size, len(self.images) % batch_size]:
            if count % self.parts:
                raise ValueError(f'a batch of {count} cannot be divided into {parts} equal parts: choose a batch_size '
                                 f'that is a multiple of {parts}' + ', and drop_last=True' * (count != batch_size))
        self._epoch = self._batch = 0
        self._marked = 0, 0      # the position of the training, see rewind

    @property
    def epoch(self):
        """The number of completed epochs."""
        return self._epoch

    def __len__(self):
        """The number of batches in an epoch."""
        count = len(self.images)
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self):
        epoch = self._epoch
        while self._epoch == epoch:
            batch = self._make(epoch, self._batch)
            # The position advances before the batch is yielded, so that the consumer of the batch can save it.
            self._epoch, self._batch = divmod(epoch * len(self) + self._batch + 1, len(self))
            yield batch

    def state(self):
        """The position, ``{'epoch': e, 'batch': b}``: batch `b` of epoch `e` is yielded next."""
        return {'epoch': self._epoch, 'batch': self._batch}

    def restore(self, state):
        """Continue from a position of a loader with the same images and settings; ValueError for an invalid one."""
        try:
            if not isinstance(state, dict):
                raise TypeError('it is no dict')
            epoch, batch = whole_number('epoch', state['epoch'], 0), whole_number('batch', state['batch'], 0)
            if batch >= len(self):
                raise ValueError(f'batch must be less than {len(self)}')
        except (TypeError, KeyError, ValueError) as error:
            raise ValueError(f"state={shown(state)} must be {{'epoch': 0 or more, 'batch': 0 to {len(self) - 1}}}, "
                             'from a loader with the same images and batch size') from error
        self._epoch, self._batch = self._marked = epoch, batch

    def rewind(self):
        """Return to the position of the training: where it last ended, or :meth:`restore` was called, or the beginning.

        :meth:`gluon_gan.GANTrainer.fit` calls this first, so that a look at some batches does not shorten a training.
        """
        self._epoch, self._batch = self._marked

    def marked(self):
        """The position to which :meth:`rewind` returns, in the form of :meth:`state`."""
        return dict(zip(('epoch', 'batch'), self._marked))

    def mark(self):
        """Make the current position that of the training, to which :meth:`rewind` returns."""
        self._marked = self._epoch, self._batch

    def __repr__(self):
        return (f'<{type(self).__name__} of {self.batch_size} from {self.images!r}: {len(self):,} an epoch, '
                f'at epoch {self._epoch}, batch {self._batch}>')

    def _pixels(self, epoch, number):
        """A batch ``(N, H, W, C)`` uint8, with the rows of all parts."""
        raise NotImplementedError

    def _make(self, epoch, number):
        return self._on_device(to_float(self._own_part(self._pixels(epoch, number))))

    def _own_part(self, batch):
        """The rows of this process, taken after the augmentation, which samples its values for the effective batch."""
        count = len(batch) // self.parts
        return batch[self.part * count:(self.part + 1) * count]

    def _on_device(self, array):
        """Copy a NumPy array to the device, as float32."""
        import mxnet as mx
        # nd.array would use a name that SciPy has deprecated. The array is copied to the CPU first: MXNet queues a copy
        # from there to another device, but waits for a copy from NumPy.
        on_cpu = mx.nd.empty(array.shape, ctx=mx.cpu(), dtype='float32')
        on_cpu[:] = array
        return on_cpu if self.ctx == mx.cpu() else on_cpu.as_in_context(self.ctx)


class Batches(Loader):
    """An endless stream of batches from a data set. Each ``for`` loop runs to the end of an epoch.

    The order of epoch ``e`` depends only on ``(seed, e)``, and the augmentation of its batch ``b`` only on ``(seed, e,
    b)``, so the stream can be continued from any position. After a loop that was left early, the next loop yields the
    rest of that epoch. A training is not affected by such loops: :meth:`gluon_gan.GANTrainer.fit` begins where the last
    training with this loader ended, or at the position given to :meth:`restore`.

    Parameters
    ----------
    images : ImageArray or numpy.ndarray
        A plain ``(N, H, W, C)`` or ``(N, H, W)`` uint8 array is wrapped.
    batch_size : int
        The number of images in a batch, in all parts together.
    shuffle : bool
        Whether to shuffle the images, in a new order each epoch.
    seed : int
        0 or more.
    augment : callable, optional
        ``augment(batch, rng)`` takes ``(N, H, W, C)`` uint8 and a `numpy.random.Generator`, and returns uint8 with the
        same N and C. The batch is a copy that it may change.
    drop_last : bool
        Whether to drop the last, incomplete batch of an epoch, or to yield it as a smaller one.
    ctx : mxnet.Context, optional
        The device of the batches; by default the CPU.
    labels : bool
        Whether to yield the class of each image as well.
    part, parts : int
        For several processes: this one yields rows ``part * N / parts`` up to ``(part + 1) * N / parts`` of each batch
        of N. The concatenated parts equal the batch of a single process, augmentation included.

    Yields
    ------
    mxnet.nd.NDArray
        ``(N / parts, C, H, W)`` float32 in [-1, 1] on `ctx`; with `labels`, a pair of it and ``(N / parts,)`` float32.
        The loader does not wait for the device.

    Raises
    ------
    ValueError
        If an argument is invalid, there are too few images for a batch, or a batch cannot be divided into the parts.
        While iterating, if `augment` returns an array of another type or shape.
    """

    def __init__(self, images, batch_size=64, shuffle=True, seed=0, augment=None, drop_last=True, ctx=None,
                 labels=False, part=0, parts=1):
        images = images if isinstance(images, ImageArray) else ImageArray(images)
        if augment is not None and not callable(augment):
            raise ValueError(f'augment={shown(augment)} must be a callable, augment(batch, rng)')
        if labels and images.labels is None:
            raise ValueError(f'{images.name} has no labels: omit labels=True')
        super().__init__(images, batch_size, shuffle, seed, drop_last, ctx, part, parts)
        self.augment, self.labels, self._bytes_read = augment, bool(labels), 0

    def _rows(self, epoch, number):
        return batch_order.rows(len(self.images), self.batch_size, self.seed, epoch, number, self.shuffle)

    def _pixels(self, epoch, number):
        chosen = self._rows(epoch, number)
        batch = batch_order.pixels(self.images.images, chosen, self.seed, epoch, number, self.augment)
        self._bytes_read += batch.nbytes
        if self._bytes_read > RELEASE_AFTER:
            release_pages(self.images.images)
            self._bytes_read = 0
        return batch

    def _make(self, epoch, number):
        images = super()._make(epoch, number)
        if not self.labels:
            return images
        return images, self._on_device(self._own_part(self.images.labels[self._rows(epoch, number)]))


def batches(images, batch_size=64, shuffle=True, seed=0, augment=None, drop_last=True, ctx=None, labels=False, part=0,
            parts=1):
    """Make :class:`Batches` from a data set; the parameters are the same."""
    return Batches(images, batch_size, shuffle, seed, augment, drop_last, ctx, labels, part, parts)
