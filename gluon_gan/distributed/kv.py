"""MXNet's parameter server as a key-value store for Gluon's trainers, and the workers as a cluster."""
import os
import zlib
from contextlib import contextmanager

import mxnet as mx
from mxnet.base import _LIB, KVStoreHandle, check_call
from mxnet.kvstore import KVStoreBase


class Store(KVStoreBase):
    """A kvstore for one gluon.Trainer, which sums over the workers, with a range of keys of its own.

    Every Trainer numbers its keys from 0. Without an offset, two of them would push to the same keys.

    Parameters
    ----------
    kv : mxnet.kvstore.KVStore
    first : int
        The first key of the range.
    """

    def __init__(self, kv, first):
        self._kv, self._first = kv, first

    type = property(lambda self: self._kv.type)
    rank = property(lambda self: self._kv.rank)
    num_workers = property(lambda self: self._kv.num_workers)

    @staticmethod
    def is_capable(capability):
        """Return False: no optimizer runs on the server, because it would have to be pickled to get there."""
        return False

    def broadcast(self, key, value, out, priority=0):
        """Copy worker 0's `value` to every worker's `out`."""
        self._kv.broadcast(self._first + key, value, out, priority)

    def pushpull(self, key, value, out=None, priority=0):
        """Write the sum of all workers' `value` to every worker's `out`, or to `value` itself, without blocking."""
        self._kv.pushpull(self._first + key, value, out, priority)


class Cluster:
    """The workers of a training, as seen by one of them.

    The constructor waits until all workers and servers have joined.

    Attributes
    ----------
    rank : int
        The number of this worker. Worker 0 is the one that writes files.
    workers : int
        The number of workers.
    address : str
        Where the scheduler listens, as HOST:PORT.
    """

    def __init__(self):
        self.address = ':'.join(os.environ[f'DMLC_PS_ROOT_{part}'] for part in ('URI', 'PORT'))
        self._kv = mx.kv.create('dist_sync')
        self.handle, self.rank, self.workers = self._kv.handle, self._kv.rank, self._kv.num_workers
        self._keys = 0
        self._gathered = self.store(1)
        zeros = mx.nd.zeros(self.workers)
        self._gathered.broadcast(0, zeros, zeros)

    def store(self, keys):
        """Create a :class:`Store` with `keys` keys. All workers must create the same stores in the same order."""
        self._keys += keys
        return Store(self._kv, self._keys - keys)

    def share(self, array):
        """Return this worker's part of an array whose first axis is divided among the workers."""
        rows = len(array) // self.workers
        return array[self.rank * rows:(self.rank + 1) * rows]

    def gather(self, value):
        """Gather one number from each worker. All workers must call this.

        Returns
        -------
        NDArray
            ``(workers,)``. The call does not block; reading the array does.
        """
        values = mx.nd.zeros(self.workers)
        values[self.rank] = value
        self._gathered.pushpull(0, values)
        return values

    def wait_for_all(self):
        """Block until every worker has called this."""
        self.gather(0).wait_to_read()

    def check_agreement(self, what, *settings):
        """Check that all workers call this with equal settings.

        Parameters
        ----------
        what : str
            What the settings are, for the message.

        Raises
        ------
        ValueError
            In every worker, if the settings of two workers differ.
        """
        checksum = zlib.crc32(repr(settings).encode()) % 2 ** 24      # float32 holds integers up to 2**24 exactly
        checksums = self.gather(checksum).asnumpy()
        odd = [str(rank) for rank in range(self.workers) if checksums[rank] != checksums[0]]
        if odd:
            raise ValueError(f"worker {', '.join(odd)} and worker 0 differ in {what}: "
                             'start all workers with the same ones')

    @contextmanager
    def worker_0_first(self):
        """Run the block in worker 0 before the others, so that they find the files it downloads."""
        if self.rank:
            self.wait_for_all()
        yield
        if not self.rank:
            self.wait_for_all()

    def close(self):
        """Disconnect, so that the servers and the scheduler can end. All workers must call this."""
        mx.nd.waitall()
        check_call(_LIB.MXKVStoreFree(self.handle))
        self._kv.handle = KVStoreHandle()       # otherwise its destructor would free it again
